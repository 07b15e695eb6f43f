"""What each operator of operators.txt means, written with numpy and scipy and without a look at its expression.

Floating-point oracles get their inputs in float64, and their answer is rounded once.
"""

import numpy as np
import scipy.special

FLOATS = np.array(
    [
        0,
        -0.0,
        1,
        -1,
        0.5,
        -0.5,
        1.5,
        -2.5,
        3.75,
        -7.25,
        1e-4,
        -1e-4,
        1e-20,
        88,
        -88,
        1e30,
        -1e30,
        np.inf,
        -np.inf,
        np.nan,
    ],
    np.float32,
)


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def fold(function):
    """An oracle of a reduction from a function of numpy's kind: axis is a list, none means all."""

    def oracle(x, axis=None, keep_dims=0):
        return function(x, axis=tuple(axis) if axis else None, keepdims=bool(keep_dims))

    return oracle


def matmul(a, b, transpose_a=0, transpose_b=0):
    return np.matmul(np.swapaxes(a, -1, -2) if transpose_a else a, np.swapaxes(b, -1, -2) if transpose_b else b)


def same_pads(size, reach, stride):
    total = max(0, (-(-size // stride) - 1) * stride + reach - size)
    return total // 2, total - total // 2


def conv2d(x, w, strides=(1, 1), dilations=(1, 1), pads=(0, 0, 0, 0), pad_mode=0, group=1):
    """A sum of shifted images, tap by tap."""
    reach = [(w.shape[2 + d] - 1) * dilations[d] + 1 for d in range(2)]
    around = [(pads[0], pads[1]), (pads[2], pads[3])] if pad_mode == 0 else [(0, 0), (0, 0)]
    if pad_mode == 1:
        around = [same_pads(x.shape[2 + d], reach[d], strides[d]) for d in range(2)]
    image = np.pad(x, ((0, 0), (0, 0), *around))
    out = [(image.shape[2 + d] - reach[d]) // strides[d] + 1 for d in range(2)]
    z = np.zeros((x.shape[0], w.shape[0], *out))
    per_group, seen = w.shape[0] // group, w.shape[1]
    for o in range(w.shape[0]):
        first = o // per_group * seen
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                top, left = i * dilations[0], j * dilations[1]
                part = image[:, first : first + seen, top:, left:]
                part = part[:, :, : out[0] * strides[0] : strides[0], : out[1] * strides[1] : strides[1]]
                z[:, o] += (part * w[o, :, i, j][None, :, None, None]).sum(1)
    return z


def log_add_exp(x, y):
    with np.errstate(all="ignore"):
        return np.where((x == y) & np.isinf(x), np.nan, np.logaddexp(x, y))


def nothing_where(zero, function):
    """The function's value, 0 where `zero` of the inputs holds."""
    return lambda x, y: np.where(zero(x, y), 0, function(x, y))


def hardtanh(x):
    return np.where(np.isnan(x), 1, np.clip(x, -1, 1))


def count_non_zero(x, **how):
    return np.sum((x != 0).astype(np.int32), **how, dtype=np.int32)


ORACLES = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "MatMul": matmul,
    "Conv2D": conv2d,
    "Softmax": softmax,
    "Argmax": lambda x, axis=-1: np.argmax(x, axis=axis).astype(np.int32),
    "ACos": np.arccos,
    "Acosh": np.arccosh,
    "Asin": np.arcsin,
    "Asinh": np.arcsinh,
    "Atan": np.arctan,
    "Atanh": np.arctanh,
    "Cosh": np.cosh,
    "Erfc": scipy.special.erfc,
    "Exp2": np.exp2,
    "Frac": lambda x: np.where(np.isinf(x), np.nan, np.fmod(x, 1)),
    "Hardtanh": hardtanh,
    "Invert": np.invert,
    "IsFinite": np.isfinite,
    "IsInf": np.isinf,
    "IsNan": np.isnan,
    "Lgamma": lambda x: np.where(np.isinf(x), np.inf, scipy.special.gammaln(x)),
    "Log10": np.log10,
    "Log1p": np.log1p,
    "Log2": np.log2,
    "LogSigmoid": scipy.special.log_expit,
    "Logit": scipy.special.logit,
    "OnesLike": np.ones_like,
    "Rint": np.rint,
    "Sinh": np.sinh,
    "Tan": np.tan,
    "ZerosLike": np.zeros_like,
    "ApproximateEqual": lambda x, y: np.abs(x - y) < 1e-5,
    "Atan2": np.arctan2,
    "BitwiseAnd": np.bitwise_and,
    "BitwiseOr": np.bitwise_or,
    "BitwiseXor": np.bitwise_xor,
    "DivNoNan": nothing_where(lambda x, y: y == 0, np.divide),
    "Fmax": np.fmax,
    "Fmin": np.fmin,
    "Hypot": np.hypot,
    "LeftShift": np.left_shift,
    "LogAddExp": log_add_exp,
    "MulNoNan": nothing_where(lambda x, y: y == 0, np.multiply),
    "NextAfter": lambda x, y: np.nextafter(x.astype(np.float32), y.astype(np.float32)),
    "RightShift": np.right_shift,
    "SquaredDifference": lambda x, y: (x - y) * (x - y),
    "Xdivy": nothing_where(lambda x, y: x == 0, np.divide),
    "Xlogy": nothing_where(lambda x, y: x == 0, lambda x, y: x * np.log(y)),
    "CountNonZero": fold(count_non_zero),
    "EuclideanNorm": fold(lambda x, **how: np.sqrt(np.sum(x * x, **how))),
    "LogSumExp": fold(scipy.special.logsumexp),
    "Nansum": fold(np.nansum),
    "ReduceSumSquare": fold(lambda x, **how: np.sum(x * x, dtype=x.dtype, **how)),
    "CumProd": lambda x, axis=-1: np.cumprod(x, axis=axis),
}

# Around their zeros digits cancel: of Lgamma at 1 and 2, of LogAddExp where its inputs are below 0.
ABSOLUTE = {"Lgamma": 4e-7, "LogAddExp": 1e-6}

# What is tried instead of numbers of all sizes, where these are errors or the answer is any number.
SHIFTS = {"LeftShift", "RightShift"}
