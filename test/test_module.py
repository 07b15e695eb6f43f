"""What the wasm modules promise as files: imports, size, the SIMD each may use, exports."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest
import wasmtime

ROOT = Path(__file__).parent.parent
PLAIN = ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"
RELAXED = ROOT / "build" / "wasm" / "ms_backend_wasm-relaxed.wasm"
THREADS = ROOT / "build" / "wasm" / "ms_backend_wasm-threads.wasm"
RELAXED_THREADS = ROOT / "build" / "wasm" / "ms_backend_wasm-relaxed-threads.wasm"
LARGEST, LARGEST_GZIPPED = 900_000, 320_000


def modules(*paths: Path) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("module", paths, ids=lambda path: path.name)


every_module = modules(PLAIN, RELAXED, THREADS, RELAXED_THREADS)


def compile_with(module: Path, **features: bool) -> wasmtime.Module:
    config = wasmtime.Config()
    for name, value in features.items():
        setattr(config, name, value)
    return wasmtime.Module(wasmtime.Engine(config), module.read_bytes())


def relaxed_instructions(module: Path) -> set[int]:
    """Their second opcodes. The disassembler knows no features of a stripped module and prints these as unknown bytes:
    0xfd, then a number from 0x100 in LEB128."""
    command = ["llvm-objdump-22", "-d", str(module)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    unknown = re.findall(r":((?: [0-9a-f]{2})+)\s+<unknown>", text)
    assert all(re.fullmatch(r" fd [89][0-9a-f] 02", code) for code in unknown), set(unknown)
    return {0x80 + int(code.split()[1], 16) for code in unknown}


@modules(PLAIN, RELAXED)
def test_it_imports_nothing(module):
    assert [f"{i.module}::{i.name}" for i in compile_with(module).imports] == []


@modules(THREADS, RELAXED_THREADS)
def test_it_imports_its_memory_alone_which_begins_with_a_mebibyte(module):
    (memory,) = compile_with(module).imports
    assert (memory.module, memory.name) == ("env", "memory")
    assert (memory.type.limits.min, memory.type.limits.max) == (16, 65536)


@every_module
def test_it_is_small(module):
    """The first module, with 15 operators, had 81 KB; the limits are for MindSpore's models and all of ONNX."""
    assert module.stat().st_size <= LARGEST
    assert len(gzip.compress(module.read_bytes(), 9)) <= LARGEST_GZIPPED


@every_module
def test_it_uses_simd(module):
    with pytest.raises(wasmtime.WasmtimeError, match="SIMD"):
        compile_with(module, wasm_simd=False, wasm_relaxed_simd=False)


def test_the_plain_module_needs_neither_relaxed_simd_nor_threads():
    compile_with(PLAIN, wasm_relaxed_simd=False, wasm_threads=False)


def test_the_relaxed_module_needs_relaxed_simd_and_no_threads():
    compile_with(RELAXED, wasm_threads=False)
    with pytest.raises(wasmtime.WasmtimeError, match="relaxed"):
        compile_with(RELAXED, wasm_relaxed_simd=False)


@modules(THREADS, RELAXED_THREADS)
def test_a_module_with_threads_needs_them(module):
    with pytest.raises(wasmtime.WasmtimeError, match="threads"):
        compile_with(module, wasm_threads=False)


@modules(RELAXED, RELAXED_THREADS)
def test_the_relaxed_module_leaves_to_the_engine_how_a_product_is_added_and_nothing_else(module):
    """clang turns strict selections into relaxed_min and relaxed_max where it may, and NaN and -0 get lost."""
    madd = 0x105
    assert relaxed_instructions(module) == {madd}


@modules(PLAIN, THREADS)
def test_the_plain_module_leaves_nothing_to_the_engine(module):
    assert relaxed_instructions(module) == set()


@every_module
def test_it_exports_what_the_header_declares_and_its_memory(module):
    header = (ROOT / "include" / "msw.h").read_text()
    apis = "MSW_API|MSW_THREADS_API" if module in (THREADS, RELAXED_THREADS) else "MSW_API"
    declared = set(re.findall(rf"^(?:{apis})\b[^;]*?\b(msw_\w+)\(", header, re.MULTILINE))
    assert declared
    exported = {e.name for e in compile_with(module).exports}
    assert exported - {"memory"} == declared
    assert "memory" in exported
