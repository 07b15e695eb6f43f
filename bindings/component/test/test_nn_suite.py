"""The conformance suite for wasi:nn over two providers: ours in a component, and onnxruntime as a part of a runtime."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SUITE = ROOT / "test" / "wasi-nn"
BUILD = ROOT / "build" / "wasm"
WASMTIME = [Path(sys.executable).parent / "wasmtime", "run", "-W", "max-memory-size=268435456"]


def run(*command: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


def names() -> list[str]:
    listed = run(*WASMTIME, BUILD / "wasi-nn-suite-ours.component.wasm", "--list")
    assert listed.returncode == 0, listed.stderr
    return listed.stdout.splitlines()


@pytest.mark.parametrize("models", ["mindir", "onnx"])
def test_our_provider_passes_each_case_in_256_mib(models):
    done = run(
        *WASMTIME, "--dir", f"{SUITE}/models/{models}::/", BUILD / "wasi-nn-suite-ours.component.wasm", "--codes", "/"
    )
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    assert done.returncode == 0, done.stdout + done.stderr
    # the suite's ONNX models have none of bfloat16, which numpy lacks
    skipped = {"onnx": {"compute: BF16": " # SKIP no model twice_BF16"}}.get(models, {})
    wanted = [f"ok {i} - {name}{skipped.get(name, '')}" for i, name in enumerate(names(), 1)]
    assert lines == [*wanted, f"1..{len(lines) - 1}"]
    assert len(lines) > 35


def test_onnxruntime_passes_too():
    quick = [name for name in names() if "MiB" not in name]
    provider = [sys.executable, SUITE / "onnxruntime_provider.py", SUITE / "models" / "onnx"]
    done = run(*provider, BUILD / "wasi-nn-suite.component.wasm", "/", *quick)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("\nok ") + done.stdout.startswith("ok ") == len(quick)
    assert "resources were never dropped" not in done.stdout


@pytest.mark.parametrize("spoiled", ["in a b out d p", "in x out z"])
def test_a_case_fails_where_a_model_is_another(tmp_path, spoiled):
    """The suite can fail: models swapped under it are noticed."""
    for path in (SUITE / "models" / "mindir").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    victim = "pair" if spoiled.startswith("in a") else "twice_FP32"
    (tmp_path / f"{victim}.mindir").write_bytes((SUITE / "models" / "mindir" / "twice_I32.mindir").read_bytes())
    done = run(*WASMTIME, "--dir", f"{tmp_path}::/", BUILD / "wasi-nn-suite-ours.component.wasm", "/")
    assert done.returncode == 1
    assert "not ok" in done.stdout
