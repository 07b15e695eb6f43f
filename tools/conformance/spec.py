"""What an entry of the conformance lists says: how a net is made, what it is fed, and how its answers are judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# The largest error allowed, relative to the largest number of the reference.
FLOAT32_ERROR = 1e-4
FLOAT16_ERROR = 5e-3
BFLOAT16_ERROR = 1e-2  # 2.5 units in the last of its 8 bits
SEED = 2026


@dataclass(frozen=True)
class F:
    """Floats of mean `mean` and deviation 1. `low` and `high` draw them evenly from that range instead.

    open  the dimensions that the exported file leaves open
    """

    shape: tuple[int, ...]
    dtype: type = np.float32
    mean: float = 0.0
    low: float | None = None
    high: float | None = None
    open: tuple[int, ...] = ()

    def draw(self, rng: np.random.Generator, _: int) -> np.ndarray:
        if self.low is None:
            return np.asarray(rng.normal(self.mean, 1, self.shape), self.dtype)
        return np.asarray(rng.uniform(self.low, self.high, self.shape), self.dtype)


@dataclass(frozen=True)
class Image:
    """Pictures [n, 3, size, size]: a colour, waves across it, and noise.

    Noise alone would be averaged away by a net's last pooling, and all pictures would look the same to it.
    """

    size: int
    count: int = 1
    channels: int = 3
    open: tuple[int, ...] = ()
    dtype: type = np.float32

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.count, self.channels, self.size, self.size)

    def draw(self, rng: np.random.Generator, _: int) -> np.ndarray:
        across, down = np.meshgrid(*[np.linspace(0, 2 * np.pi, self.size)] * 2)
        picture = rng.normal(0, 0.7, (self.count, self.channels, 1, 1)) + rng.normal(0, 0.3, self.shape)
        for _ in range(4):
            waves = rng.uniform(0.3, 6, (2, self.count, 1, 1, 1))
            phase = rng.uniform(0, 6, (self.count, self.channels, 1, 1))
            picture += 0.6 * np.sin(waves[0] * across + waves[1] * down + phase)
        return picture.astype(self.dtype)


@dataclass(frozen=True)
class I:  # noqa: E742 - beside F it is the clearest name
    """Integers from 0 to high - 1, or from low."""

    high: int
    shape: tuple[int, ...]
    low: int = 0
    dtype: type = np.int32
    open: tuple[int, ...] = ()

    def draw(self, rng: np.random.Generator, _: int) -> np.ndarray:
        return rng.integers(self.low, self.high, self.shape).astype(self.dtype)


@dataclass(frozen=True)
class B:
    """Truth values."""

    shape: tuple[int, ...]
    open: tuple[int, ...] = ()
    dtype: type = np.bool_

    def draw(self, rng: np.random.Generator, _: int) -> np.ndarray:
        return rng.random(self.shape) < 0.5


@dataclass(frozen=True)
class Given:
    """These arrays, one for each set of inputs: for nets whose course depends on a value."""

    arrays: tuple
    dtype: type = np.float32
    open: tuple[int, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.arrays[0])

    def draw(self, _: np.random.Generator, number: int) -> np.ndarray:
        return np.asarray(self.arrays[number % len(self.arrays)], self.dtype)


@dataclass(frozen=True)
class Net:
    """An entry. `make` gives a cell of random weights; weights.py sets them.

    inputs      what it is exported with, and drawn twice for two answers that must differ
    more        further inputs of other shapes, where the file leaves sizes open
    error       the largest error allowed
    top1        its first output are classes: the largest must be the reference's
    oracle      numpy's answer, where MindSpore has no CPU kernel: (inputs, parameters by name) -> list of arrays
    factors     (end of a parameter's name, what to multiply it by), where order one is too much
    minutes     after which making or running it is given up
    """

    name: str
    make: Callable
    inputs: tuple
    more: tuple = ()
    error: float = FLOAT32_ERROR
    top1: bool = False
    oracle: Callable | None = None
    factors: tuple[tuple[str, float], ...] = ()
    minutes: int = 10

    def draw(self, number: int) -> list[np.ndarray]:
        """Set 0 and 1 have the exported shapes, those after are `more`."""
        kinds = self.inputs if number < 2 else self.more[number - 2]
        return [kind.draw(np.random.default_rng([SEED, number, i]), number) for i, kind in enumerate(kinds)]

    @property
    def sets(self) -> int:
        return 2 + len(self.more)
