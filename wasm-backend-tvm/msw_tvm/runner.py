"""Calls kernels of a bare module (link.link_kernels) in wasmtime, with numpy arrays."""

import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import wasmtime

CODES = {"i": 0, "u": 1, "f": 2, "b": 6}  # numpy's kinds as DLPack codes
ALIGNMENT = 64


class Placed(NamedTuple):
    """An array in a module's memory: its numbers, its DLTensor, and where it came from."""

    data: int
    tensor: int
    array: np.ndarray


def _pack(arg: Placed | int | float) -> bytes:
    if isinstance(arg, Placed):
        return struct.pack("<iIQ", 7, 0, arg.tensor)
    return struct.pack("<iIq", 1, 0, arg) if isinstance(arg, int) else struct.pack("<iId", 3, 0, arg)


class Kernels:
    """An instance of a module of bare kernels. Arrays are copied in; those a kernel writes to come last."""

    def __init__(
        self,
        path: Path,
        relaxed: bool = False,
        engine: wasmtime.Engine | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ):
        if engine is None:
            config = wasmtime.Config()
            config.wasm_relaxed_simd = relaxed
            engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self.store, wasmtime.Module.from_file(engine, str(path)), []).exports(self.store)
        self.memory = exports["memory"]
        self.exports = exports
        self.clock = clock
        self._given: list[int] = []

    def _call(self, name: str, *args):
        return self.exports[name](self.store, *args)

    def _alloc(self, data: bytes) -> int:
        at = self._call("msw_alloc", len(data) + ALIGNMENT)
        if not at:
            raise MemoryError(f"{len(data)} bytes in the module")
        place = -(-(at & 0xFFFFFFFF) // ALIGNMENT) * ALIGNMENT
        self.memory.write(self.store, data, place)
        self._given.append(at)
        return place

    def place(self, array: np.ndarray) -> Placed:
        """Copy an array into the module, where any number of kernels may take it."""
        data = self._alloc(array.tobytes())
        shape = self._alloc(struct.pack(f"<{max(array.ndim, 1)}q", *array.shape or (0,)))
        dtype = (CODES[array.dtype.kind], array.dtype.itemsize * 8, 1)
        head = struct.pack("<IiiiBBHII4xQ", data, 1, 0, array.ndim, *dtype, shape, 0, 0)
        return Placed(data, self._alloc(head), array)

    def fill(self, placed: Placed, value: float) -> None:
        """Set all numbers of a placed array."""
        placed.array[...] = value
        self.memory.write(self.store, placed.array.tobytes(), placed.data)

    def fetch(self, placed: Placed) -> None:
        """Copy what kernels wrote into a placed array back to it."""
        raw = self.memory.read(self.store, placed.data, placed.data + placed.array.nbytes)
        placed.array[...] = np.frombuffer(raw, placed.array.dtype).reshape(placed.array.shape)

    def bind(self, name: str, *args) -> Callable[[int], float]:
        """Kernel `name` with arrays and numbers, as a function that runs it so many times and returns the seconds."""
        index = self._call("kernel_find", self._alloc(name.encode() + b"\0"))
        if index < 0:
            raise KeyError(name)
        packed = self._alloc(b"".join(map(_pack, args)))

        def run(repeats: int = 1) -> float:
            start = self.clock()
            failed = self._call("kernel_call", index, packed, len(args), repeats)
            seconds = self.clock() - start
            if failed:
                raise RuntimeError(f"{name}: {self.error()}")
            return seconds

        return run

    def free(self) -> None:
        """Free all that was placed and bound."""
        for at in self._given:
            self._call("msw_free", at)
        self._given = []

    def call(self, name: str, *args, outputs: int = 1, repeats: int = 1) -> float:
        """Call kernel `name` on arrays and numbers, of which the last `outputs` get what it wrote.

        Returns the seconds of all repeats.
        """
        placed = [self.place(arg) if isinstance(arg, np.ndarray) else arg for arg in args]
        seconds = self.bind(name, *placed)(repeats)
        for answer in placed[len(placed) - outputs :]:
            self.fetch(answer)
        self.free()
        return seconds

    def error(self) -> str:
        """Why the last call failed."""
        at = self._call("kernel_error") & 0xFFFFFFFF
        return bytes(self.memory.read(self.store, at, at + 512)).split(b"\0")[0].decode(errors="replace")
