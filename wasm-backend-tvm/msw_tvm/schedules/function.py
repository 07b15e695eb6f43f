"""Schedules one PrimFunc by what it contains."""

import tvm
from tvm import tirx
from tvm.s_tir import Schedule
from tvm.s_tir.schedule import ScheduleError

from . import depthwise, product, reduction, winograd

LANES = 4
TEMPLATES = (product, depthwise, winograd)


def _blocks(sch: Schedule) -> list:
    return sch.get_child_blocks(sch.get_sblock("root"))


def _has_blocks(sch: Schedule) -> bool:
    """Sorts and scatters are written as plain loops, of which a schedule knows nothing."""
    try:
        return bool(_blocks(sch))
    except ScheduleError:
        return False


def _is_spatial(sch: Schedule, block) -> bool:
    return all(var.iter_type == tirx.IterVar.DataPar for var in sch.get(block).iter_vars)


def _inline_epilogue(sch: Schedule, store) -> None:
    """Do what follows the sums while they are at hand; what cannot be inlined stays a loop of its own."""
    while consumers := sch.get_consumers(store):
        after = [block for block in consumers if sch.get_consumers(block)]
        try:
            if after:
                sch.compute_inline(after[0])
            else:
                sch.reverse_compute_inline(consumers[0])
        except ScheduleError:
            return


def _vectorize(sch: Schedule, block) -> None:
    """Four neighbours at once where the last axis has whole fours; LLVM's own vectoriser sees to the rest."""
    loops = sch.get_loops(block)
    untouched = loops and all(sch.get(loop).kind == tirx.ForKind.SERIAL for loop in loops)
    if not untouched or not _is_spatial(sch, block):
        return
    last = sch.get(loops[-1]).extent
    if isinstance(last, tirx.IntImm) and last.value % LANES == 0:
        sch.vectorize(sch.split(loops[-1], [None, LANES])[1])


def _reduce(sch: Schedule) -> Schedule:
    """Reductions that no template made; one that does not take the schedule stays as TVM has it."""
    for name in [sch.get(block).name_hint for block in _blocks(sch)]:
        tried = sch.copy()
        try:
            block = tried.get_sblock(name)
            if not _is_spatial(tried, block) and (store := reduction.apply(tried, block)) is not None:
                _inline_epilogue(tried, store)
                sch = tried
        except ScheduleError:
            continue
    return sch


def schedule_function(function: tirx.PrimFunc) -> tirx.PrimFunc:
    """The function, scheduled for wasm; its attributes are kept."""
    sch = Schedule(tvm.IRModule({"main": function}))
    if not _has_blocks(sch):
        return function
    for template in TEMPLATES:
        for block in [block for block in _blocks(sch) if template.MARK in sch.get(block).annotations]:
            _inline_epilogue(sch, template.apply(sch, block, template.tile_of(sch, block)))
    sch = _reduce(sch)
    for block in _blocks(sch):
        _vectorize(sch, block)
    return sch.mod["main"]


def schedule_module(module: tvm.IRModule) -> tvm.IRModule:
    """The module with every PrimFunc scheduled that has no schedule yet; other functions stay as they are."""
    scheduled = tvm.IRModule(module.functions, attrs=module.attrs)
    for var, function in module.functions_items():
        if isinstance(function, tirx.PrimFunc):
            scheduled[var] = schedule_function(function)
    return scheduled
