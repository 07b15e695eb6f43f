"""Strangers' modules, cases 45 to 56 of the list of bad inputs, and that of 2020: each costs one request only."""

import struct

import pytest
import toys
import wasmtime

RUN = ["-o", "Op", "-I", '[{"input-data": [2.5], "dim-size": 0, "shape": []}]']
COMPONENT = b"\0asm\x0d\0\1\0"
WASI = "wasi_snapshot_preview1"


@pytest.fixture
def file(tmp_path):
    def write(content: bytes):
        path = tmp_path / "backend.wasm"
        path.write_bytes(content)
        return path

    return write


def test_the_hand_made_module_itself_works(frontend, hand_made):
    assert frontend("-c", hand_made(), *RUN).succeeds().json == {"input-data": {"FP32Array": [2.5]}}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not a wasm module: empty, expected WebAssembly"),
        (b"hello\n", "not a wasm module: text"),
        (b"\x7fELF\2\1\1", "not a wasm module: native code (ELF"),
        (b"\x80\x81\x82\x83", "not a wasm module: unknown binary data"),
        (b"\0as", "not a wasm module"),
        (b"\0asm\1\0", "not version 1 of the binary format"),
        (b"\0asm\2\0\0\0", "not version 1 of the binary format"),
        (COMPONENT, "not a wasm module: a component, expected a core module"),
        (b"\0asm\1\0\0\0\x0a\xff\xff\xff\xff\xff\xff", "section at byte"),
        (b"\0asm\1\0\0\0\x01\x05\x01\x60\0\0\x99", "not a module that can be compiled"),
    ],
)
def test_case_45_what_is_no_module(frontend, file, content, expected):
    frontend("-c", file(content), *RUN).fails(3, "backend.wasm: ", expected)


def test_case_45_every_truncation(frontend, file, hand_made):
    whole = hand_made().read_bytes()
    for size in range(0, len(whole), 37):
        answer = frontend("-c", file(whole[:size]), *RUN)
        assert answer.code == 3, (size, answer)
        assert "backend.wasm: " in answer.err, (size, answer)


@pytest.mark.parametrize("name", [*toys.signatures(), "memory"])
def test_case_46_a_missing_export_is_named(frontend, hand_made, name):
    keywords = {"memory": "(memory 2)"} if name == "memory" else {"without": (name,)}
    frontend("-c", hand_made(**keywords), *RUN).fails(3, f"export '{name}' missing, expected a")


def test_case_46_exports_of_another_kind(frontend, hand_made):
    as_global = {"without": ("msw_run",), "extra": '(global (export "msw_run") i32 (i32.const 0))'}
    frontend("-c", hand_made(**as_global), *RUN).fails(3, "export 'msw_run' is not a function, expected (i32) -> i32")
    as_function = {"memory": "(memory 2)", "extra": '(func (export "memory"))'}
    frontend("-c", hand_made(**as_function), *RUN).fails(3, "export 'memory' is not a memory")


@pytest.mark.parametrize("name", toys.signatures())
def test_case_46_each_signature_is_checked(frontend, hand_made, name):
    wrong = f'(func (export "{name}") (param f64) (result f64) (local.get 0))'
    answer = frontend("-c", hand_made(without=(name,), extra=wrong), *RUN)
    answer.fails(3, f"export '{name}' has the wrong signature, expected (")


def test_case_46_checks_come_before_the_first_call(frontend, hand_made):
    trap = {"msw_abi_version": "(unreachable)"}
    frontend("-c", hand_made(trap, without=("msw_run_restart",)), *RUN).fails(3, "'msw_run_restart' missing")
    frontend("-c", hand_made(extra='(func (export "_initialize") (param i32))'), *RUN).fails(
        3, "'_initialize' has the wrong"
    )


def test_initialize_is_called_first(frontend, hand_made):
    version = {"msw_abi_version": "(global.get $ready)"}
    ready = '(global $ready (mut i32) (i32.const 7)) (func (export "_initialize") (global.set $ready (i32.const 1)))'
    frontend("-c", hand_made(version, extra=ready), *RUN).succeeds()


def test_case_47_an_unknown_import_is_named(frontend, hand_made):
    frontend("-c", hand_made(extra='(import "env" "x" (func))'), *RUN).fails(3, "unknown import 'env::x'")


def test_the_module_of_2020_is_named_as_such(frontend, file):
    text = f'(module (import "{WASI}" "fd_write" (func (param i32 i32 i32 i32) (result i32))) (func (export "run")))'
    frontend("-c", file(wasmtime.wat2wasm(text)), *RUN).fails(
        3, "the interface of 2020 (it exports 'run' and imports WASI)"
    )


LOOP = "(loop (br 0)) (unreachable)"


@pytest.mark.parametrize(
    "keywords",
    [
        {"bodies": {"msw_run_some": LOOP}},
        {"bodies": {"msw_abi_version": LOOP}},
        {"bodies": {"msw_run_some": "(i32.const 1)"}},
        {"bodies": {"msw_load_step": "(i32.const 1)"}},
        {"extra": "(func $f (loop (br 0))) (start $f)"},
        {"extra": '(func (export "_initialize") (loop (br 0)))'},
    ],
    ids=["run", "version", "steps without end", "loading without end", "start", "initialize"],
)
def test_case_48_a_loop_without_end_meets_the_time_limit(frontend, hand_made, tmp_path, keywords):
    (tmp_path / "model").write_bytes(b"model")
    loading = "msw_load_step" in keywords.get("bodies", {})
    command = ["info", tmp_path / "model"] if loading else RUN
    answer = frontend(*command[:2], "-c", hand_made(**keywords), "--timeout", "0.3", *command[2:])
    answer.fails(4, "time limit 0.3 s exceeded (--timeout)")


def test_case_49_initial_memory_above_the_limit(frontend, hand_made):
    large = hand_made(memory='(memory (export "memory") 2000)')
    frontend("-c", large, "--memory-limit", "64", *RUN).fails(4, "2000 pages of 64 KiB, expected at most 1024")
    frontend("-c", large, "--memory-limit", "125", *RUN).succeeds()


def test_case_50_a_table_above_the_limit(frontend, hand_made):
    frontend("-c", hand_made(extra="(table 20000000 funcref)"), *RUN).fails(
        4, "table minimum size of 20000000 elements exceeds"
    )


def test_case_51_growing_without_end_gives_no_memory(frontend, hand_made):
    grow = {"msw_alloc": "(loop (br_if 0 (i32.ge_s (memory.grow (i32.const 64)) (i32.const 0)))) (i32.const 0)"}
    frontend("-c", hand_made(grow), "--memory-limit", "64", *RUN).fails(4, "no memory for", "(--memory-limit)")


def test_case_52_recursion_without_end(frontend, hand_made):
    call_stack = hand_made({"msw_run_some": "(call $f)"}, extra="(func $f (result i32) (i32.add (call $f) (call $f)))")
    frontend("-c", call_stack, *RUN).fails(5, "the module trapped in msw_run_some: call stack exhausted")
    c_stack = hand_made(
        {"msw_run_some": "(call $f (i32.const 65536))"},
        extra="(func $f (param i32) (result i32) (i32.store (local.get 0) (i32.const 1)) "
        "(call $f (i32.sub (local.get 0) (i32.const 65536))))",
    )
    frontend("-c", c_stack, *RUN).fails(5, "out of bounds memory access (a wrong address, or its C stack overflowed)")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("(unreachable)", "unreachable code reached"),
        ("(i32.div_s (i32.const 1) (i32.const 0))", "integer divided by zero"),
        ("(i32.trunc_f32_s (f32.const nan))", "float that no integer can hold"),
    ],
)
def test_traps_are_named(frontend, hand_made, body, expected):
    frontend("-c", hand_made({"msw_run_some": body}), *RUN).fails(5, f"the module trapped in msw_run_some: {expected}")


def shape(*dims):
    return {"rank": len(dims), "dims": dims}


HOSTILE = [
    (
        "struct outside",
        {"bodies": {"msw_run_output": toys.first(0xFFFFFFF0)}},
        "msw_run_output gave 52 bytes at 4294967280",
    ),
    ("struct across the end", {"bodies": {"msw_run_input": toys.first(131072 - 51)}}, "msw_run_input gave 52 bytes"),
    ("data outside", {"tensor": toys.tensor(data=0x7FFFFFFF)}, "gave 4 bytes at 2147483647"),
    ("data past 4 GiB", {"tensor": toys.tensor(data=0xFFFFFFFF)}, "gave 4 bytes at 4294967295"),
    (
        "bytes not of the shape",
        {"tensor": toys.tensor(size=0xFFFFFFFF)},
        "gave 4294967295 bytes for 'float32' of shape []",
    ),
    ("dims that overflow", {"tensor": toys.tensor(size=0, **shape(65536, 65536, 65536, 65536))}, "gave 0 bytes for"),
    ("negative dim", {"tensor": toys.tensor(**shape(-1))}, "gave a dimension of -1"),
    ("rank 9", {"tensor": toys.tensor(rank=9)}, "gave a rank of 9, expected 0 to 8"),
    ("negative rank", {"tensor": toys.tensor(rank=-2)}, "gave a rank of -2"),
    ("unknown dtype", {"tensor": toys.tensor(dtype=77)}, "gave the data type 77, which msw_dtype_at does not list"),
    ("any dtype in a run", {"tensor": toys.tensor(dtype=0)}, "gave 4 bytes for"),
    ("name outside", {"tensor": toys.tensor(name=0xFFFFFF00)}, "msw_run_input gave 0 bytes at 4294967040"),
    (
        "name without an end",
        {
            "tensor": toys.tensor(name=131072 - 8),
            "bodies": {"msw_run_new": "(i64.store (i32.const 131064) (i64.const -1)) (i32.const 1)"},
        },
        "a string at 131064 without an end",
    ),
    (
        "tensors without end",
        {"bodies": {"msw_run_output": f"(i32.const {toys.TENSOR})"}},
        "gave more than 4096 tensors",
    ),
    (
        "operators without end",
        {"bodies": {"msw_operator_at": f"(i32.const {toys.OPERATOR})"}},
        "more than 4096 operators",
    ),
    ("data types without end", {"bodies": {"msw_dtype_at": f"(i32.const {toys.DTYPE})"}}, None),
    (
        "attributes outside",
        {"operator": struct.pack("<IIiiiiiI", toys.OP, 2, 0, 1, 1, 1, 64, 131000)},
        "gave 768 bytes at 131000",
    ),
    (
        "too many attributes",
        {"operator": struct.pack("<IIiiiiiI", toys.OP, 2, 0, 1, 1, 1, -1, 0)},
        "4294967295 attributes",
    ),
    (
        "dtype of no size",
        {"dtype": struct.pack("<iiIII", 1, ord("f"), 0, 64, 80)},
        "row 0 of its data types is unknown here",
    ),
    ("no inputs in the run", {"bodies": {"msw_run_input": "(i32.const 0)"}}, "msw_run_input gave 0 inputs, expected 1"),
    ("memory from nowhere", {"bodies": {"msw_alloc": "(i32.const -16)"}}, "msw_alloc gave 3 bytes at 4294967280"),
    (
        "error struct outside",
        {"bodies": {"msw_run_some": "(i32.const 3)", "msw_error": "(i32.const -8)"}},
        "msw_error gave 24 bytes",
    ),
    (
        "failure without a reason",
        {"bodies": {"msw_run_some": "(i32.const 3)"}, "error": bytes(24)},
        "has status 0, expected a reason",
    ),
    (
        "status from nowhere",
        {"bodies": {"msw_run_some": "(i32.const 77)"}, "error": struct.pack("<iiqI4x", 77, -1, -1, 112)},
        "status 77, expected a reason",
    ),
]


@pytest.mark.parametrize(("keywords", "expected"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_case_53_nothing_that_a_module_answers_is_trusted(frontend, hand_made, keywords, expected):
    answer = frontend("-c", hand_made(**keywords), *RUN)
    if expected is None:
        answer.succeeds()
    else:
        answer.fails(3, "module.wasm: ", expected)


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (
            struct.pack("<QIII", 0, 1024, 6, 0),
            "wants 6 bytes from byte 0 of file 0, expected a range of its 5 bytes",
        ),
        (struct.pack("<QIII", 2**64 - 1, 1024, 2, 0), "wants 2 bytes from byte 18446744073709551615"),
        (struct.pack("<QIII", 0, 1024, 1, 3), "of file 3, expected a file of 0 to 0"),
        (
            struct.pack("<QIII", 0, 131072 - 2, 5, 0),
            "msw_load_step gave 5 bytes at 131070, expected them inside the memory",
        ),
        (struct.pack("<QIII", 0, 0xFFFFFFFF, 5, 0), "msw_load_step gave 5 bytes at 4294967295"),
    ],
)
def test_case_53_requests_for_bytes_are_checked(frontend, hand_made, tmp_path, request_bytes, expected):
    (tmp_path / "model").write_bytes(b"model")
    low, high, size = struct.unpack("<QQI", request_bytes)
    store = (
        "".join(
            f"(i64.store offset={offset} (local.get $last) (i64.const {value}))"
            for offset, value in ((0, low), (8, high))
        )
        + f"(i32.store offset=16 (local.get $last) (i32.const {size})) (i32.const 1)"
    )
    frontend("info", tmp_path / "model", "-c", hand_made({"msw_load_step": store})).fails(3, expected)


def test_case_53_an_unaligned_pointer_is_no_error(frontend, hand_made):
    frontend("-c", hand_made(tensor=toys.tensor(data=1025)), *RUN).succeeds()


def test_case_53_names_cannot_write_escape_sequences(frontend, hand_made):
    listed = frontend("ops", "-c", hand_made(op=b"\x1b[2J\xff\0")).succeeds().out
    assert listed.startswith("?[2J?  ")
    failing = hand_made({"msw_run_some": "(i32.const 3)"}, went_wrong=b"a\x1b\nb\0")
    frontend("-c", failing, *RUN).fails(3, "wasm-frontend: a??b\n")


def test_case_54_a_huge_function_is_refused_before_it_is_compiled(frontend, file):
    frontend("-c", file(toys.huge_function(600_000)), *RUN).fails(
        4, "function 0 of the code is 600002 bytes, expected at most 262144"
    )
    frontend("-c", file(toys.huge_function(200_000)), *RUN).fails(3, "missing")


def test_case_55_versions_and_kinds(frontend, hand_made):
    frontend("-c", hand_made({"msw_abi_version": "(i32.const 99)"}), *RUN).fails(3, "its ABI version is 99, expected 1")
    frontend("-c", hand_made({"msw_module_kind": "(i32.const 9)"}), *RUN).fails(
        3, "its kind is 9, expected 1 (library)"
    )


def test_case_55_a_result_of_nan_is_data(frontend, hand_made):
    nan = {"msw_run_some": f"(f32.store (i32.const {toys.DATA}) (f32.const nan)) (i32.const 0)"}
    answer = frontend("-c", hand_made(nan), *RUN)
    assert (answer.code, answer.json) == (0, {"input-data": {"FP32Array": [None]}})
    assert "1 of the values is inf or NaN" in answer.err


def test_case_56_compiled_code_is_refused(frontend, tmp_path, toy):
    compiled = tmp_path / "toy.cwasm"
    compiled.write_bytes(wasmtime.Module(wasmtime.Engine(), toy(3).read_bytes()).serialize())
    frontend("-c", compiled, *RUN).fails(3, "native code (ELF: a program, or a .cwasm, which could do anything)")
    frontend("run", compiled).fails(
        3, "native code (ELF: a program, or a .cwasm, which could do anything), expected a model"
    )


@pytest.mark.parametrize(("status", "code"), [(2, 2), (3, 3), (4, 4), (5, 3)])
def test_the_status_of_a_module_becomes_the_exit_code(frontend, hand_made, status, code):
    failing = hand_made(
        {"msw_model_from_operator": "(i32.const 0)"}, error=struct.pack("<iiqI4x", status, -1, -1, toys.WENT_WRONG)
    )
    frontend("-c", failing, *RUN).fails(code, "wasm-frontend: it went wrong\n")
