"""What Relax's convolutions and products become: packed definitions where weights are constants, else TVM's own."""

from collections.abc import Callable

import numpy as np
from tvm import relax, te
from tvm.ir import Call, GenericConst, Op

from . import depthwise, product, winograd
from .records import Records
from .workload import Conv2d, Depthwise, Matmul

OUT_ELEMENTWISE_FUSABLE = 4  # relax.OpPatternKind: FuseOps lets what works on single elements follow


def legalize_map(records: Records, relaxed: bool = False) -> dict[str, Callable]:
    """For relax.transform.LegalizeOps: ways for operators that schedule_module then knows again."""

    def conv2d(builder: relax.BlockBuilder, call: Call) -> relax.Expr:
        made = _conv2d(builder, call, records, relaxed)
        return _default(builder, call) if made is None else made

    def matmul(builder: relax.BlockBuilder, call: Call) -> relax.Expr:
        made = _matmul(builder, call, records, relaxed)
        return _default(builder, call) if made is None else made

    return {"relax.nn.conv2d": conv2d, "relax.matmul": matmul}


def _default(builder: relax.BlockBuilder, call: Call) -> relax.Expr:
    return Op.get(call.op.name).get_attr("FLegalize")(builder, call)


def _emit(builder: relax.BlockBuilder, template: Callable, x: relax.Expr, weights: np.ndarray, *how) -> relax.Expr:
    """A call of the function of `template`, which FuseOps may add an epilogue to."""

    def defined(x: te.Tensor, weights: te.Tensor) -> te.Tensor:
        return template(x, weights, *how)

    named = {"primfunc_name_hint": template.__name__, "primfunc_attrs": {"op_pattern": OUT_ELEMENTWISE_FUSABLE}}
    return builder.call_te(defined, x, relax.const(weights, "float32"), **named)


def _known_shape(expr: relax.Expr) -> list[int] | None:
    """Shape of a tensor of float32, where it is known."""
    kind = expr.ty
    if not isinstance(kind, relax.TensorType) or kind.dtype != "float32" or not isinstance(kind.shape, relax.ShapeExpr):
        return None
    sizes = list(kind.shape)
    return [int(size) for size in sizes] if all(hasattr(size, "value") for size in sizes) else None


def _conv2d(builder: relax.BlockBuilder, call: Call, records: Records, relaxed: bool) -> relax.Expr | None:
    (x, kernel), at = call.args, call.attrs
    shape = _known_shape(x)
    if not isinstance(kernel, GenericConst) or shape is None or _known_shape(call) is None:
        return None
    if at.data_layout != "NHWC" or (at.out_layout or "NHWC") != "NHWC" or sorted(at.kernel_layout) != sorted("OIHW"):
        return None
    weights = kernel.value.numpy().transpose([at.kernel_layout.index(axis) for axis in "OIHW"])
    o, _, *size = weights.shape
    groups = int(at.groups)
    windows = [tuple(int(number) for number in numbers) for numbers in (at.strides, at.padding, at.dilation)]
    if groups not in (1, shape[3]) or min(windows[1]) < 0:
        return None
    if groups > 1:
        workload = Depthwise(*shape, o, tuple(size), *windows)
        packed = depthwise.pack(weights[:, 0].transpose(1, 2, 0))
        return _emit(builder, depthwise.depthwise, x, packed, workload, records.best(workload, relaxed))
    workload = Conv2d(*shape, o, tuple(size), *windows)
    tile = records.best(workload, relaxed)
    way = winograd if tile.winograd else product
    return _emit(builder, way.conv2d, x, way.pack_conv2d(weights, tile), workload, tile)


def _matmul(builder: relax.BlockBuilder, call: Call, records: Records, relaxed: bool) -> relax.Expr | None:
    x, weights = call.args
    shape = _known_shape(x)
    if not isinstance(weights, GenericConst) or shape is None or len(shape) < 2 or _known_shape(call) is None:
        return None
    factor = weights.value.numpy()
    if factor.ndim != 2 or factor.size == 0 or 0 in shape:
        return None
    workload = Matmul(int(np.prod(shape[:-1])), *factor.shape)
    tile = records.best(workload, relaxed)
    return _emit(builder, product.matmul, x, product.pack_matmul(factor, tile), workload, tile)
