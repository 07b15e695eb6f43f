"""Loads models and runs operators, each in a sandbox made for it."""

from __future__ import annotations

import functools
import os
import threading
from pathlib import Path

from .backend import Backend, Operator
from .beside import ModelFiles
from .errors import InvalidError, LimitError, TrapError, UsageError
from .machine import Array
from .model import Model
from .sandbox import Sandbox
from .source import ModelSource, is_module

_BESIDE = Path(__file__).with_name("ms_backend_wasm.wasi.wasm")


def load(
    source: ModelSource,
    *,
    files: ModelFiles | None = None,
    module: str | os.PathLike[str] | None = None,
    memory_limit: int = 2 << 30,
    timeout: float | None = None,
) -> Model:
    """Loads a model: a path, its bytes, or a file opened with 'rb'. Weights are read by ranges, as the module asks.

    The path may be that of a wasm module that holds its model; weights of it in other files are beside it.

    files         where the weights are that the model has in other files, by the names it gives them; None: below the
                  folder of the model's path, reached over no link
    module        a wasm module of someone else, in place of ours
    memory_limit  bytes that the model may take, its weights included; wasm can address 4 << 30
    timeout       seconds that loading or one run may take; None: no limit. With our module it is looked at between
                  steps, which costs nothing; a stranger's is interrupted wherever it is, and runs slower for it.
    """
    _check_limits(memory_limit, timeout)
    holder = source if is_module(source) else None
    if holder and module:
        raise UsageError(f"module= given, but {os.fspath(holder)} is a module itself, expected one of them")
    strange = module or holder
    sandbox = Sandbox(_module(strange), memory_limit, timeout if strange else None)
    try:
        return Backend(sandbox).load(source, timeout, sandbox.close, files, holder is not None)
    except BaseException as error:
        sandbox.close()
        if isinstance(error, LimitError) and str(error).startswith("out of memory"):
            raise LimitError(f"{error} (memory_limit={memory_limit})", error.node, error.offset) from None
        raise


def operators(module: str | os.PathLike[str] | None = None) -> dict[str, Operator]:
    """The operators that the module has, by name; `module`: a wasm module of someone else, in place of ours."""
    with _lock:
        return _shared(_module(module)).operators()


def operator(
    name: str,
    *arrays: Array,
    module: str | os.PathLike[str] | None = None,
    **attributes: float | list[float],
) -> Array | list[Array]:
    """Runs one operator: operator("Softmax", x, axis=-1); of another module: operator("Sub", x, y, module="a.wasm")."""
    with _lock:
        try:
            return _shared(_module(module)).operator(name, *arrays, **attributes)
        except (TrapError, LimitError):
            _shared.cache_clear()  # its memory may be full or its state undefined: the next call gets a new one
            raise


_lock = threading.Lock()


@functools.lru_cache(maxsize=2)
def _shared(path: Path) -> Backend:
    return Backend(Sandbox(path))


def _module(given: str | os.PathLike[str] | None) -> Path:
    path = Path(given or os.environ.get("MSW_WASM") or _BESIDE)
    if not path.is_file():
        raise InvalidError(f"{path}: no such module; give module= or set MSW_WASM to a ms_backend_wasm.wasi.wasm")
    return path


def _check_limits(memory_limit: int, timeout: float | None) -> None:
    if not memory_limit > 0:
        raise UsageError(f"memory_limit is {memory_limit!r}, expected a number of bytes")
    if timeout is not None and not 0 < timeout <= threading.TIMEOUT_MAX:
        raise UsageError(f"timeout is {timeout!r}, expected seconds above 0, or None")
