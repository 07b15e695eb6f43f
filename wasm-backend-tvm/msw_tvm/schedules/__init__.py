"""Schedules of TVM's kernels for wasm: packed products (convolutions, matrix products) and what graphs need besides.

How a graph gets them: convolutions on NHWC and products with constant weights are legalized here, which picks each
one's tile and packs its weights; after fusion every PrimFunc is scheduled by what it contains: sums of a template by
their annotation with what follows them, other reductions by reduction.py, the rest four neighbours at once.

    module = relax.transform.LegalizeOps(legalize_map(records, relaxed))(module)
    ... AnnotateTIROpPattern, FuseOps, FuseTIR ...
    module = schedule_module(module)

How to make one kernel by hand, as the tuner does:

    workload = parse("conv2d n1 h56 w56 c64 o64 k3x3 s1 p1 d1")     # workload.py; workload.key, workload.flops
    tile = Tile(rows=4, columns=8).fitted(workload)                 # tile.py; DepthwiseTile for a Depthwise workload
    function = kernel(workload, tile, "name")                       # a PrimFunc with global_symbol "name" for
    compile_kernels(tvm.IRModule({"name": function}), path)         # target.compile_kernels
    x, weights, z = arrays(workload, tile, numpy.random.default_rng(0))   # weights are packed; z is the answer
    Kernels(wasm).call("name", x, weights, z, repeats=9)            # runner.Kernels
    records.put(workload, tile, relaxed); records.save(path)        # records.py; load(path), best(workload, relaxed)
"""

from .function import schedule_module
from .kernel import arrays, kernel, packed
from .legalize import legalize_map
from .records import Measured, Records, load
from .tile import DepthwiseTile, Tile, default_tile
from .workload import Conv2d, Depthwise, Matmul, Workload, parse

__all__ = [
    "Conv2d",
    "Depthwise",
    "DepthwiseTile",
    "Matmul",
    "Measured",
    "Records",
    "Tile",
    "Workload",
    "arrays",
    "default_tile",
    "kernel",
    "legalize_map",
    "load",
    "packed",
    "parse",
    "schedule_module",
]
