"""Kernels of msw_tvm.schedules in wasmtime against sums in float64, and what a records file may hold."""

import json

import numpy as np
import pytest
import tvm
from msw_tvm.errors import BuildError
from msw_tvm.link import link_kernels
from msw_tvm.runner import Kernels
from msw_tvm.schedules import (
    Conv2d,
    Depthwise,
    DepthwiseTile,
    Matmul,
    Records,
    Tile,
    arrays,
    default_tile,
    kernel,
    load,
    parse,
)
from msw_tvm.target import compile_kernels

CONVOLUTIONS = [
    Conv2d(1, 7, 7, 16, 24, (3, 3), padding=(1, 1, 1, 1)),
    Conv2d(2, 9, 8, 3, 10, (7, 7), (2, 2), (3, 3, 3, 3)),
    Conv2d(1, 7, 7, 20, 8, (1, 1)),
    Conv2d(1, 13, 10, 5, 12, (1, 3), (2, 1), (0, 2, 1, 0), (1, 2)),
    Conv2d(1, 11, 11, 8, 16, (3, 3), dilation=(2, 2)),
    Conv2d(1, 8, 8, 8, 8, (1, 1), (2, 2)),
]
PRODUCTS = [Matmul(1, 40, 30), Matmul(5, 17, 9), Matmul(8, 64, 64)]
DEPTHWISES = [
    Depthwise(1, 14, 14, 24, 24, (3, 3), padding=(1, 1, 1, 1)),
    Depthwise(1, 11, 9, 6, 6, (5, 5), (2, 2), (2, 2, 2, 2)),
    Depthwise(2, 7, 10, 5, 15, (3, 2), (1, 2), (1, 0, 0, 1), (1, 2)),
    Depthwise(1, 8, 8, 8, 8, (3, 3)),
    Depthwise(1, 12, 11, 8, 8, (9, 9), padding=(4, 4, 4, 4)),
]
WORKLOADS = CONVOLUTIONS + PRODUCTS + DEPTHWISES
APART = [DepthwiseTile(), DepthwiseTile(1, 4, 1), DepthwiseTile(14, 24, 7), DepthwiseTile(3, 8, 5)]
TILES = [
    Tile(),
    Tile(3, 4, 2, 0, 0),
    Tile(7, 8, 8, 1, 2),
    Tile(1, 32, 4, 1, 1),
    Tile(5, 12, 3, 1, 0),
    Tile(6, 8, fours=1),
]


def reference(workload, x, weights):
    """The answer in float64, and how far rounding may take a float32 one."""
    if isinstance(workload, Matmul):
        products = x.astype(np.float64)[:, :, None] * weights[0]
        return products.sum(1), np.abs(products).sum(1)
    top, left, bottom, right = workload.padding
    image = np.pad(x.astype(np.float64), ((0, 0), (top, bottom), (left, right), (0, 0)))
    height, width = workload.out
    sums = np.zeros((workload.n, height, width, workload.o))
    sizes = np.zeros_like(sums)
    filters = weights.reshape(*workload.kernel, workload.c, workload.o)
    for i in range(workload.kernel[0]):
        for j in range(workload.kernel[1]):
            y, z = i * workload.dilation[0], j * workload.dilation[1]
            down, right = workload.strides
            seen = image[:, y : y + (height - 1) * down + 1 : down, z : z + (width - 1) * right + 1 : right]
            sums += seen @ filters[i, j]
            sizes += np.abs(seen) @ np.abs(filters[i, j])
    return sums, sizes


def tiles_of(workload):
    return [*(APART if isinstance(workload, Depthwise) else TILES), default_tile(workload)]


def unpacked(workload, packed):
    """Weights [taps, depth, o] of a kernel; of a depthwise one, those of the dense convolution that is the same."""
    if isinstance(workload, Depthwise):
        each = np.arange(workload.o)
        dense = np.zeros((*workload.kernel, workload.c, workload.o))
        dense[:, :, each // (workload.o // workload.c), each] = packed[:, :, : workload.o]
        return dense
    panels, taps, depth, columns = packed.shape
    return packed.transpose(1, 2, 0, 3).reshape(taps, depth, panels * columns)[:, :, : workload.o]


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "relaxed"])
def kernels(request, tmp_path_factory):
    """Every workload with every tile, as one module."""
    folder = tmp_path_factory.mktemp("kernels")
    functions = {}
    for w, workload in enumerate(WORKLOADS):
        for t, tile in enumerate(tiles_of(workload)):
            name = f"k{w}_{t}"
            functions[name] = kernel(workload, tile.fitted(workload), name)
    compile_kernels(tvm.IRModule(functions), folder / "k.o", request.param)
    link_kernels(list(functions), [folder / "k.o"], folder / "k.wasm")
    return Kernels(folder / "k.wasm", request.param)


@pytest.mark.parametrize("w", range(len(WORKLOADS)))
def test_products_equal_float64(kernels, w):
    workload = WORKLOADS[w]
    for t, tile in enumerate(tiles_of(workload)):
        x, weights, z = arrays(workload, tile.fitted(workload), np.random.default_rng(w))
        kernels.call(f"k{w}_{t}", x, weights, z)
        expected, size = reference(workload, x, unpacked(workload, weights))
        bound = (workload.taps * workload.depth + 1) * np.finfo(np.float32).eps * size  # of a sum in any order
        assert (np.abs(z - expected) <= bound).all(), tile


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda workload: workload.key)
def test_key_names_its_workload(workload):
    assert parse(workload.key) == workload


@pytest.mark.parametrize(
    "key",
    [
        "",
        "conv2d",
        "matmul m1",
        "matmul m1 k0 o3",
        "conv3d n1",
        "conv2d n1 h2 w2 c1 o1 k3x3 s1 p0 d1",
        "matmul m1 k2 o3 ",
    ],
)
def test_key_of_no_workload(key):
    with pytest.raises(BuildError, match="no workload, expected"):
        parse(key)


def test_records_come_back(tmp_path):
    workload, tile = PRODUCTS[2], Tile(2, 16)
    records = Records()
    records.put(workload, tile, relaxed=True)
    records.save(tmp_path / "r.json")
    again = load(tmp_path / "r.json")
    assert again.best(workload, relaxed=True) == tile.fitted(workload)
    assert again.best(workload) == default_tile(workload).fitted(workload)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting property name"),
        ("[]", "not a records file"),
        ('{"fast": {}}', "not a records file"),
        ('{"plain": []}', "plain is no object"),
        (json.dumps({"plain": {"conv9d": {}}}), "conv9d.*no workload"),
        (json.dumps({"plain": {"matmul m1 k2 o3": {"rows": 0}}}), "rows is 0, expected a whole number 1..16"),
        (json.dumps({"plain": {"matmul m1 k2 o3": {"rows": 1.5}}}), "rows is 1.5, expected a whole number"),
        (json.dumps({"plain": {"matmul m1 k2 o3": {"columns": 6}}}), "columns is 6, expected a multiple"),
        (json.dumps({"plain": {"matmul m1 k2 o3": {"rows": 16, "columns": 64}}}), "16 rows are too many"),
        (json.dumps({"plain": {"matmul m1 k2 o3": {"winograd": 3}}}), "winograd is 3, expected 0, 2 or 4"),
        (json.dumps({"plain": {"matmul m1 k2 o3": {"speed": 9}}}), "expected an object with any of rows"),
        (json.dumps({"plain": {"matmul m1 k2 o3": 4}}), "expected an object with any of rows"),
    ],
)
def test_records_file_with_a_mistake(tmp_path, text, says):
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(BuildError, match=says):
        load(tmp_path / "r.json")


def test_records_file_that_is_missing(tmp_path):
    with pytest.raises(BuildError, match="no such file"):
        load(tmp_path / "r.json")
