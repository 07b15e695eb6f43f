"""The cat of 2020: EfficientNet-Lite0's module names what is on a photograph, in the words of 2020."""

import subprocess
import sys

import numpy as np
import onnxruntime
import pytest
from graphs import ROOT, msw
from models import FOLDER, model

sys.path.insert(0, str(ROOT / "tools"))
from lite0_source import as_trained, chelsea

FRONTEND = ROOT / "build/bin/wasm-frontend"
CAT = ["--input", f"data={FOLDER / 'chelsea.png'}", "--labels", str(FOLDER / "labels.csv")]


@pytest.fixture(scope="module")
def lite0(tmp_path_factory):
    target = tmp_path_factory.mktemp("lite0") / "lite0.tvm.wasm"
    program = ROOT / "wasm-backend-tvm/build_graph_lib.py"
    subprocess.run([sys.executable, program, model("lite0"), "-o", target], check=True)
    return target


def run(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([FRONTEND, *map(str, arguments)], capture_output=True, text=True)


def test_the_command_line_names_it(lite0):
    done = run("run", lite0, *CAT)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "original image dimensions: (451, 300)\nresized image dimensions: (224, 224)\n"
        "input image belongs to the class `Egyptian cat`\n"
    )


def test_it_answers_as_onnxruntime(lite0):
    x = as_trained(chelsea())
    session = onnxruntime.InferenceSession(str(model("lite0")), providers=["CPUExecutionProvider"])
    expected = session.run(None, {"data": x})[0]
    with msw.load(lite0) as net:
        assert np.abs(net(x)[0] - expected).max() <= 1e-4 * expected.max()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*CAT, "--image", "size=10x10"], "input 'data' has shape [1, 3, 10, 10], expected float32 [1, 3, 224, 224]"),
        (["--input", FRONTEND, *CAT[2:]], "expected a PNG or a JPEG"),
        ([*CAT[:2], "--labels", FOLDER / "chelsea.png"], "chelsea.png: line 1: not UTF-8 text"),
        ([*CAT[:2], "--labels", FOLDER / "lite0.onnx.json"], "1 labels in 1 lines, expected 1000"),
    ],
)
def test_what_is_wrong_is_named(lite0, arguments, words):
    done = run("run", lite0, *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
