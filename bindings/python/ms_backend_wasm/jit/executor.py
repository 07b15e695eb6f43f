"""The wasm backend's side of shim.cc: builds a graph into a model here, or says why MindSpore has to run it itself."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from ..errors import LimitError, MswError, UnsupportedError
from .graph import Graph, title
from .settings import settings


class FallbackWarning(UserWarning):
    """A graph runs on MindSpore's own backend; the text names what is missing here."""


_graphs: dict[int, Graph] = {}


def build(number: int, file: bytes, weights: list[Any]) -> bool:
    """Takes a graph over; false: it stays MindSpore's."""
    graph = Graph(file)
    try:
        graph.check()
        graph.upload(weights)
    except MswError as error:
        graph.close()
        _fall_back(graph.name, error)
        return False
    _graphs[number] = graph
    settings.wasm_graphs += 1
    return True


def run(number: int, inputs: list[Any]) -> Any:
    """The graph's answer: a Tensor, or a tuple of answers. None: it turned out that MindSpore has to run it."""
    graph = _graphs[number]
    try:
        answer = graph.run(inputs)
    except LimitError:
        raise
    except MswError as error:  # of shapes that were not known before
        forget(number)
        _fall_back(graph.name, error)
        return None
    settings.wasm_runs += 1
    return answer


def forget(number: int) -> None:
    if graph := _graphs.pop(number, None):
        graph.close()


def no_file(name: str, reason: str) -> None:
    """MindSpore cannot write the graph as MindIR, and says why; the first line says it."""
    _fall_back(title(name), UnsupportedError(reason.strip().splitlines()[0]))


def _fall_back(name: str, error: MswError) -> None:
    if settings.fallback == "error":
        raise type(error)(f"graph '{name}': {error}") from None
    settings.native_graphs += 1
    text = f"graph '{name}' runs on MindSpore's own backend: {error}"
    warnings.warn(FallbackWarning(text), stacklevel=_depth_of_user())


def _depth_of_user() -> int:
    """How far up the stack the first line is that is neither MindSpore's nor ours."""
    ours = {__package__.partition(".")[0], "mindspore"}
    depth, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").partition(".")[0] in ours:
        depth, frame = depth + 1, frame.f_back
    return depth
