"""One kernel of a workload, by itself: for the tuner and for tests."""

import numpy as np
from tvm import te, tirx

from . import depthwise, product, winograd
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
    if isinstance(workload, Depthwise):
        template, packed = depthwise.depthwise, depthwise.packed_shape(workload)
    elif tile.winograd:
        template, packed = winograd.conv2d, winograd.packed_shape(workload, tile)
    else:
        template = product.conv2d if isinstance(workload, Conv2d) else product.matmul
        packed = product.packed_shape(workload, tile)
    x, weights = te.placeholder(shapes(workload)[0], name="x"), te.placeholder(packed, name="weights")
    return te.create_prim_func([x, weights, template(x, weights, workload, tile)])


def packed(workload: Workload, tile: AnyTile, weights: np.ndarray) -> np.ndarray:
    """What the kernel takes as weights, from [taps, depth, o]; of a depthwise convolution, from [kh, kw, o]."""
    if isinstance(workload, Depthwise):
        return depthwise.pack(weights)
    if tile.winograd:
        return winograd.pack_conv2d(weights.reshape(3, 3, workload.c, workload.o).transpose(3, 2, 0, 1), tile)
    return product.pack(weights, tile)


def kernel(workload: Workload, tile: AnyTile, name: str) -> tirx.PrimFunc:
    """The scheduled function, ready for target.compile_kernels."""
    return schedule_function(definition(workload, tile)).with_attr("global_symbol", name)


def arrays(workload: Workload, tile: AnyTile, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, packed weights and a place for the answer."""
    taken, given = shapes(workload)
    first = workload.kernel if isinstance(workload, Depthwise) else (workload.taps, workload.depth)
    weights = packed(workload, tile, random.standard_normal((*first, workload.o), np.float32))
    return random.standard_normal(taken, np.float32), weights, np.zeros(given, np.float32)
