"""Indices, places and sizes outside a tensor: answered as MindSpore 2.10 answers them on CPU, refused where it raises.

Where they lie in a tensor, the operator is run alone. Where they must be constants, MindSpore would not export what it
refuses: so a net is exported with good ones, and the file is given others.
"""

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import mint, nn, ops
from mindspore.train import mind_ir_pb2

X = np.arange(1, 7, dtype=np.float32).reshape(3, 2)
FAR = (-1, -3, -4, 2, 3, 100, 2**31 - 1, -(2**31))
UNKNOWN = -1


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it compiles
    ms.set_context(mode=ms.PYNATIVE_MODE, device_target="CPU")
    ms.runtime.launch_blocking()  # errors where they happen


def mindspore(function, *arguments):
    """Its answer, or None where it raises."""
    try:
        answer = function(*(ms.Tensor(x) if isinstance(x, np.ndarray) else x for x in arguments))
        return (answer[0] if isinstance(answer, tuple) else answer).asnumpy()
    except (RuntimeError, TypeError, ValueError):
        return None


def check(answer, wanted, words: str):
    """answer() agrees with `wanted`, or is a refusal that has these words in it."""
    if wanted is None:
        with pytest.raises((msw.InvalidError, msw.LimitError), match=words):
            answer()
    else:
        z = answer()
        assert (z.dtype, z.tolist()) == (wanted.dtype, wanted.tolist())


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize("index", FAR)
def test_indices_in_a_tensor(index, kind):
    one, zero = np.float32(1), np.float32(0)
    flat, row, pair = np.array([0, index], kind), np.array([[0, index]], kind), np.array([[0], [index]], kind)
    check(lambda: msw.operator("Gather", X, flat, axis=0), mindspore(ops.Gather(), X, flat, 0), "Gather: .*index")
    check(lambda: msw.operator("GatherD", X, row, axis=0), mindspore(ops.GatherD(), X, 0, row), "GatherD: .*index")
    check(lambda: msw.operator("GatherNd", X, pair), mindspore(ops.GatherNd(), X, pair), "GatherNd: .*ind")
    new = -np.ones((2, 2), np.float32)
    wanted = mindspore(ops.TensorScatterUpdate(), X, pair, new)
    check(lambda: msw.operator("ScatterNdUpdate", X, pair, new), wanted, "ScatterNdUpdate: .*ind")
    wanted = mindspore(lambda at, z: ops.ScatterUpdate()(ms.Parameter(ms.Tensor(X)), at, z), flat, new)
    check(lambda: msw.operator("ScatterNdUpdate", X, flat, new, rows=1), wanted, "ScatterNdUpdate: .*ind")
    hot = mindspore(ops.OneHot(), flat, 3, ms.Tensor(one), ms.Tensor(zero))
    check(lambda: msw.operator("OneHot", flat, np.array(one), np.array(zero), depth=3), hot, "OneHot")


@pytest.mark.parametrize("index", [2**32, 2**63 - 1, -(2**63)])
def test_indices_of_more_than_32_bits_are_not_cut(index):
    """MindSpore's Gather and GatherNd read their low 32 bits and so answer with some other element; we say no."""
    at = np.array([[index]])
    for name, indices in [("Gather", at[0]), ("GatherD", np.broadcast_to(at, (1, 2)).copy()), ("GatherNd", at)]:
        with pytest.raises(msw.InvalidError, match=f"{name}: .*{index}"):
            msw.operator(name, X, indices)
    hot = msw.operator("OneHot", at[0], np.array(1, np.float32), np.array(0, np.float32), depth=3)
    assert hot.tolist() == [[0, 0, 0]]


class Sliced(nn.Cell):
    def construct(self, x):
        return ops.auto_generate.Slice()(x, (1, 0), (2, 1))


class Strided(nn.Cell):
    def construct(self, x):
        return ops.StridedSlice()(x, (1, 0), (3, 2), (1, 1))


class Tiled(nn.Cell):
    def construct(self, x):
        return ops.Tile()(x, (2, 1))


class Largest(nn.Cell):
    def construct(self, x):
        return ops.TopK()(x, 1)[0]


class Turned(nn.Cell):
    def construct(self, x):
        return ops.auto_generate.ReverseV2((0,))(x)


class Selected(nn.Cell):
    def construct(self, x):
        return mint.select(x, 0, 1)


class Narrowed(nn.Cell):
    def construct(self, x):
        return mint.narrow(x, 0, 1, 2)


class Shaped(nn.Cell):
    def construct(self, x):
        return ops.reshape(x, (2, 3))


class Spread(nn.Cell):
    def construct(self, x):
        return ops.broadcast_to(x, (2, 3, 2))


PAIRS = [(0, 0), (3, 0), (4, 0), (-1, 0), (0, 3), (2**40, 0)]
SIZES = [(1, 1), (3, 2), (4, 1), (-1, -1), (-2, 1), (0, 1), (2**40, 1)]
# A net, its primitive, which inputs are given anew, what they are given, and MindSpore's function for the same.
USES = [
    (Sliced, "Slice", (1, 2), [(b, s) for b in PAIRS for s in SIZES], lambda x, b, s: ops.Slice()(x, b, s)),
    (
        Strided,
        "StridedSlice",
        (1, 2, 3),
        [
            ((0, 0), (3, 2), (0, 1)),
            ((5, 0), (7, 2), (1, 1)),
            ((-9, 0), (9, 9), (1, 1)),
            ((2, 1), (-9, -9), (-1, -1)),
            ((2**40, 0), (2**62, 2), (1, 1)),
            ((0, 0), (-(2**63), 2), (1, 1)),
            ((0, 0), (3, 2), (2**62, 1)),
        ],
        lambda x, *parts: ops.StridedSlice()(x, *parts),
    ),
    # Not 2^40 times, for which MindSpore has no memory.
    (Tiled, "Tile", (1,), [((n, 1),) for n in (0, 1, 3, -1, -(2**63))], lambda x, n: ops.Tile()(x, n)),
    (Largest, "TopK", (1,), [(k,) for k in (0, 1, 2, 3, -1, 2**31, 2**63 - 1)], lambda x, k: ops.TopK()(x, k)),
    (Turned, "ReverseV2", (1,), [((a,),) for a in (0, 1, -2, 2, -3, 2**40)], lambda x, a: ops.ReverseV2(a)(x)),
    (Selected, "SelectExtView", (2,), [(i,) for i in (-1, -3, -4, 3, 2**40)], lambda x, i: mint.select(x, 0, i)),
    (
        Narrowed,
        "NarrowView",
        (2, 3),
        [(0, 3), (1, 2), (2, 2), (-1, 1), (-2, 2), (-2, 3), (-4, 1), (3, 0), (4, 0), (0, 4), (0, -1), (2**40, 1)],
        lambda x, start, length: mint.narrow(x, 0, start, length),
    ),
    (
        Shaped,
        "Reshape",
        (1,),
        [((3, 2),), ((-1, 3),), ((4, -1),), ((-1, -1),), ((-2, 3),), ((0, -1),), ((2**32, 2**32),), ((2**62, 4),)],
        lambda x, shape: ops.reshape(x, shape),
    ),
    (
        Spread,
        "BroadcastTo",
        (1,),
        [((1, 3, 2),), ((0, 3, 2),), ((2, -1, 2),), ((-1, 3, 2),), ((2, 3, 4),), ((2,),), ((2, -2, 2),)],
        lambda x, shape: ops.broadcast_to(x, shape),
    ),
]


def open_tensors(attribute) -> None:
    for tensor in attribute.tensors:
        tensor.dims[:] = [UNKNOWN] * len(tensor.dims)
    for value in attribute.values:
        open_tensors(value)


def set_number(attribute, number: int) -> None:
    """A scalar alone lies in i, as an element of a tuple in ints."""
    if attribute.ints:
        attribute.ints[:] = [number]
    else:
        attribute.i = number


def given_anew(model: "mind_ir_pb2.ModelProto", spelling: str, places: tuple, values: tuple) -> bytes:
    """The file with other constants at these inputs of its node of that spelling, and all declared shapes open."""
    kinds = {f"REF::{primitive.name}": primitive.op_type for primitive in model.primitives}
    nodes = {node.output[0]: node for node in model.graph.node}
    (node,) = (node for node in model.graph.node if kinds.get(node.op_type) == spelling)
    for place, value in zip(places, values, strict=True):
        (attribute,) = (a for a in nodes[node.input[place]].attribute if a.name == "value")
        if isinstance(value, int):
            set_number(attribute, value)
            continue
        while len(attribute.values) < len(value):
            attribute.values.add().CopyFrom(attribute.values[0])
        del attribute.values[len(value) :]
        for element, number in zip(attribute.values, value, strict=True):
            set_number(element, number)
    for other in model.graph.node:
        for attribute in other.attribute:
            if attribute.name == "shape" and other.op_type != "Constant":
                open_tensors(attribute)
    return model.SerializeToString()


def exported(net, folder) -> bytes:
    ms.set_context(mode=ms.GRAPH_MODE)
    ms.export(net(), ms.Tensor(X), file_name=str(folder / "net.mindir"), file_format="MINDIR")
    ms.set_context(mode=ms.PYNATIVE_MODE)
    return (folder / "net.mindir").read_bytes()


@pytest.mark.parametrize(("net", "spelling", "places", "given", "function"), USES, ids=[use[1] for use in USES])
def test_places_that_are_constants(net, spelling, places, given, function, tmp_path):
    file = exported(net, tmp_path)
    refused = 0
    for values in given:
        model = given_anew(mind_ir_pb2.ModelProto.FromString(file), spelling, places, values)
        wanted = mindspore(function, X, *values)
        refused += wanted is None
        try:
            check(lambda model=model: msw.load(model)(X)[0], wanted, r"node '.*' \(\w+\): ")
        except (AssertionError, msw.MswError, pytest.fail.Exception) as difference:
            raise AssertionError(f"{spelling} of {values}, MindSpore: {wanted}") from difference
    assert 0 < refused < len(given)


def test_places_at_which_mindspore_crashes(tmp_path):
    slice_file, strided_file = (exported(net, tmp_path) for net in (Sliced, Strided))
    places = (1, 0), (2**63 - 1, 1)
    model = given_anew(mind_ir_pb2.ModelProto.FromString(slice_file), "Slice", (1, 2), places)
    with pytest.raises(msw.InvalidError, match="Slice"):
        msw.load(model)
    for stride in (-(2**40), -(2**63)):
        places = (2, 0), (-9, 2), (stride, 1)
        model = given_anew(mind_ir_pb2.ModelProto.FromString(strided_file), "StridedSlice", (1, 2, 3), places)
        (z,) = msw.load(model)(X)
        assert z.tolist() == X[2:-9:stride].tolist()
