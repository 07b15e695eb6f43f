"""A model in our module beside onnxruntime: the largest difference, milliseconds, megabytes, or what was refused."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import onnxruntime
from models import ROOT, Model, fetch

sys.path.insert(0, str(ROOT / "bindings" / "python"))
os.environ.setdefault("MSW_WASM", str(ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"))
import ms_backend_wasm as msw

ALLOWED = 1e-4  # of the largest number of each output; integers are equal
TIMES, SECONDS = 5, 1.0


@dataclass(frozen=True)
class Row:
    """How a model went; without an error text: passed."""

    model: Model
    megabytes: float
    error: float = 0.0
    ours: float = 0.0
    theirs: float = 0.0
    text: str = ""


def measure(model: Model) -> Row:
    file, inputs = fetch(model), model.inputs()
    megabytes = file.stat().st_size / 1e6
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    wanted = session.run(None, inputs)
    try:
        with msw.load(file, timeout=120) as loaded:
            error = max(map(difference, loaded(inputs), wanted))
            ours = _fastest(lambda: loaded(inputs))
    except msw.MswError as refused:
        return Row(model, megabytes, text=str(refused))
    theirs = _fastest(lambda: session.run(None, inputs))
    text = "" if error <= ALLOWED else f"differs by {error:.1e} of the largest number, allowed are {ALLOWED:.0e}"
    return Row(model, megabytes, error, ours, theirs, text)


def difference(got: np.ndarray, want: np.ndarray) -> float:
    """The largest, over the largest number; infinite where data types or shapes differ or a NaN is ours alone."""
    if got.dtype != want.dtype or got.shape != want.shape:
        return np.inf
    if want.dtype.kind != "f":
        return 0.0 if np.array_equal(got, want) else np.inf
    apart = np.abs(got.astype(np.float64) - want)
    scale = np.abs(want).max(initial=0.0) or 1.0
    return float(apart.max(initial=0.0) / scale) if np.isfinite(apart).all() else np.inf


def _fastest(call: Callable[[], object]) -> float:
    """Milliseconds."""
    times: list[float] = []
    while len(times) < TIMES and sum(times) < SECONDS:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)
