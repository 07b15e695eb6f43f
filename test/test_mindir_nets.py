"""Small nets that MindSpore exports give MindSpore's answers: spellings of operators, and shapes of graphs."""

import json

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn, ops
from mindspore.train import mind_ir_pb2
from op_cases import OPS_JSON


class Arithmetic(nn.Cell):
    def construct(self, x, y):
        return 1.0 - (x + y) * 2.5, x * y - 3.0, (x + 1.0) * y


class Whole(nn.Cell):
    def construct(self, x, y):
        return x + y * 3, 7 - x, ops.relu(x * y)


class Convolutions(nn.Cell):
    def __init__(self):
        super().__init__()
        self.same = nn.Conv2d(3, 5, 3, stride=2, pad_mode="same", has_bias=True, bias_init="normal")
        self.padded = nn.Conv2d(5, 8, 3, pad_mode="pad", padding=(2, 1, 0, 1), has_bias=True, bias_init="normal")
        self.dilated = nn.Conv2d(8, 8, (3, 2), pad_mode="same", dilation=(2, 1))
        self.grouped = nn.Conv2d(8, 12, 3, pad_mode="same", group=4)
        self.depthwise = nn.Conv2d(12, 12, 3, pad_mode="valid", group=12, has_bias=True)

    def construct(self, x):
        y = ops.relu(self.padded(self.same(x)))
        y = self.grouped(self.dilated(y))
        return self.depthwise(y), y


class Pools(nn.Cell):
    def __init__(self):
        super().__init__()
        self.halve = nn.MaxPool2d(2, 2)
        self.same = nn.MaxPool2d(3, 2, pad_mode="same")
        self.valid = nn.MaxPool2d((3, 1), (1, 2), pad_mode="valid")

    def construct(self, x):
        return self.halve(x), self.same(x), self.valid(x)


class Shapes(nn.Cell):
    def construct(self, x):
        y = ops.transpose(x, (2, 0, 1))
        return ops.reshape(y, (4, -1)), ops.flatten(y), ops.transpose(x, (-1, 1, 0)), ops.reshape(x, (24,)) * 2.0


class Products(nn.Cell):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(6, 5, bias_init="normal")
        self.product = [ops.MatMul(a, b) for a in (False, True) for b in (False, True)]

    def construct(self, x, y):
        both = self.dense(x)
        return both, self.product[0](x, y), self.product[3](y, x), self.product[1](x, x), self.product[2](x, both)


class Choices(nn.Cell):
    def __init__(self):
        super().__init__()
        self.last, self.first = ops.Argmax(), ops.Argmax(axis=0)
        self.softmax = [ops.Softmax(axis) for axis in (-1, 0, 1)]

    def construct(self, x):
        return self.last(x), self.first(x), self.softmax[0](x), self.softmax[1](x), self.softmax[2](x)


class Repeated(nn.Cell):
    """The input and one result stand in the answer twice."""

    def construct(self, x):
        y = ops.relu(x)
        return x, y, y, x + y


class Weights(nn.Cell):
    """One weight used twice, another one that is an answer, and a constant of the program."""

    def __init__(self):
        super().__init__()
        self.w = ms.Parameter(ms.Tensor(np.arange(6, dtype=np.float32).reshape(2, 3)), name="w")
        self.c = ms.Tensor(np.array([1.5, -2.5, 0.25], np.float32))

    def construct(self, x):
        return (x + self.w) * self.w * self.c


class Cosine(nn.Cell):
    def construct(self, x):
        return ops.cos(ops.relu(x))


class Single(nn.Cell):
    """One primitive of MindSpore by its name: so a new row of unary.def or binary.def needs no net of its own."""

    def __init__(self, name):
        super().__init__()
        self.primitive = getattr(ops, name)()

    def construct(self, *x):
        return self.primitive(*x)

    @classmethod
    def named(cls, name):
        """What makes the net, with a name of its own as the other classes have."""

        def net():
            return cls(name)

        net.__name__ = name
        return net


def floats(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


def integers(dtype, *shape):
    limits = np.iinfo(dtype)
    return np.random.default_rng(7).integers(limits.min, limits.max, shape, dtype, endpoint=True)


NETS = [
    (Arithmetic, [floats(2, 3), floats(4, 1, 3)]),
    (Arithmetic, [floats(), floats(1)]),
    (Whole, [integers(np.int32, 3, 5), integers(np.int32, 5)]),
    (Whole, [integers(np.int8, 13), integers(np.int8, 13)]),
    (Convolutions, [floats(2, 3, 13, 11)]),
    (Pools, [floats(2, 3, 7, 9)]),
    (Shapes, [floats(2, 3, 4)]),
    (Products, [floats(3, 6), floats(6, 3)]),
    (Choices, [floats(3, 5)]),
    (Repeated, [floats(3)]),
    (Weights, [floats(2, 3)]),
]
OPERATORS = json.loads(OPS_JSON.read_text())["operators"]
for row in OPERATORS:
    for spelling in row["spellings"].get("MindIR", []):
        if row["tests"] in ("unary", "binary") and hasattr(ops, spelling):
            NETS.append((Single.named(spelling), [floats(2, 3)] * row["inputs"][0]))
NAMES = [f"{net.__name__}-{arrays[0].dtype}-{arrays[0].ndim}" for net, arrays in NETS]


@pytest.fixture(autouse=True)
def _graph_mode(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it compiles
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    ms.set_seed(1)


def export(net, inputs, path):
    ms.export(net.set_train(False), *inputs, file_name=str(path), file_format="MINDIR")
    return path


def as_list(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


@pytest.mark.parametrize(("net", "arrays"), NETS, ids=NAMES)
def test_a_net_answers_as_mindspore_does(net, arrays, tmp_path):
    file = export(net(), [ms.Tensor(x) for x in arrays], tmp_path / "net.mindir")
    wanted = [z.asnumpy() for z in as_list(nn.GraphCell(ms.load(str(file)))(*(ms.Tensor(x) for x in arrays)))]
    answers = msw.load(file)(*arrays)
    assert [z.shape for z in answers] == [w.shape for w in wanted]
    for z, w in zip(answers, wanted, strict=True):
        if w.dtype.kind == "f":
            # Sums of at most 144 products of numbers near 1, each side rounding each of them once.
            assert np.abs(z - w).max() <= 144 * np.finfo(np.float32).eps * max(1, np.abs(w).max())
        else:
            assert z.tolist() == w.tolist()


def test_every_spelling_is_in_some_net(tmp_path):
    """A new row of mindir.def needs a net here that MindSpore writes with it, unless Single makes one."""
    listed = {spelling for row in OPERATORS for spelling in row["spellings"].get("MindIR", [])}
    written = set()
    for net, arrays in NETS:
        graph = mind_ir_pb2.ModelProto()
        graph.ParseFromString(export(net(), [ms.Tensor(x) for x in arrays], tmp_path / "net.mindir").read_bytes())
        written |= {primitive.op_type for primitive in graph.primitives}
        (tmp_path / "net.mindir").unlink()
    assert listed
    assert listed - written == set()


def test_a_size_left_open_is_planned_for_what_comes(tmp_path):
    net = Pools()
    file = export(net, [ms.Tensor(shape=[None, 3, None, 8], dtype=ms.float32)], tmp_path / "net.mindir")
    model = msw.load(file)
    assert model.inputs[0].shape == (-1, 3, -1, 8)
    for batch, height in [(1, 6), (3, 9), (1, 6)]:
        x = floats(batch, 3, height, 8)
        for z, w in zip(model(x), net(ms.Tensor(x)), strict=True):
            assert np.array_equal(z, w.asnumpy())


def test_what_is_not_supported_is_named(tmp_path):
    file = export(Cosine(), [ms.Tensor(floats(3))], tmp_path / "net.mindir")
    with pytest.raises(msw.UnsupportedError, match="Cos"):
        msw.load(file)
