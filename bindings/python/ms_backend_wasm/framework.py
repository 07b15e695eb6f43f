"""MindSpore, imported when it is first needed: the package works without it."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .errors import MissingError

WANTED = "mindspore==2.10.0 'numpy<2'"


def mindspore(what: str) -> Any:
    """The package mindspore, or an error that says what needs it."""
    try:
        return importlib.import_module("mindspore")
    except ImportError as error:
        reason = "" if error.name == "mindspore" else f" (it is there, but: {error})"
        raise MissingError(f"{what} needs MindSpore{reason}: pip install {WANTED}") from error


def tensors(ms: Any, inputs: tuple[Any, ...]) -> list[Any]:
    """Example inputs as MindSpore wants them: arrays and lists become Tensors, all else stays."""
    return [ms.Tensor(np.asarray(x, order="C")) if isinstance(x, (np.ndarray, list, np.generic)) else x for x in inputs]
