"""From Relax on tensors to kernels and a main function that calls them, fused as far as the level asks for."""

from dataclasses import dataclass

from tvm import IRModule, relax
from tvm.relax import transform

from ..schedules import Records, legalize_map, schedule_module
from .channels_last import channels_last
from .extremes import extremes_map
from .trace import Part, trace

KERNELS, FUSED, SCHEDULED, TUNED = 0, 1, 2, 3  # what -O 0 ... -O 3 mean


@dataclass
class Lowered:
    """Kernels as PrimFuncs, and main, whose bindings are calls of them, views (relax.reshape) and tuples.

    before: main as it was before fusion
    parts: for each variable of main, the variables of `before` whose work its kernel does"""

    module: IRModule
    before: relax.Function
    parts: dict[relax.Var, list[Part]]


def lower(module: IRModule, level: int, records: Records, relaxed: bool = False) -> Lowered:
    """Lay out, legalize, fuse and schedule. records: of the tuner, used by the level TUNED alone."""
    packed = legalize_map(records if level >= TUNED else Records(), relaxed) if level >= SCHEDULED else {}
    module = transform.CanonicalizeBindings()(transform.DecomposeOpsForInference()(module))
    module = transform.CanonicalizeBindings()(channels_last(module))
    module = transform.DeadCodeElimination()(transform.FoldConstant()(module))
    module = transform.LegalizeOps(packed | extremes_map())(module)
    module = transform.AnnotateTIROpPattern()(transform.DeadCodeElimination()(module))
    before = module
    if level > KERNELS:
        module = transform.FuseOps()(module)
    parts = trace(before, module)
    module = transform.DeadCodeElimination()(transform.FuseTIR()(module))
    module = transform.AttachGlobalSymbol()(transform.RewriteDataflowReshape()(module))
    if level >= SCHEDULED:
        module = schedule_module(module)
    return Lowered(module, before["main"], parts)
