"""What only our provider of wasi:nn has: names, weights in further buffers, inputs by index, texts; and its README."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from wasmtime import Engine, Store
from wasmtime.component import Component, Linker

ROOT = Path(__file__).parents[3]
MODELS = ROOT / "test" / "models"
NN = ROOT / "bindings" / "component" / "nn"
VERSION = "@0.2.0-rc-2024-10-28"


class Provider:
    def __init__(self) -> None:
        engine = Engine()
        self.store = Store(engine)
        path = ROOT / "build" / "wasm" / "ms_backend_wasm.wasi-nn.component.wasm"
        self.component = Component.from_file(engine, str(path))
        self.instance = Linker(engine).instantiate(self.store, self.component)

    def __call__(self, interface: str, name: str, *arguments):
        whole = "ms:wasi-nn/names@0.1.0" if interface == "names" else f"wasi:nn/{interface}{VERSION}"
        index = self.component.get_export_index(name, self.component.get_export_index(whole))
        function = self.instance.get_func(self.store, index)
        result = function(self.store, *arguments)
        function.post_return(self.store)
        return result

    def good(self, *call):
        result = self(*call)
        assert getattr(result, "tag", "ok") == "ok", self.text(result.payload)
        return getattr(result, "payload", result)

    def text(self, error) -> str:
        return f"{self('errors', '[method]error.code', error)}: {self('errors', '[method]error.data', error)}"

    def bad(self, *call) -> str:
        result = self(*call)
        return self.text(getattr(result, "payload", result))

    def compute(self, graph, name: str, x: np.ndarray) -> list[np.ndarray]:
        context = self.good("graph", "[method]graph.init-execution-context", graph)
        tensor = self("tensor", "[constructor]tensor", list(x.shape), "FP32", x.tobytes())
        outputs = self.good("inference", "[method]graph-execution-context.compute", context, [(name, tensor)])
        return [np.frombuffer(self("tensor", "[method]tensor.data", t), np.float32) for _, t in outputs]


@pytest.fixture
def nn() -> Provider:
    return Provider()


def digits() -> bytes:
    return (MODELS / "digits.mindir").read_bytes()


def split() -> list[bytes]:
    """The model, and its files in the order in which it names them; one that it does not name is no file of it."""
    model = (MODELS / "split_graph.mindir").read_bytes()
    names = dict.fromkeys(re.findall(rb"split_variables/data_[0-9]+", model))
    return [model, *((MODELS / name.decode()).read_bytes() for name in names)]


def test_a_graph_is_found_by_the_name_that_it_was_given(nn):
    graph = nn.good("graph", "load", [digits()], "autodetect", "cpu")
    nn.good("names", "register", "digits", graph)
    assert nn("names", "registered") == ["digits"]
    graph.drop(nn.store)
    again = nn.good("graph", "load-by-name", "digits")
    assert nn("names", "unregister", "digits") is True
    assert nn("names", "unregister", "digits") is False
    logits = nn.compute(again, "0", np.load(MODELS / "digits_heldout.npy")[:1])[1]
    np.testing.assert_allclose(logits, np.load(MODELS / "digits_logits.npy")[0], rtol=1e-5, atol=1e-5)
    assert nn.bad("graph", "load-by-name", "digits").startswith("not-found: no graph is named 'digits', none has a")


def test_a_missing_name_tells_one_that_is_there(nn):
    nn.good("names", "register", "digits", nn.good("graph", "load", [digits()], "autodetect", "cpu"))
    assert nn.bad("graph", "load-by-name", "digit").endswith("such as 'digits'")


def test_further_buffers_are_the_files_of_weights(nn):
    answer = json.loads((MODELS / "split_answer.json").read_text())
    graph = nn.good("graph", "load", split(), "autodetect", "cpu")
    (z,) = nn.compute(graph, "0", np.array(answer["x"], np.float32).reshape(2, 41))
    np.testing.assert_allclose(z, answer["z"], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("builder", "encoding", "target", "text"),
    [
        ([digits()], "onnx", "cpu", "invalid-encoding: encoding onnx, but the bytes are those of a MindIR file"),
        ([digits()], "ggml", "cpu", "invalid-encoding: encoding ggml, expected onnx, or autodetect"),
        ([digits()], "autodetect", "tpu", "unsupported-operation: execution target tpu, expected cpu"),
        ([], "autodetect", "cpu", "invalid-argument: no buffers"),
        ([digits(), b"x"], "autodetect", "cpu", "invalid-argument: 2 buffers, expected 1: a model that has its"),
        (split()[:2], "autodetect", "cpu", "invalid-argument: 2 buffers, expected 4: the model, then its files"),
        ([*split(), b"x"], "autodetect", "cpu", "invalid-argument: 5 buffers, expected 4"),
        ([*split()[:3], b"x"], "autodetect", "cpu", "invalid-argument: "),
        ([b"<html>"], "autodetect", "cpu", "invalid-encoding: not a MindIR or ONNX file"),
    ],
)
def test_what_does_not_load_says_why(nn, builder, encoding, target, text):
    assert nn.bad("graph", "load", builder, encoding, target).startswith(text)


README = (NN / "README.md").read_text()
COMMANDS = re.findall(r"^    ((?:cp|wasm-tools|wasmtime|python|DIR=\S+ jco) .*)$", README, re.M)


def test_each_command_of_the_readme_runs_and_the_cat_is_shown():
    shown = re.search(r"Each prints\n\n((?:    .*\n)+)", README).group(1).replace("    ", "")
    path = f"{Path(sys.executable).parent}:{NN.parent / 'node_modules' / '.bin'}:{os.environ['PATH']}"
    assert len(COMMANDS) == 5
    for command in COMMANDS:
        options = {"cwd": ROOT, "env": {**os.environ, "PATH": path}, "capture_output": True, "text": True}
        done = subprocess.run(["bash", "-c", command], **options, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ("" if command.startswith(("cp", "wasm-tools")) else shown)
