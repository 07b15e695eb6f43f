"""Reductions and scans along axes."""

import numpy as np
from tvm import tirx, topi

from .case import Made, Random, add_case, case

REDUCTIONS = {"sum": np.sum, "max": np.max, "min": np.min, "prod": np.prod}
POSITIONS = {"argmax": np.argmax, "argmin": np.argmin}
QUANTIFIERS = {"all": np.all, "any": np.any}


def add_reduction(name: str, reference, axis, keep: bool, give, variant: str = "") -> None:
    def make(random: Random) -> Made:
        x = give(random)
        expected = reference(x, axis=axis, keepdims=keep)
        return Made([x], lambda x: getattr(topi, name)(x, axis, keep), expected)

    add_case(name, make, variant=variant)


for name, reference in REDUCTIONS.items():
    add_reduction(name, reference, (0, 2), False, lambda random: random.floats(3, 4, 5))
    add_reduction(name, reference, None, False, lambda random: random.floats(3, 7), "all axes")
for name, reference in POSITIONS.items():
    # Few values, so that several are the largest: the first counts.
    add_reduction(name, reference, 1, True, lambda random: np.rint(random.floats(3, 13)))
for name, reference in QUANTIFIERS.items():
    add_reduction(name, reference, (1,), False, lambda random: random.bools(7, 3))


@case("argmax", variant="last")
def argmax_last(random):
    x = np.rint(random.floats(3, 13))
    expected = 12 - np.argmax(x[:, ::-1], axis=1)
    return Made([x], lambda x: topi.argmax(x, 1, False, True), expected)


@case("collapse_sum")
def collapse_sum(random):
    x = random.floats(2, 3, 4)
    return Made([x], lambda x: topi.collapse_sum(x, (3, 1)), x.sum(axis=(0, 2), keepdims=True)[0])


@case("cumsum")
def cumsum(random):
    x = random.floats(3, 7)
    return Made([x], lambda x: topi.cumsum(x, axis=1), np.cumsum(x, axis=1))


@case("cumsum", variant="exclusive, int64")
def cumsum_exclusive(random):
    x = random.ints(5, 3)
    expected = np.cumsum(x, axis=0, dtype="int64") - x
    return Made([x], lambda x: topi.cumsum(x, axis=0, dtype="int64", exclusive=True), expected)


@case("cumprod")
def cumprod(random):
    x = random.floats(3, 7)
    return Made([x], topi.cumprod, np.cumprod(x))


@case("scanop")
def scanop(random):
    x = random.floats(3, 7)

    def build(x):
        return topi.scanop(x, tirx.max, tirx.min_value("float32"), "cummax", axis=-1)

    return Made([x], build, np.maximum.accumulate(x, axis=1))
