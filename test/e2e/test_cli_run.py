"""Models on the command line: the toy's, and the digits net against MindSpore's own answers."""

import json
import re
import zipfile

import numpy as np
import pytest
import toys
from cli import ROOT, tensor_json

MODELS = ROOT / "test" / "models"
DIGITS = MODELS / "digits.mindir"


@pytest.fixture
def toy_model(tmp_path):
    """The library toy's model file: multiplies [1, 2] by 2.5."""
    path = tmp_path / "toy.model"
    path.write_bytes(b"TOYMODEL" + np.float32(2.5).tobytes())
    return path


@pytest.fixture
def saved(tmp_path):
    def save(values, dtype=np.float32, name="x.npy"):
        path = tmp_path / name
        np.save(path, np.asarray(values, dtype))
        return path

    return save


def test_the_library_kind_loads_a_model_file(frontend, toy, toy_model, saved):
    answer = frontend("run", toy_model, "-c", toy(1), "--input", f"x={saved([[1, 2]])}")
    assert answer.succeeds().out == "0 scaled/z float32 [1, 2]: 2.5 5.0\n"


def test_the_model_kind_holds_its_model(frontend, toy, saved):
    answer = frontend("run", toy(3), "--input", saved([[1, 2]]))
    assert answer.succeeds().out == "0 scaled/z float32 [1, 2]: 3.0 6.0\n"


def test_the_operators_kind_has_no_models(frontend, toy, toy_model, saved):
    given = ["--input", saved([[1, 2]])]
    frontend("run", toy_model, "-c", toy(2), *given).fails(3, f"{toy_model}: this module holds operators only")
    frontend("run", toy(2), *given).fails(3, "a module without a model (kind 2)")
    frontend("run", toy(1), *given).fails(3, "a module without a model (kind 1)")
    frontend("run", toy_model, "-c", toy(3), *given).fails(3, "a module that holds its own model")
    frontend("run", toy(3), "-c", toy(1), *given).fails(2, "is a module itself, expected one of them")


def test_a_file_that_is_no_model(frontend, toy, saved):
    path = saved([1])
    frontend("run", path, "-c", toy(1), "--input", path).fails(3, f"{path}: byte 0: not a toy model")


def test_json_holds_names_shapes_values_and_times(frontend, toy, saved):
    answer = frontend("run", toy(3), "--input", saved([[1, 2]]), "--json", "--top", "1").succeeds().json
    assert set(answer.pop("ms")) == {"module", "load", "plan", "run"}
    assert answer.pop("memory_bytes") % 65536 == 0
    assert answer.pop("module").endswith(".wasm")
    output = {"name": "scaled/z", "dtype": "float32", "shape": [1, 2], "values": [3, 6]}
    assert answer == {"outputs": [output], "top": [{"index": 1, "value": 6}]}


def test_repeated_runs_are_timed_one_by_one(frontend, toy, saved):
    run = ["run", toy(3), "--input", saved([[1, 2]]), "--repeat"]
    shown = frontend(*run, "4").succeeds().out.splitlines()
    assert shown[0] == "0 scaled/z float32 [1, 2]: 3.0 6.0"
    assert re.fullmatch(r"run [\d.]+ ms: median of 4, from .* ms, plan [\d.]+ ms", shown[1])
    times = frontend(*run, "3", "--json").succeeds().json["ms"]
    assert len(times["runs"]) == 3
    assert times["run"] == sorted(times["runs"])[1]
    for wrong in ("0", "-1", "1.5", "1000001", ""):
        frontend(*run, wrong).fails(2, "--repeat: expected an integer from 1 to 1000000")
    frontend(*run, "3", "--each").fails(2, "both --repeat and --each given, expected one of them")


def test_outputs_become_files_that_numpy_reads(frontend, toy, saved, tmp_path):
    answer = frontend("run", toy(3), "--input", saved([[1, 2]]), "--output", tmp_path / "out")
    assert answer.succeeds().out == ""
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "0_scaled_z.npy"
    array = np.load(path)
    assert (array.dtype, array.tolist()) == (np.float32, [[3, 6]])


def test_each_sample_of_a_file(frontend, toy, saved, tmp_path):
    samples = np.arange(8).reshape(4, 2)
    for shape in ((4, 2), (4, 1, 2)):  # with and without the batch axis that the model has
        out = tmp_path / f"out{len(shape)}"
        given = ["--input", saved(samples.reshape(shape)), "--each"]
        frontend("run", toy(3), *given, "--output", out).succeeds()
        assert np.load(out / "0_scaled_z.npy").tolist() == (3 * samples.reshape(shape)).tolist()
    answer = frontend("run", toy(3), *given, "--top", "1").succeeds()
    assert answer.out == "".join(f"{i}: {float(3 * (2 * i + 1)):<12} 1\n" for i in range(4))
    assert frontend("run", toy(3), *given, "--top", "1", "--json").json["top"][3] == [{"index": 1, "value": 21}]


def test_each_needs_samples_that_fit(frontend, toy, saved):
    run = ["run", toy(3), "--each", "--input"]
    frontend(*run, saved(np.zeros((3, 5)))).fails(3, "has shape [3, 5], expected samples of float32 [1, 2]")
    frontend(*run, saved(np.zeros((0, 2)))).fails(3, "no samples, expected at least one")
    frontend(*run, saved(1.0)).fails(3, "has shape [], expected samples of")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "float32"])
def test_types_that_fit_are_widened(frontend, toy, saved, dtype):
    answer = frontend("run", toy(3), "--input", saved([[0, 1]], dtype), "--json")
    assert answer.succeeds().json["outputs"][0]["values"] == [0, 3]


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64", "uint64", "float64"])
def test_types_that_may_lose_something_are_refused(frontend, toy, saved, dtype):
    path = saved([[0, 1]], dtype)
    frontend("run", toy(3), "--input", path).fails(3, f"{path}: input 'x' is {dtype}, expected float32")


@pytest.mark.parametrize("pack", [np.savez, np.savez_compressed])
def test_npz_by_name_or_alone(frontend, toy, tmp_path, pack):
    path = tmp_path / "x.npz"
    pack(path, y=np.zeros(3), x=np.float32([[1, 2]]))
    for argument in (path, f"x={path}"):
        assert frontend("run", toy(3), "--input", argument, "--json").succeeds().json["outputs"][0]["values"] == [3, 6]
    pack(path, other=np.float32([[1, 2]]))
    assert frontend("run", toy(3), "--input", path, "--json").succeeds().json["outputs"][0]["values"] == [3, 6]
    pack(path, a=np.zeros(1), b=np.zeros(1))
    frontend("run", toy(3), "--input", path).fails(3, "no array 'x' in it, expected one of that name, or a single one")


def test_npz_that_is_damaged(frontend, toy, tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.float32([[1, 2]]))
    whole = path.read_bytes()
    middle = whole.index(b"NUMPY") if b"NUMPY" in whole else 60
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0x55]) + whole[middle + 1 :])
    frontend("run", toy(3), "--input", path).fails(3, f"{path}: x: damaged")
    path.write_bytes(whole[:40])
    frontend("run", toy(3), "--input", path).fails(3, f"{path}: not a .npz file")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(3_000_000))
    frontend("run", toy(3), "--input", path, "--memory-limit", "2").fails(4, "3000000 bytes unpacked, expected at most")
    frontend("run", toy(3), "--input", path).fails(3, "not a .npy file")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", bytes(30))
    frontend("run", toy(3), "--input", path).fails(3, "packed in an unknown way, expected stored or deflated")


def npy(header: str, data: bytes = b"", version=1) -> bytes:
    return b"\x93NUMPY" + bytes([version, 0]) + len(header).to_bytes(2, "little") + header.encode() + data


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not a .npy file of version 1 to 3"),
        (b"\x93NUMPY\x01\0", "not a .npy file"),
        (npy("{}", version=9), "not a .npy file of version 1 to 3"),
        (b"\x93NUMPY\x01\0\xff\xff{", ".npy header of 65535 bytes in a file of 11, truncated?"),
        (npy("{'descr': '<f4', 'fortran_order': False}"), "expected descr, fortran_order and shape"),
        (npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 2)}"), "in Fortran order, expected C order"),
        (
            npy("{'descr': '>f4', 'shape': (1, 2)}"),
            ".npy of type '>f4', expected bool, integers, float16, float32 or float64",
        ),
        (npy("{'descr': '|O', 'shape': (1, 2)}"), ".npy of type '|O', expected"),
        (npy("{'descr': '<c8', 'shape': (1, 2)}"), ".npy of type '<c8', expected"),
        (npy("{'descr': [('a', '<f4')], 'shape': ()}"), ".npy of type [('a', '<f4')], "),
        (npy("{'descr': '<f4', 'shape': (1, -2)}"), "expected a size from 0 to 2147483647"),
        (npy("{'descr': '<f4', 'shape': (1, 99999999999)}"), "expected a size from 0"),
        (npy(f"{{'descr': '<f4', 'shape': ({'1,' * 10})}}"), "expected at most 9 sizes"),
        (npy("{'descr': '<f4', 'shape': (2147483647, 2147483647, 2147483647)}"), "overflows"),
        (npy("{'descr': '<f4', 'shape': (1, 2)}", b"1234567"), "shape [1, 2] needs 8 bytes, got 7"),
        (npy("{'descr': '<f4', 'shape': (1, 2)}", b"123456789"), "shape [1, 2] needs 8 bytes, got 9"),
        (npy("{'x': 1}"), "expected descr, fortran_order or shape"),
        (npy("{'descr'"), "expected descr, fortran_order or shape"),
        (npy("import os"), "expected {"),
    ],
)
def test_bad_npy_files_are_refused(frontend, toy, tmp_path, content, expected):
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    frontend("run", toy(3), "--input", path).fails(3, f"{path}: ", expected)


def test_every_truncation_of_a_npy_file(frontend, toy, saved):
    path = saved([[1, 2]])
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        answer = frontend("run", toy(3), "--input", path)
        assert (answer.code, answer.out) == (3, ""), (size, answer)


def test_json_files_are_inputs_too(frontend, toy, tmp_path):
    path = tmp_path / "x.json"
    for content in (tensor_json([1, 2], [1, 2]), [tensor_json([1, 2], [1, 2])]):
        path.write_text(json.dumps(content))
        assert frontend("run", toy(3), "--input", path, "--json").succeeds().json["outputs"][0]["values"] == [3, 6]
    path.write_text(json.dumps([tensor_json([1, 2], [1, 2])] * 2))
    frontend("run", toy(3), "--input", path).fails(3, "2 tensors, expected 1 or the model's 1")


def test_inputs_are_named_exactly_once(frontend, toy, saved):
    x = saved([[1, 2]])
    wanted = "input 'x' not given, expected --input x=FILE with float32 [1, 2]"
    for flags in (["--top", "1"], ["--each"], ["--output", "out"], ["--image", "channels=1"]):
        frontend("run", toy(3), *flags).fails(2, wanted)
    frontend("run", toy(3), "--input", f"y={x}").fails(2, "the model has no input 'y'", "expected x")
    frontend("run", toy(3), "--input", x, "--input", f"x={x}").fails(2, "'x' given twice")
    wrong = saved([1, 2], name="wrong.npy")
    frontend("run", toy(3), "--input", wrong).fails(3, "wrong.npy: input 'x' has shape [2], expected float32 [1, 2]")


def test_a_model_without_inputs_given_is_only_tried(frontend, toy):
    """The toy answers three times its input: floats are spread over 0 to 1, and the same each time."""
    answer = frontend("run", toy(3), "--json")
    assert answer.code == 0
    first, second = answer.json["outputs"][0]["values"]
    assert 0 < first < 3
    assert 0 < second < 3
    assert first != second
    assert frontend("run", toy(3), "--json").json["outputs"] == answer.json["outputs"]
    wanted = "no --input given: a trial with made-up numbers, expected --input x=FILE with float32 [1, 2]"
    assert answer.err == f"wasm-frontend: {wanted}\n"


@pytest.mark.parametrize(
    ("content", "label"),
    [
        ("zero\none\n", "one"),
        ("zero\r\none", "one"),
        ("0,zero\n1,one\n", "one"),
        ('id,name\n1,"the ""one"", really"\n0,zero\n', 'the "one", really'),
        ("zero\neins, zwei\n", "eins, zwei"),
        ("\ufeffid,name\n0,zero\n1,one", "one"),
        ('1, "one" ,n02123045\n0,zero\n\n', "one"),
    ],
)
def test_labels_name_the_classes(frontend, toy, saved, tmp_path, content, label):
    (tmp_path / "labels").write_bytes(content.encode())
    given = ["--input", saved([[1, 2]]), "--top", "2", "--labels", tmp_path / "labels"]
    assert frontend("run", toy(3), *given, "--json").succeeds().json["top"][0] == {
        "index": 1,
        "label": label,
        "value": 6,
    }
    assert frontend("run", toy(3), *given).succeeds().out == f"6.0          1 {label}\n3.0          0 zero\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "labels: 0 labels, expected 1 to"),
        (b"a\0b", "labels: line 1: not UTF-8 text"),
        (b"a\n\0b\nc", "labels: line 2: not UTF-8 text"),
        (b"a\nb\n\xff\nc", "labels: line 3: not UTF-8 text"),
        (b"1,a\n9999999,b\n", "line 2: id 9999999"),
        (b'id,name\n0,"a"\n1,"b\n', 'line 3: a quote without its end, expected id,"name"'),
        (b'0,"a"\n1,"b"c\n', "line 2: 'c' behind the name's closing quote"),
        (b"0,a\n1,b\n0,c\n", "line 3: id 0 again, which line 1 has"),
        (b"0,a\n1,b\n3,c\n", "id 2 is in none of its 3 lines, expected all from 0 to 3"),
        (b"0,a\n1,b\nzwei,c\n", "line 3: 'zwei,c', expected id,\"name\""),
        (b"0,a\n1,b\n2,c\n", "3 labels in 3 lines, expected 2: one for each value of the model's first output"),
        (b"a\n", "1 labels in 1 lines, expected 2"),
    ],
)
def test_bad_labels(frontend, toy, saved, tmp_path, content, expected):
    (tmp_path / "labels").write_bytes(content)
    given = ["--input", saved([[1, 2]]), "--top", "2", "--labels", tmp_path / "labels"]
    frontend("run", toy(3), *given).fails(3, expected)


def test_labels_alone_name_the_class(frontend, toy, saved, tmp_path):
    (tmp_path / "labels.csv").write_text('id,name\n0,"tench, Tinca tinca"\n1,"a ""b"""\n')
    run = ["run", toy(3), "--labels", tmp_path / "labels.csv", "--input"]
    assert frontend(*run, saved([[1, 2]])).succeeds().out == 'input belongs to the class `a "b"`\n'
    answer = frontend(*run, saved([[2, 1]]), "--json").succeeds().json
    assert answer["top"] == [{"index": 0, "label": "tench, Tinca tinca", "value": 6}]
    assert "images" not in answer
    several = frontend(*run, saved([[2, 1], [1, 2]]), "--each").succeeds().out
    assert several == '0: input belongs to the class `tench, Tinca tinca`\n1: input belongs to the class `a "b"`\n'


def test_numbers_that_are_none_name_no_class(frontend, toy, saved, tmp_path):
    (tmp_path / "labels").write_text("zero\none")
    run = ["run", toy(3), "--labels", tmp_path / "labels", "--input"]
    assert frontend(*run, saved([[np.nan, 1]])).succeeds().out == "input belongs to the class `one`\n"
    none = frontend(*run, saved([[np.nan, np.nan]])).succeeds().out
    assert none == "input belongs to no class: all values of the model's first output are NaN\n"


def test_labels_are_read_before_anything_is_written(frontend, toy, saved, tmp_path):
    given = ["--input", saved([[1, 2]]), "--output", tmp_path / "out", "--top", "1", "--labels", tmp_path / "missing"]
    frontend("run", toy(3), *given).fails(3, "missing: No such file or directory")
    assert not (tmp_path / "out").exists()


def test_top_orders_nan_last_and_equals_by_index(frontend, hand_made, saved, tmp_path):
    values = np.float32([1, np.nan, 3, 3, -np.inf, np.inf])
    module = hand_made(tensor=toys.tensor(size=24, rank=1, dims=[6]))
    answer = frontend("run", saved(values), "-c", module, "--input", tmp_path / "x.npy", "--top", "6")
    assert [line.split()[1] for line in answer.succeeds().out.splitlines()] == ["5", "2", "3", "0", "4", "1"]
    frontend("run", toys.TOY, "-c", module, "--input", tmp_path / "x.npy", "--top", "0").fails(
        2, "--top: expected an integer"
    )


def test_info_tells_what_a_model_is(frontend, toy):
    answer = frontend("info", toy(3), "--json").succeeds().json
    pair = {"dtype": "float32", "shape": [1, 2]}
    assert answer == {
        "format": "toy",
        "producer": "test/e2e/toy.c",
        "module": str(toy(3)),
        "inputs": [{"name": "x", **pair}],
        "outputs": [{"name": "scaled/z", **pair}],
        "states": [],
        "nodes": 1,
        "operators": {"Scale": 1},
        "parameters": 1,
        "parameter_bytes": 4,
        "files": [],
        "memory": {"arena_bytes": 64, "live_bytes": 32, "tensor_bytes": 64, "weight_bytes": 4, "steps": 1},
    }
    said = frontend("info", toy(3), "--passes", "--json").succeeds().json["passes"]
    assert said == [{"name": "drop", "changes": 2, "nodes_before": 3, "nodes_after": 1, "about": "a node goes away"}]
    assert "2 times, 3 to 1 nodes: a node goes away\n" in frontend("info", toy(3), "--passes").succeeds().out
    text = frontend("info", toy(3)).succeeds().out
    assert "passes" not in text
    assert "inputs\n  x  float32 [1, 2]\n" in text
    assert "parameters: 1 (4 bytes)\n" in text
    assert "memory: activations peak at 64 bytes, 2.00 times the lower bound of 32 bytes (without" in text


def test_info_of_a_model_that_has_no_plan_yet(frontend, hand_made, tmp_path):
    (tmp_path / "model").write_bytes(b"model")
    module = hand_made({"msw_run_new": "(i32.const 0)"})
    assert "memory" not in frontend("info", tmp_path / "model", "-c", module, "--json").succeeds().json
    text = frontend("info", tmp_path / "model", "-c", module).succeeds().out
    assert "memory: not known before the inputs' sizes are (it went wrong)\n" in text


def test_the_digit_of_a_scan_is_named(frontend):
    for digit in range(10):
        scan = MODELS / "digits_scans" / f"{digit}.png"
        answer = frontend("run", DIGITS, "--input", f"x={scan}", "--top", "3").succeeds()
        assert answer.out.splitlines()[0].split()[1] == str(digit)
        assert len(answer.out.splitlines()) == 3


def test_all_held_out_scans_as_mindspore_has_them(frontend, tmp_path):
    scans = MODELS / "digits_heldout.npy"
    frontend("run", DIGITS, "--input", f"x={scans}", "--each", "--output", tmp_path / "out").succeeds()
    probabilities, logits = (np.load(path) for path in sorted((tmp_path / "out").iterdir()))
    reference = np.load(MODELS / "digits_logits.npy")
    assert logits.shape == probabilities.shape == reference.shape
    assert (logits.argmax(1) == reference.argmax(1)).all()
    assert np.abs(logits - reference).max() <= 1e-5 * np.abs(reference).max()
