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
from ..probe import parse
from .settings import settings
from .writes import written_inputs

_compare = ctypes.CDLL(None).memcmp
_compare.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]


def title(name: str) -> str:
    """A graph's name without MindSpore's numbers: "5_1_f_3" is the function f."""
    return re.sub(r"^(?:\d+_)+(?:__main___)?|(?:[._]\d+)+$", "", name)


class Graph:
    """A graph of MindSpore as a model in the sandbox, with the weights that it was given last.

    Parameters that the graph writes to are states of the model: they go there when MindSpore has others, and come back
    after a run.
    """

    def __init__(self, file: bytes):
        self._proto = parse(file)
        self._weights: list[bytes] = []
        self._states: dict[str, int] = {}  # by name, the number among the weights
        self._model: Model | None = None
        self._lock = threading.Lock()
        self.name = title(self._proto.graph.name)
        self._arguments = len(self._proto.graph.input)

    def check(self) -> None:
        """Refuses what the engine would not see: writes to an input, and answers other than tensors."""
        for name, op in written_inputs(self._proto):
            raise UnsupportedError(f"{op} writes to '{name.rpartition(':')[2]}'")
        for value in (*self._proto.graph.input, *_leaves(self._proto.graph.output[0])):
            if not len(value.tensor if hasattr(value, "denotation") else value.tensors):
                raise UnsupportedError("an input or an answer is not a tensor")

    def upload(self, weights: list[Any]) -> None:
        """Loads the model if it is not, or has other weights. The bytes decide: nothing tells who wrote to a tensor."""
        arrays = [_bytes(weight) for weight in weights]
        changed = {i for i, array in enumerate(arrays) if not self._model or not _same(array, self._weights[i])}
        if self._model and changed <= set(self._states.values()):
            self._set_states(weights, arrays, changed)
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
        names = [_parameter_name(parameter) for parameter in self._proto.graph.parameter]
        self._states = {name: names.index(name) for name in self._model.state_names}
        settings.uploads += 1
        if all(spec.shape is not None and min(spec.shape, default=0) >= 0 for spec in self._model.inputs):
            self._model.prepare()

    def run(self, inputs: list[Any]) -> Any:
        """The answer to a run's inputs, which are the arguments and then the weights. One thread at a time."""
        with self._lock:
            weights = inputs[self._arguments :]
            self.upload(weights)
            answer = self._answer(inputs[: self._arguments])
            self._take_states(weights)
            return answer

    def _set_states(self, weights: list[Any], arrays: list[Array], changed: set[int]) -> None:
        assert self._model
        self._model.set_states({name: _array(weights[i]) for name, i in self._states.items() if i in changed})
        for i in changed:
            self._weights[i] = arrays[i].tobytes()

    def _take_states(self, weights: list[Any]) -> None:
        """Puts what the run wrote into MindSpore's parameters."""
        assert self._model
        for name, array in self._model.states.items():
            i = self._states[name]
            _put(weights[i], array)
            self._weights[i] = _bytes(weights[i]).tobytes()

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


def _array(weight: Any) -> Array:
    """A parameter's numbers as a model takes and gives them."""
    bfloat16 = str(weight.dtype) == "BFloat16"
    return np.asarray(weight.float().asnumpy() if bfloat16 else weight.asnumpy())


def _put(weight: Any, array: Array) -> None:
    """Writes into a parameter, in place, so that all who hold it see it."""
    if str(weight.dtype) == "BFloat16":
        ms = mindspore("the wasm backend")
        weight.assign_value(ms.Tensor(array, ms.bfloat16))
    else:
        weight.asnumpy()[...] = array


def _parameter_name(parameter: Any) -> str:
    return str(parameter.ref_key or parameter.name.rpartition(":")[2])


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
