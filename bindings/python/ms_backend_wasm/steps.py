"""Going through a run's steps: a few at a time, to look at a deadline and at Ctrl-C; or one by one, to time them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from . import abi
from .errors import LimitError, TrapError

CHUNK_SECONDS = 0.02  # between two looks; a call of the module costs 20 us of Python


class Deadline:
    """A moment after which what is going on is ended."""

    def __init__(self, timeout: float | None, what: str):
        self._timeout = timeout
        self._what = what
        self._end = None if timeout is None else time.perf_counter() + timeout

    def check(self) -> None:
        if self._end is not None and time.perf_counter() > self._end:
            raise LimitError(f"{self._what}: time limit of {self._timeout:g} s exceeded")


PEAK_SECONDS = 0.005
PEAK_TRIES = 5


def peak_gflops(call: Callable[..., int]) -> float:
    """The module's limit on this machine: the best of some tries, each long enough for the clock."""

    def seconds_of(rounds: int) -> float:
        start = time.perf_counter()
        call("msw_peak", rounds)
        return time.perf_counter() - start

    rounds = 1024
    while seconds_of(rounds) < PEAK_SECONDS and rounds < 1 << 28:
        rounds *= 2
    best = min(seconds_of(rounds) for _ in range(PEAK_TRIES))
    return call("msw_peak", 0) * rounds / best * 1e-9


class Steps:
    """The steps of one run. How many go between two looks is kept for the next time."""

    def __init__(self, call: Callable[..., int], run: int):
        self._call = call
        self._run = run
        self._chunk = 1

    def go(self, deadline: Deadline) -> int:
        """All steps; the status that ended them."""
        try:
            while True:
                start = time.perf_counter()
                status = self._call("msw_run_some", self._run, self._chunk)
                if status != abi.MORE:
                    return status
                deadline.check()
                quick = time.perf_counter() - start < CHUNK_SECONDS
                self._chunk = min(self._chunk * 2, 1 << 20) if quick else max(self._chunk // 2, 1)
        except BaseException:
            self._restart()
            raise

    def timed(self, deadline: Deadline) -> tuple[int, list[tuple[int, float]]]:
        """All steps, one by one: the status that ended them; where the module describes each, and its seconds."""
        times: list[tuple[int, float]] = []
        nothing = self._seconds_of_a_call()
        try:
            while True:
                step = self._call("msw_run_next_step", self._run)
                start = time.perf_counter()
                status = self._call("msw_run_some", self._run, 1)
                times.append((step, max(time.perf_counter() - start - nothing, 0.0)))
                if status != abi.MORE:
                    return status, times
                deadline.check()
        except BaseException:
            self._restart()
            raise

    def _seconds_of_a_call(self) -> float:
        """What Python adds to each step: the quickest of some calls that do nothing."""
        seconds = []
        for _ in range(20):
            start = time.perf_counter()
            self._call("msw_run_next_step", self._run)
            seconds.append(time.perf_counter() - start)
        return min(seconds)

    def _restart(self) -> None:
        with contextlib.suppress(TrapError):  # after a trap there is nothing to begin anew
            self._call("msw_run_restart", self._run)
