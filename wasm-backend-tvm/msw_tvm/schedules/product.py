"""The product of rows of numbers and packed weights: its definition, and its schedule for wasm's 128-bit SIMD.

Every convolution (groups = 1) and product with constant weights is one: rows[m, t, k] are the numbers that pixel m
takes at tap t, weights are packed [columns / b][t][k][b], and both sides are padded to whole tiles. Definition and
schedule find each other by a block's annotation.
"""

from collections.abc import Callable, Sequence

import numpy as np
from tvm import te, tirx
from tvm.s_tir import Schedule

from .tile import Tile
from .workload import Conv2d, Matmul, Workload

MARK = "msw.tile"  # annotation of the summing block: the fields of its tile


def pack(weights: np.ndarray, tile: Tile) -> np.ndarray:
    """Weights [taps, depth, o] in panels [panels, taps, depth, columns], zeros added."""
    taps, depth, o = weights.shape
    panels = -(-o // tile.columns)
    whole = np.zeros((taps, depth, panels * tile.columns), weights.dtype)
    whole[:, :, :o] = weights
    return np.ascontiguousarray(whole.reshape(taps, depth, panels, tile.columns).transpose(2, 0, 1, 3))


def pack_conv2d(weights: np.ndarray, tile: Tile) -> np.ndarray:
    """Packed weights of a convolution from ONNX's order [o, c, kh, kw]."""
    o, c, height, width = weights.shape
    return pack(weights.transpose(2, 3, 1, 0).reshape(height, width * c, o), tile)


def pack_matmul(weights: np.ndarray, tile: Tile) -> np.ndarray:
    """Packed weights of a product from [k, o]."""
    return pack(weights[None], tile)


def packed_shape(workload: Workload, tile: Tile) -> tuple[int, int, int, int]:
    return -(-workload.o // tile.columns), workload.taps, workload.depth, tile.columns


def _product(workload: Workload, tile: Tile, row: Callable, weights: te.Tensor) -> te.Tensor:
    """Sums [whole tiles of rows, whole panels]; `row` gives number k of tap t of a row."""
    whole = -(-workload.rows // tile.rows) * tile.rows
    last = workload.rows - 1

    def inside(m: tirx.Expr) -> tirx.Expr:
        return m if whole == workload.rows else tirx.min(m, last)

    shape = (whole, workload.taps, workload.depth)
    rows = te.compute(shape, lambda m, t, k: row(inside(m), t, k), name="rows")
    t, k = te.reduce_axis((0, workload.taps), "t"), te.reduce_axis((0, workload.depth), "k")
    b = tile.columns
    return te.compute(
        (whole, -(-workload.o // b) * b),
        lambda m, j: te.sum(rows[m, t, k] * weights[j // b, t, k, j % b], [t, k]),
        name="sum",
        attrs={MARK: list(tile.as_dict().values())},
    )


def padded(x: te.Tensor, padding: Sequence[int]) -> te.Tensor:
    """Images with zeros around."""
    n, h, w, c = x.shape
    top, left, bottom, right = padding
    if not any(padding):
        return x

    def inside(i: tirx.Var, y: tirx.Var, z: tirx.Var, k: tirx.Var) -> tirx.Expr:
        within = tirx.all(y >= top, y < h + top, z >= left, z < w + left)
        return tirx.if_then_else(within, x[i, y - top, z - left, k], tirx.const(0, x.dtype))

    return te.compute((n, h + top + bottom, w + left + right, c), inside, name="pad")


def conv2d(x: te.Tensor, weights: te.Tensor, workload: Conv2d, tile: Tile) -> te.Tensor:
    """Convolution of x [n, h, w, c] by packed weights; `tile` is fitted to the workload."""
    source = padded(x, workload.padding)
    height, width = workload.out
    (down, right), (dy, dx), c = workload.strides, workload.dilation, workload.c

    def row(m: tirx.Expr, t: tirx.Var, k: tirx.Var) -> tirx.Expr:
        y, z = m // width % height, m % width
        return source[m // (height * width), y * down + t * dy, z * right + k // c * dx, k % c]

    sums = _product(workload, tile, row, weights)
    return te.compute(
        (workload.n, height, width, workload.o),
        lambda i, y, z, j: sums[(i * height + y) * width + z, j],
        name="conv2d",
    )


def matmul(x: te.Tensor, weights: te.Tensor, workload: Matmul, tile: Tile) -> te.Tensor:
    """Product of x [..., k] and packed weights."""
    lead = [int(size) for size in x.shape[:-1]]

    def row(m: tirx.Expr, t: tirx.Var, k: tirx.Var) -> tirx.Expr:
        places, left = [], m
        for size in reversed(lead):
            places.insert(0, left % size)
            left = left // size
        return x[(*places, k)]

    sums = _product(workload, tile, row, weights)

    def answer(*at: tirx.Var) -> tirx.Expr:
        m = tirx.const(0, "int32")
        for size, i in zip(lead, at, strict=False):
            m = m * size + i
        return sums[m, at[-1]]

    return te.compute((*lead, workload.o), answer, name="matmul")


def tile_of(sch: Schedule, block: tirx.Expr, mark: str = MARK) -> Tile:
    """The tile that the definition of a summing block was made for."""
    return Tile(*(int(value) for value in sch.get(block).annotations[mark]))


def apply(sch: Schedule, block, tile: Tile):
    """Schedule the summing block of a product; returns the block that stores sums, which may take up an epilogue."""
    sch.unannotate(block, MARK)
    return tile_sums(sch, block, tile)


def tile_sums(sch: Schedule, block, tile: Tile):
    """Schedule a block that sums [..., rows, columns]; returns the block that stores its sums.

    They live in a local buffer that unrolling and LLVM turn into registers.
    """
    (rows,) = sch.get_producers(block)
    store = sch.cache_write(block, 0, "local")
    *_, m, j = sch.get_loops(store)
    m, sweep, r = sch.split(m, [None, tile.sweep, tile.rows])
    panel, column = sch.split(j, [None, tile.columns])
    sch.reorder(m, panel, sweep, r, column)
    sch.compute_at(block, sweep, preserve_unit_loops=True)
    sch.unroll(r)
    sch.vectorize(column)
    r, column, t, k = sch.get_loops(block)[-4:]
    k, step = sch.split(k, [None, tile.unroll])
    sch.reorder(t, k, step, r, column)
    _place_rows(sch, rows, k, tile)
    sch.unroll(step)
    sch.unroll(r)
    part, column = sch.split(column, [None, 4 if tile.fours else tile.columns])
    sch.unroll(part)
    sch.vectorize(column)
    *_, r, part, column = sch.get_loops(sch.decompose_reduction(block, t))
    sch.unroll(r)
    sch.unroll(part)
    sch.vectorize(column)
    return store


def _place_rows(sch: Schedule, rows, k, tile: Tile) -> None:
    """Read the rows where they are used: four numbers at a time, or each by itself."""
    if not tile.shuffle:
        sch.compute_inline(rows)
        return
    sch.set_scope(rows, 0, "local")
    sch.compute_at(rows, k, preserve_unit_loops=True)
    r, _, number = sch.get_loops(rows)[-3:]
    four, lane = sch.split(number, [None, 4])
    sch.unroll(r)
    sch.unroll(four)
    sch.vectorize(lane)
