"""What the package's tests share: the package from the tree over the module that was built, and the digits model."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.append(str(ROOT / "test"))  # split_models
os.environ.setdefault("MSW_WASM", str(ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"))
os.environ.setdefault("GLOG_v", "3")  # MindSpore: errors only


@pytest.fixture(scope="session")
def models() -> Path:
    return ROOT / "test" / "models"


@pytest.fixture(scope="session")
def digits(models) -> Path:
    return models / "digits.mindir"


@pytest.fixture
def scan(models) -> np.ndarray:
    return np.load(models / "digits_heldout.npy")[:1]


@pytest.fixture
def logits(models) -> np.ndarray:
    """MindSpore's answer for the scan."""
    return np.load(models / "digits_logits.npy")[:1]
