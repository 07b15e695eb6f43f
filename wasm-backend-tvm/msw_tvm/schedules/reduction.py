"""Reductions that have no template, for wasm's 128-bit SIMD: pools, means over pixels, products of two inputs.

Neighbours along the last axis are reduced side by side, some rows at once, in a local buffer.
"""

from tvm import tirx
from tvm.s_tir import SBlock, Schedule
from tvm.tirx.analysis import undefined_vars

WIDTHS = (16, 8, 4)  # numbers of a row at once
ROWS = (4, 3, 2, 1)
DTYPES = ("float32", "int32")


def _loops(sch: Schedule, block) -> tuple[list, list]:
    """Loops over the answer, and those that reduce; none where the block is no plain reduction."""
    loops, made = sch.get_loops(block), sch.get(block)
    kinds = [var.iter_type for var in made.iter_vars]
    split = sum(kind == tirx.IterVar.DataPar for kind in kinds)
    ordered = kinds == [tirx.IterVar.DataPar] * split + [tirx.IterVar.CommReduce] * (len(kinds) - split)
    if not 0 < split < len(kinds) == len(loops) or not ordered or len(made.writes) != 1:
        return [], []
    at = made.writes[0].region
    straight = len(at) == split and all(r.min.same_as(v.var) for r, v in zip(at, made.iter_vars, strict=False))
    if not straight or str(made.writes[0].source.dtype) not in DTYPES:
        return [], []
    return loops[:split], loops[split:]


def _uses(expr: tirx.Expr, var: tirx.Var) -> bool:
    return any(found.same_as(var) for found in undefined_vars(expr, []))


def _divisors(expr: tirx.Expr, var: tirx.Var) -> list[int]:
    """What an index divides an axis by: sizes of groups of channels, for one."""
    if not hasattr(expr, "a") or not _uses(expr, var):
        return []
    here = isinstance(expr, tirx.FloorDiv | tirx.FloorMod) and isinstance(expr.b, tirx.IntImm)
    return ([expr.b.value] if here else []) + _divisors(expr.a, var) + _divisors(expr.b, var)


def _width(made: SBlock, var: tirx.Var, size: int) -> int:
    """How many neighbours along an axis of the answer lie side by side in all that is read; 0: none."""
    for read in made.reads:
        *first, last = [at.min for at in read.region]
        if not _uses(last, var) and any(_uses(index, var) and not _divisors(index, var) for index in first):
            return 0
    numbers = [size, *(d for read in made.reads for at in read.region for d in _divisors(at.min, var))]
    return next((width for width in WIDTHS if all(number % width == 0 for number in numbers)), 0)


def _size(sch: Schedule, loop) -> int:
    """Steps of a loop, 0 where they are not known."""
    extent = sch.get(loop).extent
    return extent.value if isinstance(extent, tirx.IntImm) else 0


def apply(sch: Schedule, block):
    """Schedule a reducing block; returns the block that stores its answer, or None where this way does not fit."""
    spatial, reducing = _loops(sch, block)
    size = _size(sch, spatial[-1]) if spatial else 0
    width = _width(sch.get(block), sch.get(block).iter_vars[len(spatial) - 1].var, size) if size else 0
    if not width:
        return None
    store = sch.cache_write(block, 0, "local")
    *outer, column = sch.get_loops(store)
    column, lane = sch.split(column, [None, width])
    row = outer.pop() if outer else sch.add_unit_loop(column)
    rows = next(r for r in ROWS if _size(sch, row) % r == 0)
    row, part = sch.split(row, [None, rows])
    sch.reorder(row, column, part, lane)
    sch.compute_at(block, column, preserve_unit_loops=True)
    *_, part_sum, lane_sum = sch.get_loops(block)[: -len(reducing)]
    reducing = sch.get_loops(block)[-len(reducing) :]
    sch.reorder(*reducing, part_sum, lane_sum)
    for unrolled, vector in ((part, lane), (part_sum, lane_sum)):
        sch.unroll(unrolled)
        sch.vectorize(vector)
    *_, unrolled, vector = sch.get_loops(sch.decompose_reduction(block, reducing[0]))
    sch.unroll(unrolled)
    sch.vectorize(vector)
    return store
