"""Convolutions of 3 x 3 by Winograd's algorithm: fewer multiplications, on small square tiles of the answer.

F(m, 3) makes m x m numbers of the answer from a x a of the image, a = m + 2, by a * a products instead of 9 * m * m
(A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks, 2016). For all squares p and channels together
these are a * a matrix products, which are scheduled as any other. Rounding: F(2, 3) is as exact as plain sums, F(4, 3)
loses about one decimal digit.
"""

from collections.abc import Sequence

import numpy as np
from tvm import te, tirx
from tvm.s_tir import Schedule

from . import product
from .tile import Tile
from .workload import Conv2d

MARK = "msw.winograd"  # annotation of the summing block: the fields of its tile

# For each m the transforms of the image, of the kernel and back: B^T, G, A^T.
IMAGE = {
    2: ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1)),
    4: (
        (4, 0, -5, 0, 1, 0),
        (0, -4, -4, 1, 1, 0),
        (0, 4, -4, -1, 1, 0),
        (0, -2, -1, 2, 1, 0),
        (0, 2, -1, -2, 1, 0),
        (0, 4, 0, -5, 0, 1),
    ),
}
KERNEL = {
    2: ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
    4: (
        (1 / 4, 0, 0),
        (-1 / 6, -1 / 6, -1 / 6),
        (-1 / 6, 1 / 6, -1 / 6),
        (1 / 24, 1 / 12, 1 / 6),
        (1 / 24, -1 / 12, 1 / 6),
        (0, 0, 1),
    ),
}
ANSWER = {
    2: ((1, 1, 1, 0), (0, 1, -1, -1)),
    4: ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1)),
}


def pack_conv2d(weights: np.ndarray, tile: Tile) -> np.ndarray:
    """Transformed and packed weights of a convolution from ONNX's order [o, c, 3, 3]."""
    g = np.array(KERNEL[tile.winograd])
    spread = np.einsum("ui,ocij,vj->uvco", g, weights.astype(np.float64), g).astype(weights.dtype)
    return product.pack(spread.reshape(-1, *spread.shape[2:]), tile)


def packed_shape(workload: Conv2d, tile: Tile) -> tuple[int, int, int, int]:
    return -(-workload.o // tile.columns), (tile.winograd + 2) ** 2, workload.c, tile.columns


def _row(coefficients: Sequence[float], numbers) -> tirx.Expr:
    """Sum of the numbers (a function of their place), each times its coefficient."""
    total = None
    for place, coefficient in enumerate(coefficients):
        if coefficient:
            part = numbers(place) * tirx.const(abs(coefficient), "float32") if abs(coefficient) != 1 else numbers(place)
            if total is None:
                total = part if coefficient > 0 else tirx.const(0, "float32") - part
            else:
                total = total + part if coefficient > 0 else total - part
    return total


def _rows(matrix: Sequence[Sequence[float]], row: tirx.Expr, numbers) -> tirx.Expr:
    """Row `row` of a matrix times numbers; the choice is gone once `row` is unrolled."""
    chosen = _row(matrix[-1], numbers)
    for place in reversed(range(len(matrix) - 1)):
        chosen = tirx.if_then_else(row == place, _row(matrix[place], numbers), chosen)
    return chosen


def conv2d(x: te.Tensor, weights: te.Tensor, workload: Conv2d, tile: Tile) -> te.Tensor:
    """Convolution of x [n, h, w, c] by transformed, packed weights; `tile` is fitted to the workload."""
    m, b = tile.winograd, tile.columns
    a, part = m + 2, workload.squares(m)
    high, wide = (-(-size // m) for size in workload.out)
    top, left, bottom, right = workload.padding
    below, beside = high * m - workload.out[0], wide * m - workload.out[1]  # of squares that are not whole
    source = product.padded(x, (top, left, bottom + below, right + beside))
    whole = -(-part.rows // tile.rows) * tile.rows

    def number(p: tirx.Expr, i: int, j: tirx.Expr, k: tirx.Expr) -> tirx.Expr:
        p = tirx.min(p, part.rows - 1)
        return source[p // (high * wide), p // wide % high * m + i, p % wide * m + j, k]

    half = te.compute(
        (whole, a, a, workload.c),
        lambda p, u, j, k: _rows(IMAGE[m], u, lambda i: number(p, i, j, k)),
        name="half_image",
    )
    image = te.compute(
        (a, a, whole, workload.c), lambda u, v, p, k: _rows(IMAGE[m], v, lambda j: half[p, u, j, k]), name="image"
    )
    rows = te.compute((a * a, whole, 1, workload.c), lambda s, p, t, k: image[s // a, s % a, p, k], name="rows")
    t, k = te.reduce_axis((0, 1), "t"), te.reduce_axis((0, workload.c), "k")
    sums = te.compute(
        (a * a, whole, -(-workload.o // b) * b),
        lambda s, p, j: te.sum(rows[s, p, t, k] * weights[j // b, s, k, j % b], [t, k]),
        name="sum",
        attrs={MARK: list(tile.as_dict().values())},
    )
    back = te.compute(
        (part.rows, m, a, workload.o),
        lambda p, i, v, j: _rows(ANSWER[m], i, lambda u: sums[u * a + v, p, j]),
        name="half_answer",
    )

    def answer(n: tirx.Var, y: tirx.Var, z: tirx.Var, j: tirx.Var) -> tirx.Expr:
        p = (n * high + y // m) * wide + z // m
        return _rows(ANSWER[m], z % m, lambda v: back[p, y % m, v, j])

    return te.compute((workload.n, *workload.out, workload.o), answer, name="conv2d")


def tile_of(sch: Schedule, block) -> Tile:
    """The tile that the definition of a summing block was made for."""
    return product.tile_of(sch, block, MARK)


def apply(sch: Schedule, block, tile: Tile):
    """Schedule the summing block and the transforms around it; returns the block of the last, with all that follows."""
    sch.unannotate(block, MARK)
    (image,) = sch.get_producers(sch.get_producers(block)[0])
    _schedule_image(sch, image)
    (back,) = sch.get_consumers(product.tile_sums(sch, block, tile))
    return _schedule_answer(sch, back, tile.winograd)


def _unroll(sch: Schedule, loops) -> None:
    for loop in loops:
        sch.unroll(loop)


def _schedule_image(sch: Schedule, image) -> None:
    """Transform the numbers of a square for four channels at once."""
    (half,) = sch.get_producers(image)
    sch.set_scope(half, 0, "local")
    u, v, p, k = sch.get_loops(image)
    k, lane = sch.split(k, [None, 4])
    sch.reorder(p, k, u, v, lane)
    sch.compute_at(half, k, preserve_unit_loops=True)
    sch.vectorize(lane)
    _unroll(sch, (u, v))
    *_, u, j, lane = sch.get_loops(half)
    sch.vectorize(lane)
    _unroll(sch, (u, j))


def _schedule_answer(sch: Schedule, back, m: int):
    """Inline all that follows into its last block, and do that for a square and four channels at once."""
    while between := [block for block in sch.get_consumers(back) if sch.get_consumers(block)]:
        sch.compute_inline(between[0])
    (last,) = sch.get_consumers(back)
    sch.set_scope(back, 0, "local")
    n, y, z, j = sch.get_loops(last)
    y, i = sch.split(y, [None, m])
    z, across = sch.split(z, [None, m])
    j, lane = sch.split(j, [None, 4])
    sch.reorder(n, y, z, j, i, across, lane)
    sch.compute_at(back, j, preserve_unit_loops=True)
    sch.vectorize(lane)
    _unroll(sch, (i, across))
    *_, i, v, lane = sch.get_loops(back)
    sch.vectorize(lane)
    _unroll(sch, (i, v))
    return last
