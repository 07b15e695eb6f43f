"""The wheel in an empty environment: what a stranger gets from pip, without MindSpore and without this tree."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent
FIRST_LINE = "import ms_backend_wasm as w; print(w.load('digits.mindir')(np.load('scan.npy')))"


@pytest.fixture(scope="module")
def wheel() -> Path:
    (found,) = (ROOT / "build" / "python").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory) -> Path:
    """A new environment in which pip itself finds all that the wheel says it needs, offline."""
    folder = tmp_path_factory.mktemp("wheel") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    found = ["--no-index", "--find-links", ROOT / ".deps" / "wheels", "--find-links", wheel.parent]
    command = [folder / "bin" / "pip", "--disable-pip-version-check", "install", "--quiet", *found, "ms-backend-wasm"]
    subprocess.run(command, check=True)
    return folder / "bin" / "python"


def run(python: Path, code: str, folder: Path) -> str:
    """What a program prints, in a folder of its own, without the tree's settings."""
    kept = {key: value for key, value in os.environ.items() if key not in ("MSW_WASM", "PYTHONPATH")}
    done = subprocess.run([python, "-c", code], cwd=folder, env=kept, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def folder(tmp_path, digits, scan) -> Path:
    (tmp_path / "digits.mindir").write_bytes(digits.read_bytes())
    np.save(tmp_path / "scan.npy", scan)
    return tmp_path


def test_a_model_runs_after_pip_install(python, folder, logits):
    text = run(python, f"import numpy as np; {FIRST_LINE}", folder)
    printed = [float(number) for number in re.findall(r"-?\d+\.?\d*(?:e[+-]\d+)?", text.split("array")[2])[:10]]
    assert np.abs(np.array(printed) - logits).max() <= 1e-5 * np.abs(logits).max()


def test_mindspore_is_asked_for_by_those_who_need_it(python, folder):
    code = """
import ms_backend_wasm as w
for call in (lambda: w.compile(abs, 1), lambda: w.export(abs, 1, path="a.mindir"), lambda: w.verify("digits.mindir")):
    try:
        call()
    except ImportError as error:
        print(error)
"""
    lines = run(python, code, folder).splitlines()
    wanted = "needs MindSpore: pip install mindspore==2.10.0 'numpy<2'"
    assert lines == [f"{name} {wanted}" for name in ("compile", "export", "verify")]
    assert not (folder / "a.mindir").exists()


def test_it_says_its_version(python, folder):
    (version,) = re.findall(r"project\(msw VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
    assert run(python, "import ms_backend_wasm as w; print(w.__version__)", folder).strip() == version


def test_it_holds_types_licence_and_the_module_that_was_built(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        module = archive.read("ms_backend_wasm/ms_backend_wasm.wasi.wasm")
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("METADATA"))
    assert {"ms_backend_wasm/py.typed", "ms_backend_wasm/jit/shim.cc"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert module == (ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm").read_bytes()
    assert re.findall(r"^Requires-Dist: (\S+)", metadata, re.MULTILINE) == ["numpy>=1.23", "wasmtime==50.0.1"]
