"""Parameters that a model writes to: what they hold goes on from call to call, as in MindSpore."""

import json
import subprocess
from pathlib import Path

import mindspore as ms
import ms_backend_wasm as msw
import nets_of_states as nets
import numpy as np
import pytest
from mindspore import nn, ops
from ms_backend_wasm.probe import parse

FRONTEND = Path(__file__).parent.parent / "build" / "bin" / "wasm-frontend"


@pytest.fixture
def in_graph_mode(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it compiles
    mode = ms.get_context("mode")
    ms.set_context(mode=ms.GRAPH_MODE)
    yield
    ms.set_context(mode=mode)


def inputs():
    """Of both signs, an odd number of them, since two swaps are none."""
    rng = np.random.default_rng(0)
    return [sign * np.abs(rng.normal(size=3)).astype(np.float32) for sign in (1, -1, -1, 1, 1)]


def as_list(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def saved(net, *arrays):
    ms.export(net, *map(ms.Tensor, arrays), file_name="net", file_format="MINDIR")
    return msw.load("net.mindir")


def close(got, want):
    """Sums of a few products: one rounding each, which MindSpore may order otherwise."""
    return got.dtype == want.dtype and got.shape == want.shape and np.allclose(got, want, 1e-6, 1e-6)


@pytest.mark.usefixtures("in_graph_mode")
@pytest.mark.parametrize("make", nets.NETS)
def test_states_go_on_as_in_mindspore(make):
    net = make()
    model = saved(net, inputs()[0])
    held = {parameter.name: parameter for parameter in net.get_parameters()}
    begin = {name: parameter.asnumpy().copy() for name, parameter in held.items()}
    assert model.states
    for name, array in model.states.items():
        assert close(array, begin[name])
    for x in inputs():
        answers = model(x)
        for got, want in zip(answers, as_list(net(ms.Tensor(x))), strict=True):
            assert close(got, want.asnumpy())
        for name, array in model.states.items():
            assert close(array, held[name].asnumpy())
    assert any(not np.array_equal(array, begin[name]) for name, array in model.states.items())
    assert all(np.array_equal(held[name].asnumpy(), begin[name]) for name in set(held) - set(model.states))


@pytest.fixture
def counter(in_graph_mode):
    return saved(nets.Counter(), inputs()[0])


ONE = np.ones(3, np.float32)


def test_a_state_is_set_and_set_back(counter):
    counter(ONE)
    counter.set_states({"n": [7.0, 8.0, 9.0]})
    assert counter(ONE)[0].tolist() == [16, 18, 20]
    assert counter.states["n"].tolist() == [8, 9, 10]
    counter.reset_states()
    assert counter.states["n"].tolist() == [1, 2, 3]
    assert counter(ONE)[0].tolist() == [4, 6, 8]


def test_a_state_is_a_copy(counter):
    counter.states["n"][:] = 9
    assert counter.states["n"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"m": ONE}, "no states: m; the model writes to n"),
        ({"n": ONE[:2]}, r"state 'n' is float32\[3\], it cannot hold an array of shape \(2,\)"),
        ({"n": ONE.astype(int)}, "'n': data type int64"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(counter, states, words):
    with pytest.raises(msw.UsageError, match=words):
        counter.set_states(states)
    assert counter.states["n"].tolist() == [1, 2, 3]


class OpenCounter(nets.One):
    def construct(self, x):
        ops.assign_add(self.n, x.sum(0))
        return x + self.n


@pytest.mark.usefixtures("in_graph_mode")
def test_a_state_goes_on_over_changing_shapes():
    """More shapes than plans are kept, and a state that is set before there is any."""
    ms.export(OpenCounter(), ms.Tensor(shape=[None, 3], dtype=ms.float32), file_name="net", file_format="MINDIR")
    model, held = msw.load("net.mindir"), np.array([5, 5, 5], np.float32)
    with pytest.raises(msw.UsageError, match="its sizes are not known before a call"):
        _ = model.states
    model.set_states({"n": held})
    for rows in (1, 2, 3, 4, 5, 6, 1, 2):
        x = np.full((rows, 3), rows, np.float32)
        held += x.sum(0)
        assert np.array_equal(model(x)[0], x + held)
        assert np.array_equal(model.states["n"], held)


class Looked(nn.Cell):
    """Writes, and then fails where the index is out of range."""

    def __init__(self):
        super().__init__()
        self.n, self.gather = nets.parameter([1, 2, 3], "n"), ops.GatherD()

    def construct(self, x, i):
        ops.assign_add(self.n, x)
        return self.gather(self.n, 0, i)


@pytest.mark.usefixtures("in_graph_mode")
def test_a_call_that_fails_leaves_the_states():
    model = saved(Looked(), ONE, np.zeros(3, np.int32))
    with pytest.raises(msw.InvalidError, match="9"):
        model(ONE, np.array([0, 9, 1], np.int32))
    assert model.states["n"].tolist() == [1, 2, 3]
    assert model(ONE, np.array([0, 2, 1], np.int32))[0].tolist() == [2, 4, 3]


@pytest.mark.usefixtures("in_graph_mode")
def test_a_model_without_writes_has_no_states():
    model = saved(nn.ReLU(), ONE)
    assert model.states == {}
    with pytest.raises(msw.UsageError, match="no states: n"):
        model.set_states({"n": ONE})


@pytest.mark.usefixtures("in_graph_mode")
def test_the_command_line_lists_states():
    saved(nets.Swap(), ONE)
    about = subprocess.run([FRONTEND, "info", "net.mindir"], capture_output=True, text=True, check=True).stdout
    assert "\nstates, which the model writes to\n  a  float32 [3]\n  b  float32 [3]\n" in about
    answer = subprocess.run([FRONTEND, "info", "net.mindir", "--json"], capture_output=True, check=True).stdout
    assert [state["name"] for state in json.loads(answer)["states"]] == ["a", "b"]


@pytest.mark.parametrize(("name", "op"), [("states-counter", "AssignAdd"), ("states-alias", "InplaceAddExt")])
def test_how_often_a_model_writes_is_bounded(name, op):
    """What was written is looked for in lists: a small file must not cost minutes."""
    corpus = Path(__file__).parent / "corpus" / "mindir_fuzz"
    model = parse((corpus / f"{name}.mindir").read_bytes())
    (written,) = (node for node in model.graph.node if op in node.op_type)
    for number in range(4096):
        node = model.graph.node.add()
        node.CopyFrom(written)
        node.output[0] = f"{written.output[0]}:again{number}"
    with pytest.raises(msw.LimitError, match="operators write into tensors more than 4096 times"):
        msw.load(model.SerializeToString())
