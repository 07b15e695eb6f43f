"""SqueezeNet from its ONNX file to an answer in all hosts, beside onnxruntime's."""

import hashlib
import json
import os
import struct
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import wasmtime
from graphs import RELATIVE, ROOT, msw, random
from models import model

PROGRAM = ROOT / "wasm-backend-tvm/build_graph_lib.py"
FRONTEND = ROOT / "build/bin/wasm-frontend"
INPUT, OUTPUT = "data_0", "softmaxout_1"


def build(*arguments: object, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


@pytest.fixture(scope="module")
def squeezenet(tmp_path_factory):
    """The module, with its parameters beside it."""
    target = tmp_path_factory.mktemp("squeezenet") / "squeezenet.tvm.wasm"
    done = build(model("squeezenet"), "-o", target)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return target


@pytest.fixture(scope="module")
def picture():
    return random(1, 3, 224, 224)


@pytest.fixture(scope="module")
def expected(picture):
    session = onnxruntime.InferenceSession(str(model("squeezenet")), providers=["CPUExecutionProvider"])
    return session.run(None, {INPUT: picture})[0]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    target = tmp_path_factory.mktemp("embedded") / "squeezenet.tvm.wasm"
    assert build(model("squeezenet"), "--embed", "-o", target).returncode == 0
    assert not target.with_suffix(".params").exists()
    return target


def like(answer: np.ndarray, expected: np.ndarray) -> None:
    error = np.abs(answer - expected).max()
    assert answer.shape == expected.shape
    assert error <= RELATIVE * np.abs(expected).max()
    second, first = np.sort(expected.ravel())[-2:]
    assert first - second > 100 * error, "the margin decides nothing"
    assert answer.argmax() == expected.argmax()


def test_it_answers_as_onnxruntime(squeezenet, picture, expected):
    with msw.load(squeezenet) as net:
        like(net(picture)[0], expected)
        like(net(picture)[0], expected)  # from a block that the first run has written to


def test_it_imports_nothing_and_is_of_kind_3(squeezenet):
    engine = wasmtime.Engine()
    module = wasmtime.Module.from_file(engine, str(squeezenet))
    assert module.imports == []
    store = wasmtime.Store(engine)
    exports = wasmtime.Instance(store, module, []).exports(store)
    assert exports["msw_module_kind"](store) == 3
    assert exports["msw_operator_at"](store, 0) == 0


def test_embedded_parameters_give_the_same_bits(squeezenet, embedded, picture):
    assert np.array_equal(msw.load(squeezenet)(picture)[0], msw.load(embedded)(picture)[0])


def test_the_same_model_gives_the_same_bytes(squeezenet, tmp_path):
    target = tmp_path / "again" / squeezenet.name
    target.parent.mkdir()
    assert build(model("squeezenet"), "-o", target, PYTHONHASHSEED="7").returncode == 0
    for mine, theirs in ((target, squeezenet), (target.with_suffix(".params"), squeezenet.with_suffix(".params"))):
        assert hashlib.sha256(mine.read_bytes()).digest() == hashlib.sha256(theirs.read_bytes()).digest()


def frontend(*arguments: object) -> subprocess.CompletedProcess:
    return subprocess.run([str(FRONTEND), *map(str, arguments)], capture_output=True, text=True)


def test_command_line(squeezenet, picture, expected, tmp_path):
    np.save(tmp_path / "x.npy", picture)
    done = frontend("run", squeezenet, "--input", f"{INPUT}={tmp_path / 'x.npy'}", "--output", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    (written,) = (tmp_path / "out").iterdir()
    like(np.load(written), expected)


def test_what_info_says(squeezenet):
    text = frontend("info", squeezenet).stdout
    for line in ("ONNX via TVM", f"{INPUT}  float32 [1, 3, 224, 224]", f"{OUTPUT}  float32 [1, 1000, 1, 1]"):
        assert line in text
    assert "conv2d + bias + relu 26" in text
    assert "in squeezenet.tvm.params" in text


def test_operations_are_those_of_the_graph(squeezenet, picture):
    """Two for each multiply-add of the convolutions, counted here from the file, make nearly all of them."""
    net = onnx.shape_inference.infer_shapes(onnx.load(str(model("squeezenet"))))
    sizes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in net.graph.value_info}
    kernels = {tensor.name: list(tensor.dims) for tensor in net.graph.initializer}
    convolutions = [node for node in net.graph.node if node.op_type == "Conv"]
    least = sum(2 * np.prod(sizes[n.output[0]]) * np.prod(kernels[n.input[1]][1:]) for n in convolutions)
    times = msw.load(squeezenet).run(picture, profile=True).profile.nodes
    total = sum(time.operations for time in times)
    assert least < total < 1.05 * least


def test_node(squeezenet, picture, expected, tmp_path):
    """The JavaScript binding finds the parameters beside the module's URL."""
    built = ROOT / "bindings/js/dist/index.js"
    if not built.exists():
        pytest.skip("bindings/js is not built: make packages")
    (tmp_path / "x.bin").write_bytes(picture.tobytes())
    program = f"""
        import {{ readFileSync, writeFileSync }} from 'node:fs';
        import {{ pathToFileURL }} from 'node:url';
        import {{ Model }} from {json.dumps(built.as_uri())};
        const model = await Model.load(null, {{ module: pathToFileURL({json.dumps(str(squeezenet))}) }});
        const bytes = readFileSync({json.dumps(str(tmp_path / "x.bin"))});
        const x = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
        const {{ {OUTPUT}: z }} = await model.run({{ {INPUT}: x }});
        const answer = new Uint8Array(z.data.buffer, z.data.byteOffset, z.data.byteLength);
        writeFileSync({json.dumps(str(tmp_path / "z.bin"))}, answer);
        model.dispose();
    """
    (tmp_path / "run.mjs").write_text(program)
    done = subprocess.run(["node", str(tmp_path / "run.mjs")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    like(np.fromfile(tmp_path / "z.bin", np.float32).reshape(expected.shape), expected)


@pytest.fixture
def spoilt(squeezenet, tmp_path):
    """A copy of the module and of its parameters; write(data) puts other parameters beside it."""
    target = tmp_path / squeezenet.name
    target.write_bytes(squeezenet.read_bytes())
    whole = squeezenet.with_suffix(".params").read_bytes()

    def write(change) -> subprocess.CompletedProcess:
        target.with_suffix(".params").write_bytes(change(whole))
        return frontend("info", target)

    return write


def test_truncated_parameters(spoilt):
    for size in (10, 64, 100000):
        done = spoilt(lambda whole, size=size: whole[:size])
        assert done.returncode == 3
        assert f"squeezenet.tvm.params: truncated: it has {size} bytes, expected 4942" in done.stderr


def test_parameters_of_another_graph(spoilt):
    done = spoilt(lambda whole: whole[:16] + bytes(32) + whole[48:])
    assert done.returncode == 3
    assert f"squeezenet.tvm.params: parameters of another graph (sha256 {'0' * 64}), expected " in done.stderr


def test_what_is_no_file_of_parameters(spoilt):
    done = spoilt(lambda whole: b"PK\3\4" + whole[4:])
    assert done.returncode == 3
    assert "squeezenet.tvm.params: not a file of parameters, expected one that begins with 'MSWTVMP'" in done.stderr
    done = spoilt(lambda whole: whole[:8] + struct.pack("<I", 9) + whole[12:])
    assert "squeezenet.tvm.params: parameters of version 9, expected 1" in done.stderr


def test_missing_parameters(squeezenet, tmp_path):
    target = tmp_path / squeezenet.name
    target.write_bytes(squeezenet.read_bytes())
    done = frontend("info", target)
    assert done.returncode == 3
    assert "squeezenet.tvm.params" in done.stderr


def test_an_input_of_another_shape(squeezenet):
    with pytest.raises(msw.InvalidError, match=r"input 'data_0'.*\[1, ?3, ?224, ?224\]"):
        msw.load(squeezenet)(random(1, 3, 200, 200))
