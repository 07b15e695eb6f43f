"""A program that imports wasi:nn, with the provider in it, names what pictures show on three runtimes.

None of them knows of neural networks. The references are PyTorch's weights in onnxruntime, and MindSpore.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "tools"))
import lite0_onnx
import lite0_source
import run_lite0
from torch_state_dict import read_state_dict

ROOT = Path(__file__).parents[3]
NN = ROOT / "bindings" / "component" / "nn"
CAT = ROOT / "build" / "wasm" / "wasi-nn-cat.component.wasm"
LITE0 = ROOT / ".cache" / "models"
DIGITS = ROOT / "test" / "models"
VENV = Path(sys.executable).parent
JCO = [NN.parent / "node_modules" / ".bin" / "jco", "run", "--jco-import", NN / "preopen.mjs", CAT]
RUNTIMES = {
    "wasmtime": lambda folder: [VENV / "wasmtime", "run", "--dir", f"{folder}::/", CAT],
    "python": lambda folder: [sys.executable, NN / "run.py", folder, CAT],
    "jco": lambda folder: JCO,
}


@pytest.fixture(params=RUNTIMES)
def cat(request):
    def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
        command = [*RUNTIMES[request.param](folder), *arguments]
        environment = {**os.environ, "DIR": str(folder)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)

    return run


def answers(done: subprocess.CompletedProcess) -> list[tuple[float, str]]:
    assert done.returncode == 0, done.stderr
    return [(float(value), label) for value, label in (line.split("  ", 1) for line in done.stdout.splitlines())]


def expected(probabilities: np.ndarray, labels: Path) -> list[tuple[float, str]]:
    names = labels.read_text().splitlines()
    return [(probabilities[i], names[i]) for i in probabilities.argsort()[::-1][:5]]


def check(got: list[tuple[float, str]], want: list[tuple[float, str]]) -> None:
    assert [label for _, label in got] == [label for _, label in want]
    np.testing.assert_allclose([value for value, _ in got], [value for value, _ in want], atol=2e-6)


def test_the_cat_is_named_as_onnxruntime_names_it(cat):
    x = run_lite0.by_rule(LITE0, LITE0 / "chelsea.png")
    session = lite0_onnx.session(read_state_dict(lite0_source.weights()))
    want = expected(session.run(None, {"x": x})[0].ravel(), LITE0 / "lite0_labels.txt")
    got = answers(cat(LITE0, "lite0.mindir", "chelsea.png", "lite0_labels.txt"))
    assert got[0][1] == "Egyptian cat"
    check(got, want)


def test_a_digit_is_named_as_mindspore_names_it(cat):
    first = int(np.load(DIGITS / "digits_heldout_labels.npy").tolist().index(3))
    logits = np.load(DIGITS / "digits_logits.npy")[first].astype(np.float64)
    probabilities = np.exp(logits - logits.max())
    want = expected(probabilities / probabilities.sum(), DIGITS / "digits_labels.txt")
    got = answers(cat(DIGITS, "digits.mindir", "digits_scans/3.png", "digits_labels.txt", "channels=1"))
    assert got[0][1] == "3"
    check(got, want)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], "usage: wasi-nn-cat MODEL PICTURE.png LABELS [RULE]"),
        (["none.mindir", "digits_scans/3.png", "digits_labels.txt", "channels=1"], "none.mindir: No such file"),
        (
            ["digits_labels.txt", "digits_scans/3.png", "digits_labels.txt", "channels=1"],
            "invalid-encoding: not a MindIR",
        ),
        (["digits.mindir", "digits_labels.txt", "digits_labels.txt"], "digits_labels.txt: no PNG"),
        (["digits.mindir", "digits_scans/3.png", "digits_labels.txt", "chanels=1"], "did you mean 'channels'?"),
        (["digits.mindir", "digits_scans/3.png", "digits_labels.txt"], "invalid-argument: input 'x'"),
        (["digits.mindir", "digits_scans/3.png", "digits_scans/3.png", "channels=1"], "not UTF-8 text"),
    ],
)
def test_what_is_wrong_is_said(arguments, text):
    command = [*RUNTIMES["wasmtime"](DIGITS), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode != 0
    assert done.stdout == ""
    assert text in done.stderr
