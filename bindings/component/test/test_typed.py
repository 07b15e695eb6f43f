"""Components of compiled models: typed functions made from the model's inputs and outputs, called from Python."""

from __future__ import annotations

import json
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
NETS = ROOT / "test/corpus/mindir_fuzz"


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

    def run(self, given: wasm_component.Record | list[wasm_component.Record], tag: str) -> object:
        """Outputs where the tag is "ok", an error where it is "err"."""
        result = self.call("run", *(given if isinstance(given, list) else [given]))
        assert result.tag == tag, result.payload
        return result.payload


def tensor(array: np.ndarray) -> wasm_component.Record:
    record = wasm_component.Record()
    record.shape = array.shape
    record.data = (array.view(np.uint16) if array.dtype == np.float16 else array).ravel().tolist()
    return record


def about(net: str) -> dict:
    done = frontend("info", NETS / f"{net}.mindir", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def made_up(inputs: list[dict], open_sizes: int = 3, seed: int = 0) -> list[np.ndarray]:
    """Inputs of these types; integers are small, since some are indices."""
    rng = np.random.default_rng(seed)
    arrays = []
    for each in inputs:
        dtype, shape = np.dtype(each["dtype"]), [size if size >= 0 else open_sizes for size in each["shape"]]
        values = rng.normal(size=shape) if dtype.kind == "f" else rng.integers(0, 2, shape)
        arrays.append(values.astype(dtype))
    return arrays


def by_command_line(net: str, arrays: list[np.ndarray], folder: Path) -> list[np.ndarray]:
    folder.mkdir()
    args = []
    for i, (each, array) in enumerate(zip(about(net)["inputs"], arrays, strict=True)):
        np.save(folder / f"in{i}.npy", array)
        args += ["-I", f"{each['name']}={folder}/in{i}.npy"]
    done = frontend("run", NETS / f"{net}.mindir", *args, "--output", folder / "out")
    assert done.returncode == 0, done.stderr
    files = sorted((folder / "out").glob("*.npy"), key=lambda file: int(file.name.split("_")[0]))
    return [np.load(file) for file in files]


def assert_bits(outputs: wasm_component.Record, expected: list[np.ndarray]) -> None:
    given = list(vars(outputs).values())
    assert len(given) == len(expected) > 0
    for one, array in zip(given, expected, strict=True):
        assert tuple(getattr(one, "shape", ())) == array.shape  # a scalar is its data alone
        bits = np.uint16 if array.dtype == np.float16 else array.dtype
        data = list(one.data)  # of uint8 it is bytes
        assert np.array(data, bits).tobytes() == array.tobytes()


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


def net_compiled(folder: Path, net: str) -> Model:
    return Model(compiled(folder / f"{net}.wasm", NETS / f"{net}.mindir", "--name", "a:net"), "a:net/model")


@pytest.mark.parametrize(
    "net",
    [
        "net-einsum_attention",  # more words than registers hold
        "net-lstm_with_state",  # as many words as registers hold, less one
        "net-gathers",  # float32 and int32
        "net-integer_arithmetic",
        "of-whole-too",  # int8
        "net-arithmetic_float16",
        "net-logic",  # bool
        "of-truths",  # float32 and bool
        "of-casts",  # outputs of nine types
        "of-folds",  # scalars among the outputs, int64
        "net-while",
    ],
)
def test_inputs_and_outputs_of_any_count_and_type_have_the_bits_of_the_command_line(net: str, tmp_path: Path) -> None:
    model = net_compiled(tmp_path, net)
    for seed in range(2):
        arrays = made_up(about(net)["inputs"], seed=seed)
        expected = by_command_line(net, arrays, tmp_path / str(seed))
        assert_bits(model.run([tensor(array) for array in arrays], "ok"), expected)


@pytest.mark.parametrize(("net", "sizes"), [("net-open_range", (3, 5, 3)), ("net-open_pictures", (6, 9, 6))])
def test_open_shapes_may_change_from_call_to_call(net: str, sizes: tuple[int, ...], tmp_path: Path) -> None:
    model = net_compiled(tmp_path, net)
    for call, size in enumerate(sizes):
        arrays = made_up(about(net)["inputs"], open_sizes=size, seed=call)
        expected = by_command_line(net, arrays, tmp_path / str(call))
        assert_bits(model.run([tensor(array) for array in arrays], "ok"), expected)


def test_what_an_open_shape_leaves_fixed_is_checked(tmp_path: Path) -> None:
    model = net_compiled(tmp_path, "net-open_range")
    error = model.run(tensor(np.ones((3, 5), np.float32)), "err")
    assert error.code == "invalid"
    assert "[3,5]" in error.text
    assert_bits(
        model.run(tensor(np.ones((3, 4), np.float32)), "ok"),
        by_command_line("net-open_range", [np.ones((3, 4), np.float32)], tmp_path / "after"),
    )


def test_states_go_on_from_call_to_call_and_a_fresh_instance_has_the_models(tmp_path: Path) -> None:
    """The net (test/nets_of_states.py, Counter): its parameter n, [1, 2, 3], grows by x; it answers 2 n."""
    path = compiled(tmp_path / "counter.wasm", NETS / "states-counter.mindir", "--name", "a:net")
    x = np.array([0.5, -1, 4], np.float32)
    for _ in range(2):
        model = Model(path, "a:net/model")
        n = np.array([1, 2, 3], np.float32)
        for call in range(3):
            n += x
            assert_bits(model.run(tensor(x), "ok"), [n * 2])
            if call == 1:  # what is refused changes no state
                model.run(tensor(x[:2]), "err")


def test_states_of_two_types(tmp_path: Path) -> None:
    """One call, which the command line makes, too; of float16 and of a scalar int32."""
    for net in ["states-half", "states-whole", "states-cache"]:
        arrays = made_up(about(net)["inputs"])
        expected = by_command_line(net, arrays, tmp_path / net)
        assert_bits(net_compiled(tmp_path, net).run([tensor(array) for array in arrays], "ok"), expected)


def test_types_that_the_interface_has_not_are_refused_by_the_host(tmp_path: Path) -> None:
    """Data type, name and count are the interface's: such a call never gets in, and the next one is good."""
    model = net_compiled(tmp_path, "net-gathers")
    arrays = made_up(about("net-gathers")["inputs"])
    good = [tensor(array) for array in arrays]
    renamed = wasm_component.Record()
    renamed.sizes, renamed.data = good[1].shape, good[1].data
    for bad in [
        good[:2],
        [*good, good[0]],
        [good[0], tensor(np.array([0.5, 1, 1, 0], np.float32)), good[2]],
        [good[0], good[2], good[1]],  # ranks
        [good[0], renamed, good[2]],
    ]:
        with pytest.raises((TypeError, ValueError, AttributeError, wasmtime.WasmtimeError)):
            model.call("run", *bad)
    assert_bits(model.run(good, "ok"), by_command_line("net-gathers", arrays, tmp_path / "after"))


def test_of_several_inputs_the_wrong_one_is_named(tmp_path: Path) -> None:
    model = net_compiled(tmp_path, "net-gathers")
    good = [tensor(array) for array in made_up(about("net-gathers")["inputs"])]
    short = tensor(np.zeros(4, np.int32))
    short.data = short.data[:3]
    error = model.run([good[0], short, good[2]], "err")
    assert error.code == "invalid"
    assert error.text == "input 'rows': shape [4] needs 4 values, got 3"
