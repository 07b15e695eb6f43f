"""A dozen nets of the conformance lists agree with MindSpore, and the judge that says so can say no.

`make conformance` runs all of them and writes docs/CONFORMANCE.md; this is what fits in `make test`.
"""

import sys
from pathlib import Path

import mindspore as ms
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools" / "conformance"))
import answer
import compare
import export
import nets
import report
import zoo

CHOSEN = """
    lenet unet poolings normalisations activations_rare lstm gru bert gpt sorting slices mixed_types
    nested_if while_with_break open_attention mint_convolution transformer_float16 rnn
"""


@pytest.fixture
def in_graph_mode(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it compiles
    mode = ms.get_context("mode")
    yield
    ms.set_context(mode=mode)


@pytest.mark.usefixtures("in_graph_mode")
@pytest.mark.parametrize("name", CHOSEN.split())
def test_a_net_of_the_list_agrees_with_mindspore(name, tmp_path):
    net = export.find(name)
    export.build(net, tmp_path)
    assert report.why(net, answer.judge(tmp_path)) == ""


def test_the_lists_are_as_long_as_they_are_meant_to_be():
    names = [net.name for net in nets.NETS + zoo.NETS]
    assert len(set(names)) == len(names)
    assert len(zoo.NETS) == 56
    assert len(nets.NETS) >= 30


def judged(**changed):
    row = {"error": 1e-6, "change": 0.5, "wrong": "", "top1": True, "plan": 1.02} | changed
    return report.why(export.find("mlp"), row)


def test_the_judge_accepts_what_is_right():
    assert judged() == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"error": 2e-4}, "allowed 1e-04"),
        ({"error": float("nan")}, "error nan"),
        ({"change": 1e-5}, "nearly the same"),
        ({"top1": False}, "another class"),
        ({"plan": 1.11}, "1.110 times what is alive at once, allowed 1.10"),
        ({"wrong": "output 0: 1 of 6 int32 differ"}, "1 of 6"),
        ({"failed": "UnsupportedError: Cos"}, "Cos"),
    ],
)
def test_the_judge_refuses(changed, reason):
    assert reason in judged(**changed)


@pytest.mark.parametrize(
    ("ours", "reference", "error"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0),
        ([1.0, 2.5], [1.0, 2.0], 0.25),
        ([1.0, np.nan], [1.0, 2.0], np.inf),
        ([1.0, 2.0], [1.0, np.nan], np.inf),
        ([4.0, np.nan, -np.inf], [2.0, np.nan, -np.inf], 1),
        ([np.inf], [-np.inf], np.inf),
        ([0.0], [0.0], 0),
        ([1e-30], [0.0], np.inf),
        ([[1.0]], [1.0], np.inf),
    ],
)
def test_errors_are_relative_to_the_largest_number(ours, reference, error):
    assert compare.error(np.array(ours, np.float32), np.array(reference, np.float32)) == error


def test_whole_numbers_must_be_equal():
    assert compare.error(np.array([1, 2]), np.array([1, 2])) == 0
    assert compare.error(np.array([1, 3]), np.array([1, 2])) == np.inf
    assert compare.error(np.array([1, 2], np.int32), np.array([1, 2])) == np.inf
    assert compare.difference([np.array([1, 3])], [np.array([1, 2])]) == "output 0: 1 of 2 int64 differ"


def test_a_missing_output_is_a_difference():
    x = np.zeros(3, np.float32)
    assert compare.difference([x], [x, x]) == "1 outputs, the reference has 2"


def test_answers_that_do_not_move_are_seen():
    x = np.ones(3, np.float32)
    assert compare.change([x], [x]) == 0
    assert compare.change([x, x], [x, 2 * x]) == 0.5
