"""Which of our own modules runs: --exact, --relaxed, what is installed, and that no cache takes one for another."""

import json
import math
import os
import shutil
import subprocess

import numpy as np
import pytest
from cli import HANG_SECONDS, PROGRAM, ROOT, tensor_json

WASM = ROOT / "build" / "wasm"
NAMES = {"exact": "ms_backend_wasm.wasi.wasm", "relaxed": "ms_backend_wasm-relaxed.wasm"}
DIGITS = ROOT / "test" / "models" / "digits.mindir"

# x0 w0 + x1 w1 where the second product takes the first away: 0 unless a product is added unrounded.
A = 1 + 2**-12
CANCELLING = ["-o", "MatMul", "-I", json.dumps([tensor_json([A, -A], [1, 2]), tensor_json([A, A], [2, 1])])]


def product(answer) -> float:
    return np.float32(answer.succeeds().json["input-data"]["FP32Array"][0])


def test_exact_rounds_each_product_and_the_cache_keeps_the_modules_apart(frontend, environment, tmp_path):
    env = {**environment, "XDG_CACHE_HOME": str(tmp_path)}
    for _ in range(2):
        assert product(frontend(*CANCELLING, "--exact", env=env)) == 0
        assert product(frontend(*CANCELLING, "--relaxed", env=env)) in (0, -(2**-24))
    assert len(os.listdir(tmp_path / "ms-backend-wasm")) == 2


@pytest.mark.parametrize("flag", NAMES)
def test_fused_polynomials_are_as_near_to_their_functions(frontend, flag):
    """math_test.c tries the plain ones alone; its bounds hold for both. Of GeLUErf below 0 errors count against x."""
    x = np.linspace(-18, 18, 1601, dtype=np.float32).astype(float)

    def answer(name, x):
        given = json.dumps([tensor_json(x.ravel().tolist(), list(x.shape))])
        done = frontend("-o", name, "-I", given, f"--{flag}").succeeds()
        return np.array(done.json["input-data"]["FP32Array"]).reshape(x.shape)

    gelu = np.array([v / 2 * math.erfc(-v / math.sqrt(2)) for v in x])
    assert np.all(np.abs(answer("GeLUErf", x) - gelu) <= np.where(x > 0, 2.8 * 2.0**-23 * gelu, 2.0**-23 * np.abs(x)))
    rows = x[:1600].reshape(8, 200).T  # few to a sum, far apart
    top = rows.max(axis=1, keepdims=True)
    softmax = np.exp(rows - top) / np.exp(rows - top).sum(axis=1, keepdims=True)
    assert np.all(np.abs(answer("Softmax", rows) - softmax) <= softmax * (2 * 36 + 8 + 2) * 2.0**-24)


@pytest.mark.parametrize("flag", NAMES)
def test_info_and_version_say_which_module_runs(frontend, flag):
    want = str(WASM / NAMES[flag])
    answer = frontend("info", DIGITS, f"--{flag}", "--json").succeeds()
    assert os.path.realpath(answer.json["module"]) == want
    assert f"\nmodule: {answer.json['module']}\n" in frontend("info", DIGITS, f"--{flag}").succeeds().out
    assert f"\nmodule: {answer.json['module']}\n" in frontend(f"--{flag}", "--version").succeeds().out


def test_exact_is_the_default_on_wasmtime(frontend):
    """The other one is slower there (docs/COMMAND_LINE.md)."""
    assert frontend("info", DIGITS).succeeds().out == frontend("info", DIGITS, "--exact").succeeds().out


def test_one_choice_of_a_module_is_enough(frontend, toy):
    frontend("--exact", "--relaxed", *CANCELLING).fails(2, "--exact and --relaxed given, expected one of them")
    frontend("--exact", "-c", toy(1), *CANCELLING).fails(2, "-c gives the module, --exact chooses one of our own")
    frontend("info", toy(3), "--relaxed").fails(2, "is a module itself, expected one of them")


def test_a_relaxed_module_given_as_a_strangers_runs_too(frontend):
    assert product(frontend(*CANCELLING, "-c", WASM / NAMES["relaxed"])) in (0, -(2**-24))


@pytest.mark.parametrize(("there", "missing"), [("exact", "relaxed"), ("relaxed", "exact")])
def test_a_module_that_is_not_installed_is_named(environment, tmp_path, there, missing):
    (tmp_path / "bin").mkdir()
    (tmp_path / "wasm").mkdir()
    program = shutil.copy(PROGRAM, tmp_path / "bin" / "wasm-frontend")
    shutil.copy(WASM / NAMES[there], tmp_path / "wasm")

    def run(*flags):
        command = [program, *flags, *CANCELLING]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANG_SECONDS)

    assert run(f"--{there}").returncode == 0
    done = run(f"--{missing}")
    assert (done.returncode, done.stdout) == (3, "")
    assert f"the module {NAMES[missing]} is not in {tmp_path}/wasm/{NAMES[missing]}, " in done.stderr
