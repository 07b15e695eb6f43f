"""What the wasm module promises as a file: no imports, small, plain SIMD, the exports that msw.h lists."""

import gzip
import re
from pathlib import Path

import pytest
import wasmtime

ROOT = Path(__file__).parent.parent
MODULE = ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"
LARGEST, LARGEST_GZIPPED = 450 * 1024, 160 * 1024


def compile_with(**features: bool) -> wasmtime.Module:
    config = wasmtime.Config()
    for name, value in features.items():
        setattr(config, name, value)
    return wasmtime.Module(wasmtime.Engine(config), MODULE.read_bytes())


def test_it_imports_nothing():
    assert [f"{i.module}::{i.name}" for i in compile_with().imports] == []


def test_it_is_small():
    """The first module, with 15 operators, had 81 KB; the limits are for all operators that MindSpore's models use."""
    assert MODULE.stat().st_size <= LARGEST
    assert len(gzip.compress(MODULE.read_bytes(), 9)) <= LARGEST_GZIPPED


def test_it_uses_simd():
    with pytest.raises(wasmtime.WasmtimeError, match="SIMD"):
        compile_with(wasm_simd=False, wasm_relaxed_simd=False)


def test_it_needs_neither_relaxed_simd_nor_threads():
    compile_with(wasm_relaxed_simd=False, wasm_threads=False)


def test_it_exports_what_the_header_declares_and_its_memory():
    header = (ROOT / "include" / "msw.h").read_text()
    declared = set(re.findall(r"^MSW_API\b[^;]*?\b(msw_\w+)\(", header, re.MULTILINE))
    assert declared
    exported = {e.name for e in compile_with().exports}
    assert exported - {"memory"} == declared
    assert "memory" in exported
