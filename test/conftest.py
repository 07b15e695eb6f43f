"""What all Python tests share: the binding from the tree over the module that was built, and where things lie."""

import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "bindings" / "python"))
os.environ.setdefault("MSW_WASM", str(ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"))
os.environ.setdefault("GLOG_v", "3")  # MindSpore: errors only


@pytest.fixture(scope="session")
def models() -> Path:
    return ROOT / "test" / "models"


@pytest.fixture(scope="session")
def module_path() -> Path:
    return Path(os.environ["MSW_WASM"])
