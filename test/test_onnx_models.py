"""Trained models answer as onnxruntime does: each that docs/MODELS.md says so of."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools" / "onnx_models"))
judge, models = (importlib.import_module(name) for name in ("judge", "models"))

PAGE = (ROOT / "docs" / "MODELS.md").read_text()
KNOWN = {model.name: model for model in models.MODELS}
ANSWERING = re.findall(r"^\| (\w+) \|(?: [^|]* \|){3} [\d.]+e[-+]\d+ \|", PAGE, re.MULTILINE)


def test_the_page_tells_of_every_model():
    assert re.findall(r"^\| (\w+) \| .* \| [\d.]+ \|", PAGE, re.MULTILINE) == list(KNOWN)


@pytest.mark.parametrize("name", ANSWERING)
def test_a_model_answers_as_onnxruntime_does(name):
    assert judge.measure(KNOWN[name]).text == ""


def test_the_judge_sees_numbers_types_shapes_and_nan():
    one = np.ones((2, 3), np.float32)
    assert judge.difference(one, one) == 0.0
    assert judge.difference(one * np.float32(1.01), one) == pytest.approx(0.01, rel=1e-3)
    for other in (one.astype(np.float64), one.reshape(3, 2), np.full_like(one, np.nan)):
        assert judge.difference(other, one) == np.inf
    assert judge.difference(np.array([1, 2]), np.array([1, 3])) == np.inf
