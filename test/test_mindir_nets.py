"""Small nets that MindSpore exports give MindSpore's answers: spellings of operators, and shapes of graphs."""

import json

import mindspore as ms
import ms_backend_wasm as msw
import nets_of_attention
import nets_of_functions
import nets_of_images
import nets_of_states
import numpy as np
import op_cases_image
import pytest
from mindspore import mint, nn, ops
from mindspore.ops.auto_generate.gen_ops_prim import SplitWithSize
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


class MorePools(nn.Cell):
    def __init__(self):
        super().__init__()
        self.mean = nn.AvgPool2d(3, 2, pad_mode="same"), nn.AvgPool2d((2, 3), 1, pad_mode="valid")
        self.padded = nn.AvgPool2d(3, 2, pad_mode="pad", padding=1, count_include_pad=False)
        self.largest = nn.MaxPool2d(3, 2, pad_mode="pad", padding=1), nn.MaxPool2d(2, 3, pad_mode="pad", ceil_mode=True)
        self.parts = nn.AdaptiveAvgPool2d((3, 2)), nn.AdaptiveMaxPool2d((2, 3))

    def construct(self, x):
        means = self.mean[0](x), self.mean[1](x), self.padded(x)
        return means, self.largest[0](x), self.largest[1](x), self.parts[0](x), self.parts[1](x)


class Deconvolutions(nn.Cell):
    def __init__(self):
        super().__init__()
        self.same = nn.Conv2dTranspose(3, 5, 3, stride=2, pad_mode="same", has_bias=True, bias_init="normal")
        self.padded = nn.Conv2dTranspose(5, 4, 4, stride=2, pad_mode="pad", padding=1)
        self.grouped = nn.Conv2dTranspose(4, 6, (3, 2), stride=(1, 2), pad_mode="valid", group=2)
        self.line = nn.Conv1dTranspose(3, 4, 4, stride=2, pad_mode="pad", padding=1)

    def construct(self, x):
        y = self.padded(self.same(x))
        return y, self.grouped(y), self.line(x[:, :, 0])


class Volumes(nn.Cell):
    def __init__(self):
        super().__init__()
        self.same = nn.Conv3d(2, 5, 3, stride=(1, 2, 2), pad_mode="same", has_bias=True, bias_init="normal")
        self.padded = nn.Conv3d(5, 4, (1, 3, 2), pad_mode="pad", padding=(0, 0, 1, 1, 1, 0))

    def construct(self, x):
        return self.padded(ops.relu(self.same(x)))


class MoreProducts(nn.Cell):
    def __init__(self):
        super().__init__()
        self.product = ops.BatchMatMul(), ops.BatchMatMul(transpose_a=True), ops.BatchMatMul(transpose_b=True)

    def construct(self, x, y):
        pairs = self.product[0](x, y), self.product[1](x, x), self.product[2](x, x)
        return pairs, mint.matmul(x, y[0]), mint.matmul(x[0, 0], y), mint.matmul(x, y[0, :, 0]), mint.bmm(x, y)


class MintLayers(nn.Cell):
    def __init__(self):
        super().__init__()
        self.dense = mint.nn.Linear(5, 7)
        self.plain = mint.nn.Linear(5, 2, bias=False)

    def construct(self, x):
        return self.dense(x), self.plain(x)


class MintConvolution(nn.Cell):
    def __init__(self):
        super().__init__()
        self.convolution = mint.nn.Conv2d(4, 6, (3, 2), stride=2, padding=(1, 0), dilation=(1, 2), groups=2)

    def construct(self, x):
        return self.convolution(x)


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


class Joins(nn.Cell):
    def construct(self, x):
        parts = SplitWithSize()(x, (1, 2), 1)
        halves = ops.Split(-1, 2)(x)
        rows = ops.unstack(x, axis=1)
        return ops.concat((halves[1], x, halves[0]), -1), ops.stack(rows, 0), parts[1], ops.stack((x, x + x), -1)


class Slices(nn.Cell):
    def __init__(self):
        super().__init__()
        self.slice = ops.Slice()

    def construct(self, x):
        return (
            x[1],
            x[..., -1],
            x[:, 1:3],
            x[::-1],
            x[..., ::2],
            x[0:1, None, 2],
            x[-1:, :, 5:1:-2],
            self.slice(x, (1, 0, 2), (1, -1, 3)),
        )


class Repeats(nn.Cell):
    def __init__(self):
        super().__init__()
        self.same = ops.Identity()

    def construct(self, x):
        y = ops.expand_dims(x, 1)
        wide = ops.broadcast_to(y, (3, -1, 4, 3, 2))
        return (
            self.same(x),
            wide,
            ops.tile(x, (2, 1, 3)),
            ops.squeeze(y, 1),
            ops.ReverseV2((0, 2))(x),
            ops.tile(x[0], (2, 1, 1, 2)),
        )


class Pads(nn.Cell):
    def __init__(self):
        super().__init__()
        self.constant = ops.Pad(((0, 0), (1, 0), (0, 2), (3, 1)))
        self.mirror = [nn.Pad(((0, 0), (1, 1), (2, 0), (0, 2)), mode) for mode in ("REFLECT", "SYMMETRIC")]

    def construct(self, x):
        y = ops.pad(x, (1, 2, 0, 3), value=2.5)
        more = (
            ops.pad(x, (2, 1, 0, 1), mode="reflect"),
            ops.pad(x, (1, 0, 2, 2), mode="replicate"),
            ops.pad(x, (1, -1, -1, 2)),
        )
        return self.constant(x), self.mirror[0](x), self.mirror[1](x), y, more


class Lookups(nn.Cell):
    def __init__(self):
        super().__init__()
        self.table = ms.Parameter(ms.Tensor(floats(7, 3)), name="table")
        self.one, self.zero = ms.Tensor(1.0), ms.Tensor(-1.0)

    def construct(self, at):
        rows, columns = ops.gather(self.table, at, 0), ops.gather(self.table, at[0], 1)
        along = ops.gather_d(self.table, 1, ops.relu(at))
        places = ops.gather_nd(self.table, ops.stack((ops.relu(at), ops.relu(at)), -1))
        return rows, columns, along, places, ops.OneHot()(at, 5, self.one, self.zero)


class Triangles(nn.Cell):
    def construct(self, x):
        return ops.tril(x), ops.tril(x, 1), ops.triu(x), ops.triu(x, -1)


class MintMoves(nn.Cell):
    """The spellings of mindspore.mint, which come as views."""

    def construct(self, x):
        y = mint.transpose(x, 0, -1), mint.permute(x, (2, 0, 1)), mint.narrow(x, 1, 1, 2), mint.unsqueeze(x, 0)
        parts = mint.split(x, 2, 1), mint.chunk(x, 2, -1), mint.unbind(x, 1), mint.split(x, (1, 2), 1)
        z = mint.broadcast_to(x, (2, 2, 3, 4)), mint.select(x, 1, 0)
        return y, parts, z, x.contiguous() * 2.0


class Without(nn.Cell):
    """What MindSpore exports and has no kernel for on CPU."""

    def construct(self, x):
        stacked = mint.stack((x, x), 1), mint.flatten(x, 0, 1)
        return ops.roll(x, (2, -1), (0, 1)), mint.tril(x, 1), mint.index_select(x, 1, ms.Tensor([0, 2])), stacked


class OpenShape(nn.Cell):
    """Sizes that are computed from those of the input."""

    def construct(self, x):
        batch, length, width = x.shape
        y = ops.reshape(x, (batch * length, width))
        filled = ops.full((batch + 1, length * 2), 1.5, dtype=ms.float32)
        turned = ops.reshape(y, (batch, length, 2, -1))
        number = ops.scalar_to_tensor(length, ms.int32)
        return turned, ops.range(0, length, 1), filled, x[:, : length - 1], ops.tile(y, (2, batch)), number


class Unsupported(nn.Cell):
    def construct(self, x):
        return ops.atan(ops.relu(x))


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
    (Joins, [floats(2, 3, 4)]),
    (Joins, [integers(np.int8, 2, 3, 4)]),
    (Slices, [floats(2, 3, 6)]),
    (Repeats, [floats(4, 3, 2)]),
    (Pads, [floats(2, 3, 4, 5)]),
    (Lookups, [np.array([[2, 0], [-1, 1], [2, 2], [1, -3]], np.int32)]),
    (Triangles, [floats(2, 3, 4)]),
    (MintMoves, [floats(2, 3, 4)]),
    (MorePools, [floats(2, 3, 8, 7)]),
    (Deconvolutions, [floats(2, 3, 5, 4)]),
    (Volumes, [floats(2, 2, 4, 7, 6)]),
    (MoreProducts, [floats(2, 3, 4), floats(2, 4, 5)]),
    (MintLayers, [floats(2, 3, 6, 5)]),
]
NETS += nets_of_attention.NETS + nets_of_functions.NETS + nets_of_images.NETS
WITHOUT_KERNELS = nets_of_functions.WITHOUT_KERNELS + nets_of_images.WITHOUT_KERNELS
OF_ONE_ELEMENT = (
    "unary",
    "binary",
    "smooth",
    "gelu_family",
    "gelu_erf",
    "exact_unary",
    "exact_binary",
    "compare",
    "power",
)
OPERATORS = json.loads(OPS_JSON.read_text())["operators"]
for row in OPERATORS:
    for spelling in row["spellings"].get("MindIR", []):
        if row["tests"] in OF_ONE_ELEMENT and hasattr(ops, spelling) and "float32" in row["dtypes"]:
            NETS.append((Single.named(spelling), [np.abs(floats(2, 3))] * row["inputs"][0]))
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
    """Nested answers one behind the other, as the module has them."""
    return [z for part in answer for z in as_list(part)] if isinstance(answer, (tuple, list)) else [answer]


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


def open_tensor():
    return ms.Tensor(shape=[None, None, 4], dtype=ms.float32)


def test_shapes_are_computed_before_the_run(tmp_path):
    model = msw.load(export(OpenShape(), [open_tensor()], tmp_path / "net.mindir"))
    for batch, length in [(2, 3), (1, 5), (2, 3)]:
        x = floats(batch, length, 4)
        filled = np.full((batch + 1, 2 * length), 1.5, np.float32)
        y = x.reshape(-1, 4)
        places, tiled = np.arange(length), np.tile(y, (2, batch))
        wanted = y.reshape(batch, length, 2, -1), places, filled, x[:, :-1], tiled, np.int32(length)
        for z, w in zip(model(x), wanted, strict=True):
            assert z.dtype == w.dtype
            assert np.array_equal(z, w)


def test_what_mindspore_only_exports_answers_as_numpy_does(tmp_path):
    x = floats(3, 4)
    answers = msw.load(export(Without(), [ms.Tensor(x)], tmp_path / "net.mindir"))(x)
    wanted = np.roll(x, (2, -1), (0, 1)), np.tril(x, 1), x[:, [0, 2]], np.stack((x, x), 1), x.reshape(-1)
    for z, w in zip(answers, wanted, strict=True):
        assert np.array_equal(z, w)


@pytest.mark.parametrize(("net", "arrays"), WITHOUT_KERNELS)
def test_what_mindspore_has_no_kernel_for_answers_as_numpy_does(net, arrays, tmp_path):
    answers = msw.load(export(net(), [ms.Tensor(x) for x in arrays], tmp_path / "net.mindir"))(*arrays)
    for z, w in zip(answers, net.wanted(*arrays), strict=True):
        assert np.allclose(z, w, 1e-5, 1e-6)  # the oracle in float32 rounds as often


def test_a_convolution_that_mindspore_only_exports(tmp_path):
    net, x = MintConvolution(), floats(2, 4, 6, 7)
    (z,) = msw.load(export(net, [ms.Tensor(x)], tmp_path / "net.mindir"))(x)
    weight, bias = net.convolution.weight.asnumpy(), net.convolution.bias.asnumpy()
    window = {"strides": [2, 2], "pads": [1, 1, 0, 0], "dilations": [1, 2], "group": 2}
    wanted = op_cases_image.convolve(x.astype(np.float64), weight, **window) + bias[:, None, None]
    assert np.abs(z - wanted).max() <= 12 * np.finfo(np.float32).eps * np.abs(wanted).max()


@pytest.mark.parametrize(("net", "words"), nets_of_functions.REFUSED)
def test_what_would_be_answered_wrongly_is_refused(net, words, tmp_path):
    file = export(net(), [ms.Tensor(floats(3))] * 2, tmp_path / "net.mindir")
    with pytest.raises(msw.UnsupportedError, match=words):
        msw.load(file)


def test_every_spelling_is_in_some_net(tmp_path):
    """A new row of mindir.def needs a net here that MindSpore writes with it, unless Single makes one."""
    listed = {spelling for row in OPERATORS for spelling in row["spellings"].get("MindIR", [])}
    written = set()
    more = [(net, [ms.Tensor(x) for x in arrays]) for net, arrays in WITHOUT_KERNELS]
    more += [(Without, [ms.Tensor(floats(3, 4))]), (OpenShape, [open_tensor()])]
    more += [(MintConvolution, [ms.Tensor(floats(1, 4, 5, 5))])]
    more += [(net, [ms.Tensor(floats(3))]) for net in nets_of_states.NETS]
    for net, inputs in [(net, [ms.Tensor(x) for x in arrays]) for net, arrays in NETS] + more:
        graph = mind_ir_pb2.ModelProto()
        graph.ParseFromString(export(net(), inputs, tmp_path / "net.mindir").read_bytes())
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
    file = export(Unsupported(), [ms.Tensor(floats(3))], tmp_path / "net.mindir")
    with pytest.raises(msw.UnsupportedError, match="Atan"):
        msw.load(file)
