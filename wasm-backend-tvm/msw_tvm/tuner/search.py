"""Finds the fastest candidate: they take turns beside the default, and the slower half leaves after each round."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

Candidate = TypeVar("Candidate")

NEIGHBOURS = 6  # candidates timed between two runs of the default: the clock changes now and then
TURNS = 3  # of each candidate in a round
FINALISTS = 3
LAST_TURNS = 15


@dataclass(frozen=True)
class Winner:
    """The fastest candidate, and how it compares: ratios are times of the default by its own, side by side."""

    candidate: object
    ratio: float
    spread: tuple[float, float]  # quartiles of the ratio
    seconds: float
    default_seconds: float


def _turn(default: Candidate, others: Sequence[Candidate], measure: Callable[[Candidate], float], log: dict) -> None:
    """Time all once, in an order of chance, each beside the default."""
    order = random.sample(list(others), len(others))
    before = measure(default)
    for start in range(0, len(order), NEIGHBOURS):
        near = [(candidate, measure(candidate)) for candidate in order[start : start + NEIGHBOURS]]
        after = measure(default)
        for candidate, seconds in near:
            log.setdefault(candidate, []).append(((before + after) / 2, seconds))
        before = after


def _ratio(turns: list[tuple[float, float]]) -> float:
    return median(default / own for default, own in turns)


def search(
    default: Candidate,
    others: Sequence[Candidate],
    measure: Callable[[Candidate], float],
    limit: float = float("inf"),
    clock: Callable[[], float] = time.perf_counter,
    progress: Callable[[int, float], None] = lambda left, ratio: None,
) -> Winner:
    """The fastest of `default` and `others`. After `limit` seconds only the best few run the last round."""
    start, alive = clock(), list(others)
    while len(alive) > FINALISTS:
        log: dict = {}
        for _ in range(TURNS):
            _turn(default, alive, measure, log)
            if clock() - start > limit:
                break
        alive.sort(key=lambda candidate: -_ratio(log[candidate]))
        progress(len(alive), _ratio(log[alive[0]]))
        late = clock() - start > limit
        alive = alive[: FINALISTS if late else max(FINALISTS, len(alive) // 2)]
    log = {}
    for _ in range(LAST_TURNS):
        _turn(default, alive, measure, log)
    return _winner(default, log, measure)


def _winner(default: Candidate, log: dict, measure: Callable[[Candidate], float]) -> Winner:
    best = max(log, key=lambda candidate: _ratio(log[candidate]), default=default)
    if best is default or _ratio(log[best]) <= 1:
        own = (
            median(default_seconds for turns in log.values() for default_seconds, _ in turns)
            if log
            else measure(default)
        )
        return Winner(default, 1.0, (1.0, 1.0), own, own)
    turns = log[best]
    low, _, high = quantiles([theirs / own for theirs, own in turns], n=4)
    return Winner(
        best, _ratio(turns), (low, high), median(own for _, own in turns), median(theirs for theirs, _ in turns)
    )
