"""Depthwise convolution: its definition, and its schedule for wasm's 128-bit SIMD, four channels in a register.

A part of the image, some rows high and some channels deep, is copied together with its border of zeros; so the sums
need no tests, and their reads neither miss nor alias in the cache.
"""

import numpy as np
from tvm import te, tirx
from tvm.s_tir import Schedule

from .tile import DepthwiseTile
from .workload import Depthwise

MARK = "msw.depthwise"  # annotation of the summing block: the fields of its tile
LANES = 4
WRITTEN_OUT = 64  # taps; of a larger kernel only each row is written out


def pack(weights: np.ndarray) -> np.ndarray:
    """Weights [kh, kw, o] with zeros added up to whole fours of o."""
    return np.ascontiguousarray(np.pad(weights, ((0, 0), (0, 0), (0, -weights.shape[2] % LANES))))


def packed_shape(workload: Depthwise) -> tuple[int, int, int]:
    return (*workload.kernel, -(-workload.o // LANES) * LANES)


def _padded(x: te.Tensor, workload: Depthwise, height: int, width: int) -> te.Tensor:
    """The image, each channel as often as there are answers from it, with zeros around and behind."""
    top, left = workload.padding[:2]
    each = workload.o // workload.c

    def inside(n: tirx.Var, y: tirx.Var, z: tirx.Var, q: tirx.Var) -> tirx.Expr:
        tests = [(y, top, workload.h), (z, left, workload.w)]
        within = [test for i, low, size in tests for test in (i >= low, i < size + low)]
        within += [q < workload.o] if workload.o % LANES else []
        value = x[n, y - top, z - left, q if each == 1 else q // each]
        return tirx.if_then_else(tirx.all(*within), value, tirx.const(0, x.dtype))

    return te.compute((workload.n, height, width, packed_shape(workload)[2]), inside, name="image")


def depthwise(x: te.Tensor, weights: te.Tensor, workload: Depthwise, tile: DepthwiseTile) -> te.Tensor:
    """Depthwise convolution of x [n, h, w, c] by weights [kh, kw, whole fours]; `tile` is fitted to the workload."""
    (height, width), (down, right), (dy, dx) = workload.out, workload.strides, workload.dilation
    kh, kw, whole = packed_shape(workload)
    columns = -(-width // tile.pixels) * tile.pixels
    image = _padded(x, workload, (height - 1) * down + (kh - 1) * dy + 1, (columns - 1) * right + (kw - 1) * dx + 1)
    i, j = te.reduce_axis((0, kh), "i"), te.reduce_axis((0, kw), "j")
    sums = te.compute(
        (workload.n, height, columns, whole),
        lambda n, y, z, q: te.sum(image[n, y * down + i * dy, z * right + j * dx, q] * weights[i, j, q], [i, j]),
        name="sum",
        attrs={MARK: list(tile.as_dict().values())},
    )
    shape = (workload.n, height, width, workload.o)
    return te.compute(shape, lambda n, y, z, q: sums[n, y, z, q], name="depthwise")


def tile_of(sch: Schedule, block) -> DepthwiseTile:
    """The tile that the definition of a summing block was made for."""
    return DepthwiseTile(*(int(value) for value in sch.get(block).annotations[MARK]))


def apply(sch: Schedule, block, tile: DepthwiseTile):
    """Schedule the summing block; returns the block that stores sums, which may take up an epilogue."""
    sch.unannotate(block, MARK)
    (image,) = sch.get_producers(block)
    store = sch.cache_write(block, 0, "local")
    n, y, z, q = sch.get_loops(store)
    y, row = sch.split(y, [None, tile.rows])
    z, pixel = sch.split(z, [None, tile.pixels])
    part, q, lane = sch.split(q, [None, tile.channels // LANES, LANES])
    sch.reorder(n, y, part, q, row, z, pixel, lane)
    sch.compute_at(block, z, preserve_unit_loops=True)
    sch.unroll(pixel)
    sch.vectorize(lane)
    pixel, lane, i, j = sch.get_loops(block)[-4:]
    sch.reorder(i, j, pixel, lane)
    taps = sch.get(i).extent.value * sch.get(j).extent.value
    for loop in (i, j, pixel) if taps <= WRITTEN_OUT else (j, pixel):
        sch.unroll(loop)
    sch.vectorize(lane)
    zero = sch.get_loops(sch.decompose_reduction(block, i))
    sch.unroll(zero[-2])
    sch.vectorize(zero[-1])
    sch.compute_at(image, part, preserve_unit_loops=True)
    sch.vectorize(sch.split(sch.get_loops(image)[-1], [None, LANES])[1])
    return store
