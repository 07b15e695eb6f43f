"""Convolutions, their layouts and gradients."""

import itertools

import numpy as np
import scipy.ndimage
from tvm import topi

from .case import Made, case
from .oracle import convolve, convolve_integers

HWIO = (2, 3, 1, 0)  # from filters (o, i, h, w)
NHWC = (0, 2, 3, 1)  # from images (n, c, h, w)


def image(random, channels: int = 3):
    return random.floats(2, channels, 7, 6)


@case("nn.conv1d", "onnxruntime")
def conv1d(random):
    x, w = random.floats(2, 3, 13), random.floats(5, 3, 3)
    return Made([x, w], lambda x, w: topi.nn.conv1d(x, w, 2, 1, 1), convolve(x, w, 2, 1))


@case("nn.conv1d_ncw", "onnxruntime")
def conv1d_ncw(random):
    x, w = random.floats(2, 3, 13), random.floats(5, 3, 3)
    return Made([x, w], lambda x, w: topi.nn.conv1d_ncw(x, w, 1, 2, 2), convolve(x, w, 1, 2, 2))


@case("nn.conv1d_nwc", "onnxruntime")
def conv1d_nwc(random):
    x, w = random.floats(2, 3, 13), random.floats(5, 3, 3)
    expected = convolve(x, w, 2, 1).transpose(0, 2, 1)
    inputs = [x.transpose(0, 2, 1).copy(), w.transpose(2, 1, 0).copy()]
    return Made(inputs, lambda x, w: topi.nn.conv1d_nwc(x, w, 2, 1, 1), expected)


@case("nn.group_conv1d_ncw", "onnxruntime")
def group_conv1d_ncw(random):
    x, w = random.floats(2, 6, 13), random.floats(4, 3, 3)
    expected = convolve(x, w, 1, 1, 1, 2)
    return Made([x, w], lambda x, w: topi.nn.group_conv1d_ncw(x, w, 1, 1, 1, 2), expected)


@case("nn.group_conv1d_nwc", "onnxruntime")
def group_conv1d_nwc(random):
    x, w = random.floats(2, 6, 13), random.floats(4, 3, 3)
    expected = convolve(x, w, 1, 1, 1, 2).transpose(0, 2, 1)
    inputs = [x.transpose(0, 2, 1).copy(), w.transpose(2, 1, 0).copy()]
    return Made(inputs, lambda x, w: topi.nn.group_conv1d_nwc(x, w, 1, 1, 1, 2), expected)


@case("nn.conv2d", "onnxruntime")
def conv2d(random):
    x, w = image(random), random.floats(5, 3, 3, 3)
    return Made([x, w], lambda x, w: topi.nn.conv2d(x, w, 2, 1, 1), convolve(x, w, 2, 1))


@case("nn.conv", "onnxruntime")
def conv(random):
    x, w = image(random, 4), random.floats(6, 2, 3, 3)
    expected = convolve(x, w, 1, 2, 2, 2)
    return Made([x, w], lambda x, w: topi.nn.conv(x, w, 1, 2, 2, 2, "NCHW", "OIHW"), expected)


@case("nn.conv2d_nchw", "onnxruntime")
def conv2d_nchw(random):
    x, w = image(random), random.floats(5, 3, 3, 2)
    return Made([x, w], lambda x, w: topi.nn.conv2d_nchw(x, w, 2, 1, 1), convolve(x, w, 2, 1))


@case("nn.conv2d_nhwc", "onnxruntime")
def conv2d_nhwc(random):
    x, w = image(random), random.floats(5, 3, 3, 3)
    inputs = [x.transpose(NHWC).copy(), w.transpose(HWIO).copy()]
    expected = convolve(x, w, 1, 1).transpose(NHWC)
    return Made(inputs, lambda x, w: topi.nn.conv2d_nhwc(x, w, 1, 1, 1), expected)


@case("nn.conv2d_hwcn", "onnxruntime")
def conv2d_hwcn(random):
    x, w = image(random), random.floats(5, 3, 3, 3)
    inputs = [x.transpose(2, 3, 1, 0).copy(), w.transpose(HWIO).copy()]
    expected = convolve(x, w, 2, 1).transpose(2, 3, 1, 0)
    return Made(inputs, lambda x, w: topi.nn.conv2d_hwcn(x, w, 2, 1, 1), expected)


def blocked(x: np.ndarray, size: int) -> np.ndarray:
    """Images (n, c, h, w) as (n, c / size, h, w, size)."""
    n, c, h, w = x.shape
    return np.ascontiguousarray(x.reshape(n, c // size, size, h, w).transpose(0, 1, 3, 4, 2))


def blocked_filters(w: np.ndarray, i: int, o: int) -> np.ndarray:
    """Filters (o, i, h, w) as (o / o_size, i / i_size, h, w, i_size, o_size)."""
    co, ci, height, width = w.shape
    return np.ascontiguousarray(w.reshape(co // o, o, ci // i, i, height, width).transpose(0, 2, 4, 5, 3, 1))


@case("nn.conv2d_NCHWc", "onnxruntime")
def conv2d_nchw_c(random):
    x, w = image(random, 6), random.floats(8, 6, 3, 3)

    def build(x, w):
        return topi.nn.conv2d_NCHWc(x, w, 1, 1, 1, "NCHW3c", "NCHW4c")

    return Made([blocked(x, 3), blocked_filters(w, 3, 4)], build, blocked(convolve(x, w, 1, 1), 4))


@case("nn.conv2d_NCHWc_OIHWo", "onnxruntime")
def conv2d_nchw_c_oihw_o(random):
    x, w = image(random, 6), random.floats(8, 6, 3, 3)
    filters = np.ascontiguousarray(w.reshape(2, 4, 6, 3, 3).transpose(0, 2, 3, 4, 1))

    def build(x, w):
        return topi.nn.conv2d_NCHWc_OIHWo(x, w, 1, 1, 1, "NCHW3c", "NCHW4c")

    return Made([blocked(x, 3), filters], build, blocked(convolve(x, w, 1, 1), 4))


@case("nn.conv2d_NCHWc_int8", "loop")
def conv2d_nchw_c_int8(random):
    x = random.ints(1, 8, 5, 6, low=0, high=256, dtype="uint8")
    w = random.ints(8, 8, 3, 3, low=-128, high=128, dtype="int8")
    filters = w.reshape(2, 4, 1, 2, 4, 3, 3).transpose(0, 2, 5, 6, 3, 1, 4).copy()

    def build(x, w):
        return topi.nn.conv2d_NCHWc_int8(x, w, 1, 1, 1, "NCHW8c", "NCHW4c")

    expected = blocked(convolve_integers(x, w, 1, 1), 4)
    return Made([blocked(x, 8), filters], build, expected)


@case("nn.unpack_NCHWc_to_nchw")
def unpack(random):
    x = random.floats(2, 6, 3, 4)
    return Made([blocked(x, 3)], lambda x: topi.nn.unpack_NCHWc_to_nchw(x, "float32"), x)


@case("nn.group_conv2d_nchw", "onnxruntime")
def group_conv2d_nchw(random):
    x, w = image(random, 6), random.floats(4, 3, 3, 3)
    expected = convolve(x, w, 2, 1, 1, 2)
    return Made([x, w], lambda x, w: topi.nn.group_conv2d_nchw(x, w, 2, 1, 1, 2), expected)


@case("nn.group_conv2d_nhwc", "onnxruntime")
def group_conv2d_nhwc(random):
    x, w = image(random, 6), random.floats(4, 3, 3, 3)
    inputs = [x.transpose(NHWC).copy(), w.transpose(HWIO).copy()]
    expected = convolve(x, w, 2, 1, 1, 2).transpose(NHWC)
    return Made(inputs, lambda x, w: topi.nn.group_conv2d_nhwc(x, w, 2, 1, 1, 2), expected)


@case("nn.conv2d_winograd_nchw", "onnxruntime")
def winograd_nchw(random):
    x, w = image(random), random.floats(5, 3, 3, 3)

    def build(x, w):
        return topi.nn.conv2d_winograd_nchw(x, w, 1, 1, 1, "float32")

    return Made([x, w], build, convolve(x, w, 1, 1))


@case("nn.conv2d_winograd_nhwc", "onnxruntime")
def winograd_nhwc(random):
    x, w = image(random), random.floats(5, 3, 3, 3)

    def build(x, w):
        return topi.nn.conv2d_winograd_nhwc(x, w, 1, 1, 1, "float32")

    inputs = [x.transpose(NHWC).copy(), w.transpose(HWIO).copy()]
    return Made(inputs, build, convolve(x, w, 1, 1).transpose(NHWC))


def toom_cook(points: list[float]) -> np.ndarray:
    """What filters of three are multiplied by: each point's powers over its distance to the others, and infinity."""
    distances = [np.prod([a - b for b in points if b != a]) for a in points]
    rows = [[1 / d, a / d, a * a / d] for a, d in zip(points, distances, strict=True)]
    rows[0] = [abs(rows[0][0]), 0, 0]  # TVM keeps the first positive
    return np.array([*rows, [0, 0, 1]])


def transformed(w: np.ndarray, points: list[float]) -> np.ndarray:
    """Filters (..., 3, 3) as (tile, tile, ...)."""
    g = toom_cook(points)
    return np.moveaxis(g @ w.astype("float64") @ g.T, (-2, -1), (0, 1)).astype("float32")


@case("nn.conv2d_winograd_nchw_without_weight_transform", "onnxruntime")
def winograd_nchw_transformed(random):
    x, w = image(random), random.floats(5, 3, 3, 3)
    filters = transformed(w, [0, -1, 1, 0.5, -2]).transpose(0, 1, 3, 2).copy()

    def build(x, w):
        return topi.nn.conv2d_winograd_nchw_without_weight_transform(x, w, 1, 1, 1, "float32")

    return Made([x, filters], build, convolve(x, w, 1, 1))


@case("nn.conv2d_winograd_nhwc_without_weight_transform", "onnxruntime")
def winograd_nhwc_transformed(random):
    x, w = image(random), random.floats(5, 3, 3, 3)
    filters = transformed(w, [0, -1, 1, 0.5, -2])

    def build(x, w):
        return topi.nn.conv2d_winograd_nhwc_without_weight_transform(x, w, 1, 1, 1, "float32")

    return Made([x.transpose(NHWC).copy(), filters], build, convolve(x, w, 1, 1).transpose(NHWC))


@case("nn.conv2d_winograd_weight_transform")
def winograd_weights(random):
    w = random.floats(5, 3, 3, 3)
    return Made([w], lambda w: topi.nn.conv2d_winograd_weight_transform(w, 2), transformed(w, [0, -1, 1]))


@case("nn.conv3d_winograd_weight_transform")
def winograd_weights_3d(random):
    w = random.floats(5, 2, 3, 3, 3)
    g = toom_cook([0, -1, 1])
    expected = np.einsum("ad,bh,cw,oidhw->abcoi", g, g, g, w)
    return Made([w], lambda w: topi.nn.conv3d_winograd_weight_transform(w, 2), expected)


@case("nn.conv3d_ncdhw", "onnxruntime")
def conv3d_ncdhw(random):
    x, w = random.floats(1, 4, 5, 6, 4), random.floats(6, 2, 3, 3, 2)
    expected = convolve(x, w, 1, 1, 1, 2)
    return Made([x, w], lambda x, w: topi.nn.conv3d_ncdhw(x, w, 1, 1, 1, 2), expected)


@case("nn.conv3d_ndhwc", "onnxruntime")
def conv3d_ndhwc(random):
    x, w = random.floats(1, 3, 5, 6, 4), random.floats(5, 3, 3, 3, 2)
    inputs = [x.transpose(0, 2, 3, 4, 1).copy(), w.transpose(2, 3, 4, 1, 0).copy()]
    expected = convolve(x, w, 2, 1).transpose(0, 2, 3, 4, 1)
    return Made(inputs, lambda x, w: topi.nn.conv3d_ndhwc(x, w, 2, 1, 1, 1), expected)


# Depthwise


@case("nn.depthwise_conv2d_nchw", "onnxruntime")
def depthwise_nchw(random):
    x, w = image(random), random.floats(3, 2, 3, 3)
    expected = convolve(x, w.reshape(6, 1, 3, 3), 2, 1, 1, 3)
    return Made([x, w], lambda x, w: topi.nn.depthwise_conv2d_nchw(x, w, 2, 1, 1), expected)


def depthwise_filters(w: np.ndarray) -> np.ndarray:
    """Filters (h, w, c, m) as onnxruntime takes them."""
    return w.transpose(2, 3, 0, 1).reshape(-1, 1, *w.shape[:2]).copy()


@case("nn.depthwise_conv2d_nhwc", "onnxruntime")
def depthwise_nhwc(random):
    x, w = image(random), random.floats(3, 3, 3, 2)
    expected = convolve(x, depthwise_filters(w), 1, 2, 2, 3).transpose(NHWC)
    inputs = [x.transpose(NHWC).copy(), w]
    return Made(inputs, lambda x, w: topi.nn.depthwise_conv2d_nhwc(x, w, 1, 2, 2), expected)


@case("nn.depthwise_conv2d_NCHWc", "onnxruntime")
def depthwise_nchw_c(random):
    x, w = image(random, 4), random.floats(4, 1, 3, 3)
    filters = w.reshape(2, 2, 1, 1, 3, 3).transpose(0, 2, 4, 5, 3, 1).copy()

    def build(x, w):
        return topi.nn.depthwise_conv2d_NCHWc(x, w, 1, 1, 1, "NCHW2c", "NCHW2c", "float32")

    return Made([blocked(x, 2), filters], build, blocked(convolve(x, w, 1, 1, 1, 4), 2))


GRADIENT_SHAPES = (1, 7, 6, 3), (3, 3, 3, 2), (1, 4, 3, 6)  # image, filters, output of stride 2 and padding 1


@case("nn.depthwise_conv2d_backward_input_nhwc", "loop")
def depthwise_backward_input(random):
    image_shape, filter_shape, out_shape = GRADIENT_SHAPES
    w, grad = random.floats(*filter_shape), random.floats(*out_shape)
    expected = np.zeros((1, 9, 8, 3))
    for i, j, c, m in itertools.product(range(4), range(3), range(3), range(2)):
        expected[0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3, c] += grad[0, i, j, c * 2 + m] * w[:, :, c, m]

    def build(w, grad):
        return topi.nn.depthwise_conv2d_backward_input_nhwc(w, grad, out_shape, image_shape, 2, 1)

    return Made([w, grad], build, expected[:, 1:-1, 1:-1])


@case("nn.depthwise_conv2d_backward_weight_nhwc", "loop")
def depthwise_backward_weight(random):
    image_shape, filter_shape, out_shape = GRADIENT_SHAPES
    x, grad = random.floats(*image_shape), random.floats(*out_shape)
    padded, expected = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0))), np.zeros(filter_shape)
    for i, j, c, m in itertools.product(range(4), range(3), range(3), range(2)):
        expected[:, :, c, m] += grad[0, i, j, c * 2 + m] * padded[0, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3, c]

    def build(x, grad):
        return topi.nn.depthwise_conv2d_backward_weight_nhwc(x, grad, out_shape, filter_shape, 2, 1)

    return Made([x, grad], build, expected)


# Deformable


def deformed(x, offset, w) -> np.ndarray:
    """Of images (1, c, h, w) by filters (o, c, kh, kw): offsets (1, 2 * kh * kw, h, w) stay inside; no padding."""
    out_h, out_w = offset.shape[2:]
    sampled = np.zeros((*w.shape[1:], out_h, out_w))
    for c, i, j in np.ndindex(*w.shape[1:]):
        at = (i * w.shape[3] + j) * 2
        rows = np.arange(out_h)[:, None] + i + offset[0, at]
        columns = np.arange(out_w)[None] + j + offset[0, at + 1]
        channel = x[0, c].astype("float64")
        sampled[c, i, j] = scipy.ndimage.map_coordinates(channel, [rows, columns], order=1, mode="nearest")
    return np.tensordot(w, sampled, 3)[None]


def offsets(random) -> np.ndarray:
    """For a 7 by 6 image and 2 by 3 filters: what would leave the image is brought back to its border."""
    offset = random.floats(1, 12, 6, 4)
    for i, j in np.ndindex(2, 3):
        at = (i * 3 + j) * 2
        rows, columns = np.arange(6)[:, None] + i, np.arange(4)[None] + j
        offset[0, at] = np.clip(rows + offset[0, at], 0, 6) - rows
        offset[0, at + 1] = np.clip(columns + offset[0, at + 1], 0, 5) - columns
    return offset


@case("nn.deformable_conv2d_nchw", "scipy")
def deformable_nchw(random):
    x, offset, w = random.floats(1, 3, 7, 6), offsets(random), random.floats(4, 3, 2, 3)

    def build(x, offset, w):
        return topi.nn.deformable_conv2d_nchw(x, offset, w, 1, 0, 1, 1, 1, "float32")

    return Made([x, offset, w], build, deformed(x, offset, w))


@case("nn.deformable_conv2d_nhwc", "scipy")
def deformable_nhwc(random):
    x, offset, w = random.floats(1, 3, 7, 6), offsets(random), random.floats(4, 3, 2, 3)

    def build(x, offset, w):
        return topi.nn.deformable_conv2d_nhwc(x, offset, w, 1, 0, 1, 1, 1, "float32")

    inputs = [x.transpose(NHWC).copy(), offset.transpose(NHWC).copy(), w.transpose(HWIO).copy()]
    return Made(inputs, build, deformed(x, offset, w).transpose(NHWC))
