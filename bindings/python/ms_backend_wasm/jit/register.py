"""Makes "wasm" a backend that MindSpore knows, and tells what has run on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UnsupportedError, UsageError
from ..framework import mindspore
from .build import shim
from .settings import settings

NAME = "wasm"
_registered = False


@dataclass(frozen=True)
class Counts:
    """Since the start: graphs that each side took, runs made here, and how often weights were uploaded."""

    wasm_graphs: int
    native_graphs: int
    wasm_runs: int
    uploads: int


def register(*, fallback: str = "native", memory_limit: int = 2 << 30, timeout: float | None = None) -> None:
    """Makes backend="wasm" known to mindspore.jit and JitConfig. The first time this takes about half a minute.

    fallback      what happens to a graph that the engine lacks an operator for: "native", it runs whole on MindSpore's
                  own backend, with a warning that names the operator; "error", an error that names it
    memory_limit  bytes that each graph may take
    timeout       seconds that one run may take

    May be called again to change these.
    """
    if fallback not in ("native", "error"):
        raise UsageError(f"fallback is {fallback!r}, expected 'native' or 'error'")
    ms = mindspore("the wasm backend")
    if not _registered:
        attach(ms, shim(ms))
    settings.fallback, settings.memory_limit, settings.timeout = fallback, memory_limit, timeout


def attach(ms: Any, library: Path) -> None:
    """Hands the library to MindSpore, which keeps it until the process ends."""
    global _registered
    try:
        from mindspore.graph import register_custom_backend
    except ImportError:
        raise UnsupportedError(f"MindSpore {ms.__version__} takes no custom backends (2.8 and later do)") from None
    if not register_custom_backend(NAME, str(library)):
        raise UnsupportedError(f"MindSpore {ms.__version__} refuses the wasm backend")
    _registered = True


def counts() -> Counts:
    """What has been built and run so far: a test can tell that the sandbox did run."""
    return Counts(settings.wasm_graphs, settings.native_graphs, settings.wasm_runs, settings.uploads)
