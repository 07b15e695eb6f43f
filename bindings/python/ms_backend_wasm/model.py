"""A loaded model, and how it is called."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .errors import TrapError, UsageError
from .machine import Memory

if TYPE_CHECKING:
    from .backend import Backend


@dataclass(frozen=True)
class TensorSpec:
    """An input or output of a model. A dimension of -1 may have any size, None stands for any shape, any data type."""

    name: str
    dtype: np.dtype | None
    shape: tuple[int, ...] | None


class Model:
    """A loaded model: called with arrays in the order of `inputs`, or by name, it answers in the order of `outputs`."""

    def __init__(self, backend: Backend, handle: int):
        self._backend = backend
        self._run = 0
        self._types: tuple = ()
        self.handle = handle
        if handle == 0:
            raise backend.error()

    @property
    def inputs(self) -> list[TensorSpec]:
        return self._specs("msw_model_input", self.handle)

    @property
    def outputs(self) -> list[TensorSpec]:
        return self._specs("msw_model_output", self.handle)

    def __call__(self, *arrays: np.ndarray, **named: np.ndarray) -> list[np.ndarray]:
        given = [np.asarray(array, order="C") for array in self._in_order(arrays, named)]
        self._plan(given)
        call = self._backend.machine.call
        for index, array in enumerate(given):
            place, _ = self._backend.array(call("msw_run_input", self._run, index))
            place[...] = array
        self._backend.check(call("msw_run", self._run))
        outputs = []
        while pointer := call("msw_run_output", self._run, len(outputs)):
            outputs.append(self._backend.array(pointer)[0].copy())
        return outputs

    def close(self) -> None:
        """Gives the model's memory back; a sandbox that ends gives it back as well."""
        if self.handle:
            with contextlib.suppress(TrapError):  # after a trap there is nothing to give back
                self._end_run()
                self._backend.machine.call("msw_model_free", self.handle)
            self.handle = self._run = 0

    def _in_order(self, arrays: tuple, named: dict) -> list:
        names = [spec.name for spec in self.inputs]
        if arrays and named:
            raise UsageError("inputs are given either in order or by name")
        if not named:
            if len(arrays) != len(names):
                raise UsageError(f"{len(arrays)} inputs given, the model takes {len(names)}: {', '.join(names)}")
            return list(arrays)
        if set(named) != set(names):
            raise UsageError(f"inputs {', '.join(named)} given, the model takes {', '.join(names)}")
        return [named[name] for name in names]

    def _plan(self, arrays: list[np.ndarray]) -> None:
        """A run for inputs of these types, kept for as long as they stay the same."""
        types = [self._backend.type_of(array, f"input {i}") for i, array in enumerate(arrays)]
        wanted = tuple(t.tobytes() for t in types)
        if self._run and wanted == self._types:
            return
        self._end_run()
        with Memory(self._backend.machine) as memory:
            block = memory.bytes(b"".join(wanted))
            self._run = self._backend.machine.call("msw_run_new", self.handle, block)
        if self._run == 0:
            raise self._backend.error()
        self._types = wanted

    def _end_run(self) -> None:
        if self._run:
            self._backend.machine.call("msw_run_free", self._run)
            self._run = 0

    def _specs(self, function: str, handle: int) -> list[TensorSpec]:
        specs = []
        while pointer := self._backend.machine.call(function, handle, len(specs)):
            specs.append(self._backend.spec(pointer))
        return specs
