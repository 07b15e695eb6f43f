"""Convolutions by Winograd's algorithm in wasmtime against plain sums of numpy in float64."""

import numpy as np
import pytest
import tvm
from msw_tvm.link import link_kernels
from msw_tvm.runner import Kernels
from msw_tvm.schedules import Conv2d, Matmul, Records, Tile, kernel, packed
from msw_tvm.target import compile_kernels
from test_schedules_fused import NHWC, Graph, const, conv, numbers, sigmoid
from tvm import relax
from tvm.relax.op import nn

ONES = (1, 1, 1, 1)
WORKLOADS = [
    Conv2d(1, 8, 8, 16, 24, (3, 3), padding=ONES),
    Conv2d(2, 12, 8, 8, 12, (3, 3), padding=ONES),
    Conv2d(1, 6, 10, 4, 8, (3, 3)),
    Conv2d(1, 9, 4, 20, 4, (3, 3), padding=(0, 2, 1, 0)),
    Conv2d(2, 7, 9, 8, 12, (3, 3), padding=ONES),
]
TILES = [Tile(), Tile(7, 8, 4, 1, 0), Tile(3, 12, 2, 0, 1), Tile(2, 32, 4, 1, 2, 0, 1)]
EVERY = [(w, Tile(**{**t.as_dict(), "winograd": side})) for w in WORKLOADS for t in TILES for side in (2, 4)]


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "relaxed"])
def kernels(request, tmp_path_factory):
    """Every workload with every tile, as one module."""
    folder = tmp_path_factory.mktemp("kernels")
    functions = {f"k{i}": kernel(w, tile.fitted(w), f"k{i}") for i, (w, tile) in enumerate(EVERY)}
    compile_kernels(tvm.IRModule(functions), folder / "k.o", request.param)
    link_kernels(list(functions), [folder / "k.o"], folder / "k.wasm")
    return Kernels(folder / "k.wasm", request.param)


@pytest.mark.parametrize("i", range(len(EVERY)), ids=lambda i: f"{EVERY[i][0].key} {EVERY[i][1].winograd}")
def test_whole_numbers_come_out_exactly(kernels, i):
    """Weights are multiples of 24 * 24, by which the algorithm divides: nothing is rounded."""
    workload, tile = EVERY[i][0], EVERY[i][1].fitted(EVERY[i][0])
    random = np.random.default_rng(i)
    x = random.integers(-2, 3, (workload.n, workload.h, workload.w, workload.c)).astype(np.float32)
    weights = (random.integers(-1, 2, (3, 3, workload.c, workload.o)) * 576).astype(np.float32)
    z = np.full((workload.n, *workload.out, workload.o), np.nan, np.float32)
    kernels.call(f"k{i}", x, packed(workload, tile, weights), z)
    np.testing.assert_array_equal(z, conv(x, weights, 1, workload.padding))


@pytest.mark.parametrize(
    "workload",
    [
        Conv2d(1, 8, 8, 8, 8, (3, 3), (2, 2), ONES),
        Conv2d(1, 8, 8, 8, 8, (1, 1)),
        Conv2d(1, 8, 8, 3, 8, (3, 3), padding=ONES),
        Conv2d(1, 8, 8, 8, 10, (3, 3), padding=ONES),
        Conv2d(1, 10, 10, 8, 8, (3, 3), dilation=(2, 2)),
        Matmul(64, 64, 64),
    ],
    ids=lambda workload: workload.key,
)
def test_a_workload_that_has_no_squares_is_summed_plainly(workload):
    assert Tile(winograd=2).fitted(workload) == Tile().fitted(workload)


def records_for(x, channels, side):
    records = Records()
    workload = Conv2d(*x.shape, channels, (3, 3), padding=ONES)
    records.put(workload, Tile(rows=3, winograd=side))
    assert records.best(workload).winograd == side
    return records


def close(got, expected):
    """As near as the graphs' own bound of 1e-4 of the largest number; F(4, 3) itself errs by 1e-5."""
    assert np.abs(got - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("side", [2, 4])
@pytest.mark.parametrize("size", [7, 8])
def test_with_bias_residual_and_relu(tmp_path, side, size):
    x, y, w, b = numbers(1, size, size, 12), numbers(1, size, size, 20), numbers(3, 3, 12, 20), numbers(20)

    def make(x, y):
        return nn.relu(nn.conv2d(x, const(w), padding=1, **NHWC) + const(b) + y)

    count, answer = Graph(make, x, y, records=records_for(x, 20, side)).run(tmp_path)
    assert count == 1
    close(answer, np.maximum(conv(x, w, 1, ONES) + b + y, 0))


@pytest.mark.parametrize("side", [2, 4])
def test_with_swish(tmp_path, side):
    x, w, b = numbers(2, 8, 4, 8), numbers(3, 3, 8, 12), numbers(12)

    def make(x):
        sums = nn.conv2d(x, const(w), padding=1, **NHWC) + const(b)
        return sums * relax.op.sigmoid(sums)

    count, answer = Graph(make, x, records=records_for(x, 12, side)).run(tmp_path)
    sums = conv(x, w, 1, ONES) + b
    assert count == 1
    close(answer, sums * sigmoid(sums))
