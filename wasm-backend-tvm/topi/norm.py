"""Normalizations, soft maxima and losses."""

import numpy as np
import scipy.special
from tvm import topi

from .case import Made, Random, add_case, case
from .oracle import onnx_node


@case("nn.batch_norm")
def batch_norm(random):
    x = random.floats(2, 3, 5)
    gamma, beta, mean, var = random.floats(3), random.floats(3), random.floats(3), random.floats(3, low=0.5, high=2)
    column = [v[:, None] for v in (gamma, beta, mean, var)]
    z = (x - column[2]) / np.sqrt(column[3] + 1e-5) * column[0] + column[1]
    return Made([x, gamma, beta, mean, var], topi.nn.batch_norm, [z, mean, var])


@case("nn.batch_norm", variant="training")
def batch_norm_training(random):
    x = random.floats(2, 3, 5)
    gamma, beta, mean, var = random.floats(3), random.floats(3), random.floats(3), random.floats(3, low=0.5, high=2)
    m, v = x.mean(axis=(0, 2)), x.var(axis=(0, 2))
    z = (x - m[:, None]) / np.sqrt(v[:, None] + 1e-5) * gamma[:, None] + beta[:, None]

    def build(*tensors):
        return topi.nn.batch_norm(*tensors, training=True, momentum=0.1)

    return Made([x, gamma, beta, mean, var], build, [z, 0.9 * mean + 0.1 * m, 0.9 * var + 0.1 * v])


def normalized(x: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    x = x.astype("float64")
    return (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + 1e-5)


@case("nn.layer_norm")
def layer_norm(random):
    x, gamma, beta = random.floats(2, 3, 5), random.floats(5), random.floats(5)
    return Made([x, gamma, beta], lambda *t: topi.nn.layer_norm(*t, [2]), normalized(x, (2,)) * gamma + beta)


@case("nn.instance_norm")
def instance_norm(random):
    x, gamma, beta = random.floats(2, 3, 5, 4), random.floats(3), random.floats(3)
    expected = normalized(x, (2, 3)) * gamma[:, None, None] + beta[:, None, None]
    return Made([x, gamma, beta], lambda *t: topi.nn.instance_norm(*t, 1, [2, 3]), expected)


@case("nn.group_norm")
def group_norm(random):
    x, gamma, beta = random.floats(2, 6, 5), random.floats(6), random.floats(6)
    groups = normalized(x.reshape(2, 3, 2, 5), (2, 3)).reshape(x.shape)
    expected = groups * gamma[:, None] + beta[:, None]
    return Made([x, gamma, beta], lambda *t: topi.nn.group_norm(*t, 3, 1, [2]), expected)


@case("nn.rms_norm")
def rms_norm(random):
    x, weight = random.floats(3, 7), random.floats(7)
    expected = x / np.sqrt((x * x).mean(axis=1, keepdims=True) + 1e-5) * weight
    return Made([x, weight], lambda *t: topi.nn.rms_norm(*t, [1]), expected)


@case("nn.lrn", "onnxruntime")
def lrn(random):
    x = random.floats(2, 7, 3, 4)
    expected = onnx_node("LRN", [x], size=5, alpha=0.3, beta=0.75, bias=2.0)
    return Made([x], lambda x: topi.nn.lrn(x, 5, 1, 0.3, 0.75, 2.0), expected)


def add_softmax(name: str, build, reference, oracle: str = "scipy") -> None:
    def make(random: Random) -> Made:
        x = random.floats(3, 7, 2) * 4
        return Made([x], build, reference(x.astype("float64"), axis=1))

    add_case(name, make, oracle)


add_softmax("nn.softmax", lambda x: topi.nn.softmax(x, 1), scipy.special.softmax)
add_softmax("nn.fast_softmax", lambda x: topi.nn.fast_softmax(x, 1), scipy.special.softmax)
add_softmax("nn.softmax_common", lambda x: topi.nn.softmax_common(x, 1, False), scipy.special.softmax)


@case("nn.log_softmax", "scipy")
def log_softmax(random):
    x = random.floats(3, 7) * 4
    return Made([x], topi.nn.log_softmax, scipy.special.log_softmax(x.astype("float64"), axis=1))


@case("nn.scale_shift_nchw")
def scale_shift_nchw(random):
    x, scale, shift = random.floats(2, 3, 4, 5), random.floats(3), random.floats(3)
    return Made([x, scale, shift], topi.nn.scale_shift_nchw, x * scale[:, None, None] + shift[:, None, None])


@case("nn.scale_shift_nhwc")
def scale_shift_nhwc(random):
    x, scale, shift = random.floats(2, 4, 5, 3), random.floats(3), random.floats(3)
    return Made([x, scale, shift], topi.nn.scale_shift_nhwc, x * scale + shift)


@case("nn.scale_shift_nchwc")
def scale_shift_nchwc(random):
    x, scale, shift = random.floats(2, 3, 4, 5, 2), random.floats(3, 2), random.floats(3, 2)
    expected = x * scale[:, None, None] + shift[:, None, None]
    return Made([x, scale, shift], topi.nn.scale_shift_nchwc, expected)


@case("cpp.nn.bias_add")
def bias_add(random):
    x, bias = random.floats(2, 3, 4), random.floats(3)
    return Made([x, bias], lambda x, b: topi.cpp.nn.bias_add(x, b, 1), x + bias[:, None])


def add_nll(reduction: str) -> None:
    def make(random: Random) -> Made:
        x, weights = random.floats(3, 4, 5), random.floats(4, low=0.5, high=2)
        targets = random.ints(3, 5, low=0, high=4)
        expected = onnx_node(
            "NegativeLogLikelihoodLoss", [x, targets, weights], reduction=reduction, ignore_index=1, opset=17
        )
        return Made([x, targets, weights], lambda *t: topi.nn.nll_loss(*t, reduction, 1), expected)

    add_case("nn.nll_loss", make, "onnxruntime", reduction)


for reduction in ("mean", "sum", "none"):
    add_nll(reduction)


@case("nn.lstm", "loop")
def lstm(random):
    x, wi, wh = random.floats(4, 2, 3), random.floats(20, 3), random.floats(20, 5)
    h = c = np.zeros((2, 5))
    hidden, cells = [], []
    for step in x:
        i, f, g, o = np.split(step @ wi.T + h @ wh.T, 4, axis=1)
        c = scipy.special.expit(f) * c + scipy.special.expit(i) * np.tanh(g)
        h = scipy.special.expit(o) * np.tanh(c)
        hidden.append(h)
        cells.append(c)
    zero = np.zeros((2, 5), "float32")

    def build(x, wi, wh, h, c):
        return topi.nn.lstm(x, wi, wh, h_init=h, c_init=c)

    return Made([x, wi, wh, zero, zero], build, [np.array(hidden), np.array(cells)])
