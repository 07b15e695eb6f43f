"""Modules made for one test: toy.c in its three kinds, and hand-made ones that break the contract in one place.

The signatures are read from docs/ABI.md, so the page and the hosts are held to the same list.
"""

import hashlib
import re
import struct
import subprocess
from pathlib import Path

import wasmtime

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).with_name("toy.c")

FLOAT32, FP32, OP, WENT_WRONG = 64, 80, 96, 112
DTYPE, OPERATOR, ERROR, TENSOR, PLAN, INFO, NODE, SCALAR, PASS, DATA = 128, 160, 192, 256, 320, 352, 384, 448, 512, 1024
STEP, THREAD = 544, 640
SHARED = '(import "env" "memory" (memory 2 64 shared)) (export "memory" (memory 0))'


def signatures(threads: bool = False) -> dict[str, tuple[list[str], str]]:
    """Export -> parameter types and result ("" for none), from the tables of docs/ABI.md; those of threads, too."""
    found = {}
    common, of_threads = (ROOT / "docs/ABI.md").read_text().split("## Threads")
    for names, parameters, result in re.findall(
        r"^\| ((?:`msw_\w+`(?:, )?)+) \| \((.*?)\)(?: -> (\w+))? \|",
        common + (of_threads if threads else ""),
        re.MULTILINE,
    ):
        types = [part.split()[-1] for part in parameters.split(",") if part]
        for name in re.findall(r"`(\w+)`", names):
            found[name] = (types, result)
    return found


def toy(kind: int, folder: Path, beside: str = "") -> Path:
    """toy.c as a module: 1 library, 2 operators only, 3 one model, with its factor in a file `beside` it if named."""
    target = folder / f"toy{kind}.wasm"
    exports = [f"-Wl,--export={name}" for name in signatures()]
    flags = ["-std=c17", "-O1", "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fno-builtin", "-nostdlib"]
    clang = ["clang-22", "--no-wasm-opt", "--target=wasm32", *flags, f"-DKIND={kind}", f"-I{ROOT / 'include'}"]
    clang += [f'-DBESIDE="{beside}"'] if beside else []
    subprocess.run([*clang, "-Wl,--no-entry", *exports, str(TOY), "-o", str(target)], check=True)
    return target


def tensor(name=FLOAT32, data=DATA, size=4, dtype=1, rank=0, dims=()) -> bytes:
    return struct.pack("<IIIii8i", name, data, size, dtype, rank, *dims, *[0] * (8 - len(dims)))


def memory_image(**changes: bytes) -> dict[int, bytes]:
    """What lies where in a hand-made module's memory; a change replaces the block of that name."""
    blocks = {
        "float32": (FLOAT32, b"float32\0"),
        "fp32": (FP32, b"FP32\0"),
        "op": (OP, b"Op\0"),
        "went_wrong": (WENT_WRONG, b"it went wrong\0"),
        "dtype": (DTYPE, struct.pack("<iiIII", 1, ord("f"), 4, FLOAT32, FP32)),
        "operator": (OPERATOR, struct.pack("<IIiiiiiI", OP, 2, 0, 1, 1, 1, 0, 0)),
        "error": (ERROR, struct.pack("<iiqI4x", 3, -1, -1, WENT_WRONG)),
        "tensor": (TENSOR, tensor()),
        "scalar": (SCALAR, tensor()),
        "plan": (PLAN, struct.pack("<IIIIi", 4, 4, 4, 0, 1)),
        "info": (INFO, struct.pack("<IIQQi4x", OP, OP, 0, 0, 1)),
        "pass": (PASS, struct.pack("<II3i", OP, OP, 2, 5, 3)),
        "node": (NODE, struct.pack("<IIii8iiI", OP, OP, 1, 0, *[0] * 8, 1, NODE)),
        "step": (STEP, struct.pack("<QQiii8i", 8, 16, 0, 1, 0, *[0] * 8)),
    }
    for name, value in changes.items():
        blocks[name] = (blocks[name][0], value)
    return dict(blocks.values())


def first(pointer: int) -> str:
    """Body of a function (index) or (owner, index): the pointer for index 0, else 0."""
    return f"(if (result i32) (i32.eqz (local.get $last)) (then (i32.const {pointer})) (else (i32.const 0)))"


BODIES = {
    "msw_abi_version": "(i32.const 1)",
    "msw_module_kind": "(i32.const 1)",
    "msw_error": f"(i32.const {ERROR})",
    "msw_alloc": "(global.get $top) (global.set $top (i32.add (global.get $top) (i32.and (i32.add (local.get $last) "
    "(i32.const 15)) (i32.const -16))))",
    "msw_dtype_at": first(DTYPE),
    "msw_operator_at": first(OPERATOR),
    "msw_model_open": "(i32.const 1)",
    "msw_load_step": "(i32.const 0)",
    "msw_model_file": "(i32.const 0)",
    "msw_model_file_size": "(i32.const 0)",
    "msw_model_from_operator": "(i32.const 1)",
    "msw_model_info": f"(i32.const {INFO})",
    "msw_model_input": first(TENSOR),
    "msw_model_output": first(TENSOR),
    "msw_model_state": "(i32.const 0)",
    "msw_model_node": first(NODE),
    "msw_model_pass": first(PASS),
    "msw_run_new": "(i32.const 1)",
    "msw_run_input": first(TENSOR),
    "msw_run_output": first(TENSOR),
    "msw_run_state": "(i32.const 0)",
    "msw_run_plan": f"(i32.const {PLAN})",
    "msw_run_next_step": f"(i32.const {STEP})",
    "msw_peak": "(i32.const 8)",
    "msw_run": "(i32.const 0)",
    "msw_run_some": "(i32.const 0)",
    "msw_thread_new": f"(i32.const {THREAD})",
}


def function(name: str, body: str | None = None) -> str:
    parameters, result = signatures(threads=True)[name]
    declared = " ".join(
        f"(param {'$last ' if i == len(parameters) - 1 else ''}{kind})" for i, kind in enumerate(parameters)
    )
    returned = f"(result {result})" if result else ""
    return f'(func (export "{name}") {declared} {returned} {BODIES.get(name, "") if body is None else body})'


def escaped(data: bytes) -> str:
    return "".join("\\" + format(byte, "02x") for byte in data)


def module(
    bodies: dict[str, str] | None = None,
    *,
    without: tuple[str, ...] = (),
    extra: str = "",
    memory: str = '(memory (export "memory") 2)',
    threads: bool = False,
    after: str = "",
    **changes: bytes,
) -> bytes:
    """A module that keeps the contract: one operator, Op, which gives its float32 back. `bodies` replaces functions,
    `without` leaves exports out, `extra` is more text, `after` what comes last, `changes` are other
    bytes in its memory."""
    functions = [function(name, (bodies or {}).get(name)) for name in signatures(threads) if name not in without]
    data = [f'(data (i32.const {at}) "{escaped(value)}")' for at, value in memory_image(**changes).items()]
    start = [memory, extra] if threads else [extra, memory]  # imports come first
    parts = [*start, "(global $top (mut i32) (i32.const 4096))", *functions, *data, after]
    return bytes(wasmtime.wat2wasm("(module\n" + "\n".join(parts) + ")"))


def huge_function(size: int) -> bytes:
    """A valid module whose only function is `size` bytes of nop."""

    def leb(value: int) -> bytes:
        out = b""
        while True:
            value, low = value >> 7, value & 0x7F
            out += bytes([low | (0x80 if value else 0)])
            if not value:
                return out

    def section(number: int, content: bytes) -> bytes:
        return bytes([number]) + leb(len(content)) + content

    body = b"\0" + b"\x01" * size + b"\x0b"
    return (
        b"\0asm\1\0\0\0"
        + section(1, b"\x01\x60\0\0")
        + section(3, b"\x01\0")
        + section(10, b"\x01" + leb(len(body)) + body)
    )


def with_digest(wasm: bytes, digest: bytes | None = None) -> bytes:
    """The module with SHA-256 of its sections in a first one of its own, or with what is claimed to be that."""
    digest = hashlib.sha256(wasm[8:]).digest() if digest is None else digest
    return wasm[:8] + b"\0\x2b\x0amsw.digest" + digest + wasm[8:]


def answering(number: float) -> bytes:
    """A module of kind 3 whose weight, in a data segment, is its answer."""
    at = 2048
    weight = f'(data (i32.const {at}) "{escaped(struct.pack("<f", number))}")'
    bodies = {"msw_module_kind": "(i32.const 3)", "msw_run_output": first(SCALAR)}
    return module(bodies, scalar=tensor(data=at), after=weight)
