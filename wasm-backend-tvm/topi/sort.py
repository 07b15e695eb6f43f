"""Sorting, and what searches or needs what is sorted."""

import numpy as np
from tvm import topi

from .case import Made, case


def stable(x: np.ndarray, axis: int, ascend: bool) -> np.ndarray:
    """Indices in order; equal elements keep theirs, in a descending sort too."""
    if ascend:
        return np.argsort(x, axis, kind="stable")
    backwards = np.argsort(np.flip(x, axis), axis, kind="stable")
    return np.flip(x.shape[axis] - 1 - backwards, axis)


@case("sort")
def sort(random):
    x = random.floats(3, 7, 2)
    return Made([x], lambda x: topi.sort(x, 1), np.sort(x, 1))


@case("sort", variant="descending, int64")
def sort_descending(random):
    x = random.ints(127, dtype="int64")
    return Made([x], lambda x: topi.sort(x, -1, False), np.sort(x)[::-1])


@case("sort", variant="float16")
def sort_half(random):
    x = random.floats(3, 13).astype("float16")
    return Made([x], lambda x: topi.sort(x, -1), np.sort(x))


@case("sort", variant="NaN above every number")
def sort_nan(random):
    x = random.floats(2, 9)
    x[:, ::4] = np.nan
    x[0, 1], x[1, 2] = np.inf, -np.inf
    return Made([x], lambda x: topi.sort(x, 1), np.sort(x, 1))  # as numpy defines it too


@case("argsort")
def argsort(random):
    x = np.rint(random.floats(5, 13) * 2)  # many are equal
    return Made([x], lambda x: topi.argsort(x, axis=1, dtype="int32"), stable(x, 1, True))


@case("argsort", variant="descending, float32 indices")
def argsort_descending(random):
    x = random.ints(13, 3)
    expected = stable(x, 0, False).astype("float32")
    return Made([x], lambda x: topi.argsort(x, axis=0, is_ascend=False), expected)


@case("argsort", variant="valid counts")
def argsort_valid(random):
    x, valid = random.floats(3, 7), np.array([7, 0, 4], "int32")
    expected = np.tile(np.arange(7, dtype="int32"), (3, 1))
    for line, count in enumerate(valid):
        expected[line, :count] = stable(x[line, :count], 0, False)
    return Made([x, valid], lambda x, n: topi.argsort(x, n, 1, False), expected)


@case("topk")
def topk(random):
    x = np.rint(random.floats(3, 13) * 3)
    order = stable(x, 1, False)[:, :4]
    return Made([x], lambda x: topi.topk(x, 4), [np.take_along_axis(x, order, 1), order])


@case("topk", variant="smallest, values")
def topk_values(random):
    x = random.ints(7, 5)
    return Made([x], lambda x: topi.topk(x, 3, 0, "values", True), np.sort(x, 0)[:3])


@case("topk", variant="all, indices")
def topk_indices(random):
    x = random.floats(2, 9)
    return Made([x], lambda x: topi.topk(x, 0, -1, "indices", dtype="int32"), stable(x, 1, False))


@case("searchsorted")
def searchsorted(random):
    x, v = np.sort(np.rint(random.floats(13) * 3)), np.rint(random.floats(2, 7) * 3)
    return Made([x, v], topi.searchsorted, np.searchsorted(x, v))


@case("searchsorted", variant="lines, right")
def searchsorted_lines(random):
    x, v = np.sort(np.rint(random.floats(3, 9) * 3)), np.rint(random.floats(3, 5) * 3)
    expected = [np.searchsorted(line, values, "right") for line, values in zip(x, v, strict=True)]
    return Made([x, v], lambda x, v: topi.searchsorted(x, v, True, "int32"), np.array(expected, "int32"))
