"""What a case is: an operator on arrays, and what it must give by an oracle that is not TVM."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-5  # of float32, in the measure of trial.compare; every case keeps to it


@dataclass
class Made:
    """A case with its data: build(*placeholders) makes the tensors whose values are expected of the inputs."""

    inputs: Sequence[np.ndarray]
    build: Callable
    expected: object  # an array, or a list of them

    def outputs(self) -> list[np.ndarray]:
        expected = self.expected if isinstance(self.expected, list | tuple) else [self.expected]
        return [np.asarray(array) for array in expected]


@dataclass
class Case:
    operator: str  # its public name behind tvm.topi
    variant: str
    oracle: str  # numpy, scipy, onnxruntime or loop
    make: Callable[["Random"], Made]

    @property
    def name(self) -> str:
        return f"{self.operator}:{self.variant}" if self.variant else self.operator

    def made(self) -> Made:
        return self.make(Random(self.name))


class Random:
    """Small arrays, the same in every run for a case of this name."""

    def __init__(self, name: str):
        self.generator = np.random.default_rng(zlib.crc32(name.encode()))

    def floats(self, *shape: int, low: float | None = None, high: float = 1.0) -> np.ndarray:
        """From the normal distribution, or evenly between low and high."""
        if low is None:
            return self.generator.standard_normal(shape).astype("float32")
        return self.generator.uniform(low, high, shape).astype("float32")

    def ints(self, *shape: int, low: int = -9, high: int = 10, dtype: str = "int32") -> np.ndarray:
        return self.generator.integers(low, high, shape).astype(dtype)

    def bools(self, *shape: int) -> np.ndarray:
        return self.generator.integers(0, 2, shape).astype(bool)

    def order(self, count: int, dtype: str = "int32") -> np.ndarray:
        """0 .. count - 1 in some order."""
        return self.generator.permutation(count).astype(dtype)


CASES: dict[str, Case] = {}


def add_case(operator: str, make: Callable[[Random], Made], oracle: str = "numpy", variant: str = "") -> None:
    case = Case(operator, variant, oracle, make)
    assert case.name not in CASES, case.name
    CASES[case.name] = case


def case(operator: str, oracle: str = "numpy", variant: str = "") -> Callable:
    """Decorator: the function makes the case of an operator."""

    def add(make: Callable[[Random], Made]) -> Callable[[Random], Made]:
        add_case(operator, make, oracle, variant)
        return make

    return add
