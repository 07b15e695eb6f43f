"""Calls kernels of a bare module (link.link_kernels) in wasmtime, with numpy arrays."""

import struct
import time
from pathlib import Path

import numpy as np
import wasmtime

CODES = {"i": 0, "u": 1, "f": 2, "b": 6}  # numpy's kinds as DLPack codes
ALIGNMENT = 64


class Kernels:
    """An instance of a module of bare kernels. Arrays are copied in; those a kernel writes to come last."""

    def __init__(self, path: Path, relaxed: bool = False, engine: wasmtime.Engine | None = None):
        if engine is None:
            config = wasmtime.Config()
            config.wasm_relaxed_simd = relaxed
            engine = wasmtime.Engine(config)
        self.store = wasmtime.Store(engine)
        exports = wasmtime.Instance(self.store, wasmtime.Module.from_file(engine, str(path)), []).exports(self.store)
        self.memory = exports["memory"]
        self.exports = exports

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

    def _tensor(self, array: np.ndarray) -> tuple[int, int]:
        data = self._alloc(array.tobytes())
        shape = self._alloc(struct.pack(f"<{max(array.ndim, 1)}q", *array.shape or (0,)))
        dtype = (CODES[array.dtype.kind], array.dtype.itemsize * 8, 1)
        head = struct.pack("<IiiiBBHII4xQ", data, 1, 0, array.ndim, *dtype, shape, 0, 0)
        return data, self._alloc(head)

    def _pack(self, args) -> tuple[int, list]:
        placed, packed = [], b""
        for arg in args:
            if isinstance(arg, np.ndarray):
                data, tensor = self._tensor(arg)
                placed.append((data, arg))
                packed += struct.pack("<iIQ", 7, 0, tensor)
            elif isinstance(arg, int):
                packed += struct.pack("<iIq", 1, 0, arg)
            else:
                packed += struct.pack("<iId", 3, 0, arg)
        return self._alloc(packed), placed

    def call(self, name: str, *args, outputs: int = 1, repeats: int = 1) -> float:
        """Call kernel `name` on arrays and numbers, of which the last `outputs` get what it wrote.

        Returns the seconds of all repeats.
        """
        index = self._call("kernel_find", self._name(name))
        if index < 0:
            raise KeyError(name)
        self._given = []
        packed, placed = self._pack(args)
        start = time.perf_counter()
        failed = self._call("kernel_call", index, packed, len(args), repeats)
        seconds = time.perf_counter() - start
        if failed:
            raise RuntimeError(f"{name}: {self.error()}")
        for data, array in placed[len(placed) - outputs :]:
            raw = self.memory.read(self.store, data, data + array.nbytes)
            array[...] = np.frombuffer(raw, array.dtype).reshape(array.shape)
        for at in self._given:
            self._call("msw_free", at)
        return seconds

    def _name(self, name: str) -> int:
        self._given = []
        return self._alloc(name.encode() + b"\0")

    def error(self) -> str:
        """Why the last call failed."""
        at = self._call("kernel_error") & 0xFFFFFFFF
        return bytes(self.memory.read(self.store, at, at + 512)).split(b"\0")[0].decode(errors="replace")
