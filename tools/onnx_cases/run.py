"""Runs cases inside wasm under wasmtime and says of each how it went.

One instance of the module serves until it traps or a time limit stops it; then the next case gets a new one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from cases import ROOT, Case

sys.path.insert(0, str(ROOT / "bindings" / "python"))
from ms_backend_wasm import LimitError, MswError, TrapError, UnsupportedError
from ms_backend_wasm.backend import Backend
from ms_backend_wasm.sandbox import Sandbox

MODULE = Path(os.environ.get("MSW_WASM") or ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm")
SECONDS = 60  # that one call of the module may take
MEMORY = 2 << 30

PASSED, FAILED, UNSUPPORTED, TRAPPED, HUNG = "passed", "failed", "not supported", "trapped", "hung"
OUTCOMES = (PASSED, FAILED, UNSUPPORTED, TRAPPED, HUNG)


@dataclass(frozen=True)
class Outcome:
    """How a case went, what the module or the comparison said, and which operators of the engine it reached."""

    case: Case
    kind: str
    text: str = ""
    reached: tuple[str, ...] = ()


class Runner:
    """An instance of the module, made anew after one that is lost."""

    def __init__(self, module: Path = MODULE):
        self._module = module
        self._backend: Backend | None = None

    def run(self, cases: list[Case]) -> Iterator[Outcome]:
        for case in cases:
            yield self.one(case)

    def one(self, case: Case) -> Outcome:
        try:
            sets = case.sets()
        except Exception as error:  # the package cannot read its own file
            return Outcome(case, UNSUPPORTED, f"onnx itself: {error}")
        try:
            reached = self._check(case, sets)
        except TrapError as error:
            self._backend = None
            return Outcome(case, TRAPPED, str(error))
        except LimitError as error:
            self._backend = None
            return Outcome(case, HUNG if "time limit" in str(error) else FAILED, str(error))
        except UnsupportedError as error:
            return Outcome(case, UNSUPPORTED, str(error))
        except (MswError, AssertionError, ValueError, TypeError) as error:
            return Outcome(case, FAILED, str(error).strip())
        return Outcome(case, PASSED, reached=reached)

    def _check(self, case: Case, sets: list[tuple[list[Any], list[Any]]]) -> tuple[str, ...]:
        if self._backend is None:
            self._backend = Backend(Sandbox(self._module, MEMORY, SECONDS))
        with self._backend.load(case.folder / "model.onnx", SECONDS) as model:
            for inputs, wanted in sets:
                got = model(*inputs)
                for index, want in enumerate(wanted):
                    compare(f"output {index}", got[index], want, model.outputs[index].element, case)
            return tuple(sorted({node.op for node in model.nodes}))


def compare(what: str, got: Any, want: Any, element: str | None, case: Case) -> None:
    """As onnx's runner does: data type and shape equal, numbers within the case's tolerance, NaN as NaN."""
    if isinstance(want, list):
        assert isinstance(got, list), f"{what} is no sequence"
        assert len(got) == len(want), f"{what} has {len(got)} elements, expected {len(want)}"
        for index, (ours, theirs) in enumerate(zip(got, want, strict=True)):
            compare(f"{what}[{index}]", ours, theirs, None, case)
        return
    if want is None or got is None:
        assert got is want, f"{what} is {got!r}, expected {want!r}"
        return
    got, want = np.asarray(got), np.asarray(want)
    name = want.dtype.name
    if name == "bfloat16":  # the binding answers it as float32
        assert element in (name, None), f"{what} is {element}, expected {name}"
    elif want.dtype.kind not in "OU":
        assert got.dtype.name == name, f"{what} is {got.dtype}, expected {name}"
    assert got.shape == want.shape, f"{what} has shape {list(got.shape)}, expected {list(want.shape)}"
    if want.dtype.kind in "fcV":
        wide = np.complex128 if want.dtype.kind == "c" else np.float64
        np.testing.assert_allclose(got.astype(wide), want.astype(wide), case.rtol, case.atol, err_msg=what)
    else:
        np.testing.assert_array_equal(got.astype(want.dtype), want, err_msg=what)
