"""How far answers are from the reference, and whether they say anything at all."""

from __future__ import annotations

import numpy as np

# Two different inputs must move the answer by this many times the error that is allowed.
LEAST_CHANGE = 10


def error(z: np.ndarray, want: np.ndarray) -> float:
    """The largest difference relative to the largest finite number of the reference; infinite where kinds disagree."""
    if z.shape != want.shape or z.dtype != want.dtype:
        return np.inf
    if want.size == 0:
        return 0.0
    if want.dtype.kind != "f":
        return 0.0 if np.array_equal(z, want) else np.inf
    z, want = z.astype(np.float64), want.astype(np.float64)
    finite = np.isfinite(want)
    if not np.array_equal(z[~finite], want[~finite], equal_nan=True) or not np.isfinite(z[finite]).all():
        return np.inf
    largest = np.abs(want[finite]).max(initial=0)
    off = np.abs(z[finite] - want[finite]).max(initial=0)
    return off / largest if largest else 0.0 if off == 0 else np.inf


def difference(answers: list[np.ndarray], want: list[np.ndarray]) -> str:
    """What is wrong with the worst output beyond rounding, or ''."""
    if len(answers) != len(want):
        return f"{len(answers)} outputs, the reference has {len(want)}"
    for index, (z, w) in enumerate(zip(answers, want, strict=True)):
        if (z.shape, z.dtype) != (w.shape, w.dtype):
            return f"output {index} is {z.dtype}{list(z.shape)}, the reference {w.dtype}{list(w.shape)}"
        if w.dtype.kind != "f" and not np.array_equal(z, w):
            return f"output {index}: {int((z != w).sum())} of {w.size} {w.dtype} differ"
    return ""


def same_top1(z: np.ndarray, want: np.ndarray) -> bool:
    return bool(z.shape == want.shape and np.array_equal(z.argmax(-1), want.argmax(-1)))


def spread(want: list[np.ndarray]) -> float:
    """Standard deviation of the reference's first output of floats, or of its first."""
    chosen = next((w for w in want if w.dtype.kind == "f" and w.size > 1), want[0])
    finite = chosen[np.isfinite(chosen)] if chosen.dtype.kind == "f" else chosen
    return float(finite.astype(np.float64).std())


def change(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """How far two answers to different inputs lie apart: the most that any output moved, relative to its largest."""
    moved = [0.0]
    for a, b in zip(first, second, strict=True):
        if a.shape != b.shape:
            return np.inf
        a, b = a.astype(np.float64), b.astype(np.float64)
        both = np.isfinite(a) & np.isfinite(b)
        scale = max(np.abs(a[both]).max(initial=0), np.abs(b[both]).max(initial=0))
        moved.append(np.abs(a[both] - b[both]).max(initial=0) / scale if scale else 0.0)
    return float(max(moved))
