"""max and min over axes and windows, started at an infinity: TVM starts at a finite number, which masks fall below."""

from collections.abc import Callable

import numpy as np
from tvm import relax, te, tirx, topi
from tvm.ir import Attrs, Call, Op

EXTREMES = {"relax.max": ("max", tirx.max, -np.inf), "relax.min": ("min", tirx.min, np.inf)}


POOLS = ("relax.nn.max_pool1d", "relax.nn.max_pool2d", "relax.nn.max_pool3d")


def _fold(name: str, combine: Callable, start: float) -> Callable:
    return te.comm_reducer(lambda x, y: combine(x, y), lambda dtype: tirx.const(start, dtype), name)


def _reduce(name: str, combine: Callable, start: float, axes: list[int], keep: bool) -> Callable:
    fold = _fold(name, combine, start)

    def reduce(x: te.Tensor) -> te.Tensor:
        along = {axis: te.reduce_axis((0, x.shape[axis]), f"k{axis}") for axis in axes}
        left = [axis for axis in range(len(x.shape)) if keep or axis not in along]

        def at(*index: tirx.Var) -> tirx.Expr:
            places = dict(zip(left, index, strict=True)) | along
            return fold(x(*(places[axis] for axis in range(len(x.shape)))), axis=list(along.values()))

        return te.compute([1 if axis in along else x.shape[axis] for axis in left], at, name=f"{name}_red")

    return reduce


def _max_pool(x: te.Tensor, at: Attrs, shape: list[int]) -> te.Tensor:
    """The largest number of each window; what lies around the image is -inf."""
    fold, axes = _fold("max_pool", tirx.max, -np.inf), [i for i, letter in enumerate(at.layout) if letter not in "NC"]
    sizes, strides, gaps, pads = (
        [int(n) for n in numbers] for numbers in (at.pool_size, at.strides, at.dilation, at.padding)
    )
    before, after, windows = [0] * len(shape), [0] * len(shape), {}
    for axis, size, stride, gap, pad in zip(axes, sizes, strides, gaps, pads[: len(axes)], strict=True):
        seen = (shape[axis] - 1) * stride + (size - 1) * gap + 1
        before[axis], after[axis] = pad, max(seen - int(x.shape[axis]) - pad, 0)
        windows[axis] = te.reduce_axis((0, size), f"k{axis}"), stride, gap
    padded = topi.nn.pad(x, before, after, tirx.const(-np.inf, x.dtype)) if any(before + after) else x

    def largest(*index: tirx.Var) -> tirx.Expr:
        places = list(index)
        for axis, (k, stride, gap) in windows.items():
            places[axis] = index[axis] * stride + k * gap
        return fold(padded(*places), axis=[k for k, _, _ in windows.values()])

    return te.compute(shape, largest, name="max_pool")


def _legalize_pool(builder: relax.BlockBuilder, call: Call) -> relax.Expr:
    (x,), at = call.args, call.attrs
    if not str(x.ty.dtype).startswith("float") or (at.out_layout or at.layout) != at.layout:
        return Op.get(call.op.name).get_attr("FLegalize")(builder, call)
    shape = [int(size) for size in call.ty.shape]
    return builder.call_te(_max_pool, x, at, shape, primfunc_name_hint=call.op.name.split(".")[-1])


def _legalize(builder: relax.BlockBuilder, call: Call) -> relax.Expr:
    (x,), axes = call.args, call.attrs.axis
    rank = x.ty.ndim
    if rank < 1 or not str(x.ty.dtype).startswith("float") or not isinstance(x.ty.shape, relax.ShapeExpr):
        return Op.get(call.op.name).get_attr("FLegalize")(builder, call)
    name, combine, start = EXTREMES[call.op.name]
    along = sorted({int(axis) % rank for axis in axes}) if axes is not None else list(range(rank))
    made = _reduce(name, combine, start, along, bool(call.attrs.keepdims))
    return builder.call_te(made, x, primfunc_name_hint=name) if along else x


def extremes_map() -> dict[str, Callable]:
    """For relax.transform.LegalizeOps."""
    return dict.fromkeys(EXTREMES, _legalize) | dict.fromkeys(POOLS, _legalize_pool)
