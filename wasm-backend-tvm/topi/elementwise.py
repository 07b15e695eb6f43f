"""Operators on each element."""

import numpy as np
import scipy.special
from tvm import te, tirx, topi

from .case import Made, Random, add_case, case

AWKWARD = np.array([0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e-30, 3e8, -7.25], "float32")
SPECIAL = np.array([0.0, 1.0, np.inf, -np.inf, np.nan, -1e38], "float32")

# Numpy's or scipy's function, and where it is defined.
UNARY = {
    "abs": (np.abs, -3, 3),
    "acos": (np.arccos, -0.95, 0.95),
    "acosh": (np.arccosh, 1.1, 9),
    "asin": (np.arcsin, -0.95, 0.95),
    "asinh": (np.arcsinh, -4, 4),
    "atan": (np.arctan, -6, 6),
    "atanh": (np.arctanh, -0.9, 0.9),
    "cos": (np.cos, -6, 6),
    "cosh": (np.cosh, -4, 4),
    "erf": (scipy.special.erf, -4, 4),
    "fast_erf": (scipy.special.erf, -4, 4),
    "fast_exp": (np.exp, -9, 9),
    "fast_tanh": (np.tanh, -9, 9),
    "exp": (np.exp, -9, 9),
    "identity": (lambda x: x, -3, 3),
    "log": (np.log, 0.01, 9),
    "log10": (np.log10, 0.01, 9),
    "log2": (np.log2, 0.01, 9),
    "negative": (np.negative, -3, 3),
    "rsqrt": (lambda x: 1 / np.sqrt(x), 0.01, 9),
    "sigmoid": (scipy.special.expit, -9, 9),
    "sign": (np.sign, -3, 3),
    "sin": (np.sin, -6, 6),
    "sinh": (np.sinh, -4, 4),
    "sqrt": (np.sqrt, 0.0, 9),
    "tan": (np.tan, -1.4, 1.4),
    "tanh": (np.tanh, -9, 9),
    "nn.relu": (lambda x: np.maximum(x, 0), -3, 3),
    "nn.softplus": (lambda x: np.logaddexp(0, x), -9, 9),
}

ROUNDED = {"ceil": np.ceil, "floor": np.floor, "round": np.rint, "trunc": np.trunc}
TESTED = {"isfinite": np.isfinite, "isinf": np.isinf, "isnan": np.isnan}


def operator_named(name: str):
    found = topi
    for part in name.split("."):
        found = getattr(found, part)
    return found


def add_unary(name: str, reference, low: float, high: float) -> None:
    def make(random: Random) -> Made:
        x = random.floats(3, 7, low=low, high=high)
        return Made([x], operator_named(name), reference(x.astype("float64")))

    add_case(name, make, "scipy" if reference in (scipy.special.erf, scipy.special.expit) else "numpy")


for name, row in UNARY.items():
    add_unary(name, *row)
for name, reference in ROUNDED.items():
    add_case(name, lambda random, n=name, f=reference: Made([AWKWARD], operator_named(n), f(AWKWARD)))
for name, reference in TESTED.items():
    add_case(name, lambda random, n=name, f=reference: Made([SPECIAL], operator_named(n), f(SPECIAL)))


@case("cast")
def cast(random):
    x = np.array([1.9, -1.9, 0, 7.5], "float32")
    return Made([x], lambda x: topi.cast(x, "int32"), x.astype("int32"))


@case("cast", variant="float16")
def cast_half(random):
    x = random.floats(13)
    return Made([x], lambda x: topi.cast(x, "float16"), x.astype("float16"))


@case("cast", variant="from bool")
def cast_bool(random):
    x = random.bools(9)
    return Made([x], lambda x: topi.cast(x, "float32"), x.astype("float32"))


@case("reinterpret")
def reinterpret(random):
    x = random.floats(5)
    return Made([x], lambda x: topi.reinterpret(x, "int32"), x.view("int32"))


@case("ceil_log2")
def ceil_log2(random):
    x = np.array([1, 2, 3, 4, 5, 1023, 1024, 1025], "int32")
    expected = np.array([int(n - 1).bit_length() for n in x], "int32")
    return Made([x], lambda x: te.compute(x.shape, lambda i: topi.ceil_log2(tirx.max(x[i], 1))), expected)


@case("clip")
def clip(random):
    x = random.floats(4, 5)
    return Made([x], lambda x: topi.clip(x, -0.5, 0.75), np.clip(x, np.float32(-0.5), np.float32(0.75)))


@case("math.left_shift")
def left_shift(random):
    x = random.ints(7)
    return Made([x], lambda x: topi.math.left_shift(x, 3), x << 3)


@case("math.right_shift")
def right_shift(random):
    x = random.ints(7, low=-100, high=100)
    return Made([x], lambda x: topi.math.right_shift(x, 2), x >> 2)


def multiplied(x: int, multiplier: int, left: int, right: int) -> int:
    """x * 2**left * multiplier / 2**(31 + right), halves rounded up."""
    return ((int(x) << int(left)) * int(multiplier) + (1 << int(30 + right))) >> int(31 + right)


@case("fixed_point_multiply", "loop")
def fixed_point_multiply(random):
    x = random.ints(3, 5, low=-100000, high=100000)
    multiplier, shift = 1395864371, -3
    expected = np.array([[multiplied(v, multiplier, 0, -shift) for v in row] for row in x], "int32")
    return Made([x], lambda x: topi.fixed_point_multiply(x, multiplier, shift), expected)


@case("fixed_point_multiply_per_axis", "loop")
def fixed_point_multiply_per_axis(random):
    x = random.ints(4, 3, low=-10000, high=10000)
    multipliers = random.ints(3, low=1 << 30, high=(1 << 31) - 1)
    left, right = np.array([0, 1, 2], "int32"), np.array([3, 0, 1], "int32")
    expected = [[multiplied(row[j], multipliers[j], left[j], right[j]) for j in range(3)] for row in x]

    def build(x, y, left, right):
        return topi.fixed_point_multiply_per_axis(x, y, left, right, 1, 1, [1])

    return Made([x, multipliers, left, right], build, np.array(expected, "int32"))


@case("nn.leaky_relu")
def leaky_relu(random):
    x = random.floats(3, 5)
    return Made([x], lambda x: topi.nn.leaky_relu(x, 0.1), np.where(x > 0, x, x * np.float32(0.1)))


@case("nn.prelu")
def prelu(random):
    x, slope = random.floats(2, 3, 4), random.floats(3)
    return Made([x, slope], topi.nn.prelu, np.where(x > 0, x, x * slope[:, None]))


@case("elemwise_sum")
def elemwise_sum(random):
    x, y, z = (random.floats(3, 5) for _ in range(3))
    return Made([x, y, z], lambda *x: topi.elemwise_sum(list(x)), x + y + z)


@case("full")
def full(random):
    value = tirx.const(2.5, "float32")
    return Made([], lambda: topi.full((3, 5), "float32", value), np.full((3, 5), 2.5, "float32"))


@case("full_like")
def full_like(random):
    x = random.ints(3, 5)
    return Made([x], lambda x: topi.full_like(x, tirx.const(-7, "int32")), np.full_like(x, -7))


@case("eye")
def eye(random):
    return Made([], lambda: topi.eye(3, 5, 1), np.eye(3, 5, 1, "float32"))


@case("const_vector")
def const_vector(random):
    x = random.floats(5)
    return Made([], lambda: topi.const_vector(x), x)


@case("utils.const_matrix")
def const_matrix(random):
    x = random.floats(3, 4)
    return Made([], lambda: topi.utils.const_matrix(x), x)


def simulated(random: Random) -> tuple[np.ndarray, ...]:
    return random.floats(2, 3, low=-40, high=40), np.array([0.1, 0.5, 2], "float32"), np.array([3, -1, 0], "int32")


@case("nn.simulated_quantize")
def simulated_quantize(random):
    x, scale, zero = simulated(random)
    code = np.array(1, "int32")  # topi.nn.SQNN_INT8

    def build(x, code, scale, zero):
        return topi.nn.simulated_quantize(x, code[()], scale, zero)

    return Made([x, code, scale, zero], build, np.clip(np.rint(x / scale) + zero, -128, 127).astype("float32"))


@case("nn.simulated_dequantize")
def simulated_dequantize(random):
    x, scale, zero = simulated(random)
    x = np.rint(x)
    code = np.array(1, "int32")

    def build(x, code, scale, zero):
        return topi.nn.simulated_dequantize(x, code[()], scale, zero)

    return Made([x, code, scale, zero], build, (x - zero) * scale)
