"""How far two arrays are from one another, in the words of floating point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .machine import Array

# Relative to the largest of the reference; whole numbers must be equal. float16 and bfloat16 keep 11 and 8 bits.
TOLERANCES = {"float64": 1e-4, "float32": 1e-4, "float16": 5e-3, "bfloat16": 4e-2}


@dataclass(frozen=True)
class Difference:
    """The place where two arrays differ most.

    relative   largest difference over the largest of the reference; inf where one is not a number, or another shape
    ulp        at that place: how many floating-point numbers lie between the two
    index      the place
    got, want  the values there
    """

    relative: float
    ulp: int
    index: tuple[int, ...]
    got: float
    want: float

    def __str__(self) -> str:
        place = f"[{', '.join(map(str, self.index))}]"
        return f"{self.got:.9g} at {place}, MindSpore {self.want:.9g}: relative {self.relative:.1e}, {self.ulp} ULP"


@dataclass(frozen=True)
class Mismatch:
    """Arrays that cannot be compared: of another shape or data type."""

    text: str
    relative: float = float("inf")
    ulp: int = 0

    def __str__(self) -> str:
        return self.text


def difference(got: Array, want: Array, element: str = "") -> Difference | Mismatch:
    """The largest difference. Equal infinities and two NaN are equal. What is bfloat16 in truth may come as float32."""
    if element == "bfloat16":
        want = want.astype(np.float32)
    if got.shape != want.shape or got.dtype != want.dtype:
        return Mismatch(f"{got.dtype}{list(got.shape)}, MindSpore {want.dtype}{list(want.shape)}")
    if got.size == 0:
        return Difference(0.0, 0, (), 0.0, 0.0)
    a, b = got.astype(np.float64), want.astype(np.float64)
    with np.errstate(invalid="ignore"):
        apart = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.abs(a - b))
    apart = np.where(np.isnan(apart), np.inf, apart)
    index = tuple(int(i) for i in np.unravel_index(int(apart.argmax()), apart.shape))
    finite = np.abs(b[np.isfinite(b)])
    scale = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    return Difference(
        float(apart[index]) / scale, _ulp(got[index], want[index]), index, float(a[index]), float(b[index])
    )


def _ulp(x: Any, y: Any) -> int:
    """Numbers of their type between x and y; for whole numbers their difference."""
    if not np.issubdtype(x.dtype, np.floating):
        return abs(int(x) - int(y))
    return abs(_order(x) - _order(y))


def _order(x: Any) -> int:
    """The number's place among all of its type, -0 and 0 the same."""
    bits = int(x.view(np.dtype(f"u{x.dtype.itemsize}")))
    sign = 1 << (8 * x.dtype.itemsize - 1)
    return sign - bits if bits & sign else bits
