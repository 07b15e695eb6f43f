"""Writes cases.json, the calls of ms:backend that every host makes, and the small models that they need.

    .venv/bin/python bindings/component/test/backend/make_cases.py      from the root, after `make demo`

What a call must answer is from numpy, onnxruntime or MindSpore, or written down here:
nothing is asked of the component.
README.md beside this file says how a case is written.
"""

import base64
import json
import os
import tempfile
from pathlib import Path

import mindspore as ms
import numpy as np
import onnxruntime
from mindspore import nn, ops
from onnx import TensorProto, helper

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
DIGITS = "test/models/digits.mindir"
SPLIT = "test/models/split_graph.mindir"
LITE0 = ".cache/models/lite0.mindir"
COUNTER, OPEN, PICK, UNKNOWN = (
    f"bindings/component/test/backend/{name}.mindir" for name in ("counter", "open", "pick", "unknown")
)

rng = np.random.default_rng(7)


# How values are written


def data(array):
    return {"base64": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()}


def file(path):
    return {"file": path}


def tensor(array, dtype=None):
    array = np.asarray(array)
    return {"dtype": dtype or array.dtype.name, "shape": list(array.shape), "data": data(array)}


def floats(array, tolerance=0.0, dtype=None):
    """A float32 tensor to be met within `tolerance` of the largest number."""
    array = np.asarray(array, np.float32)
    return tensor(array, dtype) | {"data": {"float32": data(array)["base64"], "tolerance": tolerance}}


def named(**arrays):
    return [
        {"name": name, "value": value if isinstance(value, dict) else tensor(value)} for name, value in arrays.items()
    ]


def attributes(**values):
    def variant(value):
        if isinstance(value, list):
            return {"variant": "ints", "value": [{"s64": v} for v in value]}
        return (
            {"variant": "int", "value": {"s64": value}}
            if isinstance(value, int)
            else {"variant": "float", "value": value}
        )

    return [{"name": name, "value": variant(value)} for name, value in values.items()]


def call(function, *args, **more):
    return {"call": function, "args": list(args), **more}


def of(handle, function, *args, **more):
    kind = "execution" if handle.startswith("e") else "model"
    return call(f"models.[method]{kind}.{function}", {"resource": handle}, *args, **more)


def load(model, files=(), keep="m", **more):
    return call(
        "models.[static]model.load", file(model), list(files), **({} if "error" in more else {"keep": keep}), **more
    )


def drop(handle, **more):
    return call("drop", {"resource": handle}, **more)


def operator(name, inputs, attrs=(), **more):
    return call("operators.run", name, inputs, attrs or [], **more)


def error(code, *words, **more):
    return {"code": code, "text": {"has": list(words)}, **more}


cases = []


def case(name, *calls):
    cases.append({"name": name, "calls": list(calls)})


# Models that MindSpore writes


class Counter(nn.Cell):
    def __init__(self):
        super().__init__()
        self.n = ms.Parameter(ms.Tensor([1, 2, 3], ms.float32), name="n")

    def construct(self, x):
        ops.assign_add(self.n, x)
        return self.n * 2


class Open(nn.Cell):
    """Any number of rows."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(3, 2, weight_init=ms.Tensor(WEIGHT), bias_init=ms.Tensor(BIAS))

    def construct(self, x):
        return self.dense(x)


class Pick(nn.Cell):
    """Fails where an index says so, which only the run can see."""

    def __init__(self):
        super().__init__()
        self.table = ms.Parameter(ms.Tensor([10, 20, 30], ms.float32), name="table")

    def construct(self, x):
        return ops.gather(self.table, x, 0) + 1


class Unknown(nn.Cell):
    """An operator that the engine does not have."""

    def __init__(self):
        super().__init__()
        self.op = ops.Lgamma()

    def construct(self, x):
        return self.op(x)


WEIGHT = rng.normal(size=(2, 3)).astype(np.float32)
BIAS = rng.normal(size=2).astype(np.float32)


def write_models():
    ms.set_context(mode=ms.GRAPH_MODE)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # MindSpore leaves files where it compiles
        for path, net, x in (
            (COUNTER, Counter(), ms.Tensor([0, 0, 0], ms.float32)),
            (OPEN, Open(), ms.Tensor(shape=[None, 3], dtype=ms.float32)),
            (PICK, Pick(), ms.Tensor([0, 0], ms.int32)),
            (UNKNOWN, Unknown(), ms.Tensor([1, 2], ms.float32)),
        ):
            ms.export(net, x, file_name="net", file_format="MINDIR")
            (ROOT / path).write_bytes(Path("net.mindir").read_bytes())
        os.chdir(ROOT)


# Operators


def conv_by_onnxruntime(x, w, **attrs):
    node = helper.make_node("Conv", ["x", "w"], ["z"], **attrs)
    values = [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in "xwz"]
    model = helper.make_model(
        helper.make_graph([node], "g", values[:2], values[2:]), opset_imports=[helper.make_opsetid("", 17)]
    )
    model.ir_version = 9
    return onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x, "w": w})[0]


def operators_that_work():
    case(
        "the operators tell what they take",
        call(
            "operators.list",
            ok={
                "has": [
                    {"name": "Add", "inputs-min": 2, "inputs-max": 2, "outputs": 1, "attributes": [],
                     "dtypes": {"has": ["float32", "int64", "bfloat16"]}},
                    {"name": "LogicalAnd", "dtypes": ["bool"]},
                    {"name": "Concat", "inputs-min": 1, "inputs-max": None, "outputs": 1},
                    {"name": "Split", "outputs": None, "attributes": {"has": [{"name": "outputs", "kind": "int"}]}},
                    {"name": "Pad", "attributes": {"has": [{"name": "paddings", "kind": "ints", "required": True}]}},
                    {"name": "LeakyReLU", "attributes": [{"name": "slope", "kind": "float", "required": False}]},
                ]
            },
        ),
    )  # fmt: skip
    for dtype in ("float32", "int32", "int8", "uint8", "int64", "float16", "int16"):
        x, y = (np.array(v).astype(dtype) for v in ([[1, 2, 100], [5, 3, 0]], [7, 27, 27]))
        case(f"Add of {dtype}", operator("Add", [tensor(x), tensor(y)], ok=[tensor(x + y)]))
    upper = lambda v: (np.array(v, np.float32).view(np.uint32) >> 16).astype(np.uint16)  # noqa: E731
    case(
        "Add of bfloat16, the upper half of a float32",
        operator(
            "Add",
            [tensor(upper([1, -2]), "bfloat16"), tensor(upper([2, 0.5]), "bfloat16")],
            ok=[tensor(upper([3, -1.5]), "bfloat16")],
        ),
    )
    a, b = np.array([True, True, False]), np.array([True, False, False])
    case("LogicalAnd of bool", operator("LogicalAnd", [tensor(a), tensor(b)], ok=[tensor(a & b)]))
    whole = np.array([3, -7], np.int32)
    case(
        "Cast to float64", operator("Cast", [tensor(whole)], attributes(dtype=9), ok=[tensor(whole.astype(np.float64))])
    )
    case("scalars", operator("Add", [tensor(np.float32(1.5)), tensor(np.float32(2))], ok=[tensor(np.float32(3.5))]))
    empty = np.zeros((0, 3), np.float32)
    case("a tensor without elements", operator("Add", [tensor(empty), tensor(empty)], ok=[tensor(empty)]))
    x = rng.normal(size=(2, 3, 5)).astype(np.float32)
    case(
        "a tensor of eight dimensions",
        operator("Neg", [tensor(x.reshape(1, 2, 1, 3, 1, 5, 1, 1))], ok=[tensor(-x.reshape(1, 2, 1, 3, 1, 5, 1, 1))]),
    )
    case(
        "Transpose by a list of whole numbers",
        operator("Transpose", [tensor(x)], attributes(perm=[2, 0, 1]), ok=[tensor(x.transpose(2, 0, 1))]),
    )
    case(
        "Concat of three",
        operator("Concat", [tensor(x)] * 3, attributes(axis=-1), ok=[tensor(np.concatenate([x] * 3, -1))]),
    )
    case(
        "Split into five",
        operator("Split", [tensor(x)], attributes(outputs=5, axis=2), ok=[tensor(p) for p in np.split(x, 5, 2)]),
    )
    order = np.argsort(-x, -1)[..., :2]
    case(
        "TopK has two outputs of two types",
        operator(
            "TopK",
            [tensor(x)],
            attributes(k=2),
            ok=[tensor(np.take_along_axis(x, order, -1)), tensor(order.astype(np.int32))],
        ),
    )
    odd = np.array([np.nan, np.inf, -np.inf, -0.0, -2.0, 3.0], np.float32)
    case("NaN, infinities and -0 go through", operator("Identity", [tensor(odd)], ok=[tensor(odd)]))
    leaky = np.where(odd > 0, odd, odd * np.float32(0.25))
    case("LeakyReLU by a number", operator("LeakyReLU", [tensor(odd)], attributes(slope=0.25), ok=[floats(leaky)]))
    case(
        "an attribute that is NaN answers NaN",
        operator(
            "LeakyReLU",
            [tensor(np.float32([-2, 3]))],
            [{"name": "slope", "value": {"variant": "float", "value": "nan"}}],
            ok=[floats([np.nan, 3])],
        ),
    )
    e = np.exp(x.astype(np.float64) - x.max(1, keepdims=True))
    case(
        "Softmax along an axis",
        operator("Softmax", [tensor(x)], attributes(axis=1), ok=[floats(e / e.sum(1, keepdims=True), 1e-6)]),
    )
    m, k = rng.normal(size=(17, 33)).astype(np.float32), rng.normal(size=(9, 33)).astype(np.float32)
    product = m.astype(np.float64) @ k.T.astype(np.float64)
    case(
        "MatMul, transposed",
        operator("MatMul", [tensor(m), tensor(k)], attributes(transpose_b=1), ok=[floats(product, 1e-6)]),
    )
    image, weights = (
        rng.normal(size=(2, 4, 13, 11)).astype(np.float32),
        rng.normal(size=(6, 2, 3, 3)).astype(np.float32),
    )
    want = conv_by_onnxruntime(image, weights, group=2, strides=[2, 1], pads=[1, 0, 1, 2])
    case(
        "Conv2D in groups, as onnxruntime has it",
        operator(
            "Conv2D",
            [tensor(image), tensor(weights)],
            attributes(group=2, strides=[2, 1], pads=[1, 1, 0, 2]),
            ok=[floats(want, 1e-6)],
        ),
    )


def operators_that_fail():
    x = tensor(np.float32([[1, 2, 3]]))
    good = operator("Add", [x, x], ok=[tensor(np.float32([[2, 4, 6]]))])

    def fails(name, bad, inputs, attrs, *words):
        case(name, operator(bad, inputs, attrs, error=error(*words)), good)

    fails("an unknown operator", "Adder", [x, x], [], "usage", "unknown operator", "Adder")
    fails("a name with a NUL in it", "Add\0", [x, x], [], "usage", "unknown operator")
    fails("an empty name", "", [x, x], [], "usage", "unknown operator")
    fails("a name of many letters beyond ASCII", "é" * 1000, [x, x], [], "usage", "unknown operator", "éé")
    fails("too few inputs", "Add", [x], [], "invalid", "Add takes 2 inputs", "1")
    fails("no inputs", "Concat", [], [], "invalid", "Concat", "1")
    fails("an unknown attribute", "Softmax", [x], attributes(axes=1), "usage", "Softmax", "axes")
    fails("an attribute of the wrong kind", "Softmax", [x], attributes(axis=1.0), "invalid", "axis", "whole number")
    fails("an attribute given twice", "Softmax", [x], attributes(axis=1) * 2, "invalid", "axis", "twice")
    fails("an attribute out of range", "Softmax", [x], attributes(axis=2**62), "invalid", "Softmax", "axis")
    fails("an attribute that is missing", "Pad", [x], [], "invalid", "Pad", "paddings")
    fails(
        "an empty list where numbers are needed",
        "Transpose",
        [x],
        [{"name": "perm", "value": {"variant": "ints", "value": []}}],
        "invalid",
        "Transpose",
    )
    fails("more outputs than there can be", "Split", [x], attributes(outputs=2**40), "invalid", "outputs")
    fails(
        "a data type that the operator lacks",
        "Add",
        [tensor(np.bool_([1]))] * 2,
        [],
        "usage",
        "Add",
        "bool",
        "float32",
    )
    fails("two data types", "Add", [x, tensor(np.int32([[1, 2, 3]]))], [], "invalid", "Add", "int32")
    fails("shapes that do not fit", "Add", [x, tensor(np.float32([1, 2]))], [], "invalid", "Add", "[2]")
    fails("too few bytes", "Add", [x, x | {"data": data(np.float32([1, 2]))}], [], "invalid", "x1", "12 bytes", "8")
    fails(
        "too many bytes", "Add", [x, x | {"data": data(np.zeros(13, np.uint8))}], [], "invalid", "x1", "12 bytes", "13"
    )
    fails(
        "bytes for a tensor without elements",
        "Add",
        [x | {"shape": [0, 2**30, 2**30]}, x],
        [],
        "invalid",
        "x0",
        "0 bytes",
        "12",
    )
    fails("nine dimensions", "Add", [x | {"shape": [1] * 9}, x], [], "limit", "x0", "9 dimensions", "8")
    fails("a dimension above 2^31", "Add", [x | {"shape": [2**31]}, x], [], "limit", "x0", "2147483648")
    fails("a shape whose product overflows", "Add", [x | {"shape": [2**16] * 4}, x], [], "limit", "x0", "65536,65536")
    fails(
        "a shape whose product wraps to what is given",
        "Add",
        [x | {"shape": [3, 2**30 + 1, 2**31 - 1, 4]}, x],
        [],
        "limit",
        "x0",
    )
    fails("an index that only the run can see", "Gather", [x, tensor(np.int32([5]))], [], "invalid", "Gather", "5")
    fails("a bool of 2", "LogicalNot", [tensor(np.uint8([0, 2]), "bool")], [], "invalid", "x0", "element 1", "2")


# Models


def digits():
    scans = np.load(ROOT / "test/models/digits_heldout.npy")[:3, None]
    logits = np.load(ROOT / "test/models/digits_logits.npy")[:3]
    e = np.exp(logits.astype(np.float64) - logits.max(1, keepdims=True))
    probabilities = e / e.sum(1, keepdims=True)

    def answer(i):
        return [{"value": floats(probabilities[i : i + 1], 1e-5)}, {"value": floats(logits[i : i + 1], 1e-5)}]

    return scans.reshape(3, 1, 1, 8, 8), answer


def models_that_work():
    scans, answer = digits()
    case(
        "the digits model tells what it is and reads a scan as MindSpore does",
        load(DIGITS),
        of(
            "m",
            "info",
            ok={"format": "MindIR", "producer": "MindSpore 2.10.0", "parameters": 32314, "parameter-bytes": 32314 * 4},
        ),
        of("m", "inputs", ok=[{"name": "x", "dtype": "float32", "shape": [1, 1, 8, 8]}]),
        of("m", "outputs", ok=[{"dtype": "float32", "shape": [1, 10]}, {"dtype": "float32", "shape": [1, 10]}]),
        of("m", "states", ok=[]),
        of("m", "run", named(x=scans[0]), ok=answer(0)),
        drop("m"),
    )
    case(
        "an execution runs often",
        load(DIGITS),
        of("m", "prepare", [], keep="e"),
        *(of("e", "run", named(x=scans[i]), ok=answer(i)) for i in range(3)),
        of("e", "memory", ok={"weight-bytes": {"at-least": 32314 * 4}, "arena-bytes": {"at-least": 64 * 32 * 4}}),
        drop("e"),
        drop("m"),
    )
    # Counted by hand: an output of a convolution or a product takes two operations a weight, bias and ReLU one each.
    work = {"conv1": 64 * 16 * (2 * 9 + 2), "conv2": 64 * 32 * (2 * 9 * 16 + 2), "dense1": 64 * (2 * 192 + 2)}
    steps = [
        {"node": {"has": [node]}, "dtype": "float32", "operations": n, "bytes": {"at-least": 1}}
        for node, n in work.items()
    ]
    case(
        "a profile tells the work of each step",
        load(DIGITS),
        of(
            "m",
            "profile",
            named(x=scans[1]),
            ok={"outputs": answer(1), "steps": {"has": steps}, "memory": {"weight-bytes": {"at-least": 1}}},
        ),
        drop("m"),
    )
    case(
        "a run in steps",
        load(DIGITS),
        of("m", "prepare", [{"name": "x", "dtype": "float32", "shape": [1, 1, 8, 8]}], keep="e"),
        of("e", "start", named(x=scans[2]), ok=None),
        of("e", "step", 3, ok=[{"shape": [1, 1, 8, 8]}, {"node": {"has": ["conv1"]}}, {"node": {"has": ["conv2"]}}]),
        of("e", "outputs", error=error("invalid", "steps are left")),
        of("e", "step", 2**32 - 1, ok={"has": [steps[2]]}),
        of("e", "step", 1, ok=[]),
        of("e", "outputs", ok=answer(2)),
        of("e", "start", named(x=scans[0]), ok=None),
        of("e", "step", 1, ok=[{}]),
        of("e", "run", named(x=scans[1]), ok=answer(1)),
        drop("e"),
        drop("m"),
    )
    split = json.loads((ROOT / "test/models/split_answer.json").read_text())
    names = [f"split_variables/data_{i}" for i in (2, 1, 0)]
    beside = [{"name": name, "data": file(f"test/models/{name}")} for name in names]
    case(
        "a model with its weights in a file beside it",
        load(SPLIT, beside),
        of("m", "run", [{"name": "input_data", "value": tensor(np.float32(split["x"]).reshape(2, 41))}],
           ok=[{"value": floats(np.float32(split["z"]).reshape(2, 5), 1e-6)}]),
        drop("m"),
    )  # fmt: skip
    rows = rng.normal(size=(4, 3)).astype(np.float32)

    def dense(x):
        return floats(x.astype(np.float64) @ WEIGHT.T.astype(np.float64) + BIAS, 1e-6)

    case(
        "a model with an open size",
        load(OPEN),
        of("m", "inputs", ok=[{"name": "x", "dtype": "float32", "shape": [None, 3]}]),
        of("m", "prepare", [], error=error("invalid", "x", "type must be given")),
        *(of("m", "run", named(x=rows[:n]), ok=[{"value": dense(rows[:n])}]) for n in (4, 1)),
        of("m", "prepare", [{"name": "x", "dtype": "float32", "shape": [2, 3]}], keep="e"),
        of("e", "run", named(x=rows[2:]), ok=[{"value": dense(rows[2:])}]),
        of("e", "run", named(x=rows), error=error("invalid", "x", "[4,3]", "[2,3]")),
        of("e", "run", named(x=rows[:2]), ok=[{"value": dense(rows[:2])}]),
        drop("e"),
        drop("m"),
    )


def states():
    x, begin = np.float32([1, -1, 0.5]), np.float32([1, 2, 3])
    sums = [begin + x * np.float32(i) for i in range(5)]
    out = lambda i: [{"value": tensor(sums[i] * 2)}]  # noqa: E731
    n = lambda i: [{"name": "n", "value": tensor(sums[i])}]  # noqa: E731
    case(
        "states go on in an execution, and begin anew outside",
        load(COUNTER),
        of("m", "states", ok=[{"name": "n", "dtype": "float32", "shape": [3]}]),
        *(of("m", "run", named(x=x), ok=out(1)) for _ in range(2)),
        of("m", "prepare", [], keep="e"),
        of("m", "prepare", [], keep="e2"),
        of("e", "states", ok=n(0)),
        of("e", "run", named(x=x), ok=out(1)),
        of("e", "run", named(x=x), ok=out(2)),
        of("e", "states", ok=n(2)),
        of("e2", "states", ok=n(0)),
        of("e", "set-states", named(n=sums[3]), ok=None),
        of("e", "run", named(x=x), ok=out(4)),
        of("e", "run", named(y=x), error=error("usage", "y")),
        of("e", "states", ok=n(4)),
        of("e", "start", named(x=x), ok=None),
        of("e", "states", error=error("invalid", "between runs")),
        of("e", "set-states", named(n=x), error=error("invalid", "between runs")),
        of("e", "step", 100, ok=[{"operator": "Add"}, {"operator": "Mul"}]),
        drop("e"),
        drop("e2"),
        drop("m"),
    )
    case(
        "states that do not fit are refused, and none is set",
        load(COUNTER),
        of("m", "prepare", [], keep="e"),
        of("e", "set-states", named(m=x), error=error("usage", "no state 'm'", "'n'")),
        of("e", "set-states", named(n=x[:2]), error=error("invalid", "n", "float32[2]", "float32[3]")),
        of("e", "set-states", named(n=x.astype(np.float64)), error=error("invalid", "n", "float64[3]", "float32[3]")),
        of("e", "set-states", named(n=x) * 2, error=error("invalid", "n", "twice")),
        of("e", "set-states", [], ok=None),
        of("e", "states", ok=n(0)),
        drop("e"),
        drop("m"),
    )


def models_that_fail():
    scans, answer = digits()
    x = scans[0]
    fine = of("m", "run", named(x=x), ok=answer(0))
    case(
        "inputs that do not fit",
        load(DIGITS),
        *(
            step
            for inputs, want in (
                (named(y=x), error("usage", "no input 'y'", "'x'")),
                (named(x=x) * 2, error("invalid", "x", "twice")),
                ([], error("invalid", "x", "missing")),
                (named(x=x[0]), error("invalid", "x", "float32[1,8,8]", "float32[1,1,8,8]")),
                (named(x=x.astype(np.float64)), error("invalid", "x", "float64", "float32")),
                (named(x=tensor(x) | {"data": data(x.ravel()[:-1])}), error("invalid", "x", "256 bytes", "252")),
                (named(x=tensor(x) | {"shape": [1] * 9}), error("limit", "x", "9 dimensions")),
                (named(x=tensor(x) | {"shape": [1, 1, 2**31, 2**31]}), error("limit", "x", "2147483648")),
            )
            for step in (of("m", "run", inputs, error=want), of("m", "profile", inputs, error=want), fine)
        ),
        of(
            "m",
            "prepare",
            [{"name": "x", "dtype": "float32", "shape": [2, 1, 8, 8]}],
            error=error("invalid", "x", "[2,1,8,8]"),
        ),
        of("m", "prepare", [{"name": "q", "dtype": "float32", "shape": []}], error=error("usage", "no input 'q'")),
        of("m", "prepare", [], keep="e"),
        of("e", "step", 1, error=error("invalid", "no run was started")),
        of("e", "outputs", error=error("invalid", "before a run")),
        of("e", "start", named(x=x[0]), error=error("invalid", "x", "float32[1,8,8]")),
        of("e", "step", 1, error=error("invalid", "no run was started")),
        of("e", "run", named(x=x), ok=answer(0)),
        drop("e"),
        drop("m"),
    )

    def bad(content, *words, **more):
        return call("models.[static]model.load", content, [], error=error(*words, **more))

    def plain(content):
        return data(np.frombuffer(content, np.uint8))

    case(
        "bytes that are no model",
        bad(plain(b""), "invalid", "not a MindIR or ONNX file", "empty"),
        bad(plain(b"\x89PNG\r\n\x1a\n" + bytes(64)), "invalid", "not a MindIR or ONNX file", "PNG"),
        bad(plain(bytes(1000)), "invalid", "not a MindIR or ONNX file"),
        bad(file(DIGITS) | {"first": 70000}, "invalid", "byte 24", offset=24),
        load(DIGITS),
        fine,
        drop("m"),
    )
    pick = named(x=np.int32([2, 7])), error("invalid", "7", node={"has": ["Gather"]})
    case(
        "a run that fails names the node, and the next one works",
        load(PICK),
        of("m", "run", pick[0], error=pick[1]),
        of("m", "profile", pick[0], error=pick[1]),
        of("m", "prepare", [], keep="e"),
        of("e", "run", pick[0], error=pick[1]),
        of("e", "outputs", error=error("invalid", "before a run")),
        of("e", "start", pick[0], ok=None),
        of("e", "step", 9, error=pick[1]),
        of("e", "step", 9, error=error("invalid", "no run was started")),
        of("e", "run", named(x=np.int32([2, 0])), ok=[{"value": tensor(np.float32([31, 11]))}]),
        drop("e"),
        drop("m"),
    )
    case(
        "a model that needs an operator that is not there",
        load(UNKNOWN, error=error("unsupported", "Lgamma")),
        load(DIGITS),
        fine,
        drop("m"),
    )

    def beside(name, content):
        return {"name": name, "data": plain(content)}

    case(
        "files beside a model that are missing, short or nobody's",
        load(SPLIT, error=error("invalid", "split_variables/data_1")),
        load(SPLIT, [beside("data_1", b"")], error=error("invalid", "split_variables/data_1")),
        load(
            SPLIT, [beside("split_variables/data_1", b"short")], error=error("invalid", "split_variables/data_1", "5")
        ),
        load(DIGITS, [beside("weights", b"")], error=error("usage", "weights")),
    )


def resources():
    scans, answer = digits()
    case(
        "an execution outlives the handle of its model",
        load(DIGITS),
        of("m", "prepare", [], keep="e"),
        drop("m"),
        of("e", "run", named(x=scans[0]), ok=answer(0)),
        load(COUNTER, keep="m2"),
        of("e", "run", named(x=scans[1]), ok=answer(1)),
        drop("e"),
        of("m2", "inputs", ok=[{"name": "x"}]),
        drop("m2"),
    )
    case(
        "two models in one instance",
        load(DIGITS, keep="m1"),
        load(DIGITS, keep="m2"),
        of("m1", "run", named(x=scans[0]), ok=answer(0)),
        drop("m1"),
        of("m2", "run", named(x=scans[1]), ok=answer(1)),
        drop("m2"),
    )
    other = {"in": "another instance"}
    case(
        "a model used after its drop traps, and other instances go on",
        load(DIGITS),
        load(DIGITS, keep="m2", **other),
        drop("m"),
        of("m", "run", named(x=scans[0]), trap=True),
        of("m2", "run", named(x=scans[0]), ok=answer(0), **other),
        drop("m2", **other),
    )
    case(
        "an execution used after its drop traps, and other instances go on",
        load(COUNTER),
        of("m", "prepare", [], keep="e"),
        drop("e"),
        of("e", "states", trap=True),
        load(DIGITS, keep="m2", **other),
        of("m2", "run", named(x=scans[0]), ok=answer(0), **other),
    )


def larger():
    """EfficientNet-Lite0 over a pattern, since a picture would be most of this file."""
    row = rng.uniform(-1, 1, 224).astype(np.float32)
    x = np.tile(row, 3 * 224).reshape(1, 3, 224, 224)
    session = onnxruntime.InferenceSession(ROOT / ".cache/tvm/lite0.onnx")
    want = session.run(None, {"data": x})[0]
    value = {"dtype": "float32", "shape": list(x.shape), "data": {"repeat": data(row)["base64"], "times": 3 * 224}}
    case(
        "EfficientNet-Lite0, as onnxruntime has it",
        load(LITE0),
        of("m", "run", named(x=value), ok=[{"value": floats(want, 1e-4)}, {"value": {"shape": [1, 1000]}}]),
        drop("m"),
    )


def main():
    write_models()
    operators_that_work()
    operators_that_fail()
    models_that_work()
    states()
    models_that_fail()
    resources()
    larger()
    lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases)
    (HERE / "cases.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
