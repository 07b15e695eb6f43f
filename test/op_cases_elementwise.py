"""Cases, as in op_cases, for functions of single elements.

Their oracles are formulas in float64 or, where the answer is known to the last bit, exact.
"""

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from op_cases import Case, binary, binary_bad, unary, values
from scipy import special


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def celu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x / alpha, 700)))


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def gelu(x):
    return x * special.expit(2 * np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))


FORMULAS = {
    "CeLU": celu,
    "Cos": np.cos,
    "Elu": elu,
    "Erf": special.erf,
    "Exp": np.exp,
    "Expm1": np.expm1,
    "FastGeLU": lambda x: x * special.expit(1.702 * x),
    "GeLU": gelu,
    "HSigmoid": lambda x: np.clip(x + 3, 0, 6) / 6,
    "HSwish": lambda x: np.where(np.isneginf(x), 0, x * (np.clip(x + 3, 0, 6) / 6)),
    "GeLUErf": lambda x: x * 0.5 * (1 + special.erf(x / np.sqrt(2))),
    "Log": np.log,
    "Mish": lambda x: x * np.tanh(softplus(x)),
    "ReLU6": lambda x: np.where(x > 0, np.minimum(x, 6), 0),
    "Reciprocal": lambda x: 1 / x,
    "Rsqrt": lambda x: 1 / np.sqrt(x),
    "SeLU": lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772),
    "SiLU": lambda x: x * special.expit(x),
    "Sigmoid": special.expit,
    "Sin": np.sin,
    "Softplus": softplus,
    "Softsign": lambda x: x / (1 + np.abs(x)),
    "Tanh": np.tanh,
}


def exact(name, case):
    """The formula, rounded to float32."""
    with np.errstate(all="ignore"):
        return FORMULAS[name](case.arrays[0].astype(np.float64), **case.attributes).astype(np.float32)


def by_whole(whole):
    """Quotients of floats in float32; of integers exactly, where 0 as divisor gives the highest or lowest number."""

    def quotient(x, y):
        if x.dtype.kind == "f":
            return np.asarray(whole(x / y), np.float32)
        limits = np.iinfo(x.dtype)
        by_zero = np.where(x == 0, 0, np.where(x < 0, limits.min, limits.max))
        exact = np.vectorize(lambda a, b: int(whole(Fraction(int(a), int(b) or 1))), otypes=[object])(x, y)
        return np.where(y == 0, by_zero, np.vectorize(lambda q: wrap(q, x.dtype), otypes=[x.dtype])(exact))

    return quotient


def wrap(value, dtype):
    """A whole number's low bits."""
    bits = 8 * dtype.itemsize
    low = value % (1 << bits)
    return low - (1 << bits) if dtype.kind == "i" and low >> (bits - 1) else low


def left_by(whole):
    """Remainders: of floats in float64, of integers exactly, by 0 none."""

    def remainder(x, y):
        if x.dtype.kind == "f":
            x, y = x.astype(np.float64), y.astype(np.float64)
            times = whole(x / y) + (0.0 if whole is trunc else -0.0)  # trunc's -0 becomes 0
            return (x - times * y).astype(np.float32)
        exact = np.fmod if whole is trunc else np.mod
        return np.where(y == 0, 0, exact(x, np.where(y == 0, 1, y)))

    return remainder


def floor(x):
    return math.floor(x) if isinstance(x, Fraction) else np.floor(x)


def trunc(x):
    return math.trunc(x) if isinstance(x, Fraction) else np.trunc(x)


def divide_float(x, y):
    return x / y if x.dtype.kind == "f" else (x.astype(np.float64) / y.astype(np.float64)).astype(np.float32)


# What MindSpore has wrong or not at all in places: it forgets the sign of a divisor of 0, goes by way of double for
# int64, repeats the first answer of TruncateDiv, and lacks ranks and data types. The rest is compared with it too.
EXACT = {
    "Div": divide_float,
    "RealDiv": lambda x, y: x / y if x.dtype.kind == "f" else by_whole(trunc)(x, y),
    "FloorDiv": by_whole(floor),
    "TruncateDiv": by_whole(trunc),
    "FloorMod": left_by(floor),
    "Mod": left_by(trunc),
    "Maximum": lambda x, y: np.where(x > y, x, y),
    "Minimum": lambda x, y: np.where(x < y, x, y),
    "Sign": lambda x: np.where(x > 0, 1, np.where(x < 0, -1, 0)).astype(x.dtype),
}


def oracle(name):
    """The exact answer of an operator, or None where the inputs do not fit."""

    def answer(case):
        x = case.arrays[0]
        try:
            with np.errstate(all="ignore"):
                return EXACT[name](*case.arrays).astype(np.float32 if name == "Div" else x.dtype)
        except ValueError:
            return None

    return answer


def smooth(rng, dtype) -> Iterator[Case]:
    yield from unary(rng, dtype)
    yield Case([np.linspace(-12, 12, 997, dtype=dtype)])
    yield Case([(rng.choice([-1, 1], 500) * np.exp(rng.uniform(-80, 80, 500))).astype(dtype)])


def smooth_alpha(rng, dtype) -> Iterator[Case]:
    for case in unary(rng, dtype):
        for alpha in (0.7, 2.5, -0.5):
            yield Case(case.arrays, {"alpha": alpha})
        yield case


def shrink(rng, dtype) -> Iterator[Case]:
    for case in unary(rng, dtype):
        for lambd in (0.0, 1.25):
            yield Case(case.arrays, {"lambd": lambd})
        yield case


def leaky(rng, dtype) -> Iterator[Case]:
    for case in unary(rng, dtype):
        yield Case(case.arrays, {"slope": 0.2})
        yield case


def clamp(rng, dtype) -> Iterator[Case]:
    for case in unary(rng, dtype):
        for limits in ({"min": -1.5, "max": 2.25}, {"min": 0.5}, {"max": 3.0}, {"min": 2.0, "max": -1.0}):
            yield Case(case.arrays, limits)
    yield Case([values(rng, dtype, (5,))])


gelu_family = gelu_erf = smooth
compare = exact_binary = binary
exact_unary = unary
exact_binary_bad = compare_bad = binary_bad


def power(rng, dtype) -> Iterator[Case]:
    yield from binary(rng, dtype)
    if dtype.kind == "f":
        yield Case([np.abs(values(rng, dtype, (1000,), special=False)), rng.normal(size=1000).astype(dtype)])
        yield Case([values(rng, dtype, (100,)), np.array(2, dtype)])
    else:
        yield Case([rng.integers(0, 4, (50,)).astype(dtype), rng.integers(0, 9, (50,)).astype(dtype)])


def prelu(rng, dtype) -> Iterator[Case]:
    for shape in [(), (3,), (2, 3), (3, 127), (2, 13, 3), (2, 3, 4, 5), (1, 5, 1, 1), (0, 3), (2, 3, 2, 1, 2)]:
        yield Case([values(rng, dtype, shape), values(rng, dtype, (1,))])
        if len(shape) > 1:
            yield Case([values(rng, dtype, shape), values(rng, dtype, shape[1:2])])
    yield Case([values(rng, dtype, (2, 4, 5, 3)), values(rng, dtype, (3,))], {"channels_last": 1})


def prelu_bad(rng, dtype) -> Iterator[Case]:
    for x, w in [((2, 3), (2,)), ((3,), (3,)), ((2, 3), ()), ((2, 3), (1, 3))]:
        yield Case([values(rng, dtype, x), values(rng, dtype, w)])


TRIPLES = [
    ((13,), (13,), (13,)),
    ((), (), ()),
    ((127,), (), (127,)),
    ((), (3, 5), (3, 5)),
    ((3, 1), (1, 5), ()),
    ((2, 3, 4), (4,), (3, 1)),
    ((4,), (2, 1, 4), (3, 1)),
    ((1,), (3,), (2, 3)),
    ((0,), (1,), (0,)),
    ((2, 0, 3), (3,), ()),
    ((1, 2) * 4, (2, 1) * 4, (2,) * 8),
]


def select(rng, dtype) -> Iterator[Case]:
    for mask, x, y in TRIPLES:
        for other in (np.float32, np.int8, np.int64, np.float16):
            x_and_y = [values(rng, np.dtype(other), shape) for shape in (x, y)]
            yield Case([values(rng, dtype, mask), *x_and_y])


def select_bad(rng, dtype) -> Iterator[Case]:
    mask, x = values(rng, dtype, (3,)), np.ones(3, np.float32)
    yield Case([mask, x, np.ones(3, np.int32)])
    yield Case([mask, x, np.ones(2, np.float32)])
    yield Case([values(rng, dtype, (2,)), x, x])


def masked_fill(rng, dtype) -> Iterator[Case]:
    for mask, x, y in TRIPLES:
        yield Case([values(rng, dtype, x), values(rng, np.dtype(bool), mask), values(rng, dtype, y)])


def masked_fill_bad(rng, dtype) -> Iterator[Case]:
    x = values(rng, dtype, (3,))
    yield Case([x, np.ones(3, np.int32), x])
    yield Case([x, np.ones(2, bool), x])
    yield Case([x, np.ones(3, bool), np.ones(3, np.int32 if dtype != np.int32 else np.int8)])


def cast(rng, dtype) -> Iterator[Case]:
    wild = [np.nan, np.inf, -np.inf, 1.9, -1.9, 300, -300, 40000, -4e4, 3e9, -3e9, 1e19, -1e19, -129, 128.5, 255.9, 256]
    for number in range(1, 11):
        for shape in [(), (13,), (300,), (2, 0), (3, 5)]:
            yield Case([values(rng, dtype, shape)], {"dtype": number})
        if dtype.kind == "f":
            yield Case([np.array(wild, dtype)], {"dtype": number})


def cast_bad(rng, dtype) -> Iterator[Case]:
    for number in (0, 24, -1, 1 << 32 | 1):
        yield Case([values(rng, dtype, (3,))], {"dtype": number})
