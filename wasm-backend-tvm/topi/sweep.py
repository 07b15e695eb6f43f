"""Runs cases in child processes, since some operators end the process or might never return."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from .case import Case
from .trial import CRASH, Verdict, try_cases

BATCH = 24  # cases in one module: starting a child takes as long as building a dozen of them
SECONDS = 300  # for one child, which needs about 5 on an idle machine

PROGRAM = Path(__file__).resolve().parents[1] / "topi_sweep.py"


def child(names: list[str]) -> None:
    """What the program does as a child: the verdicts of named cases, as JSON on the standard output."""
    from .families import CASES

    answer = os.dup(1)
    os.dup2(2, 1)  # what TVM prints is no answer
    verdicts = [asdict(verdict) for verdict in try_cases([CASES[name] for name in names])]
    with os.fdopen(answer, "w") as out:
        json.dump(verdicts, out)


def ask_child(names: list[str]) -> tuple[list[Verdict], str]:
    """The child's verdicts, or how it ended instead."""
    command = [sys.executable, str(PROGRAM), "--child", *names]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return [], f"no answer in {SECONDS} seconds"
    if done.returncode in (130, -signal.SIGINT):
        raise KeyboardInterrupt
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return [], f"the process ended with {done.returncode}: {last}"[:300]
    return [Verdict(**row) for row in json.loads(done.stdout)], ""


def run_batch(names: list[str]) -> list[Verdict]:
    """Verdicts of a batch; one that ends its child is halved until the case that does it is alone."""
    verdicts, ended = ask_child(names)
    if verdicts:
        return verdicts
    if len(names) == 1:
        return [Verdict(names[0], CRASH, ended)]
    half = len(names) // 2
    return run_batch(names[:half]) + run_batch(names[half:])


def sweep(cases: list[Case], jobs: int, done: Callable[[int], None]) -> list[Verdict]:
    """Verdicts in the order of the cases; `done` is told how many more there are."""
    names = [case.name for case in cases]
    batches = [names[i : i + BATCH] for i in range(0, len(names), BATCH)]

    def counted(batch: list[str]) -> list[Verdict]:
        verdicts = run_batch(batch)
        done(len(verdicts))
        return verdicts

    with ThreadPoolExecutor(jobs) as pool:
        try:
            found = {verdict.name: verdict for verdicts in pool.map(counted, batches) for verdict in verdicts}
        except BaseException:  # an interrupt, above all: begin nothing more
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [found[name] for name in names]


def unexpected(verdicts: list[Verdict], broken: dict[str, tuple[str, str]]) -> Iterator[str]:
    """What differs from `broken`, a line each: cases that fail, and some that no longer do."""
    for verdict in verdicts:
        allowed = broken.get(verdict.name, ("agrees", ""))[0]
        if verdict.verdict != allowed:
            yield f"{verdict.name}: {verdict.verdict} {verdict.text}, expected: {allowed}"
