"""One graph of MindSpore's as a model in the sandbox."""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..framework import mindspore
from ..loading import load
from ..machine import Array
from ..model import Model
from ..probe import held, parse, written
from .settings import settings

_compare = ctypes.CDLL(None).memcmp
_compare.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]


def title(name: str) -> str:
    """A graph's name without MindSpore's numbers: "5_1_f_3" is the function f."""
    return re.sub(r"^(?:\d+_)+(?:__main___)?|(?:[._]\d+)+$", "", name)


class Graph:
    """A graph of MindSpore as a model in the sandbox, with the weights that it was given last."""

    def __init__(self, file: bytes):
        self._proto = parse(file)
        self._weights: list[bytes] = []
        self._model: Model | None = None
        self._lock = threading.Lock()
        self.name = title(self._proto.graph.name)
        self._arguments = len(self._proto.graph.input)

    def check(self) -> None:
        """Refuses what the engine would not see: writes to a parameter or an input, and answers other than tensors."""
        holders = set(held(self._proto))
        for name, op in written(self._proto):
            if name in holders:
                raise UnsupportedError(f"{op} writes to '{name.rpartition(':')[2]}'")
        for value in (*self._proto.graph.input, *_leaves(self._proto.graph.output[0])):
            if not len(value.tensor if hasattr(value, "denotation") else value.tensors):
                raise UnsupportedError("an input or an answer is not a tensor")

    def upload(self, weights: list[Any]) -> None:
        """Loads the model if it is not, or has other weights. The bytes decide: nothing tells who wrote to a tensor."""
        arrays = [_bytes(weight) for weight in weights]
        if self._model and all(map(_same, arrays, self._weights)):
            return
        self.close()
        self._weights = [array.tobytes() for array in arrays]
        for parameter, data in zip(self._proto.graph.parameter, self._weights, strict=True):
            parameter.raw_data = data
        file = self._proto.SerializeToString()
        for parameter in self._proto.graph.parameter:
            parameter.ClearField("raw_data")
        self._model = load(file, memory_limit=settings.memory_limit, timeout=settings.timeout)
        self._model.source = None
        settings.uploads += 1
        if all(spec.shape is not None and min(spec.shape, default=0) >= 0 for spec in self._model.inputs):
            self._model.prepare()

    def run(self, inputs: list[Any]) -> Any:
        """The answer to a run's inputs, which are the arguments and then the weights. One thread at a time."""
        with self._lock:
            self.upload(inputs[self._arguments :])
            return self._answer(inputs[: self._arguments])

    def _answer(self, inputs: list[Any]) -> Any:
        assert self._model
        ms = mindspore("the wasm backend")
        tensors = (
            ms.Tensor(array, ms.bfloat16 if spec.element == "bfloat16" else None)
            for array, spec in zip(self._model(*inputs), self._model.outputs, strict=True)
        )
        return _nested(self._proto.graph.output[0], tensors)

    def close(self) -> None:
        if self._model:
            self._model.close()
            self._model = None


def _bytes(weight: Any) -> Array:
    """A parameter's bytes, in place where MindSpore lets us."""
    if str(weight.dtype) == "BFloat16":
        return np.frombuffer(weight.get_bytes(), np.uint8)
    return np.asarray(weight.asnumpy(), order="C")


def _same(array: Array, uploaded: bytes) -> bool:
    return array.nbytes == len(uploaded) and _compare(array.ctypes.data, uploaded, len(uploaded)) == 0


def _leaves(value: Any) -> Iterator[Any]:
    """The tensors of an answer, from left to right."""
    parts = _parts(value)
    if parts is None:
        yield value
    for part in parts or ():
        yield from _leaves(part)


def _nested(value: Any, tensors: Iterator[Any]) -> Any:
    """The tensors in the form of the answer."""
    parts = _parts(value)
    return next(tensors) if parts is None else tuple(_nested(part, tensors) for part in parts)


def _parts(value: Any) -> Any:
    """What a tuple consists of; None: it is none. A graph's output keeps its kind beside its name."""
    kind = value.attr_info if hasattr(value, "attr_info") and value.HasField("attr_info") else value
    is_tuple = hasattr(kind, "values") and kind.type in (kind.TUPLE, kind.LIST)
    return kind.values if is_tuple else None
