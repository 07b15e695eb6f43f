"""One operator on the command line: the toy module's, and the shipped module's on the list that all hosts share."""

import json
import os
import struct
import subprocess
from pathlib import Path

import pytest
import toys
from cli import PROGRAM, ROOT, tensor_json

CONFIG = ROOT / "scenarios" / "ms-nonweb-plat" / "config" / "inputs.json"
CASES = json.loads(Path(__file__).with_name("cases.json").read_text())


def case_id(case):
    return f"{case['operator']}-{case['dtype']}"


@pytest.mark.parametrize("case", CASES, ids=map(case_id, CASES))
@pytest.mark.parametrize("as_file", [False, True], ids=["-I", "-i"])
def test_shared_case(frontend, tmp_path, case, as_file):
    given = json.dumps(case["inputs"])
    (tmp_path / "inputs.json").write_text(given)
    source = ["-i", tmp_path / "inputs.json"] if as_file else ["-I", given]
    attrs = [
        part
        for name, value in case["attrs"].items()
        for part in ("--attr", f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}")
    ]
    answer = frontend("-o", case["operator"], "-d", case["dtype"], *source, *attrs)
    assert answer.code == 0, answer
    assert answer.json == case["expected"]
    assert list(answer.json) == list(case["expected"]), "the order of the keys"


def test_the_example_of_2020_prints_as_it_did(frontend):
    values = "".join(f"      {value}{comma}\n" for value, comma in [(3, ","), (8, ","), (15, ","), (24, "")])
    assert frontend("-o", "Mul", "-d", "INT32", "-i", CONFIG).succeeds().out == (
        '{\n  "input-data": {\n    "INT32Array": [\n' + values + '    ]\n  },\n  "shape": [\n    2,\n    2\n  ],\n'
        '  "dim-size": 2\n}\n'
    )


def test_long_names_of_the_options(frontend, toy):
    answer = frontend(
        "--ms-backend-config", toy(1), "--op-type", "Plus", "--data-type", "INT8", "--input-data-file", CONFIG
    )
    assert answer.succeeds().json["input-data"] == {"INT8Array": [4, 6, 8, 10]}


def test_attributes_as_axis_and_by_name(frontend, toy):
    given = json.dumps([tensor_json([1, 5, 3])])
    for attribute in (["--axis", "0"], ["--axis=-1"], ["--attr", "axis=0"]):
        answer = frontend("-c", toy(1), "-o", "First", "-I", given, *attribute)
        assert answer.succeeds().json == {"input-data": {"INT32Array": [1]}}


def test_max_and_index_stands_for_a_vector_without_attributes(frontend, toy):
    wide = list(range(-100, 100))
    answer = frontend("-c", toy(1), "-o", "First", "-d", "INT8", "-I", json.dumps([tensor_json(wide)]))
    assert answer.succeeds().json == {"input-data": {"INT8Array": [99, 199]}}, "the index is not cut to INT8"
    answer = frontend("-c", toy(1), "-o", "First", "-I", json.dumps([tensor_json([0.1, 0.3])]))
    assert answer.succeeds().json == {"input-data": {"FP32Array": [0.3, 1]}}
    matrix = json.dumps([tensor_json([0.1, 0.3], [1, 2])])
    assert frontend("-c", toy(1), "-o", "First", "-I", matrix).succeeds().json == {"input-data": {"INT32Array": [1]}}


def test_a_count_is_a_number(frontend, toy, inputs):
    answer = frontend("-c", toy(1), "-o", "Count", "-I", inputs([1, 2, 3], [1, 2, 4]))
    assert answer.succeeds().json == {"input-data": {"Numeric": 2}}


def test_a_scalar_has_no_shape(frontend, toy):
    scalar = json.dumps([tensor_json([1.5], []), tensor_json([2], [])])
    answer = frontend("-c", toy(1), "-o", "Plus", "-I", scalar)
    assert answer.succeeds().json == {"input-data": {"FP32Array": [3.5]}}


def test_inputs_beyond_the_last_are_left_unread(frontend, toy, inputs):
    answer = frontend("-c", toy(1), "-o", "First", "-I", inputs([1, 2], ["not", "read"]))
    assert answer.succeeds().json == {"input-data": {"FP32Array": [2, 1]}}


def test_floats_have_a_point_or_an_exponent(frontend, toy, inputs):
    answer = frontend("-c", toy(1), "-o", "Plus", "-I", inputs([4, 0.1, 1e20, 1e-7], [0, 0.2, 0, 0]))
    lines = [line.strip(" ,") for line in answer.succeeds().out.splitlines()]
    assert lines[3:7] == ["4.0", "0.3", "1e20", "1e-7"]


def test_doubles_keep_their_value(frontend, hand_made):
    module = hand_made(dtype=struct.pack("<iiIII", 1, ord("f"), 8, toys.FLOAT32, toys.FP32), tensor=toys.tensor(size=8))
    scalar = json.dumps([tensor_json([0.1], [])])
    assert frontend("-c", module, "-o", "Op", "-I", scalar).succeeds().json == {"input-data": {"FP32Array": [0.1]}}


def test_inf_and_nan_print_as_null_with_a_note(frontend, toy, inputs):
    answer = frontend("-c", toy(1), "-o", "Plus", "-I", inputs([3e38, 1], [3e38, 1]))
    assert answer.json["input-data"] == {"FP32Array": [None, 2]}
    assert answer.code == 0
    assert answer.err == "wasm-frontend: 1 of the values is inf or NaN, printed as null: JSON has no word for them\n"


@pytest.mark.parametrize("kind", [1, 2])
def test_modules_with_operators_run_them(frontend, toy, kind, inputs):
    answer = frontend("-c", toy(kind), "-o", "Plus", "-I", inputs([1], [2]))
    assert answer.succeeds().json["input-data"] == {"FP32Array": [3]}


def test_a_module_with_one_model_has_no_operators(frontend, toy):
    frontend("-c", toy(3), "-o", "Plus", "-i", CONFIG).fails(2, "has no operators: it holds one model")
    assert frontend("ops", "-c", toy(3), "--json").succeeds().json == []


def test_ops_lists_what_the_module_has(frontend, toy):
    listed = {row["name"]: row for row in frontend("ops", "-c", toy(1), "--json").succeeds().json}
    assert list(listed) == ["Plus", "First", "Count", "Trap"]
    assert listed["First"]["attributes"] == [{"name": "axis", "kind": "int", "required": False}]
    assert listed["Plus"]["data-types"] == ["FP32", "INT32", "INT8"]
    text = frontend("ops", "-c", toy(1)).succeeds().out
    assert "First          inputs: 1; FP32, INT32, INT8; attributes: axis\n" in text


def test_ops_shows_the_help_beside_the_module(frontend, toy, tmp_path):
    (tmp_path / "m.wasm").write_bytes(toy(1).read_bytes())
    (tmp_path / "ms_backend_wasm.ops.json").write_text('[{"name": "Plus", "doc": "x0 + x1"}]')
    assert "x0 + x1" in frontend("ops", "-c", tmp_path / "m.wasm").succeeds().out
    assert frontend("ops", "-c", tmp_path / "m.wasm", "--json").succeeds().json[0]["doc"] == "x0 + x1"


def test_the_cache_is_used_and_never_needed(frontend, toy, tmp_path, environment, inputs):
    given = ["-c", toy(1), "-o", "Plus", "-I", inputs([1], [2])]
    cache = tmp_path / "cache"
    env = {**environment, "XDG_CACHE_HOME": str(cache)}
    expected = frontend(*given, env=env).succeeds().out
    (kept,) = (cache / "ms-backend-wasm").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    whole, inode = kept.read_bytes(), kept.stat().st_ino
    assert frontend(*given, env=env).succeeds().out == expected
    assert kept.stat().st_ino == inode, "taken, not written anew"
    for damaged in (b"", whole[:100], whole[:-1], whole[:-9] + bytes(9), b"x" + whole[1:]):
        kept.write_bytes(damaged)
        assert frontend(*given, env=env).succeeds().out == expected
        assert kept.read_bytes() == whole, "compiled again"
    kept.chmod(0o666)
    inode = kept.stat().st_ino
    assert frontend(*given, env=env).succeeds().out == expected
    assert kept.stat().st_ino != inode, "a file that others may write is not trusted"


def test_the_cache_does_not_grow_for_ever(frontend, hand_made, tmp_path, environment):
    folder = tmp_path / "cache" / "ms-backend-wasm"
    folder.mkdir(parents=True, mode=0o700)
    for i in range(64):
        (folder / f"old{i}").write_bytes(b"")
        os.utime(folder / f"old{i}", (1000 + i, 1000 + i))
    scalar = json.dumps([tensor_json([1], [])])
    env = {**environment, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    frontend("-c", hand_made(), "-o", "Op", "-I", scalar, env=env).succeeds()
    names = {path.name for path in folder.iterdir()}
    assert len(names) == 64
    assert "old0" not in names
    assert "old1" in names


@pytest.mark.parametrize("home", [None, "/nonexistent", "/dev/null", "/proc", "relative"])
def test_no_place_for_a_cache_is_no_error(frontend, toy, environment, inputs, home):
    env = {name: value for name, value in environment.items() if name not in ("HOME", "XDG_CACHE_HOME")}
    if home:
        env["HOME"] = home
    frontend("-c", toy(1), "-o", "Plus", "-I", inputs([1], [2]), env=env).succeeds()


def test_help_and_version_need_no_module():
    for flag in ("-h", "--help", "--version"):
        done = subprocess.run([PROGRAM, flag], capture_output=True, text=True, check=True)
        assert done.stdout
        assert not done.stderr
    assert "(default: 60)" in subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout


IMAGE, WEIGHT = tensor_json(list(range(9)), [1, 1, 3, 3]), tensor_json([1], [1, 1, 1, 1])


@pytest.mark.parametrize(
    ("operator", "attribute", "expected"),
    [
        ("Conv2D", "strides=0,1", "Conv2D: strides[0] must be in 1.."),
        ("Conv2D", "strides=1", "Conv2D: strides must have 2 numbers, got 1"),
        ("Conv2D", "dilations=1,0", "Conv2D: dilations[1] must be in 1.."),
        ("Conv2D", "group=0", "Conv2D: group must divide"),
        ("Conv2D", "pads=2147483648,0,0,0", "Conv2D: pads[0] must be in 0.."),
        ("Conv2D", "pad_mode=9", "Conv2D: pad_mode must be 0"),
        ("MaxPool", "kernel=0,1", "MaxPool: kernel[0] must be "),
        ("Argmax", "axis=4", "Argmax: axis 4 is outside [-4,3] for rank 4"),
        ("Argmax", "axis=-5", "Argmax: axis -5 is outside [-4,3] for rank 4"),
        ("Softmax", "axis=9", "Softmax: axis 9 is outside"),
    ],
)
def test_case_13_attributes_out_of_range(frontend, operator, attribute, expected):
    given = json.dumps([IMAGE, WEIGHT])
    frontend("-o", operator, "-I", given, "--attr", attribute).fails(3, expected)


def test_cases_8_and_9_with_the_shipped_module(frontend):
    given = json.dumps([IMAGE, WEIGHT])
    frontend("-o", "Cnv2D", "-I", given).fails(2, "unknown operator 'Cnv2D' (did you mean 'Conv2D'?)")
    frontend("-o", "Conv2D", "-d", "INT32", "-I", given).fails(
        2, "Conv2D: data type INT32 not supported, expected FP32"
    )
    frontend("-o", "MaxPool", "-I", given).fails(2, "MaxPool: attribute 'kernel' not given, expected --attr kernel=")


@pytest.mark.parametrize("shape", [[], [0], [2, 0], [0, 3], [1, 0, 3, 3]], ids=str)
def test_case_14_no_elements_or_no_dimensions_never_trap(frontend, shape):
    tensor = tensor_json([1] if shape == [] else [], shape)
    for row in frontend("ops", "--json").succeeds().json:
        for data_type in row["data-types"]:
            given = json.dumps([tensor] * row["inputs"][0])
            required = [
                f"{a['name']}={'1,1' if a['kind'].endswith('s') else '1'}" for a in row["attributes"] if a["required"]
            ]
            flags = [part for attribute in required for part in ("--attr", attribute)]
            answer = frontend("-o", row["name"], "-d", data_type, "-I", given, *flags)
            assert answer.code in (0, 3), (row["name"], data_type, answer)
            quiet = answer.err == "" or "printed as null" in answer.err
            assert (answer.code == 0) == quiet, answer
