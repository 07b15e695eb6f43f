"""EfficientNet-Lite0 with its weights: MindSpore against onnxruntime, the sandbox against MindSpore, `make demo`.

The reference is the weights as PyTorch saved them, in onnxruntime (tools/lite0_onnx.py), and what was published.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import lite0_onnx
import lite0_source
import run_lite0
from torch_state_dict import read_state_dict

TOOLS = Path(__file__).parent.parent / "tools"
LARGEST_ERROR = 1e-4  # of the largest value, 49 convolutions deep; 7e-7 and 4e-6 were measured


def tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOLS / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder that tools/make_lite0.py makes, anew."""
    folder = tmp_path_factory.mktemp("lite0")
    done = tool("make_lite0.py", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """A cat and a cup of coffee."""
    coffee = lite0_source.packaged("scikit-image", "skimage/data/coffee.png")
    return [lite0_source.as_trained(picture) for picture in (lite0_source.chelsea(), coffee)]


@pytest.fixture(scope="module")
def reference(pictures) -> list[list[np.ndarray]]:
    """Probabilities and logits of each picture."""
    session = lite0_onnx.session(read_state_dict(lite0_source.weights()))
    return [session.run(None, {"x": x}) for x in pictures]


@pytest.fixture(scope="module")
def mindspore(made, pictures) -> list[list[np.ndarray]]:
    """The same from the exported file."""
    cell = nn.GraphCell(ms.load(str(made / "lite0.mindir")))
    return [[output.asnumpy() for output in cell(ms.Tensor(x))] for x in pictures]


@pytest.fixture(scope="module")
def sandbox(made, pictures) -> list[list[np.ndarray]]:
    """The same from the wasm module."""
    model = msw.load(made / "lite0.mindir")
    return [list(model(x=x)) for x in pictures]


def assert_same(got: list[list[np.ndarray]], wanted: list[list[np.ndarray]]) -> None:
    for outputs, expected in zip(got, wanted, strict=True):
        for output, value in zip(outputs, expected, strict=True):
            np.testing.assert_allclose(output, value, rtol=0, atol=LARGEST_ERROR * np.abs(value).max())
        assert outputs[0][0].argsort()[::-1][:5].tolist() == expected[0][0].argsort()[::-1][:5].tolist()


def test_mindspore_answers_as_the_source_does(mindspore, reference):
    assert_same(mindspore, reference)


def test_the_sandbox_answers_as_mindspore_does(sandbox, mindspore):
    assert_same(sandbox, mindspore)


def test_a_cat_is_a_cat_as_published_and_a_coffee_is_none(reference):
    labels = lite0_source.labels()
    cat, coffee = (outputs[0][0] for outputs in reference)
    got = {labels[i]: round(float(cat[i]), 3) for i in cat.argsort()[::-1][:3]}
    assert got == run_lite0.PUBLISHED
    assert labels[coffee.argmax()] in ("espresso", "cup")


def test_what_lies_beside_the_model(made):
    names = ["chelsea.png", "lite0.mindir", "lite0.mindir.json", "lite0_labels.txt"]
    assert sorted(file.name for file in made.iterdir()) == names
    labels = (made / "lite0_labels.txt").read_text().splitlines()
    assert (len(labels), labels[285]) == (1000, "Egyptian cat")


def test_the_demo_shows_the_cat(made):
    done = tool("run_lite0.py", "--models", made)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n  ok ") == 3
    assert "  Egyptian cat " in done.stdout


def test_the_demo_fails_for_another_picture(made, tmp_path):
    models = shutil.copytree(made, tmp_path / "models")
    shutil.copyfile(lite0_source.packaged("scikit-image", "skimage/data/coffee.png"), models / "chelsea.png")
    done = tool("run_lite0.py", "--models", models)
    assert done.returncode == 1
    assert "FAILED  a cat: " in done.stdout
    assert "FAILED  prepared by Pillow" in done.stdout
    assert "  ok      5 classes and their probabilities as the source model's" in done.stdout


def test_the_demo_compares_order_and_three_digits():
    source = np.zeros(1000)
    source[[7, 3, 900, 5, 4]] = 0.4, 0.3, 0.2, 0.06, 0.04
    answer = {"top": [{"index": i, "value": source[i]} for i in (7, 3, 900, 5, 4)]}
    assert run_lite0.same(answer, source)
    assert not run_lite0.same({"top": [*answer["top"][1::-1], *answer["top"][2:]]}, source)
    answer["top"][2]["value"] += 0.0006
    assert not run_lite0.same(answer, source)


def test_a_model_that_is_not_the_sources_is_not_left_behind(tmp_path):
    code = "import make_lite0; make_lite0.LARGEST_ERROR = 0; make_lite0.main()"
    command = [sys.executable, "-c", code, "--out", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=TOOLS)
    assert done.returncode == 1
    assert "from onnxruntime's, expected at most 0e+00" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_rule_beside_the_model_is_one_that_the_command_line_knows(made, tmp_path):
    rule = json.loads((made / "lite0.mindir.json").read_text())
    rule["size"] = "225x225"
    models = shutil.copytree(made, tmp_path / "models")
    (models / "lite0.mindir.json").write_text(json.dumps(rule))
    done = tool("run_lite0.py", "--models", models)
    assert done.returncode == 1
    assert "has shape [1, 3, 225, 225], expected float32 [1, 3, 224, 224]" in done.stderr
