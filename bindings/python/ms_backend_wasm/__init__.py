"""MindSpore models and operators in a WebAssembly sandbox, over numpy arrays.

    import ms_backend_wasm as msw
    model = msw.load("digits.mindir")
    probabilities, logits = model(x=scan)
    msw.operator("Mul", a, b)

The module is found in this package, in the file named by MSW_WASM, or given as `module`. Each loaded model has a
sandbox of its own, so that a bad one costs nothing else.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import numpy as np

from .backend import Backend, Operator
from .errors import InvalidError, LimitError, MswError, TrapError, UnsupportedError, UsageError
from .model import Model, TensorSpec
from .sandbox import Sandbox

__all__ = [
    "InvalidError",
    "LimitError",
    "Model",
    "MswError",
    "Operator",
    "TensorSpec",
    "TrapError",
    "UnsupportedError",
    "UsageError",
    "load",
    "operator",
    "operators",
]

_BESIDE = Path(__file__).with_name("ms_backend_wasm.wasi.wasm")


def load(
    path: str | os.PathLike,
    *,
    module: str | os.PathLike | None = None,
    memory_limit: int = 2 << 30,
    timeout: float | None = None,
) -> Model:
    """Loads a model file.

    module        the wasm module, if it is not the usual one
    memory_limit  bytes that the model may take, its weights included
    timeout       seconds that a step of loading or one run may take; None: no limit
    """
    return Backend(Sandbox(_module(module), memory_limit, timeout)).load(path)


def operators() -> dict[str, Operator]:
    """The operators that the module has, by name."""
    return _shared(_module(None)).operators()


def operator(name: str, *arrays: np.ndarray, **attributes: float | list) -> np.ndarray | list[np.ndarray]:
    """Runs one operator: operator("Softmax", x, axis=-1)."""
    path = _module(None)
    try:
        return _shared(path).operator(name, *arrays, **attributes)
    except (TrapError, LimitError):
        _shared.cache_clear()  # its memory may be full or its state undefined: the next call gets a new one
        raise


@functools.lru_cache(maxsize=1)
def _shared(path: Path) -> Backend:
    return Backend(Sandbox(path))


def _module(given: str | os.PathLike | None) -> Path:
    path = Path(given or os.environ.get("MSW_WASM") or _BESIDE)
    if not path.is_file():
        raise InvalidError(f"{path}: no such module; give module= or set MSW_WASM to a ms_backend_wasm.wasi.wasm")
    return path
