"""The steps of 2020 work as the README writes them: its commands for operators, a model and the cat, in order."""

import os
import re
import subprocess
import sys

import pytest
from graphs import ROOT

README = (ROOT / "wasm-backend-tvm/README.md").read_text()
STEPS = "## The three steps of 2020"
SECTIONS = (STEPS, "## Kernels", "## A model")


def commands(section: str) -> list[str]:
    text = README.split(f"{section}\n")[1].split("\n## ")[0]
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL)).splitlines()
    return [line for line in lines if not line.startswith("make ")]  # has been done, or there would be no test


@pytest.mark.parametrize("section", SECTIONS)
def test_each_command_works(section):
    found = commands(section)
    assert len(found) >= 3
    for command in found:
        done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, env=os.environ)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout, command


def test_the_cat_is_the_one_shown():
    shown = re.search(r"\n\n```\n(.*?)```", README.split(STEPS)[1], re.DOTALL).group(1)
    done = subprocess.run(["bash", "-c", commands(STEPS)[-1]], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == shown
    assert "cat`" in shown


@pytest.mark.parametrize("program", ["build_ops_lib.py", "build_graph_lib.py", "tune.py", "topi_sweep.py"])
def test_another_python_is_told_what_it_lacks(program):
    path = ROOT / "wasm-backend-tvm" / program
    done = subprocess.run([sys.executable, "-S", path, "x.onnx"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{program}: this Python lacks numpy, onnx, tvm, tqdm, wasmtime, expected")
    assert done.stderr.count("\n") == 1
