"""Candidates of one workload in one module: compiled together, checked against numpy, timed by turns in wasmtime."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import tvm
import wasmtime

from ..link import link_kernels
from ..runner import Kernels
from ..schedules import Depthwise, Matmul, Workload, kernel, packed
from ..schedules.kernel import shapes
from ..schedules.tile import AnyTile
from ..target import compile_kernels

WHOLE = 24**2
LEAST_SECONDS = 2e-3  # a turn of a kernel, so that the call into the module does not count


def sample(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    """x, and weights [taps, depth, o]; of a depthwise convolution, [kh, kw, o].

    Small whole numbers, whose sums are exact in any order, and weights that stay whole in Winograd's algorithm, which
    divides by 24 twice: a correct kernel gives the very numbers of the reference.
    """
    random = np.random.default_rng(0)
    first = workload.kernel if isinstance(workload, Depthwise) else (workload.taps, workload.depth)
    x = random.integers(-2, 3, shapes(workload)[0])
    weights = random.integers(-1, 2, (*first, workload.o)) * WHOLE
    return x.astype(np.float32), weights.astype(np.float32)


def reference(workload: Workload, x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The answer, by numpy in float64."""
    x, weights = x.astype(np.float64), weights.astype(np.float64)
    if isinstance(workload, Matmul):
        return x @ weights[0]
    top, left, bottom, right = workload.padding
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    (height, width), (down, across), (dy, dx) = workload.out, workload.strides, workload.dilation
    taps = weights.reshape(*workload.kernel, -1, workload.o)
    z = np.zeros((workload.n, height, width, workload.o))
    for i, j in np.ndindex(*workload.kernel):
        rows = slice(i * dy, i * dy + (height - 1) * down + 1, down)
        seen = x[:, rows, j * dx : j * dx + (width - 1) * across + 1 : across]
        if isinstance(workload, Depthwise):
            z += np.repeat(seen, workload.o // workload.c, axis=3) * taps[i, j]
        else:
            z += seen @ taps[i, j]
    return z


def build(workload: Workload, tiles: list[AnyTile], path: Path, relaxed: bool) -> dict[AnyTile, str]:
    """Write the kernels of all tiles as the module `path`; names by tile, without those that cannot be scheduled."""
    names, functions = {}, {}
    for number, tile in enumerate(tiles):
        name = f"tile{number}"
        try:
            functions[name] = kernel(workload, tile, name)
        except (RuntimeError, ValueError):
            continue
        names[tile] = name
    if functions:
        compile_kernels(tvm.IRModule(functions), path.with_suffix(".o"), relaxed)
        link_kernels(list(functions), [path.with_suffix(".o")], path)
    return names


class Bench:
    """The correct candidates of a workload, ready to be timed; `dropped` counts the others."""

    def __init__(
        self,
        workload: Workload,
        tiles: list[AnyTile],
        relaxed: bool,
        clock: Callable[[], float] = time.perf_counter,
    ):
        self.runs: dict[AnyTile, Callable[[int], float]] = {}
        with tempfile.TemporaryDirectory() as folder:
            module = Path(folder) / "candidates.wasm"
            names = build(workload, tiles, module, relaxed)
            if names:
                self._check(workload, Kernels(module, relaxed, clock=clock), names)
        self.dropped = len(tiles) - len(self.runs)

    def _check(self, workload: Workload, kernels: Kernels, names: dict[AnyTile, str]) -> None:
        x, weights = sample(workload)
        expected = reference(workload, x, weights)
        taken, placed = kernels.place(x), {}
        answer = kernels.place(np.zeros(expected.shape, np.float32))
        for tile, name in names.items():
            layout = getattr(tile, "columns", 0), getattr(tile, "winograd", 0)
            if layout not in placed:
                placed[layout] = kernels.place(packed(workload, tile, weights))
            run = kernels.bind(name, taken, placed[layout], answer)
            if self._correct(kernels, run, answer, expected):
                self.runs[tile] = run

    @staticmethod
    def _correct(kernels: Kernels, run: Callable[[int], float], answer, expected: np.ndarray) -> bool:
        kernels.fill(answer, np.nan)
        try:
            run(1)
        except (RuntimeError, wasmtime.WasmtimeError, wasmtime.Trap):
            return False
        kernels.fetch(answer)
        return bool(np.array_equal(answer.array, expected))

    def repeats(self, tile: AnyTile) -> int:
        """How often a turn runs each kernel."""
        return max(1, round(LEAST_SECONDS / max(self.runs[tile](1), 1e-7)))

    def seconds(self, tile: AnyTile, repeats: int = 1) -> float:
        """One turn of a candidate: seconds a run."""
        return self.runs[tile](repeats) / repeats
