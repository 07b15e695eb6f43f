"""Where the functions of msw.h run, and memory there for what is handed over."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from . import abi
from .errors import LimitError, TrapError, UsageError

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]


class Machine(Protocol):
    """Where the functions of msw.h run: a Sandbox, or anything else that has their memory."""

    pointer_bytes: int
    engine: int  # what msw_tune is told

    def call(self, name: str, *arguments: int) -> int: ...
    def view(self, pointer: int, count: int) -> Bytes: ...
    def string(self, pointer: int) -> str: ...


def bytes_at(address: int, count: int) -> Bytes:
    """Those bytes of this process, in place."""
    return np.ctypeslib.as_array((ctypes.c_ubyte * count).from_address(address))


class Memory:
    """Blocks of the module's memory for the arguments of one call, freed together."""

    def __init__(self, machine: Machine):
        self._machine = machine
        self._blocks: list[int] = []

    def __enter__(self) -> Memory:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(TrapError):  # after a trap there is nothing to give back
            for block in self._blocks:
                self._machine.call("msw_free", block)

    def reserve(self, count: int) -> int:
        block = self._machine.call("msw_alloc", max(count, 1))
        if block == 0:
            raise LimitError(f"no memory for {count} bytes in the module")
        self._blocks.append(block)
        return block

    def bytes(self, data: bytes) -> int:
        block = self.reserve(len(data))
        self._machine.view(block, len(data))[:] = np.frombuffer(data, np.uint8)
        return block

    def string(self, text: str) -> int:
        return self.bytes(text.encode() + b"\0")

    def array(self, values: Array) -> int:
        return self.bytes(values.tobytes())

    def attribute(self, name: str, kind: int | None, value: object) -> tuple[int, int, int, int]:
        """A row of msw_attr. Of an unknown name any kind will do: the module answers with what it takes."""
        element = abi.ATTRIBUTE_KINDS[kind or 1]
        given = np.atleast_1d(np.asarray(value))
        if given.size and not np.can_cast(given.dtype, element, "same_kind"):
            raise UsageError(f"attribute '{name}' is {value!r}, expected {np.dtype(element).name}")
        return self.string(name), kind or 1, given.size, self.array(given.astype(element))
