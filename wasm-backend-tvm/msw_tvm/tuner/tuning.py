"""Tunes one workload: from its candidates to what is recorded of the fastest."""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from ..errors import OURS, BuildError
from ..schedules import Workload
from ..schedules.records import Measured
from ..schedules.tile import AnyTile
from .bench import Bench
from .search import search
from .space import candidates


@dataclass(frozen=True)
class Effort:
    """How much to try for each workload."""

    candidates: int = 40
    seconds: float = 30.0


def processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def tune(
    workload: Workload,
    tiles: list[AnyTile],
    relaxed: bool,
    seconds: float,
    clock: Callable[[], float] = time.perf_counter,
    note: Callable[[str], None] = lambda text: None,
) -> tuple[AnyTile, Measured]:
    """The fastest of some tiles, of which the first is the one used without records."""
    note(f"{workload.key}: compiling {len(tiles)} candidates")
    bench = Bench(workload, tiles, relaxed, clock)
    default = tiles[0]
    if default not in bench.runs:
        raise BuildError(f"{workload.key}: the kernel used without records is wrong, expected numpy's numbers", OURS)
    repeats = bench.repeats(default)

    def progress(left: int, ratio: float) -> None:
        note(f"{workload.key}: {left} left, best {ratio:.2f} times")

    others = [tile for tile in bench.runs if tile != default]
    won = search(default, others, lambda tile: bench.seconds(tile, repeats), seconds, clock, progress)
    return won.candidate, Measured(
        ratio=round(won.ratio, 3),
        quartiles=(round(won.spread[0], 3), round(won.spread[1], 3)),
        gflops=round(workload.flops / won.seconds / 1e9, 1),
        default_gflops=round(workload.flops / won.default_seconds / 1e9, 1),
        tried=len(tiles),
        dropped=bench.dropped,
        engine=f"wasmtime {version('wasmtime')}",
        processor=processor(),
    )


def tune_workload(workload: Workload, relaxed: bool, effort: Effort, **how) -> tuple[AnyTile, Measured]:
    """The fastest tile of a workload, and how it was measured."""
    return tune(workload, candidates(workload, effort.candidates, relaxed), relaxed, effort.seconds, **how)
