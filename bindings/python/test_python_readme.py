"""The Python of both READMEs runs, each as one program from top to bottom, in an order that a reader would try it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import ms_backend_wasm as msw
import numpy as np

HERE = Path(__file__).parent


ROOT = HERE.parent.parent


def run_python_of(readme: Path, folder: Path, blocks: int) -> str:
    """What its blocks of Python print, run in a folder of their own."""
    found = re.findall(r"```python\n(.*?)```", readme.read_text(), re.DOTALL)
    assert len(found) == blocks
    (folder / "program.py").write_text("\n".join(found))
    search = {"PYTHONPATH": str(Path(msw.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=folder, env={**os.environ, **search}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "nodes agree with MindSpore" in done.stdout
    return done.stdout


def test_the_readme_runs(tmp_path, digits, scan):
    (tmp_path / "digits.mindir").write_bytes(digits.read_bytes())
    np.save(tmp_path / "scan.npy", scan)
    assert "native_graphs=0, wasm_runs=3" in run_python_of(HERE / "README.md", tmp_path, 3)


def test_the_readme_of_the_root_runs(tmp_path, digits):
    (tmp_path / "test" / "models").mkdir(parents=True)
    (tmp_path / "test" / "models" / "digits.mindir").write_bytes(digits.read_bytes())
    run_python_of(ROOT / "README.md", tmp_path, 1)
