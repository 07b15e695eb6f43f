"""Operators in small graphs: what a module answers is what onnxruntime answers."""

import numpy as np
import pytest
from graphs import ROOT, check, graph, msw, random, save
from msw_tvm.graph.build import Options, build
from msw_tvm.schedules import load
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

node = helper.make_node


def int64(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


CONVS = {
    "plain": ([1, 3, 9, 7], (5, 3, 3, 3), {}),
    "padded": ([1, 4, 9, 7], (8, 4, 3, 3), {"pads": [1, 1, 1, 1]}),
    "strides": ([2, 3, 11, 10], (6, 3, 3, 3), {"strides": [2, 3], "pads": [1, 0, 1, 0]}),
    "uneven pads": ([1, 3, 8, 8], (4, 3, 3, 3), {"strides": [2, 2], "pads": [0, 0, 1, 1]}),
    "dilated": ([1, 3, 13, 12], (4, 3, 3, 3), {"dilations": [2, 3], "pads": [2, 3, 2, 3]}),
    "groups": ([1, 6, 8, 8], (9, 2, 3, 3), {"group": 3, "pads": [1, 1, 1, 1]}),
    "depthwise": ([1, 8, 9, 9], (8, 1, 3, 3), {"group": 8, "pads": [1, 1, 1, 1]}),
    "depthwise of stride 2": ([1, 6, 9, 8], (6, 1, 5, 5), {"group": 6, "strides": [2, 2], "pads": [2, 2, 2, 2]}),
    "depthwise, two each": ([1, 4, 7, 7], (8, 1, 3, 3), {"group": 4}),
    "1x1": ([1, 16, 6, 5], (24, 16, 1, 1), {}),
    "1x7": ([1, 3, 9, 9], (4, 3, 1, 7), {"pads": [0, 3, 0, 3]}),
    "same upper": ([1, 3, 8, 7], (4, 3, 3, 3), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    "same lower": ([1, 3, 8, 7], (4, 3, 4, 2), {"auto_pad": "SAME_LOWER", "strides": [2, 1]}),
    "valid": ([1, 3, 8, 7], (4, 3, 3, 3), {"auto_pad": "VALID"}),
}


@pytest.mark.parametrize("case", CONVS)
@pytest.mark.parametrize("bias", [True, False])
def test_convolution(tmp_path, case, bias):
    shape, kernel, attributes = CONVS[case]
    weights = {"w": random(*kernel)} | ({"b": random(kernel[0])} if bias else {})
    nodes = [node("Conv", ["x", *weights], ["y"], name="conv", **attributes)]
    check(graph(nodes, {"x": shape}, ["y"], weights), tmp_path)


LEVELS = {
    "0": Options(level=0),
    "1": Options(level=1),
    "2": Options(level=2),
    "3": Options(level=3, records=load(ROOT / "wasm-backend-tvm/records.json")),
    "embedded": Options(embed=True),
    "relaxed": Options(relaxed=True),
}


@pytest.mark.parametrize("level", LEVELS)
def test_a_block_with_everything_at_each_level(tmp_path, level):
    """Convolution, BatchNorm, activation, branches, concat on channels and a residual sum."""
    weights = {"w0": random(8, 4, 3, 3), "w1": random(8, 8, 1, 1), "b1": random(8), "w2": random(4, 16, 1, 1)}
    weights |= {"scale": random(8, seed=3), "shift": random(8, seed=4), "mean": random(8, seed=5)}
    weights["variance"] = np.abs(random(8, seed=6)) + 0.5
    nodes = [
        node("Conv", ["x", "w0"], ["c0"], name="first", pads=[1, 1, 1, 1]),
        node("BatchNormalization", ["c0", "scale", "shift", "mean", "variance"], ["n0"], name="norm"),
        node("Relu", ["n0"], ["r0"], name="relu"),
        node("Conv", ["r0", "w1", "b1"], ["c1"], name="second"),
        node("Concat", ["r0", "c1"], ["both"], name="join", axis=1),
        node("Dropout", ["both"], ["kept"], name="dropout"),
        node("Conv", ["kept", "w2"], ["c2"], name="third"),
        node("Add", ["c2", "x"], ["y"], name="residual"),
    ]
    model = check(graph(nodes, {"x": [1, 4, 6, 5]}, ["y"], weights), tmp_path, LEVELS[level])
    names = [name for one in model.nodes for name in one.parts]
    assert {"first", "second", "join", "third", "residual"} <= set(names)
    assert "dropout" not in names
    if level != "0":
        assert "conv2d + bias + relu" in {one.op for one in model.nodes}


POOLS = {
    "max": ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2]}),
    "max padded": ("MaxPool", {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]}),
    "max ceil": ("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}),
    "average": ("AveragePool", {"kernel_shape": [2, 3], "strides": [2, 2]}),
    "average padded": ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1]}),
    "average with pads": ("AveragePool", {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
    "max same upper": ("MaxPool", {"kernel_shape": [3, 2], "strides": [2, 1], "auto_pad": "SAME_UPPER"}),
    "max same lower": ("MaxPool", {"kernel_shape": [3, 2], "strides": [1, 2], "auto_pad": "SAME_LOWER"}),
    "average same lower": ("AveragePool", {"kernel_shape": [2, 4], "strides": [2, 3], "auto_pad": "SAME_LOWER"}),
    "average ceil": ("AveragePool", {"kernel_shape": [3, 2], "strides": [2, 2], "ceil_mode": 1}),
    "global average": ("GlobalAveragePool", {}),
    "global max": ("GlobalMaxPool", {}),
}


@pytest.mark.parametrize("case", POOLS)
def test_pool_behind_a_convolution(tmp_path, case):
    op, attributes = POOLS[case]
    nodes = [node("Conv", ["x", "w"], ["c"]), node(op, ["c"], ["y"], **attributes)]
    check(graph(nodes, {"x": [1, 3, 10, 9]}, ["y"], {"w": random(5, 3, 1, 1)}), tmp_path)


ELEMENTWISE = {
    "clip": [node("Clip", ["x", "low", "high"], ["y"])],
    "clip from below": [node("Clip", ["x", "low"], ["y"])],
    "clip between nothing": [node("Clip", ["x", "high", "low"], ["y"])],
    "sigmoid": [node("Sigmoid", ["x"], ["y"])],
    "hard sigmoid": [node("HardSigmoid", ["x"], ["y"], alpha=0.3, beta=0.4)],
    "hard swish": [node("HardSwish", ["x"], ["y"])],
    "silu": [node("Sigmoid", ["x"], ["s"]), node("Mul", ["x", "s"], ["y"])],
    "leaky": [node("LeakyRelu", ["x"], ["y"], alpha=0.2)],
    "tanh": [node("Tanh", ["x"], ["y"])],
    "erf": [node("Erf", ["x"], ["y"])],
    "sqrt of abs": [node("Abs", ["x"], ["a"]), node("Sqrt", ["a"], ["y"])],
    "sum of three": [node("Sum", ["x", "one", "x"], ["y"])],
    "max of two": [node("Max", ["x", "low"], ["y"])],
    "each channel": [node("Mul", ["x", "channel"], ["m"]), node("Sub", ["m", "one"], ["y"])],
    "prelu": [node("PRelu", ["x", "channel"], ["y"])],
}


@pytest.mark.parametrize("case", ELEMENTWISE)
@pytest.mark.parametrize("behind", ["input", "convolution"])
def test_what_works_on_each_element(tmp_path, case, behind):
    weights = {"low": np.float32(-0.5), "high": np.float32(0.75), "one": np.float32([1.0])}
    weights |= {"channel": random(6, 1, 1), "w": random(6, 6, 1, 1)}
    first = node("Conv", ["in", "w"], ["x"]) if behind == "convolution" else node("Mul", ["in", "one"], ["x"])
    check(graph([first, *ELEMENTWISE[case]], {"in": [1, 6, 5, 4]}, ["y"], weights), tmp_path)


MOVES = {
    "flatten": [node("Flatten", ["c"], ["y"])],
    "reshape": [node("Reshape", ["c", "shape"], ["y"])],
    "transpose": [node("Transpose", ["c"], ["y"], perm=[0, 2, 3, 1])],
    "transpose of another kind": [node("Transpose", ["c"], ["y"], perm=[3, 1, 0, 2])],
    "shuffle": [
        node("Reshape", ["c", "groups"], ["g"]),
        node("Transpose", ["g"], ["t"], perm=[0, 2, 1, 3, 4]),
        node("Reshape", ["t", "whole"], ["y"]),
    ],
    "squeezed average": [node("GlobalAveragePool", ["c"], ["g"]), node("Squeeze", ["g", "axes"], ["y"])],
    "reduced": [node("ReduceMean", ["c", "axes"], ["y"], keepdims=0)],
    "reduced over channels": [node("ReduceMax", ["c", "one"], ["y"])],
    "reduced over height": [node("ReduceSum", ["c", "two"], ["y"], keepdims=0)],
    "softmax of channels": [node("Softmax", ["c"], ["y"], axis=1)],
    "padded": [node("Pad", ["c", "pads"], ["y"])],
    "split": [node("Split", ["c"], ["y", "z"], axis=1, num_outputs=2)],
    "sliced": [node("Slice", ["c", "one", "three", "one"], ["y"])],
    "joined by height": [node("Concat", ["c", "c"], ["y"], axis=2)],
    "resized": [node("Resize", ["c", "", "scales"], ["y"], mode="nearest")],
    "resized linearly": [node("Resize", ["c", "", "scales"], ["y"], mode="linear")],
}


@pytest.mark.parametrize("case", MOVES)
def test_what_moves_an_image(tmp_path, case):
    """Behind a convolution, whose answer has its channels last."""
    weights = {"w": random(6, 3, 1, 1), "shape": int64(1, 4, -1), "groups": int64(1, 2, 3, 5, 4)}
    weights |= {"whole": int64(1, 6, 5, 4), "axes": int64(2, 3), "one": int64(1), "two": int64(2), "three": int64(3)}
    weights |= {"pads": int64(0, 0, 1, 2, 0, 0, 2, 1), "scales": np.float32([1, 1, 2, 2])}
    nodes = [node("Conv", ["x", "w"], ["c"]), *MOVES[case]]
    outputs = list(MOVES[case][-1].output)
    check(graph(nodes, {"x": [1, 3, 5, 4]}, outputs, weights), tmp_path)


PRODUCTS = {
    "gemm": ([3, 10], (10, 7), node("Gemm", ["x", "w", "b"], ["y"])),
    "gemm of one row": ([1, 32], (32, 20), node("Gemm", ["x", "w", "b"], ["y"])),
    "gemm transposed": ([3, 10], (7, 10), node("Gemm", ["x", "w", "b"], ["y"], transB=1)),
    "gemm of the other": ([10, 3], (10, 7), node("Gemm", ["x", "w", "b"], ["y"], transA=1)),
    "gemm scaled": ([3, 10], (10, 7), node("Gemm", ["x", "w", "b"], ["y"], alpha=0.5, beta=2.0)),
    "matmul": ([3, 10], (10, 7), node("MatMul", ["x", "w"], ["y"])),
    "matmul of three axes": ([2, 5, 8], (8, 12), node("MatMul", ["x", "w"], ["y"])),
    "matmul of batches": ([2, 5, 8], (2, 8, 6), node("MatMul", ["x", "w"], ["y"])),
}


@pytest.mark.parametrize("case", PRODUCTS)
def test_product(tmp_path, case):
    shape, kernel, product = PRODUCTS[case]
    check(
        graph([product], {"x": shape}, ["y"], {"w": random(*kernel), "b": random(7 if 7 in kernel else 20)}), tmp_path
    )


def test_product_of_two_inputs(tmp_path):
    nodes = [node("MatMul", ["a", "b"], ["p"]), node("Softmax", ["p"], ["y"], axis=-1)]
    check(graph(nodes, {"a": [4, 6], "b": [6, 5]}, ["y"]), tmp_path)


def test_layer_norm_and_gelu(tmp_path):
    weights = {"w": random(16, 24), "scale": random(24), "shift": random(24, seed=1)}
    nodes = [
        node("MatMul", ["x", "w"], ["p"]),
        node("LayerNormalization", ["p", "scale", "shift"], ["n"]),
        node("Gelu", ["n"], ["y"], approximate="none"),
    ]
    check(graph(nodes, {"x": [1, 7, 16]}, ["y"], weights, opset=20), tmp_path)


def test_integers_and_booleans(tmp_path):
    nodes = [
        node("Add", ["a", "b"], ["sum"]),
        node("Less", ["a", "b"], ["less"]),
        node("Cast", ["sum"], ["cast"], to=TensorProto.FLOAT),
        node("ArgMax", ["cast"], ["index"], axis=1, keepdims=0),
    ]
    outputs = {
        "sum": TensorProto.INT32,
        "less": TensorProto.BOOL,
        "cast": TensorProto.FLOAT,
        "index": TensorProto.INT64,
    }
    dtypes = dict.fromkeys("ab", TensorProto.INT32)
    check(graph(nodes, {"a": [3, 4], "b": [3, 4]}, outputs, dtypes=dtypes), tmp_path)


def test_embedding(tmp_path):
    model = graph(
        [node("Gather", ["table", "i"], ["g"]), node("ReduceMean", ["g", "axes"], ["y"], keepdims=0)],
        {"i": [5]},
        ["y"],
        {"table": random(12, 8), "axes": int64(0)},
        dtypes={"i": TensorProto.INT64},
    )
    model.graph.node[0].name = "look up"
    check(model, tmp_path)


def test_outputs_that_are_inputs_constants_and_each_other(tmp_path):
    """No kernel makes them; each has its own name and its own shape all the same."""
    nodes = [
        node("Identity", ["x"], ["same"]),
        node("Reshape", ["x", "shape"], ["flat"]),
        node("Identity", ["w"], ["fixed"]),
        node("Relu", ["x"], ["r"]),
        node("Identity", ["r"], ["r again"]),
    ]
    weights = {"shape": int64(-1), "w": random(3)}
    check(graph(nodes, {"x": [2, 3]}, ["same", "flat", "fixed", "r", "r again"], weights), tmp_path)


def test_a_graph_without_work(tmp_path):
    nodes = [node("Identity", ["x"], ["same"]), node("Identity", ["w"], ["fixed"])]
    check(graph(nodes, {"x": [2, 3]}, ["same", "fixed"], {"w": random(4)}), tmp_path)


def test_names_that_mean_something_in_c(tmp_path):
    name = '@HASH@ "??/%s\\'
    loaded = check(graph([node("Relu", ["x"], [name], name=name)], {"x": [2, 3]}, [name]), tmp_path)
    assert loaded.outputs[0].name == name
    assert [made.name for made in loaded.nodes] == [name]


@pytest.mark.parametrize(("positive", "negative"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_infinities_of_one_sign(tmp_path, positive, negative):
    weights = {"limits": np.float32([np.inf, -np.inf, np.nan, 1])}
    nodes = [
        node("Add", ["x", "limits"], ["s"]),
        node("IsInf", ["s"], ["y"], detect_positive=positive, detect_negative=negative),
    ]
    check(graph(nodes, {"x": [3, 4]}, {"y": TensorProto.BOOL}, weights, opset=20), tmp_path)


@pytest.mark.parametrize(("op", "limit"), [("ReduceMax", -np.inf), ("ReduceMin", np.inf)])
@pytest.mark.parametrize("keep", [0, 1])
def test_extremes_of_infinities(tmp_path, op, limit, keep):
    """A row that is masked out is told by its largest number."""
    weights = {"mask": np.full((3, 1, 1), limit, np.float32), "axes": int64(0, 2), "last": int64(-1)}
    nodes = [
        node("Add", ["x", "mask"], ["s"]),
        node(op, ["s", "last"], ["t"], keepdims=keep),
        node(op, ["x", "axes"], ["some"], keepdims=keep),
        node(op, ["x"], ["all"], keepdims=keep),
        node("IsInf", ["t"], ["y"]),
    ]
    outputs = {"y": TensorProto.BOOL, "some": TensorProto.FLOAT, "all": TensorProto.FLOAT}
    check(graph(nodes, {"x": [3, 4, 5]}, outputs, weights, opset=20), tmp_path)


@pytest.mark.parametrize("sizes", [[9], [6, 7], [4, 5, 6]])
@pytest.mark.parametrize("pad", [0, 1])
def test_windows_that_are_masked_out(tmp_path, sizes, pad):
    """As ONNX's reference has it; onnxruntime answers some of them with the smallest finite number."""
    rank = len(sizes)
    x = random(1, 8, *sizes)
    x[:, :, :4] = -np.inf
    how = {"kernel_shape": [3] * rank, "strides": [2] * rank, "pads": [pad] * (2 * rank)}
    model = graph([node("MaxPool", ["x"], ["y"], **how)], {"x": list(x.shape)}, ["y"])
    build(save(model, tmp_path), tmp_path / "net.wasm", Options())
    expected = ReferenceEvaluator(model).run(None, {"x": x})[0]
    assert np.isinf(expected).any()
    with msw.load(tmp_path / "net.wasm") as net:
        assert np.array_equal(net(x)[0], expected)


def test_an_attention_block(tmp_path):
    weights = {name: random(16, 16, seed=i) / 4 for i, name in enumerate("qkvo")}
    weights |= {"heads": int64(1, 6, 4, 4), "whole": int64(1, 6, 16), "scale": np.float32(0.5)}
    nodes = []
    for name in "qkv":
        perm = [0, 2, 3, 1] if name == "k" else [0, 2, 1, 3]
        nodes += [
            node("MatMul", ["x", name], [f"{name}0"]),
            node("Reshape", [f"{name}0", "heads"], [f"{name}1"]),
            node("Transpose", [f"{name}1"], [f"{name}2"], perm=perm),
        ]
    nodes += [
        node("MatMul", ["q2", "k2"], ["scores"]),
        node("Mul", ["scores", "scale"], ["scaled"]),
        node("Softmax", ["scaled"], ["attention"], axis=-1),
        node("MatMul", ["attention", "v2"], ["mixed"]),
        node("Transpose", ["mixed"], ["back"], perm=[0, 2, 1, 3]),
        node("Reshape", ["back", "whole"], ["joined"]),
        node("MatMul", ["joined", "o"], ["projected"]),
        node("Add", ["projected", "x"], ["y"]),
    ]
    check(graph(nodes, {"x": [1, 6, 16]}, ["y"], weights), tmp_path)


def test_transposed_convolution_and_shapes_computed_by_the_graph(tmp_path):
    """The shape of the last reshape hangs on Shape, Gather and Concat, as exporters write it."""
    weights = {"w": random(4, 3, 2, 2), "zero": int64(0), "rest": int64(-1)}
    nodes = [
        node("ConvTranspose", ["x", "w"], ["c"], strides=[2, 2]),
        node("Shape", ["c"], ["s"]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Concat", ["n", "rest"], ["to"], axis=0),
        node("Reshape", ["c", "to"], ["y"]),
    ]
    check(graph(nodes, {"x": [2, 4, 5, 3]}, ["y"], weights), tmp_path)
