"""Components of compiled models: typed functions made from the model's inputs and outputs, called from Python."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
import wasmtime
from wasmtime import component as wasm_component

ROOT = Path(__file__).parents[3]
FRONTEND = ROOT / "build/bin/wasm-frontend"
WASM_TOOLS = ROOT / ".venv/bin/wasm-tools"
MODELS = ROOT / "test/models"


def frontend(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FRONTEND, *map(str, args)], capture_output=True, text=True, timeout=120, check=False)


def compiled(out: Path, model: Path, *args: object) -> Path:
    done = frontend("compile", model, "-o", out, "--component", *args)
    assert done.returncode == 0, done.stderr
    return out


class Model:
    """An instance of a component, and its functions."""

    def __init__(self, path: Path, interface: str) -> None:
        engine = wasmtime.Engine()
        self.store = wasmtime.Store(engine)
        whole = wasm_component.Component.from_file(engine, str(path))
        self.instance = wasm_component.Linker(engine).instantiate(self.store, whole)
        self.interface = self.instance.get_export_index(self.store, interface)

    def call(self, name: str, *args: object) -> object:
        index = self.instance.get_export_index(self.store, name, self.interface)
        function = self.instance.get_func(self.store, index)
        result = function(self.store, *args)
        function.post_return(self.store)
        return result

    def run(self, given: wasm_component.Record, tag: str) -> object:
        """Outputs where the tag is "ok", an error where it is "err"."""
        result = self.call("run", given)
        assert result.tag == tag, result.payload
        return result.payload


def tensor(array: np.ndarray) -> wasm_component.Record:
    record = wasm_component.Record()
    record.shape = array.shape
    record.data = array.ravel().tolist()
    return record


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("typed") / "digits.wasm"
    return compiled(
        out, MODELS / "digits.mindir", "--name", "acme:digits@0.1.0", "--labels", MODELS / "digits_labels.txt"
    )


@pytest.fixture(scope="module")
def scans() -> np.ndarray:
    return np.load(MODELS / "digits_heldout.npy").astype(np.float32)[:3]


def test_answers_have_the_bits_of_the_command_line(digits: Path, scans: np.ndarray, tmp_path: Path) -> None:
    model = Model(digits, "acme:digits/model@0.1.0")
    for i in range(len(scans)):
        scan = scans[i : i + 1]
        np.save(tmp_path / "x.npy", scan)
        done = frontend("run", MODELS / "digits.mindir", "-I", f"x={tmp_path}/x.npy", "--output", tmp_path / str(i))
        assert done.returncode == 0, done.stderr
        outputs = model.run(tensor(scan), "ok")
        files = sorted((tmp_path / str(i)).glob("*.npy"))
        assert len(files) == 2
        for file in files:
            expected = np.load(file)
            name = ["default-softmax-op0", "default-add-op0"][int(file.name.split("_")[0])]
            given = getattr(outputs, name)
            assert tuple(given.shape) == expected.shape
            assert np.array_equal(np.array(given.data, np.float32), expected.ravel())


def test_labels_are_those_of_the_file(digits: Path) -> None:
    expected = (MODELS / "digits_labels.txt").read_text().splitlines()
    assert Model(digits, "acme:digits/model@0.1.0").call("labels") == expected


def test_wrong_shape_and_size_are_explained_and_the_next_call_works(digits: Path, scans: np.ndarray) -> None:
    model = Model(digits, "acme:digits/model@0.1.0")
    good = tensor(scans[:1])
    shape = ",".join(map(str, scans[:1].shape))
    short = tensor(scans[:1])
    short.data = short.data[:-1]
    for bad, text in [
        (tensor(scans[:2]), f"expected [{shape}]"),
        (short, f"needs {scans[0].size} values, got {scans[0].size - 1}"),
    ]:
        error = model.run(bad, "err")
        assert error.code == "invalid"
        assert error.node is None
        assert text in error.text
    outputs = model.run(good, "ok")
    assert len(getattr(outputs, "default-add-op0").data) == 10


def test_standard_tools_take_it_and_print_its_wit(digits: Path) -> None:
    subprocess.run([WASM_TOOLS, "validate", digits], check=True)
    wit = subprocess.run([WASM_TOOLS, "component", "wit", digits], check=True, capture_output=True, text=True).stdout
    assert "package acme:digits@0.1.0" in wit
    assert "run: func(x: f32-tensor4) -> result<outputs, error>;" in wit
    assert "import" not in wit


def test_one_model_gives_one_file(digits: Path, tmp_path: Path) -> None:
    again = compiled(
        tmp_path / "again.wasm",
        MODELS / "digits.mindir",
        "--name",
        "acme:digits@0.1.0",
        "--labels",
        MODELS / "digits_labels.txt",
    )
    assert again.read_bytes() == digits.read_bytes()


def test_without_a_name_the_files_is_taken(tmp_path: Path) -> None:
    out = compiled(tmp_path / "digits.wasm", MODELS / "digits.mindir")
    wit = subprocess.run([WASM_TOOLS, "component", "wit", out], check=True, capture_output=True, text=True).stdout
    assert "export local:digits/model;" in wit
    assert "labels" not in wit


def test_an_illegal_name_is_explained_with_the_nearest_legal_one(tmp_path: Path) -> None:
    out = tmp_path / "digits.wasm"
    done = frontend("compile", MODELS / "digits.mindir", "-o", out, "--component", "--name", "Acme:My_Digits")
    assert done.returncode == 2
    assert "'Acme' is no name of a namespace" in done.stderr
    assert "'acme:my-digits'" in done.stderr
    done = frontend("compile", MODELS / "digits.mindir", "-o", out, "--name", "acme:digits")
    assert done.returncode == 2
    assert "--component" in done.stderr
    assert not out.exists()
