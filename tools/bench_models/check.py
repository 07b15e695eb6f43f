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
from .spec import Arrays

LARGEST_ERROR = 1e-4
MODULE = TOOLS.parent / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"


def by_onnxruntime(model: Path, inputs: Arrays) -> Arrays:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, inputs), strict=True))


def by_mindspore(model: Path, inputs: Arrays) -> list[np.ndarray]:
    ms.set_context(mode=ms.GRAPH_MODE)
    answer = nn.GraphCell(ms.load(str(model)))(*map(ms.Tensor, inputs.values()))
    return [tensor.asnumpy() for tensor in (answer if isinstance(answer, tuple) else (answer,))]


def by_us(model: Path, inputs: Arrays) -> list[np.ndarray]:
    os.environ.setdefault("MSW_WASM", str(MODULE))
    import ms_backend_wasm as msw

    with msw.load(model) as loaded:
        return loaded(**inputs)


def error(answer: list[np.ndarray], want: Arrays) -> float:
    """The largest of all outputs, relative to the largest number of the reference's."""
    return max(compare.error(z, w) for z, w in zip(answer, want.values(), strict=True))


def errors(name: str, model: Path, inputs: Arrays, want: Arrays) -> dict[str, float]:
    """Of each runtime. Ends the process where one is too large."""
    answers = {"MindSpore": by_mindspore(model, inputs), "ms-backend-wasm": by_us(model, inputs)}
    found = {who: float(error(answer, want)) for who, answer in answers.items()}
    for who, off in found.items():
        if not off <= LARGEST_ERROR:
            told = f"{name}: {who}'s answer is {off:.1e} from onnxruntime's"
            sys.exit(f"{told}, expected at most {LARGEST_ERROR:.0e}")
    return found
