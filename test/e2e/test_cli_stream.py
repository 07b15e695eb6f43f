"""wasm-frontend on streams: outputs that become inputs, and outputs whose shapes depend on data."""

import numpy as np
import pytest
from onnx import TensorProto, helper

ONE = [1, 2]


def value(name, dims, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, dims)


def model(folder, nodes, inputs, outputs):
    graph = helper.make_graph(nodes, "g", inputs, outputs)
    imports = [helper.make_opsetid("", 16)]
    path = folder / "model.onnx"
    path.write_bytes(helper.make_model(graph, opset_imports=imports, ir_version=8).SerializeToString())
    return path


@pytest.fixture
def saved(tmp_path):
    def save(values, dtype=np.float32):
        np.save(tmp_path / "x.npy", np.asarray(values, dtype))
        return tmp_path / "x.npy"

    return save


@pytest.fixture
def sums(tmp_path):
    """y = -(x + state), and the sum as the next state."""
    nodes = [helper.make_node("Add", ["x", "state"], ["stateN"]), helper.make_node("Neg", ["stateN"], ["y"])]
    return model(tmp_path, nodes, [value("x", ONE), value("state", ONE)], [value("y", ONE), value("stateN", ONE)])


@pytest.fixture
def places(tmp_path):
    """Where x is not zero: as many as there are."""
    return model(
        tmp_path, [helper.make_node("NonZero", ["x"], ["i"])], [value("x", ONE)], [value("i", None, TensorProto.INT64)]
    )


def test_an_output_becomes_the_next_input(frontend, sums, saved, tmp_path):
    x = np.arange(6, dtype=np.float32).reshape(3, 2)
    run = ["run", sums, "--input", f"x={saved(x)}", "--each", "--loop", "state=stateN", "--output", tmp_path / "out"]
    frontend(*run).succeeds()
    assert np.load(tmp_path / "out" / "0_y.npy").tolist() == (-np.cumsum(x, axis=0)).tolist()
    first = np.array([[10, 20]], np.float32)
    np.save(tmp_path / "first.npy", first)
    frontend(*run, "--input", f"state={tmp_path / 'first.npy'}").succeeds()
    assert np.load(tmp_path / "out" / "0_y.npy").tolist() == (-first - np.cumsum(x, axis=0)).tolist()


@pytest.mark.parametrize(
    ("loop", "text"),
    [
        ("state", "--loop: 'state', expected INPUT=OUTPUT"),
        ("stat=stateN", "the model has no input 'stat' (did you mean 'state'?)"),
        ("state=none", "the model has no output 'none', expected y, stateN"),
    ],
)
def test_a_wrong_loop_is_named(frontend, sums, saved, loop, text):
    x = saved(np.zeros((2, 2), np.float32))
    frontend("run", sums, "--input", f"x={x}", "--each", "--loop", loop).fails(2, text)


def test_a_loop_needs_samples(frontend, sums, saved):
    x = saved(np.zeros((1, 2), np.float32))
    frontend("run", sums, "--input", f"x={x}", "--loop", "state=y").fails(2, "expected --each")


def test_a_loop_needs_a_fitting_output(frontend, tmp_path, saved):
    nodes = [helper.make_node("Add", ["x", "s"], ["y"])]
    net = model(tmp_path, nodes, [value("x", ONE), value("s", [2])], [value("y", ONE)])
    x = saved(np.zeros((2, 2), np.float32))
    frontend("run", net, "--input", f"x={x}", "--each", "--loop", "s=y").fails(
        3, "output 'y' is float32 [1, 2], expected that of input 's', float32 [2]"
    )


def test_an_output_as_long_as_the_data_says(frontend, places, saved):
    answer = frontend("run", places, "--input", saved([[0.0, 5.0]], np.float32), "--json").json
    assert (answer["outputs"][0]["shape"], answer["outputs"][0]["values"]) == ([2, 1], [0, 1])


def test_samples_must_give_one_shape(frontend, places, saved, tmp_path):
    same = np.array([[[1, 0]], [[0, 5]]], np.float32)
    frontend("run", places, "--input", saved(same), "--each", "--output", tmp_path / "out").succeeds()
    assert np.load(tmp_path / "out" / "0_i.npy").tolist() == [[[0], [0]], [[0], [1]]]
    other = np.array([[[1, 0]], [[1, 5]]], np.float32)
    frontend("run", places, "--input", saved(other), "--each").fails(
        3, "output 'i': sample 1 gives shape [2, 2], those before it [2, 1]"
    )


def test_a_compiled_model_plans_as_it_runs(frontend, places, saved, tmp_path):
    frontend("compile", places, "-o", tmp_path / "net.wasm").succeeds()
    for row, expected in (([0.0, 5.0], [0, 1]), ([3.0, 5.0], [0, 0, 0, 1])):
        answer = frontend("run", tmp_path / "net.wasm", "--input", saved([row], np.float32), "--json").json
        assert answer["outputs"][0]["values"] == expected
