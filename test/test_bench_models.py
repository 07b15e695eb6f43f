"""The models of the benchmark: what each net's two builders make is one net, and a list of layers is the same again.

Small variants of the nets. Making one compares MindSpore and the sandbox with onnxruntime (bench_models/check.py).
"""

import json
import subprocess
import sys
from pathlib import Path

import mindspore as ms
import numpy as np
import onnx
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
from bench_models import TOOLS, check, flops, folder, making
from bench_models.registry import MODELS
from bench_models.spec import Matrix, Model, Photograph, Pictures, Tokens

SMALL_BERT = {"layers": 2, "width": 24, "inner": 40, "heads": 3, "words": 30000}
SMALL = [
    Model("matmul", "matmul", {"13": Matrix(13)}, {"size": 13}),
    Model("mobilenet", "mobilenet_v2", {"64": Pictures(64)}, {"width": 0.25, "classes": 7, "size": 64}, layers=True),
    Model("resnet", "resnet", {"64": Pictures(64)}, {"blocks": (1, 2, 1, 1), "classes": 7, "size": 64}, layers=True),
    Model("shufflenet", "shufflenet_v2", {"64": Pictures(64)}, {"width": "0.5x", "classes": 7, "size": 64}),
    Model("lite0", "lite0", {"cat": Photograph()}),
    Model("vit", "vit", {"32": Pictures(32)}, {"width": 24, "heads": 3, "blocks": 2, "classes": 7, "size": 32}),
    Model("unet", "unet", {"16": Pictures(16)}, {"channels": (4, 6, 10), "size": 16}),
    Model("bert", "bert", {"16": Tokens(16)}, SMALL_BERT),
    Model("berts", "bert", {"12": Tokens(12), "24": Tokens(24)}, SMALL_BERT),
]


@pytest.fixture(autouse=True)
def _mode():
    mode = ms.get_context("mode")
    yield
    ms.set_context(mode=mode)


def small(name: str) -> Model:
    return next(model for model in SMALL if model.name == name)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a small model, made once."""
    out = tmp_path_factory.mktemp("bench")

    def of(name: str) -> Path:
        if not folder.is_current(small(name), out / name):
            making.make(small(name), out)
        return out / name

    return of


def cases(where: Path) -> dict[str, dict]:
    return {case["name"]: case for case in json.loads((where / "meta.json").read_text())["cases"]}


@pytest.mark.parametrize("name", [model.name for model in SMALL])
def test_the_runtimes_agree_on_what_both_builders_make(made, name):
    facts = json.loads((made(name) / "meta.json").read_text())
    assert sorted(file.name for file in made(name).iterdir()) == sorted([*facts["files"], "meta.json"])
    for case in cases(made(name)).values():
        assert set(case["errors"]) == {"MindSpore", "ms-backend-wasm"}
        assert max(case["errors"].values()) <= 1e-4
        for output in case["outputs"]:
            answer = np.load(made(name) / output["file"])
            assert answer.std() > 0.02 * np.abs(answer).max()  # it says something


@pytest.mark.parametrize("net", sorted({model.net for model in MODELS}))
def test_every_net_has_a_small_variant(net):
    assert net in {model.net for model in SMALL}


def test_every_model_has_a_name_of_its_own():
    names = [model.name for model in MODELS]
    assert len(set(names)) == len(names)


def test_a_model_on_which_runtimes_differ_is_not_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "LARGEST_ERROR", 0)
    with pytest.raises(SystemExit, match=r"bert at 16: .* from onnxruntime's, expected at most 0e\+00"):
        making.make(small("bert"), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_model_is_made_again_when_its_line_or_a_file_is_another(made):
    where, current = made("matmul"), small("matmul")
    assert folder.is_current(current, where)
    assert not folder.is_current(Model("matmul", "matmul", {"13": Matrix(13)}, {"size": 14}), where)
    (where / "model.onnx").unlink()
    assert not folder.is_current(current, where)


def test_the_command_lists_the_models_and_refuses_another_name(tmp_path):
    def run(*arguments):
        command = [sys.executable, TOOLS / "make_models.py", "--out", tmp_path, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert [line.split("\t")[0] for line in run("--list").stdout.splitlines()] == [model.name for model in MODELS]
    done = run("--list", "alexnet")
    assert done.returncode == 1
    assert done.stderr.startswith("alexnet: no such model, expected one of matmul_512, ")


def windows(x: np.ndarray, size: list[int], layer: dict, fill: float) -> np.ndarray:
    """[n, h, w, c] -> [n, h', w', c, kernel height, kernel width]."""
    top, left, bottom, right = layer["pads"]
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=fill)
    down, across = layer["strides"]
    return np.lib.stride_tricks.sliding_window_view(x, size, (1, 2))[:, ::down, ::across]


def computed(layer: dict, inputs: list[np.ndarray], tensor) -> np.ndarray:
    """A layer of graph.json by its definition."""
    x = inputs[0]
    if layer["op"] == "conv":
        weight = tensor(layer["filter"])
        return np.einsum("nhwcij,ijco->nhwo", windows(x, weight.shape[:2], layer, 0), weight) + tensor(layer["bias"])
    if layer["op"] == "depthwise":
        weight = tensor(layer["filter"])[..., 0]
        return np.einsum("nhwcij,ijc->nhwc", windows(x, weight.shape[:2], layer, 0), weight) + tensor(layer["bias"])
    if layer["op"] == "dense":
        return x @ tensor(layer["weights"]) + tensor(layer["bias"])
    if layer["op"] == "maxpool":
        return windows(x, layer["size"], layer, -np.inf).max((4, 5))
    return {"mean": lambda: x.mean((1, 2)), "add": lambda: x + inputs[1]}[layer["op"]]()


@pytest.mark.parametrize("name", [model.name for model in SMALL if model.layers])
def test_the_layers_one_by_one_give_the_models_answer(made, name):
    said = json.loads((made(name) / "graph.json").read_text())
    weights = np.fromfile(made(name) / "weights.bin", "<f4")

    def tensor(place):
        return weights[place["offset"] :][: np.prod(place["shape"])].reshape(place["shape"])

    values = {said["inputs"][0]: np.load(made(name) / "64_x.npy").transpose(0, 2, 3, 1)}
    limits = {None: (-np.inf, np.inf), "relu": (0, np.inf), "relu6": (0, 6)}
    for layer in said["layers"]:
        z = computed(layer, [values[name] for name in layer["inputs"]], tensor)
        values[layer["output"]] = np.clip(z, *limits[layer.get("activation")])
    want = np.load(made(name) / "64_logits.npy")
    np.testing.assert_allclose(values[said["output"]], want, rtol=0, atol=1e-4 * np.abs(want).max())


def counted(text: str) -> float:
    model = onnx.helper.make_model(onnx.parser.parse_graph(text))
    return flops.gflop(onnx.shape_inference.infer_shapes(model, strict_mode=True))


def test_arithmetic_is_counted_by_definition():
    """Two for each multiplication, written out from the shapes."""
    matmul = "g (float[5, 7] x, float[7, 11] w) => (float[5, 11] y) { y = MatMul(x, w) }"
    assert counted(matmul) == pytest.approx(2 * 5 * 11 * 7 / 1e9)
    conv = "y = Conv<group=2, strides=[2, 2], pads=[1, 1, 1, 1]>(x, w)"
    conv = f"g (float[1, 4, 10, 10] x, float[6, 2, 3, 3] w) => (float[1, 6, 5, 5] y) {{ {conv} }}"
    assert counted(conv) == pytest.approx(2 * (6 * 5 * 5) * (2 * 3 * 3) / 1e9)
    up = "y = ConvTranspose<strides=[2, 2]>(x, w)"
    up = f"g (float[1, 4, 5, 5] x, float[4, 3, 2, 2] w) => (float[1, 3, 10, 10] y) {{ {up} }}"
    assert counted(up) == pytest.approx(2 * (4 * 5 * 5) * (3 * 2 * 2) / 1e9)


def test_an_open_size_is_not_counted_as_none():
    with pytest.raises(ValueError, match="x has an open size"):
        counted("g (float[n, 7] x, float[7, 11] w) => (float[n, 11] y) { y = MatMul(x, w) }")


def test_each_case_of_several_has_files_and_arithmetic_of_its_own(made):
    several = cases(made("berts"))
    assert [(case["mindir"], case["onnx"]) for case in several.values()] == [
        ("12.mindir", "12.onnx"),
        ("24.mindir", "24.onnx"),
    ]
    width, inner = SMALL_BERT["width"], SMALL_BERT["inner"]
    for tokens in (12, 24):
        assert several[str(tokens)]["sizes"] == {"tokens": tokens}
        layer = tokens * (4 * width * width + 2 * width * inner) + 2 * tokens * tokens * width
        assert several[str(tokens)]["gflop"] == pytest.approx(2 * SMALL_BERT["layers"] * layer / 1e9)
