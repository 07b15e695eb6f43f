"""Padding, and elements between space, depth and batch."""

import numpy as np
from tvm import topi
from tvm.topi.nn.pixel_shuffle import pixel_shuffle as shuffle_pixels

from .case import Made, Random, add_case, case
from .oracle import onnx_node

PADDED = {
    "nn.reflect_pad": (topi.nn.reflect_pad, "reflect"),
    "nn.replicate_pad": (topi.nn.replicate_pad, "edge"),
    "nn.circular_pad": (topi.nn.circular_pad, "wrap"),
}


def add_pad(name: str, operator, mode: str, variant: str = "") -> None:
    def make(random: Random) -> Made:
        x = random.floats(2, 4, 5)
        expected = np.pad(x, ((0, 0), (1, 2), (3, 1)), mode)
        return Made([x], lambda x: operator(x, [0, 1, 3], [0, 2, 1]), expected)

    add_case(name, make, variant=variant)


for name, row in PADDED.items():
    add_pad(name, *row)
add_pad("nn.mirror_pad", lambda x, before, after: topi.nn.mirror_pad(x, before, after, "SYMMETRIC"), "symmetric")
add_pad("nn.mirror_pad", lambda x, before, after: topi.nn.mirror_pad(x, before, after, "REFLECT"), "reflect", "reflect")


@case("nn.pad")
def pad(random):
    x = random.floats(3, 4)
    expected = np.pad(x, ((1, 0), (2, 3)), constant_values=1.5)
    return Made([x], lambda x: topi.nn.pad(x, [1, 2], [0, 3], 1.5), expected)


@case("nn.dilate")
def dilate(random):
    x = random.floats(3, 4)
    expected = np.full((5, 10), -1, "float32")
    expected[::2, ::3] = x
    return Made([x], lambda x: topi.nn.dilate(x, [2, 3], -1.0), expected)


@case("nn.flatten")
def flatten(random):
    x = random.floats(3, 4, 5)
    return Made([x], topi.nn.flatten, x.reshape(3, 20))


@case("nn.fifo_buffer")
def fifo_buffer(random):
    x, buffer = random.floats(3, 2), random.floats(3, 7)
    expected = np.concatenate((buffer, x), axis=1)[:, 2:]
    return Made([x, buffer], lambda x, b: topi.nn.fifo_buffer(x, b, 1), expected)


@case("nn.depth_to_space", "onnxruntime")
def depth_to_space(random):
    x = random.floats(2, 12, 3, 4)
    expected = onnx_node("DepthToSpace", [x], blocksize=2, mode="DCR")
    return Made([x], lambda x: topi.nn.depth_to_space(x, 2), expected)


@case("nn.depth_to_space", "onnxruntime", "columns first")
def depth_to_space_crd(random):
    x = random.floats(2, 12, 3, 4)
    expected = onnx_node("DepthToSpace", [x], blocksize=2, mode="CRD").transpose(0, 2, 3, 1)
    inputs = [x.transpose(0, 2, 3, 1).copy()]
    return Made(inputs, lambda x: topi.nn.depth_to_space(x, 2, "NHWC", "CRD"), expected)


@case("nn.pixel_shuffle.pixel_shuffle", "onnxruntime")
def pixel_shuffle(random):
    x = random.floats(2, 9, 3, 4)
    expected = onnx_node("DepthToSpace", [x], blocksize=3, mode="CRD")
    return Made([x], lambda x: shuffle_pixels(x, 3), expected)


@case("nn.space_to_depth", "onnxruntime")
def space_to_depth(random):
    x = random.floats(2, 3, 4, 6)
    return Made([x], lambda x: topi.nn.space_to_depth(x, 2), onnx_node("SpaceToDepth", [x], blocksize=2))


@case("nn.space_to_batch_nd")
def space_to_batch_nd(random):
    x = random.floats(2, 3, 5, 2)
    padded = np.pad(x, ((0, 0), (1, 0), (0, 1), (0, 0))).reshape(2, 2, 2, 2, 3, 2)
    expected = padded.transpose(2, 4, 0, 1, 3, 5).reshape(12, 2, 2, 2)
    return Made([x], lambda x: topi.nn.space_to_batch_nd(x, [2, 3], [1, 0], [0, 1]), expected)


@case("nn.batch_to_space_nd")
def batch_to_space_nd(random):
    x = random.floats(12, 2, 2, 2)
    expected = x.reshape(2, 3, 2, 2, 2, 2).transpose(2, 3, 0, 4, 1, 5).reshape(2, 4, 6, 2)[:, 1:, :-1]
    return Made([x], lambda x: topi.nn.batch_to_space_nd(x, [2, 3], [1, 0], [0, 1]), expected)


@case("nn.correlation_nchw", "loop")
def correlation(random):
    x, y = random.floats(1, 3, 6, 7), random.floats(1, 3, 6, 7)
    a, b = (np.pad(t, ((0, 0), (0, 0), (2, 2), (2, 2)))[0] for t in (x, y))
    reach, kernel = 2, 3  # displacements from -2 to 2, windows of 3 by 3
    expected = np.zeros((1, 25, 4, 5))
    for q, i, j in np.ndindex(25, 4, 5):
        di, dj = q // 5 - reach, q % 5 - reach
        window = a[:, i + reach : i + reach + kernel, j + reach : j + reach + kernel]
        other = b[:, i + reach + di :, j + reach + dj :][:, :kernel, :kernel]
        expected[0, q, i, j] = (window * other).mean()

    def build(x, y):
        return topi.nn.correlation_nchw(x, y, kernel, reach, 1, 1, 2, True)

    return Made([x, y], build, expected)
