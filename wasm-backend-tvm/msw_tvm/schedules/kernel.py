"""One kernel of a workload, by itself: for the tuner and for tests."""

import numpy as np
from tvm import te, tirx

from . import depthwise, product
from .function import schedule_function
from .tile import AnyTile
from .workload import Conv2d, Depthwise, Workload


def shapes(workload: Workload) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Shapes of what a workload takes, besides its weights, and of its answer."""
    if isinstance(workload, Conv2d):
        return (workload.n, workload.h, workload.w, workload.c), (workload.n, *workload.out, workload.o)
    return (workload.m, workload.k), (workload.m, workload.o)


def definition(workload: Workload, tile: AnyTile) -> tirx.PrimFunc:
    """The function of (x, packed weights, answer) before it is scheduled; `tile` is fitted to the workload."""
    apart = isinstance(workload, Depthwise)
    packed = depthwise.packed_shape(workload) if apart else product.packed_shape(workload, tile)
    x, weights = te.placeholder(shapes(workload)[0], name="x"), te.placeholder(packed, name="weights")
    dense = product.conv2d if isinstance(workload, Conv2d) else product.matmul
    template = depthwise.depthwise if apart else dense
    return te.create_prim_func([x, weights, template(x, weights, workload, tile)])


def kernel(workload: Workload, tile: AnyTile, name: str) -> tirx.PrimFunc:
    """The scheduled function, ready for target.compile_kernels."""
    return schedule_function(definition(workload, tile)).with_attr("global_symbol", name)


def arrays(workload: Workload, tile: AnyTile, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, packed weights and a place for the answer."""
    taken, given = shapes(workload)
    if isinstance(workload, Depthwise):
        weights = depthwise.pack(random.standard_normal((*workload.kernel, workload.o), np.float32))
    else:
        weights = random.standard_normal((workload.taps, workload.depth, workload.o), np.float32)
        weights = product.pack(weights, tile)
    return random.standard_normal(taken, np.float32), weights, np.zeros(given, np.float32)
