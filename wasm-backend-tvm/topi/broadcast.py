"""Operators on two tensors whose shapes are stretched to one."""

import numpy as np
from tvm import topi

from .case import Made, Random, add_case, case

FLOATS = {
    "add": np.add,
    "atan2": np.arctan2,
    "divide": np.divide,
    "log_add_exp": np.logaddexp,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "multiply": np.multiply,
    "subtract": np.subtract,
    "equal": np.equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "not_equal": np.not_equal,
}
INTEGERS = {
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "left_shift": np.left_shift,
    "right_shift": np.right_shift,
}
DIVISIONS = {"floor_divide": np.floor_divide, "floor_mod": np.mod, "mod": np.fmod}
BOOLS = {"logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor}


def add_binary(name: str, reference, give, variant: str = "") -> None:
    def make(random: Random) -> Made:
        x, y = give(random)
        return Made([x, y], getattr(topi, name), reference(x, y))

    add_case(name, make, variant=variant)


def floats(random: Random):
    return random.floats(3, 1, 5), random.floats(4, 1)


def repeated(random: Random):
    """Numbers of which some are equal."""
    return tuple(np.rint(x * 2) for x in floats(random))


def integers(random: Random):
    return random.ints(3, 1, 5, low=-100, high=100), random.ints(4, 1, low=0, high=8)


def divided_floats(random: Random):
    return random.floats(3, 5, low=-9, high=9), random.floats(5, low=1, high=3)


def divided(random: Random):
    x, y = random.ints(3, 1, 5, low=-50, high=50), random.ints(4, 1, low=1, high=9)
    return x, y * np.array([[1], [-1], [1], [-1]], "int32")


for name, reference in FLOATS.items():
    add_binary(name, reference, repeated if reference(0, 1).dtype == bool else floats)
for name, reference in INTEGERS.items():
    add_binary(name, reference, integers)
for name, reference in DIVISIONS.items():
    add_binary(name, reference, divided)
    add_binary(name, reference, divided_floats, "float")
for name, reference in BOOLS.items():
    add_binary(name, reference, lambda random: (random.bools(3, 1, 5), random.bools(4, 1)))
add_binary("power", np.power, lambda random: (random.floats(3, 1, 5, low=0.1, high=4), random.floats(4, 1)))
add_binary("add", np.add, lambda random: (random.ints(3, 1, dtype="int64"), random.ints(1, 4, dtype="int64")), "int64")


@case("bitwise_not")
def bitwise_not(random):
    x = random.ints(3, 5)
    return Made([x], topi.bitwise_not, ~x)


@case("logical_not")
def logical_not(random):
    x = random.bools(3, 5)
    return Made([x], topi.logical_not, ~x)


@case("broadcast_to")
def broadcast_to(random):
    x = random.floats(3, 1)
    return Made([x], lambda x: topi.broadcast_to(x, (2, 3, 5)), np.broadcast_to(x, (2, 3, 5)))
