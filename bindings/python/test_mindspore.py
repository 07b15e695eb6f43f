"""compile, export and verify against MindSpore itself: its answers are the oracle, and planted faults must be found."""

import os
from pathlib import Path

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn, ops
from mindspore.train import mind_ir_pb2
from ms_backend_wasm.probe import parse

HERE = Path(__file__).name


class Net(nn.Cell):
    """Two dense layers and a branch: eight nodes."""

    def __init__(self):
        super().__init__()
        self.first = nn.Dense(6, 5, bias_init="normal")
        self.second = nn.Dense(5, 4, bias_init="normal")

    def construct(self, x, scale):
        y = ops.relu(self.first(x))
        z = self.second(y) * scale
        return ops.softmax(z), y


class Rows(nn.Cell):
    def construct(self, x):
        return ops.relu(x) * 2.0


class Branches(nn.Cell):
    """A convolution and its BatchNorm in both branches, and a product that a loop repeats."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 64, 3, pad_mode="valid"), nn.BatchNorm2d(64, gamma_init="normal")
        self.dense = nn.Dense(64, 64)

    def construct(self, x, rounds):
        y = ops.relu(self.norm(self.conv(x))) if ops.reduce_sum(x) > 0 else self.norm(self.conv(x)) * 2
        y = ops.reshape(y, (-1, 64))
        while rounds > 0:
            y = ops.tanh(self.dense(y))
            rounds = rounds - 1
        return y


def summed(x, y):
    return x + y, x * y


@pytest.fixture(scope="module")
def net():
    ms.set_seed(1)
    return Net()


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, 6)).astype(np.float32), np.float32([1.5, -0.5, 2.0, 1.0])


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """MindSpore leaves files where it runs."""
    monkeypatch.chdir(tmp_path)


def natively(net, *inputs):
    answer = net(*(ms.Tensor(x) for x in inputs))
    return [z.asnumpy() for z in (answer if isinstance(answer, tuple) else (answer,))]


def close(got, want) -> bool:
    return all(np.abs(g - w).max() <= 1e-5 * np.abs(w).max() for g, w in zip(got, want, strict=True))


def test_a_net_is_compiled_for_the_sandbox(net, inputs):
    model = msw.compile(net, *inputs)
    assert [spec.name for spec in model.inputs] == ["x", "scale"]
    assert close(model(*inputs), natively(net, *inputs))
    assert "<Net: MindIR by MindSpore 2.10.0" in repr(model)


def test_tensors_are_taken_as_arrays_are(net, inputs):
    model = msw.compile(net, *map(ms.Tensor, inputs))
    assert close(model(*map(ms.Tensor, inputs)), natively(net, *inputs))


@pytest.mark.parametrize("function", [summed, ms.jit(summed)], ids=["function", "ms.jit"])
def test_a_function_is_compiled_too(function, inputs):
    x = inputs[0]
    model = msw.compile(function, x, x[:1])
    assert [spec.name for spec in model.inputs] == ["x", "y"]
    assert "<summed: " in repr(model)
    assert all(np.array_equal(z, w) for z, w in zip(model(x, x[:1]), (x + x[:1], x * x[:1]), strict=True))


@pytest.mark.parametrize("dtype", [ms.float32, ms.float16, ms.bfloat16])
@pytest.mark.parametrize("shape", [(), (0, 3), (2, 1, 3)])
def test_examples_keep_their_shape(dtype, shape):
    """A scalar array must not become one of one element."""
    x = ms.Tensor(np.ones(shape, np.float32)).astype(dtype)
    for given in (x, x.asnumpy()):
        model = msw.compile(summed, given, given)
        assert model.inputs[0].shape == shape
        assert [z.shape for z in model(given, given)] == [shape, shape]


def test_a_compiled_model_has_the_weights_of_that_moment(inputs):
    changed = Net()
    before = msw.compile(changed, *inputs)
    wanted = natively(changed, *inputs)
    changed.first.weight.set_data(changed.first.weight * 2)
    assert close(before(*inputs), wanted)
    assert close(msw.compile(changed, *inputs)(*inputs), natively(changed, *inputs))
    assert not close(before(*inputs), natively(changed, *inputs))


def test_nothing_stays_of_a_compiled_model(net, inputs, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = len(os.listdir("/proc/self/fd"))
    with msw.compile(net, *inputs) as model:
        model(*inputs)
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_weights_in_branches_and_loops_are_like_others():
    """What each call of a function passes is bound to it: so BatchNorm folds, and each weight is in memory once."""
    net = Branches()
    net.set_train(False)
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 4)).astype(np.float32)
    x -= x.mean()
    model = msw.compile(net, x, ms.Tensor(2, ms.int32))
    for sign in (1, -1):
        given = x + np.float32(0.1 * sign), ms.Tensor(3, ms.int32)
        assert close(model(*given), natively(net, *given))
    assert "BatchNorm" not in {node.op for node in model.nodes}
    sizes = [parameter.size for parameter in net.get_parameters()]
    assert sum(sizes) <= model.info.parameters <= sum(sizes) + 16  # and a few constants of the program
    assert model.run(x, np.int32(1)).memory.weights < 4 * sum(sizes) * 1.1


def test_open_sizes_have_a_plan_for_each_shape_lately_used():
    model = msw.compile(Rows(), ms.Tensor(shape=[None, 3], dtype=ms.float32))
    assert model.inputs[0].shape == (-1, 3)
    for rows in (1, 5, 2, 0, 7, 1, 4, 5, 1):
        x = np.random.default_rng(rows).normal(size=(rows, 3)).astype(np.float32)
        assert np.array_equal(model(x)[0], np.maximum(x, 0) * 2)
    assert len(model._plans) == 4
    with pytest.raises(msw.InvalidError, match="x"):
        model(np.zeros((2, 4), np.float32))
    with pytest.raises(msw.UsageError, match=r"input 'x' is float32\[\?,3\]: its sizes are not known"):
        model.prepare()


def test_plans_make_room_for_one_that_needs_more_memory():
    """Four plans of 6 MB would not fit into 16."""
    model = msw.compile(Rows(), ms.Tensor(shape=[None, 3], dtype=ms.float32), memory_limit=16 << 20)
    for rows in (250_000, 250_001, 250_002, 250_003, 250_000):
        assert (model(np.ones((rows, 3), np.float32))[0] == 2).all()


def branch(x, flag):
    return ops.relu(x) * 2.0 + x if flag else x


@pytest.mark.parametrize("flag", [True, False])
def test_a_profile_of_a_model_with_functions_names_no_node_wrongly(flag):
    x = np.ones((2, 3), np.float32)
    model = msw.compile(branch, x, np.bool_(flag))
    result = model.run(x, np.bool_(flag), profile=True)
    assert np.array_equal(result[0], x * 3 if flag else x)
    assert {time.node.name for time in result.profile.nodes} <= {node.name for node in model.nodes}


def test_export_writes_what_mindspore_loads(net, inputs, tmp_path):
    path = msw.export(net, *inputs, path=tmp_path / "net.mindir")
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.mindir"]
    cell = nn.GraphCell(ms.load(str(path)))
    assert close(natively(cell, *inputs), natively(net, *inputs))
    assert close(msw.load(path)(*inputs), natively(net, *inputs))
    assert msw.export(net, *inputs, path=path) == path  # over what is there


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("net", msw.UsageError, "the name of a MindIR file ends in .mindir"),
        ("none/net.mindir", FileNotFoundError, "none"),
    ],
)
def test_a_wrong_path_is_refused(net, inputs, path, error, words):
    with pytest.raises(error, match=words):
        msw.export(net, *inputs, path=path)


def test_what_is_no_net_is_refused(inputs):
    with pytest.raises(msw.UsageError, match=r"a net is a mindspore\.nn.Cell or a function, not int"):
        msw.compile(3, *inputs)


def test_a_net_that_does_not_export_leaves_no_file(net, tmp_path):
    with pytest.raises(ValueError, match="shape"):
        msw.export(net, np.zeros((3, 7), np.float32), np.zeros(4, np.float32), path=tmp_path / "net.mindir")
    assert not list(tmp_path.glob("*.mindir"))


def line_of(text: str) -> str:
    source = Path(__file__).read_text().splitlines()
    return f"{HERE}:{next(i for i, line in enumerate(source, 1) if line.strip() == text)}: {text}"


def test_verify_finds_nothing_where_nothing_is(net, inputs):
    found = msw.verify(net, *inputs)
    assert found
    assert found.first is None
    assert [node.op for node in found.nodes] == [
        "MatMul", "BiasAdd", "ReLU", "MatMul", "BiasAdd", "Mul", "Softmax"
    ]  # fmt: skip
    assert all(node.error.relative < 1e-6 for node in found.nodes)
    assert len(found.outputs) == 2
    assert found.nodes[2].line.endswith(line_of("y = ops.relu(self.first(x))"))
    assert found.nodes[6].line.endswith(line_of("return ops.softmax(z), y"))


@pytest.mark.parametrize("dtype", [ms.float16, ms.bfloat16, ms.int32, ms.int8])
def test_verify_knows_other_data_types(dtype):
    x = ms.Tensor(np.random.default_rng(3).normal(size=(4, 5)) * 20).astype(dtype)
    found = msw.verify(summed, x, x)
    assert found
    assert [node.op for node in found.nodes] == ["Add", "Mul"]
    assert all(node.error.ulp <= 1 for node in found.nodes)


def test_verify_takes_the_inputs_shape_where_sizes_are_open(tmp_path):
    path = msw.export(Rows(), ms.Tensor(shape=[None, 3], dtype=ms.float32), path=tmp_path / "rows.mindir")
    for rows in (1, 4, 0):
        assert msw.verify(path, np.ones((rows, 3), np.float32))


def proto_of(path: Path):
    proto = mind_ir_pb2.ModelProto()
    proto.ParseFromString(path.read_bytes())
    return proto


def change_weight(proto) -> None:
    (weight,) = (p for p in proto.graph.parameter if p.name.endswith("second.weight"))
    values = np.frombuffer(weight.raw_data, np.float32).copy()
    values[3] += 0.01
    weight.raw_data = values.tobytes()


def change_bias(proto) -> None:
    (bias,) = (p for p in proto.graph.parameter if p.name.endswith("first.bias"))
    values = np.frombuffer(bias.raw_data, np.float32).copy()
    bias.raw_data = (values + 0.01).tobytes()


def change_axis(proto) -> None:
    (softmax,) = (n for n in proto.graph.node if n.op_type.startswith("REF::Softmax"))
    (axis,) = (n for n in proto.graph.node if n.name == softmax.input[1])
    axis.attribute[0].values[0].ints[0] = 0


def change_operator(proto) -> None:
    (mul,) = (p for p in proto.primitives if p.op_type == "Mul")
    mul.op_type = "Add"


@pytest.mark.parametrize(
    ("fault", "node"),
    [
        (change_weight, "MatMul  Default/second-Dense/MatMul"),
        (change_bias, "BiasAdd  Default/first-Dense/BiasAdd"),
        (change_axis, "Softmax  Default/Softmax"),
        (change_operator, "Mul  Default/Mul"),
    ],
)
def test_verify_names_the_node_with_the_fault(net, inputs, tmp_path, fault, node):
    path = msw.export(net, *inputs, path=tmp_path / "net.mindir")
    proto = proto_of(path)
    fault(proto)
    found = msw.verify(path, *inputs, wasm=proto.SerializeToString())
    assert not found
    assert f"{found.first.op}  {found.first.node}".startswith(node)
    assert f"first to diverge: {node}" in str(found)
    assert found.first.error.ulp > 1000
    assert found.first.error.relative > 1e-4
    assert not any(before.diverges for before in found.nodes[: found.nodes.index(found.first)])


def test_a_net_and_its_faulty_file_give_the_line(net, inputs, tmp_path):
    proto = proto_of(msw.export(net, *inputs, path=tmp_path / "net.mindir"))
    change_axis(proto)
    found = msw.verify(net, *inputs, wasm=proto.SerializeToString())
    assert found.first.line.endswith(line_of("return ops.softmax(z), y"))
    assert line_of("return ops.softmax(z), y") in str(found)


def test_verify_takes_whatever_load_takes(net, inputs, tmp_path):
    path = msw.export(net, *inputs, path=tmp_path / "net.mindir")
    for model in (path, path.read_bytes(), msw.load(path), msw.compile(net, *inputs)):
        found = msw.verify(model, *inputs)
        assert found
        assert len(found.nodes) == 7


def test_verify_compares_in_batches(net, inputs, monkeypatch):
    whole = msw.verify(net, *inputs)
    monkeypatch.setattr("ms_backend_wasm.verification.MOST_BYTES", 1)
    assert [node.op for node in msw.verify(net, *inputs).nodes] == [node.op for node in whole.nodes]


def test_the_tolerance_is_the_callers(net, inputs):
    assert not msw.verify(net, *inputs, tolerance=0.0)
    assert msw.verify(net, *inputs, tolerance=1.0)


def test_a_fault_that_shows_only_where_nobody_looks_is_found_too(net, inputs, monkeypatch):
    """As that of a pass that joins nodes: a file that answers all of its nodes keeps them apart."""

    def load(file, **limits):
        proto = parse(file)
        if len(proto.graph.output[0].attr_info.values) < 3:  # the unchanged file has two outputs
            change_bias(proto)
        return msw.load(proto.SerializeToString(), **limits)

    monkeypatch.setattr("ms_backend_wasm.verification.load", load)
    found = msw.verify(net, *inputs)
    assert not any(node.diverges for node in found.nodes)
    assert found.first.node.startswith("Default/first-Dense/BiasAdd")


def test_a_file_with_other_nodes_is_refused(net, inputs, tmp_path):
    other = msw.export(Rows(), inputs[0], path=tmp_path / "rows.mindir")
    with pytest.raises(msw.InvalidError, match="the file to run here has 2 nodes, the model 7"):
        msw.verify(net, *inputs, wasm=other)


def test_verify_of_what_is_no_model_is_refused(tmp_path):
    with pytest.raises(msw.InvalidError, match="not a MindIR file"):
        msw.verify(b"hello")
    with pytest.raises(FileNotFoundError):
        msw.verify(tmp_path / "none.mindir")


def test_what_verify_asks_of_mindspore_is_put_back(net, inputs):
    before = [ms.get_context(key) for key in ("save_graphs", "mode", "jit_syntax_level")]
    msw.verify(net, *inputs)
    assert [ms.get_context(key) for key in ("save_graphs", "mode", "jit_syntax_level")] == before
    assert "MS_DEV_DUMP_IR_PASSES" not in os.environ
    assert list(Path().iterdir()) == []


def sorted_twice(x):
    values, places = ops.sort(x)
    return values, places, x, x


def test_each_output_has_a_name_of_its_own():
    x = np.float32([[3, 1, 2]])
    result = msw.compile(sorted_twice, x).run(x)
    assert [array.tolist() for array in result.as_dict().values()] == [
        [[1, 2, 3]],
        [[1, 2, 0]],
        [[3, 1, 2]],
        [[3, 1, 2]],
    ]
