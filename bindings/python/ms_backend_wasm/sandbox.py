"""One instance of a wasm module in wasmtime, under limits: it can compute, and reach nothing outside its memory."""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import wasmtime as wt

from . import abi
from .compiled import compiled, first_line
from .errors import InvalidError, LimitError, TrapError
from .machine import Bytes, bytes_at

T = TypeVar("T")


class Sandbox:
    """A module's functions and memory.

    path          the .wasm file
    memory_limit  bytes that its memory may grow to
    timeout       seconds that one call may take, or None: checking costs 20 to 50 % in tight loops, so this is for
                  modules that are not ours; ours is asked to make a few steps at a time
    """

    pointer_bytes = 4
    engine = abi.ENGINE_CRANELIFT

    def __init__(self, path: Path, memory_limit: int = 2 << 30, timeout: float | None = None):
        self._path = path
        self._timeout = timeout
        self._dropped: str | None = None
        self._engine, module = compiled(path, timeout is not None)
        self._store = wt.Store(self._engine)
        self._store.set_limits(memory_size=memory_limit, table_elements=100_000, instances=1, tables=1, memories=1)
        self._store.set_epoch_deadline(1)
        self._finish = weakref.finalize(self, self._store.close)  # also when Python ends, before wasmtime is gone
        self._start(module)

    def _start(self, module: wt.Module) -> None:
        """Checks everything that will be called, then begins."""
        if module.imports:
            wanted = module.imports[0]
            raise InvalidError(f"{self._path}: imports {wanted.module}::{wanted.name}; a module must import nothing")
        types = {export.name: export.type for export in module.exports}
        if not isinstance(types.get("memory"), wt.MemoryType):
            raise InvalidError(f"{self._path}: export 'memory' missing")
        for name, (arguments, result) in abi.FUNCTIONS.items():
            self._check_function(name, types.get(name), [_value(code) for code in arguments + result], len(arguments))
        try:
            exports = self._limited(lambda: wt.Instance(self._store, module, [])).exports(self._store)
        except wt.WasmtimeError as error:
            raise LimitError(f"{self._path}: {first_line(error)}") from None
        memory = exports["memory"]
        assert isinstance(memory, wt.Memory)
        self._memory = memory
        self._functions = {name: function for name in exports if isinstance(function := exports[name], wt.Func)}
        if "_initialize" in self._functions:
            self._limited(lambda: self._functions["_initialize"](self._store))

    def _check_function(self, name: str, found: object, wanted: list[str], arguments: int) -> None:
        signature = f"({', '.join(wanted[:arguments])}) -> ({', '.join(wanted[arguments:])})"
        if not isinstance(found, wt.FuncType):
            raise InvalidError(f"{self._path}: function {name}{signature} missing")
        has = [str(t) for t in found.params] + ["->"] + [str(t) for t in found.results]
        if has != [*wanted[:arguments], "->", *wanted[arguments:]]:
            raise InvalidError(f"{self._path}: {name} is {' '.join(has)}, expected {signature}")

    def _limited(self, body: Callable[[], T]) -> T:
        """Runs body within the time limit; after a trap the instance is not touched again."""
        if self._dropped:
            raise TrapError(f"{self._path}: dropped after {self._dropped}")
        timer = None
        if self._timeout is not None:
            self._store.set_epoch_deadline(1)
            timer = threading.Timer(self._timeout, self._engine.increment_epoch)
            timer.start()
        try:
            return body()
        except wt.Trap as trap:
            self._dropped = first_line(trap)
            if trap.trap_code == wt.TrapCode.INTERRUPT:
                raise LimitError(f"{self._path}: time limit of {self._timeout:g} s exceeded") from None
            raise TrapError(f"{self._path}: trap: {self._dropped}") from None
        finally:
            if timer:
                timer.cancel()

    def call(self, name: str, *arguments: int) -> int:
        """Pointers and sizes come back unsigned, all else signed; 0 from a function without a result."""
        codes, result = abi.FUNCTIONS[name]
        flat = [_signed(value, 64 if code == "l" else 32) for value, code in zip(arguments, codes, strict=True)]
        answer = self._limited(lambda: self._functions[name](self._store, *flat))
        return 0 if answer is None else int(answer) & 0xFFFFFFFF if result == "p" else int(answer)

    def memory_bytes(self) -> int:
        """How much memory the module has taken so far: it never gives any back."""
        return self._memory.data_len(self._store)

    def view(self, pointer: int, count: int) -> Bytes:
        """Those bytes of the memory, in place: valid until the next call, which may move the memory."""
        size = self._memory.data_len(self._store)
        if pointer + count > size:
            raise TrapError(f"{self._path}: gave {count} bytes at {pointer}, outside its memory of {size} bytes")
        address = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        return bytes_at(address + pointer, count)

    def string(self, pointer: int) -> str:
        room = min(self._memory.data_len(self._store) - pointer, 1 << 16)
        if room <= 0:
            raise TrapError(f"{self._path}: gave a string at {pointer}, outside its memory")
        text, end, _ = self.view(pointer, min(room, 256)).tobytes().partition(b"\0")
        if not end:
            text = self.view(pointer, room).tobytes().split(b"\0", 1)[0]
        return text.decode("utf-8", "replace")

    def close(self) -> None:
        """Gives the memory back. The sandbox is not called again."""
        self._dropped = self._dropped or "it was closed"
        self._finish()


def _value(code: str) -> str:
    return "i64" if code == "l" else "i32"


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value
