"""Operators that write where an index says."""

import itertools

import numpy as np
from tvm import topi

from .case import Made, Random, add_case, case
from .oracle import onnx_node

MODES = {"update": "none", "add": "add", "mul": "mul", "min": "min", "max": "max"}


@case("index_put")
def index_put(random):
    x, values = random.floats(4, 5), random.floats(3)
    i, j = np.array([0, 3, -1], "int64"), np.array([4, 0, 2], "int64")
    expected = x.copy()
    expected[i, j] = values
    return Made([x, i, j, values], lambda x, i, j, v: topi.index_put(x, [i, j], v), expected)


@case("index_put", variant="accumulate")
def index_put_accumulate(random):
    x, values = random.floats(4, 5), random.floats(3)
    i, j = np.array([0, 3, 0], "int64"), np.array([4, 0, 4], "int64")
    expected = x.copy()
    np.add.at(expected, (i, j), values)
    return Made([x, i, j, values], lambda x, i, j, v: topi.index_put(x, [i, j], v, True), expected)


def add_scatter(mode: str) -> None:
    def elements(random: Random) -> Made:
        x, values = random.floats(3, 5), random.floats(3, 2)
        index = np.stack([random.order(5)[:2] for _ in range(3)]).astype("int64")
        expected = onnx_node("ScatterElements", [x, index, values], axis=1, reduction=MODES[mode])
        return Made([x, index, values], lambda x, i, v: topi.scatter_elements(x, i, v, 1, mode), expected)

    def nd(random: Random) -> Made:
        x, values = random.floats(4, 5, 2), random.floats(3, 2)
        index = np.array([[0, 3, 1], [4, 0, 4]], "int64")
        expected = onnx_node("ScatterND", [x, index.T.copy(), values], reduction=MODES[mode])
        return Made([x, index, values], lambda x, i, v: topi.scatter_nd(x, i, v, mode), expected)

    add_case("scatter_elements", elements, "onnxruntime", mode)
    add_case("scatter_nd", nd, "onnxruntime", mode)


for mode in MODES:
    add_scatter(mode)


@case("scatter_elements", "loop", "mean")
def scatter_mean(random):
    x, index, values = random.floats(3, 5), random.ints(2, 5, low=0, high=3, dtype="int64"), random.floats(2, 5)
    expected = x.copy()
    for i, j in itertools.product(range(2), range(5)):  # each update halves what is there
        at = (index[i, j], j)
        expected[at] = (expected[at] + values[i, j]) / 2
    return Made([x, index, values], lambda x, i, v: topi.scatter_elements(x, i, v, 0, "mean"), expected)
