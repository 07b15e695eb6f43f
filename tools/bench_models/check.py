"""What the three runtimes answer: onnxruntime is the reference, MindSpore and our module are judged by it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import compare  # tools/conformance
import mindspore as ms
import numpy as np
import onnxruntime
from mindspore import nn

from . import TOOLS

LARGEST_ERROR = 1e-4
MODULE = TOOLS.parent / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"
Arrays = dict[str, np.ndarray]


def by_onnxruntime(model: Path, cases: dict[str, Arrays]) -> dict[str, Arrays]:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return {case: dict(zip(names, session.run(None, inputs), strict=True)) for case, inputs in cases.items()}


def by_mindspore(model: Path, cases: dict[str, Arrays]) -> dict[str, list[np.ndarray]]:
    ms.set_context(mode=ms.GRAPH_MODE)
    cell = nn.GraphCell(ms.load(str(model)))
    answers = {}
    for case, inputs in cases.items():
        answer = cell(*map(ms.Tensor, inputs.values()))
        answers[case] = [tensor.asnumpy() for tensor in (answer if isinstance(answer, tuple) else (answer,))]
    return answers


def by_us(model: Path, cases: dict[str, Arrays]) -> dict[str, list[np.ndarray]]:
    os.environ.setdefault("MSW_WASM", str(MODULE))
    import ms_backend_wasm as msw

    with msw.load(model) as loaded:
        return {case: loaded(**inputs) for case, inputs in cases.items()}


def error(answer: list[np.ndarray], want: Arrays) -> float:
    """The largest of all outputs, relative to the largest number of the reference's."""
    return max(compare.error(z, w) for z, w in zip(answer, want.values(), strict=True))


def errors(model: Path, cases: dict[str, Arrays], want: dict[str, Arrays]) -> dict[str, dict[str, float]]:
    """Of each case by runtime. Ends the process where one is too large."""
    found: dict[str, dict[str, float]] = {case: {} for case in cases}
    for who, answers in (("MindSpore", by_mindspore(model, cases)), ("ms-backend-wasm", by_us(model, cases))):
        for case, answer in answers.items():
            found[case][who] = off = float(error(answer, want[case]))
            if not off <= LARGEST_ERROR:
                told = f"{model.parent.name} at {case}: {who}'s answer is {off:.1e} from onnxruntime's"
                sys.exit(f"{told}, expected at most {LARGEST_ERROR:.0e}")
    return found
