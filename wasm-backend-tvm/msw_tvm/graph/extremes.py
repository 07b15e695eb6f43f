"""max and min over axes, started at an infinity: TVM starts at the largest finite number, which masks fall below."""

from collections.abc import Callable

import numpy as np
from tvm import relax, te, tirx
from tvm.ir import Call, Op

EXTREMES = {"relax.max": ("max", tirx.max, -np.inf), "relax.min": ("min", tirx.min, np.inf)}


def _reduce(name: str, combine: Callable, start: float, axes: list[int], keep: bool) -> Callable:
    fold = te.comm_reducer(lambda x, y: combine(x, y), lambda dtype: tirx.const(start, dtype), name)

    def reduce(x: te.Tensor) -> te.Tensor:
        along = {axis: te.reduce_axis((0, x.shape[axis]), f"k{axis}") for axis in axes}
        left = [axis for axis in range(len(x.shape)) if keep or axis not in along]

        def at(*index: tirx.Var) -> tirx.Expr:
            places = dict(zip(left, index, strict=True)) | along
            return fold(x(*(places[axis] for axis in range(len(x.shape)))), axis=list(along.values()))

        return te.compute([1 if axis in along else x.shape[axis] for axis in left], at, name=f"{name}_red")

    return reduce


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
    return dict.fromkeys(EXTREMES, _legalize)
