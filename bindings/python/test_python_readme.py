"""The README's Python runs, in one program from top to bottom, in an order that a reader would try it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import ms_backend_wasm as msw
import numpy as np

HERE = Path(__file__).parent


def test_the_readme_runs(tmp_path, digits, scan):
    blocks = re.findall(r"```python\n(.*?)```", (HERE / "README.md").read_text(), re.DOTALL)
    assert len(blocks) == 3
    (tmp_path / "program.py").write_text("\n".join(blocks))
    (tmp_path / "digits.mindir").write_bytes(digits.read_bytes())
    np.save(tmp_path / "scan.npy", scan)
    search = {"PYTHONPATH": str(Path(msw.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, env={**os.environ, **search}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "nodes agree with MindSpore" in done.stdout
    assert "native_graphs=0, wasm_runs=3" in done.stdout
