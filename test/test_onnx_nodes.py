"""A sample of ONNX's own node cases passes inside wasm, and reaches every operator whose oracle they are.

`make conformance` runs all of them, writes docs/ONNX.md and chooses the sample: onnx_sample.txt.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tools" / "onnx_cases"))
cases, run, sample = (importlib.import_module(name) for name in ("cases", "run", "sample"))

NAMES = sample.LIST.read_text().split()


# Operators that no node case can test, and why.
BEYOND = {
    "Bernoulli": "random: anyone's numbers are right",
    "Multinomial": "random",
    "RandomNormal": "random",
    "RandomUniform": "random",
    "MatMulIntegerToFloat": "com.microsoft has no node cases: op_matmul_integer_test.c",
    "LabelEncoder": "its cases have strings",
}


@pytest.fixture(scope="module")
def known():
    return {case.name: case for case in cases.load() if case.kind == "node"}


@pytest.fixture(scope="module")
def runner():
    return run.Runner()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_a_case_of_onnx_passes(name, known, runner):
    outcome = runner.one(known[name])
    assert (outcome.kind, outcome.text) == (run.PASSED, "")


def test_every_operator_whose_oracle_is_onnx_is_reached(known, runner):
    rows = json.loads((ROOT / "build" / "wasm" / "ms_backend_wasm.ops.json").read_text())["operators"]
    wanted = {row["name"] for row in rows if row["tests"] == "onnx"}
    reached = {name for case in NAMES for name in runner.one(known[case]).reached}
    assert wanted - reached - set(BEYOND) == set()


CASE = cases.Case("node", "made_up", "Add", 1e-3, 1e-7)
ONE = np.ones(3, np.float32)


@pytest.mark.parametrize(
    "got",
    [ONE * 1.01, ONE.astype(np.float64), ONE.reshape(1, 3), np.array([1, 1, np.nan], np.float32), [ONE]],
    ids=["number", "data type", "shape", "NaN", "sequence"],
)
def test_the_judge_tells_a_wrong_answer(got):
    with pytest.raises(AssertionError):
        run.compare("output", got, ONE if not isinstance(got, list) else [ONE, ONE], None, CASE)
    run.compare("output", ONE * np.float32(1.0005), ONE, None, CASE)
