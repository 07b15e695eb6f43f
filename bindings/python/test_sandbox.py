"""A module of a stranger, whatever it is or does, gets an exception that says so. And the layouts of docs/ABI.md."""

import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest
import wasmtime
from ms_backend_wasm import (
    InvalidError,
    LimitError,
    MswError,
    TrapError,
    UsageError,
    abi,
    compiled,
    load,
    operator,
    operators,
    verify,
)
from ms_backend_wasm.backend import Backend
from ms_backend_wasm.sandbox import Sandbox

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "test" / "e2e"))
import toys  # noqa: E402

FLAT = {"i": "i32", "p": "i32", "l": "i64"}


def module(tmp_path: Path, *, leave_out: str = "", memory: str = "1", extra: str = "", **bodies: str) -> Path:
    """A module with every export of msw.h, each answering 0 unless its body is given."""
    lines = [f'(memory (export "memory") {memory})' if leave_out != "memory" else f"(memory {memory})"]
    for name, (arguments, result) in abi.FUNCTIONS.items():
        if name == leave_out:
            continue
        types = " ".join(f"(param {FLAT[code]})" for code in arguments) + (" (result i32)" if result else "")
        body = bodies.get(name, "(i32.const 0)" if result else "")
        lines.append(f'(func (export "{name}") {types} {body})')
    path = tmp_path / "module.wasm"
    path.write_bytes(wasmtime.wat2wasm(f"(module {extra} {' '.join(lines)})"))
    return path


def test_a_module_with_all_exports_starts(tmp_path):
    assert Sandbox(module(tmp_path)).call("msw_abi_version") == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a wasm module"),
        (b"hello", "not a wasm module"),
        (b"\x7fELF\x02\x01\x01", "not a wasm module"),
        (b"\0asm\x01\0\0", "not a wasm module"),
        (b"\0asm\x0d\0\x01\0", "not a wasm module"),
    ],
    ids=["empty", "text", "ELF", "truncated", "component"],
)
def test_what_is_no_module_is_refused(tmp_path, content, reason):
    path = tmp_path / "module.wasm"
    path.write_bytes(content)
    with pytest.raises(InvalidError, match=reason):
        Sandbox(path)


def test_code_that_would_compile_for_long_is_refused_before(tmp_path, monkeypatch):
    path = tmp_path / "module.wasm"
    path.write_bytes(toys.huge_function(4000))
    monkeypatch.setattr(compiled, "MAX_CODE_BYTES", 4000)
    with pytest.raises(LimitError, match=r"module\.wasm: its code is 400\d bytes, the limit is 0 MiB"):
        Sandbox(path)
    inside = toys.module(extra=f'(data (i32.const 0) "{"a" * 5000}")')
    path.write_bytes(inside)
    assert Sandbox(path).call("msw_abi_version") == 1


@pytest.mark.parametrize("name", ["memory", *abi.FUNCTIONS])
def test_a_missing_export_is_named(tmp_path, name):
    with pytest.raises(InvalidError, match=f"{name}.* missing"):
        Sandbox(module(tmp_path, leave_out=name))


def test_a_wrong_signature_is_named(tmp_path):
    wrong = '(func (export "msw_run") (param i64) (result i32) (i32.const 0))'
    with pytest.raises(InvalidError, match=r"msw_run is i64 -> i32, expected \(i32\) -> \(i32\)"):
        Sandbox(module(tmp_path, leave_out="msw_run", extra=wrong))


def test_a_global_in_place_of_a_function_is_named(tmp_path):
    wrong = '(global (export "msw_run") i32 (i32.const 0))'
    with pytest.raises(InvalidError, match=r"function msw_run.* missing"):
        Sandbox(module(tmp_path, leave_out="msw_run", extra=wrong))


def test_an_import_is_named(tmp_path):
    with pytest.raises(InvalidError, match="imports env::x"):
        Sandbox(module(tmp_path, extra='(import "env" "x" (func))'))


def test_memory_beyond_the_limit_is_refused(tmp_path):
    with pytest.raises(LimitError, match="memory"):
        Sandbox(module(tmp_path, memory="2000"), memory_limit=1 << 20)


def test_a_large_table_is_refused(tmp_path):
    with pytest.raises(LimitError, match="table"):
        Sandbox(module(tmp_path, extra="(table 20000000 funcref)"))


def test_an_endless_call_ends_at_the_time_limit(tmp_path):
    sandbox = Sandbox(module(tmp_path, msw_run="(loop (br 0)) (i32.const 0)"), timeout=0.2)
    with pytest.raises(LimitError, match=r"time limit of 0\.2 s exceeded"):
        sandbox.call("msw_run", 0)


def test_an_endless_start_ends_at_the_time_limit(tmp_path):
    endless = "(func $f (loop (br 0))) (start $f)"
    with pytest.raises(LimitError, match="time limit"):
        Sandbox(module(tmp_path, extra=endless), timeout=0.2)


def test_after_a_trap_the_module_is_not_called_again(tmp_path):
    sandbox = Sandbox(module(tmp_path, msw_run="unreachable"))
    with pytest.raises(TrapError, match="unreachable"):
        sandbox.call("msw_run", 0)
    with pytest.raises(TrapError, match="dropped after"):
        sandbox.call("msw_abi_version")


def test_unbounded_recursion_is_a_trap(tmp_path):
    deep = '(func $f (export "deep") (result i32) (i32.add (call $f) (i32.const 1)))'
    with pytest.raises(TrapError, match="stack"):
        Sandbox(module(tmp_path, extra=deep, msw_run="(call $f)")).call("msw_run", 0)


@pytest.mark.parametrize("pointer", [65_530, 1 << 20, 0xFFFFFFFF])
def test_a_pointer_outside_the_memory_is_no_view(tmp_path, pointer):
    with pytest.raises(TrapError, match="outside its memory of 65536 bytes"):
        Sandbox(module(tmp_path)).view(pointer, 24)


def test_a_string_outside_the_memory_is_no_string(tmp_path):
    with pytest.raises(TrapError, match="outside its memory"):
        Sandbox(module(tmp_path)).string(1 << 20)


def test_another_abi_version_is_refused(tmp_path):
    with pytest.raises(InvalidError, match="ABI version 99, this package knows 1"):
        Backend(Sandbox(module(tmp_path, msw_abi_version="(i32.const 99)")))


def test_a_request_outside_the_file_is_refused(tmp_path):
    """The module asks for 2^40 bytes further than its model goes."""
    ask = "(i64.store (local.get 1) (i64.const 1099511627776)) (i32.const 1)"
    bodies = {"msw_abi_version": "(i32.const 1)", "msw_model_open": "(i32.const 64)", "msw_alloc": "(i32.const 128)"}
    backend = Backend(Sandbox(module(tmp_path, msw_load_step=ask, **bodies)))
    model = tmp_path / "a.mindir"
    model.write_bytes(bytes(10))
    with pytest.raises(MswError, match=r"bytes outside .*a\.mindir of 10 bytes"):
        backend.load(model)


@pytest.mark.parametrize(
    ("number", "name", "words"),
    [
        (1, "(i32.const 0)", "asks for file 1, for which it has no name"),
        (2, "(i32.const 256)", "asks for file 2, expected 0 to 0"),
        (1, "(i32.const 256)", r"'\.\./secret' in the model is not a path down from its folder"),
    ],
)
def test_a_strangers_files_are_refused(tmp_path, number, name, words):
    """A module could ask for a file that the model's owner may not read."""
    (tmp_path / "secret").write_bytes(bytes(100))
    (tmp_path / "folder").mkdir()
    model = tmp_path / "folder" / "a.mindir"
    model.write_bytes(bytes(10))
    ask = f"(i32.store offset=16 (local.get 1) (i32.const {number})) (i32.const 1)"
    text = "".join(f"(i32.store8 (i32.const {256 + i}) (i32.const {ord(c)}))" for i, c in enumerate("../secret\0"))
    bodies = {"msw_abi_version": "(i32.const 1)", "msw_model_open": "(i32.const 64)", "msw_alloc": "(i32.const 128)"}
    backend = Backend(Sandbox(module(tmp_path, msw_load_step=text + ask, msw_model_file=name, **bodies)))
    with pytest.raises(MswError, match=words):
        backend.load(model)


def test_a_strangers_module_is_interrupted_inside_a_call(tmp_path):
    bodies = {"msw_abi_version": "(i32.const 1)", "msw_model_open": "(i32.const 64)", "msw_alloc": "(i32.const 128)"}
    endless = module(tmp_path, msw_load_step="(loop (br 0)) (i32.const 0)", **bodies)
    with pytest.raises(LimitError, match=r"time limit of 0\.2 s exceeded"):
        load(b"a model", module=endless, timeout=0.2)


@pytest.fixture
def kind_3(tmp_path):
    """A module that holds a model, with the factor 2.5 in toy.params beside it."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "toy.params").write_bytes(b"TOYMODEL" + np.float32(2.5).tobytes())
    return toys.toy(3, tmp_path / "model", beside="toy.params")


PAIR = np.float32([[1, 2]])


@pytest.mark.parametrize("timeout", [None, 10])
def test_a_module_that_holds_its_model_is_loaded_by_its_path(tmp_path, kind_3, monkeypatch, timeout):
    for path in (toys.toy(3, tmp_path), str(toys.toy(3, tmp_path))):
        with load(path, timeout=timeout) as model:
            assert model(PAIR)[0].tolist() == [[3, 6]]
    with load(kind_3, timeout=timeout) as model:
        assert model(PAIR)[0].tolist() == [[2.5, 5]]
        assert model.info.format == "toy"
    monkeypatch.chdir(kind_3.parent)
    assert load(kind_3.name, timeout=timeout)(PAIR)[0].tolist() == [[2.5, 5]]
    assert load(kind_3, files={"toy.params": b"TOYMODEL" + bytes(4)})(PAIR)[0].tolist() == [[0, 0]]


def test_what_is_wrong_with_a_file_beside_a_module(tmp_path, kind_3):
    params = kind_3.with_name("toy.params")
    whole = params.read_bytes()
    params.write_bytes(whole[:-1])
    with pytest.raises(InvalidError, match="the file beside the toy: expected 12 bytes"):
        load(kind_3)
    params.write_bytes(b"?" + whole[1:])
    with pytest.raises(InvalidError, match="not a toy model"):
        load(kind_3)
    params.unlink()
    with pytest.raises(FileNotFoundError, match=r"toy\.params"):
        load(kind_3)
    with pytest.raises(UsageError, match=r"weights in 'toy\.params', which is not among files: other"):
        load(kind_3, files={"other": whole})
    (tmp_path / "secret").write_bytes(whole)
    params.symlink_to("../secret")
    with pytest.raises(InvalidError, match=r"'toy\.params' is a symbolic link"):
        load(kind_3)
    params.unlink()
    os.link(tmp_path / "secret", params)
    with pytest.raises(InvalidError, match="has 2 hard links"):
        load(kind_3)


def test_a_module_holds_a_model_or_loads_one(tmp_path):
    holds, lists = toys.toy(3, tmp_path), toys.toy(2, tmp_path)
    with pytest.raises(UsageError, match="the module holds a model of its own: load the module's path"):
        load(b"a model", module=holds)
    with pytest.raises(UsageError, match="is a module itself, expected one of them"):
        load(holds, module=lists)
    with pytest.raises(UsageError, match=r"toy2\.wasm: a module without a model \(kind 2\), expected a model"):
        load(lists)


def test_a_module_that_holds_its_model_cannot_be_verified(tmp_path):
    path = toys.toy(3, tmp_path)
    for given in (path, load(path)):
        with pytest.raises(UsageError, match=r"toy3\.wasm: a module, which MindSpore cannot read"):
            verify(given, PAIR)


def test_operators_of_another_module(tmp_path):
    path = toys.toy(2, tmp_path)
    assert list(operators(module=path)) == ["Plus", "First", "Count", "Trap"]
    assert operator("Plus", PAIR, PAIR, module=path).tolist() == [[2, 4]]
    with pytest.raises(TrapError):
        operator("Trap", PAIR, module=path)
    assert operator("Plus", PAIR, PAIR, module=path).tolist() == [[2, 4]]
    with pytest.raises(UsageError, match="unknown operator"):
        operator("Plus", PAIR, PAIR)
    assert operators(module=toys.toy(3, tmp_path)) == {}


def documented_structs() -> dict[str, tuple[int, list[tuple[str, int]]]]:
    """Size, then name and offset of each field, from the table in docs/ABI.md."""
    rows = re.findall(r"^\| `(msw_\w+)` \| (\d+) \| (.+) \|$", (ROOT / "docs" / "ABI.md").read_text(), re.MULTILINE)
    field = re.compile(r"(\d+) [\w\[\]]+ (\w+)(?: \([^)]*\))?(?:, |$)")
    return {name: (int(size), [(f, int(at)) for at, f in field.findall(fields)]) for name, size, fields in rows}


def test_layouts_are_those_of_the_abi_page():
    documented = documented_structs()
    ours = abi.structs(Sandbox.pointer_bytes)
    assert set(documented) == set(ours)
    for name, (size, fields) in documented.items():
        assert ours[name].itemsize == size, name
        assert [(f, ours[name].fields[f][1]) for f in ours[name].names] == fields, name


def test_functions_are_those_of_the_abi_page():
    text = (ROOT / "docs" / "ABI.md").read_text().split("## Threads")[0]  # Python runs one
    rows = re.findall(r"^\| ((?:`msw_\w+`(?:, )?)+) \| \((.*?)\)(?: -> (\w+))? \|", text, re.MULTILINE)
    flat = {name: (args, result) for names, args, result in rows for name in re.findall(r"msw_\w+", names)}
    assert set(flat) == set(abi.FUNCTIONS)
    for name, (arguments, result) in abi.FUNCTIONS.items():
        assert re.findall(r"i32|i64", flat[name][0]) == [FLAT[code] for code in arguments], name
        assert bool(flat[name][1]) == bool(result), name
