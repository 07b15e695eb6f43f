"""Builds cases into one module, runs them in wasmtime and compares: what a child process of the sweep does."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tvm
from msw_tvm.link import link_kernels
from msw_tvm.runner import Kernels
from msw_tvm.target import compile_kernels, wasm_target
from tvm import te

from .case import TOLERANCE, Case, Made

AGREES, DISAGREES, RUN_ERROR, BUILD_ERROR, CRASH = "agrees", "disagrees", "run error", "build error", "crash"


@dataclass
class Verdict:
    name: str
    verdict: str
    text: str = ""  # why not, or the shapes of inputs and outputs
    error: float = 0.0  # the largest, relative to the expected element plus the mean of all
    shapes: str = ""


def one_line(error: BaseException) -> str:
    """The last line of an error that says something, for TVM puts its stack before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[-1] if lines else ""
    return f"{type(error).__name__}: {text}"[:300]


def shape_text(arrays: Sequence[np.ndarray]) -> str:
    return ", ".join(f"{array.dtype}[{','.join(map(str, array.shape))}]" for array in arrays)


def lower(case: Case, made: Made, symbol: str) -> tuple[tvm.tirx.PrimFunc, list[np.ndarray]]:
    """The function of a case, and arrays for its outputs, filled with what it should overwrite."""
    inputs = [te.placeholder(x.shape, str(x.dtype), f"x{i}") for i, x in enumerate(made.inputs)]
    with wasm_target():  # some operators ask for it
        made_of = made.build(*inputs)
    tensors = [made_of] if isinstance(made_of, te.Tensor) else list(made_of)
    for n, tensor in enumerate(tensors):
        if tensor in inputs or tensor in tensors[:n]:  # handed on or given twice: a place of its own
            tensors[n] = te.compute(tensor.shape, lambda *i, t=tensor: t(*i))
    function = te.create_prim_func([*inputs, *tensors]).with_attr("global_symbol", symbol)
    outputs = []
    for tensor in tensors:
        array = np.zeros([int(size) for size in tensor.shape], str(tensor.dtype))
        array[...] = array.dtype.type(77)
        outputs.append(array)
    return function, outputs


def compare(given: np.ndarray, expected: np.ndarray) -> tuple[float, str]:
    """The largest error, and what is wrong, or ""."""
    if given.shape != expected.shape:
        return 0.0, f"shape {given.shape}, expected {expected.shape}"
    if given.dtype.kind != "f":
        if expected.dtype.kind not in ("iu" if given.dtype.kind in "iu" else given.dtype.kind):
            return 0.0, f"data type {given.dtype}, expected {expected.dtype}"
        wrong = int(np.count_nonzero(given != expected))
        return float(wrong), f"{wrong} of {given.size} elements differ" if wrong else ""
    x, y = given.astype("float64"), expected.astype("float64")
    finite = np.isfinite(y)
    if not np.array_equal(np.where(finite, 0, x), np.where(finite, 0, y), equal_nan=True):
        return np.inf, "infinities or NaNs elsewhere than expected"
    scale = np.abs(y[finite]) + (np.abs(y[finite]).mean() if finite.any() else 0)
    error = np.abs(x[finite] - y[finite])
    worst = float(np.max(error / np.where(scale > 0, scale, 1), initial=0.0))
    return worst, "" if worst <= TOLERANCE else f"error {worst:.2g}, allowed {TOLERANCE:g}"


def judge(case: Case, made: Made, outputs: list[np.ndarray], kernels: Kernels, symbol: str) -> Verdict:
    expected = made.outputs()
    shapes = f"{shape_text(made.inputs)} → {shape_text(outputs)}"
    try:
        kernels.call(symbol, *made.inputs, *outputs, outputs=len(outputs))
    except Exception as error:
        return Verdict(case.name, RUN_ERROR, one_line(error), shapes=shapes)
    if len(outputs) != len(expected):
        return Verdict(case.name, DISAGREES, f"{len(outputs)} outputs, expected {len(expected)}", shapes=shapes)
    errors = [compare(x, y) for x, y in zip(outputs, expected, strict=True)]
    wrong = next((text for _, text in errors if text), "")
    return Verdict(case.name, DISAGREES if wrong else AGREES, wrong, max(error for error, _ in errors), shapes)


def try_cases(cases: list[Case]) -> list[Verdict]:
    """The verdict of each case, all in one module unless TVM or the linker refuses that."""
    module, ready, verdicts = tvm.IRModule(), [], []
    for i, case in enumerate(cases):
        made = case.made()
        try:
            function, outputs = lower(case, made, f"case_{i}")
            module[f"case_{i}"] = function
            ready.append((case, made, outputs, f"case_{i}"))
        except Exception as error:
            verdicts.append(Verdict(case.name, BUILD_ERROR, one_line(error)))
    return verdicts + (run_module(module, ready) if ready else [])


def run_module(module: tvm.IRModule, ready: list[tuple]) -> list[Verdict]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.o"
        try:
            compile_kernels(module, path)
            link_kernels([symbol for *_, symbol in ready], [path], path.with_suffix(".wasm"))
        except Exception as error:
            if len(ready) > 1:
                return [verdict for case, *_ in ready for verdict in try_cases([case])]
            return [Verdict(ready[0][0].name, BUILD_ERROR, one_line(error))]
        kernels, verdicts = None, []
        for case, made, outputs, symbol in ready:
            kernels = kernels or Kernels(path.with_suffix(".wasm"))
            verdicts.append(judge(case, made, outputs, kernels, symbol))
            if verdicts[-1].verdict == RUN_ERROR:
                kernels = None  # a trap may have left its memory half-written
        return verdicts
