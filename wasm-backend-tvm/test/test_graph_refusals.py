"""What build_graph_lib.py refuses: one line that names the place, the exit code, and no file left behind."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
from graphs import ROOT, check, graph, msw, random, save
from msw_tvm.errors import INVALID, LIMIT, OURS, USAGE, BuildError
from msw_tvm.graph.build import Options, build
from msw_tvm.graph.load import parse_shapes
from onnx import TensorProto, helper

PROGRAM = ROOT / "wasm-backend-tvm/build_graph_lib.py"


def refused(path, text: str, code: int = INVALID, options: Options | None = None) -> None:
    target = path.with_name("out.wasm")
    before = sorted(path.parent.iterdir())
    with pytest.raises(BuildError) as error:
        build(path, target, options or Options())
    assert text in str(error.value)
    assert "\n" not in str(error.value)
    assert error.value.code == code
    assert sorted(path.parent.iterdir()) == before


def value(name: str, dims: list, dtype: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, dims)


def relu(dims: list, dtype: int = TensorProto.FLOAT) -> onnx.ModelProto:
    nodes = [helper.make_node("Relu", ["x"], ["y"], name="act")]
    made = helper.make_graph(nodes, "test", [value("x", dims, dtype)], [value("y", dims, dtype)])
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


@pytest.mark.parametrize("content", [b"", b"not ONNX", b"\0asm\1\0\0\0", bytes(range(256)) * 20])
def test_what_is_not_onnx(tmp_path, content):
    path = tmp_path / "net.onnx"
    path.write_bytes(content)
    refused(path, f"{path}: not an ONNX file, expected a model that ONNX can read")


def test_a_truncated_model(tmp_path):
    weights = {"w": random(64, 64)}
    path = save(graph([helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": [1, 64]}, ["y"], weights), tmp_path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 997):
        path.write_bytes(whole[:size])
        refused(path, f"{path}: not ")


def test_a_name_that_is_no_text(tmp_path):
    path = save(relu([3]), tmp_path)
    path.write_bytes(path.read_bytes().replace(b"act", b"a\xfft"))
    refused(path, f"{path}: the name b'a\\xfft' is not UTF-8, expected text")


def test_an_unknown_operator(tmp_path):
    model = relu([1, 3])
    model.graph.node[0].op_type = "Frobnicate"
    path = save(model, tmp_path)
    refused(path, f"{path}: node 'act' (Frobnicate): unknown operator, expected one of those that TVM imports")


def test_an_operator_of_another_domain(tmp_path):
    model = relu([1, 3])
    model.graph.node[0].domain = "com.microsoft"
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    refused(save(model, tmp_path), "node 'act' (Relu): operator of 'com.microsoft', expected one of ONNX's own")


def test_control_flow(tmp_path):
    branch = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "branch", [], [value("y", [3])])
    node = helper.make_node("If", ["c"], ["z"], name="choose", then_branch=branch, else_branch=branch)
    inputs = [value("x", [3]), value("c", [], TensorProto.BOOL)]
    made = helper.make_graph([node], "test", inputs, [value("z", [3])])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    refused(save(model, tmp_path), "node 'choose' (If): unknown operator")


def test_a_dynamic_shape_is_named_and_can_be_fixed(tmp_path):
    path = save(relu(["batch", 3]), tmp_path)
    text = "input 'x': dimension 0 is 'batch' (dynamic), expected a number: --shape x=1x3"
    refused(path, f"{path}: {text}")
    check(relu([2, 3]), tmp_path)
    made = build(path, tmp_path / "out.wasm", Options(shapes=parse_shapes(["x=2x3"])))
    assert made.plan.values[made.plan.outputs[0]].dims == [2, 3]


def test_a_shape_that_does_not_fit(tmp_path):
    path = save(relu(["batch", 3]), tmp_path)
    refused(path, "input 'x' is ?x3, which --shape cannot change", USAGE, Options(shapes={"x": [2, 4]}))
    refused(path, "input 'x' is ?x3, which --shape cannot change", USAGE, Options(shapes={"x": [2, 3, 4]}))
    refused(path, "--shape names input 'z', expected one of: x", USAGE, Options(shapes={"x": [2, 3], "z": [1]}))
    for text in ("x", "x=", "=3", "x=1x", "x=0x3", "x=-1", "x=1,3"):
        with pytest.raises(BuildError, match=r"expected NAME=1x3x224x224"):
            parse_shapes([text])


def test_an_input_without_shape(tmp_path):
    model = relu([1, 3])
    model.graph.input[0].type.tensor_type.ClearField("shape")
    refused(save(model, tmp_path), "input 'x' has no shape, expected --shape x=1x3x224x224")


def test_more_bytes_than_a_module_holds(tmp_path):
    sizes = {"s": np.array([2_000_000_000], np.int64)}
    spread = helper.make_node("Expand", ["x", "s"], ["y"])
    nodes = [spread, helper.make_node("ReduceMax", ["y"], ["z"], keepdims=0)]
    refused(save(graph(nodes, {"x": [1]}, ["z"], sizes), tmp_path), "value 'y' has 8000000000 bytes", LIMIT)
    sizes["s"][0] //= 4
    nodes = [spread, helper.make_node("Relu", ["y"], ["z"]), helper.make_node("Neg", ["y"], ["n"])]
    path = save(graph(nodes, {"x": [1]}, ["y", "z", "n"], sizes), tmp_path)
    refused(path, "its tensors need 6000000064 bytes, expected at most 2147483520", LIMIT)


@pytest.mark.parametrize(
    ("dtype", "name"), [(TensorProto.BFLOAT16, "bfloat16"), (TensorProto.STRING, "string"), (127, "number 127")]
)
def test_a_data_type_that_modules_do_not_hold(tmp_path, dtype, name):
    refused(save(relu([3], dtype), tmp_path), f"input 'x' has data type {name}, expected float32, int32")


def test_a_shape_that_hangs_on_the_data(tmp_path):
    made = helper.make_graph(
        [helper.make_node("NonZero", ["x"], ["y"], name="find")],
        "test",
        [value("x", [4])],
        [value("y", [1, None], TensorProto.INT64)],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    refused(save(model, tmp_path), "node 'find' (NonZero)")


def test_a_graph_that_onnx_itself_refuses(tmp_path):
    model = relu([3])
    model.graph.node[0].input[0] = "nobody"
    refused(save(model, tmp_path), "not a valid ONNX model: ")


def test_weights_in_a_file_that_is_missing(tmp_path):
    model = graph([helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": [1, 64]}, ["y"], {"w": random(64, 64)})
    path = tmp_path / "net.onnx"
    onnx.save(model, str(path), save_as_external_data=True, location="net.data", size_threshold=0)
    assert (tmp_path / "net.data").exists()
    (tmp_path / "net.data").unlink()
    refused(path, "net.data")


def test_weights_in_a_file_beside_the_model(tmp_path):
    model = graph([helper.make_node("MatMul", ["x", "w"], ["y"])], {"x": [1, 64]}, ["y"], {"w": random(64, 64)})
    path = tmp_path / "net.onnx"
    whole = build(save(model, tmp_path, "whole"), tmp_path / "a.wasm", Options())
    onnx.save(model, str(path), save_as_external_data=True, location="net.data", size_threshold=0)
    assert build(path, tmp_path / "b.wasm", Options()).plan.parameters == whole.plan.parameters


def program(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, str(PROGRAM), *map(str, arguments)], capture_output=True, text=True)


def test_the_programs_own_words(tmp_path):
    done = program(tmp_path / "missing.onnx")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == f"build_graph_lib.py: {tmp_path / 'missing.onnx'}: No such file or directory\n"
    assert program("-O", "4", "net.onnx").returncode == 2
    assert program("-o", "net.so", "net.onnx").returncode == 2
    path = save(relu(["batch", 3]), tmp_path)
    done = program(path, "-o", tmp_path / "out.wasm")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)
    done = program(path, "-o", tmp_path / "nowhere" / "out.wasm", "--shape", "x=1x3")
    assert done.returncode == 3
    assert "nowhere" in done.stderr
    done = program(path, "-o", tmp_path / "out.wasm", "--shape", "x=1x3", "-O", "3", "--records", tmp_path / "no.json")
    assert done.returncode == 3
    assert "no.json: no such file, expected a records file" in done.stderr


def test_what_tvm_says_is_one_line_with_the_node(tmp_path):
    """Onehot of a depth that only the data knows passes every check but TVM's."""
    nodes = [helper.make_node("OneHot", ["i", "depth", "values"], ["y"], name="classes")]
    inputs = [value("i", [3], TensorProto.INT64), value("depth", [], TensorProto.INT64), value("values", [2])]
    made = helper.make_graph(nodes, "test", inputs, [value("y", [3, None])])
    path = save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), tmp_path)
    done = program(path, "-o", tmp_path / "out.wasm")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"build_graph_lib.py: {path}: node 'classes' (OneHot): TVM cannot import it: ")
    assert done.stderr.count("\n") == 1


def resize(scales: list[float], **attributes) -> onnx.ModelProto:
    node = helper.make_node("Resize", ["x", "", "scales"], ["y"], name="small", mode="linear", **attributes)
    return graph([node], {"x": [1, 2, 4, 7]}, ["y"], {"scales": np.float32(scales)})


def test_what_tvm_would_answer_wrongly(tmp_path):
    """Its importer takes each of these without a word."""
    path = save(resize([1, 1, 0.5, 0.5]), tmp_path)
    refused(path, f"{path}: node 'small' (Resize): scale 0.5 of dimension 3 makes 3.5 of 7, expected a whole number")
    refused(save(resize([1, 1, 0.5, 1], antialias=1), tmp_path), "node 'small' (Resize): antialias is 1, expected 0")
    window = {"kernel_shape": [1, 3], "dilations": [2, 2], "auto_pad": "SAME_LOWER"}
    model = graph([helper.make_node("MaxPool", ["x"], ["y"], name="wide", **window)], {"x": [1, 1, 2, 8]}, ["y"])
    refused(save(model, tmp_path), "node 'wide' (MaxPool): auto_pad is SAME_LOWER with dilations, expected pads")
    normal = helper.make_node("LayerNormalization", ["x", "scale"], ["y", "mean"], name="norm")
    model = graph([normal], {"x": [2, 3]}, ["y", "mean"], {"scale": random(3)})
    wanted = "node 'norm' (LayerNormalization): TVM makes float32[] of it, expected float32[2, 1] for 'mean'"
    refused(save(model, tmp_path), wanted)
    shaped = helper.make_node("ConvTranspose", ["x", "w"], ["y"], name="up", strides=[3, 2], output_shape=[10, 8])
    model = graph([shaped], {"x": [1, 1, 3, 3]}, ["y"], {"w": random(1, 2, 3, 3)})
    for op, dtype, what in (
        ("Mod", TensorProto.FLOAT, "fmod is 0"),
        ("BitShift", TensorProto.INT32, "data type int32"),
    ):
        node = helper.make_node(
            op, ["x", "x"], ["y"], name="two", **({"direction": "LEFT"} if op == "BitShift" else {})
        )
        made = helper.make_graph([node], "test", [value("x", [3], dtype)], [value("y", [3], dtype)])
        path = save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 28)], ir_version=8), tmp_path)
        refused(path, f"node 'two' ({op}): {what}")
    refused(save(model, tmp_path), "node 'up' (ConvTranspose): TVM makes float32[1, 2, 9, 7] of it, expected float32")


def test_half_to_double(tmp_path):
    cast = helper.make_node("Cast", ["x"], ["y"], name="wide", to=TensorProto.DOUBLE)
    inputs, outputs = [value("x", [4], TensorProto.FLOAT16)], [value("y", [4], TensorProto.DOUBLE)]
    made = helper.make_graph([cast], "test", inputs, outputs)
    path = save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), tmp_path)
    refused(path, "node 'wide' (Cast): TVM cannot import it: LLVM makes no valid WebAssembly of float16 to float64")


def test_half_to_double_in_one_kernel(tmp_path):
    casts = [
        helper.make_node("Cast", ["x"], ["y"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["y"], ["z"], to=TensorProto.DOUBLE),
    ]
    dtypes = {"x": TensorProto.FLOAT16}
    path = save(graph(casts, {"x": [4]}, {"z": TensorProto.DOUBLE}, dtypes=dtypes), tmp_path)
    refused(path, "the compiler made an invalid module: type mismatch", OURS)


def test_a_second_answer_that_nobody_reads(tmp_path):
    normal = helper.make_node("LayerNormalization", ["x", "scale"], ["y", "mean"])
    check(graph([normal], {"x": [2, 5]}, ["y"], {"scale": random(5)}), tmp_path)


def test_half_precision(tmp_path):
    """float16 goes through, rounded where onnxruntime rounds."""
    model = relu([2, 3], TensorProto.FLOAT16)
    build(save(model, tmp_path), tmp_path / "out.wasm", Options())
    x = np.float16([[1, -2, 3], [-4, 5, -6]])
    assert np.array_equal(msw.load(tmp_path / "out.wasm")(x)[0], np.maximum(x, 0))
