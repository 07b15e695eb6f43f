"""Where the bytes of a model come from: a file, an object in memory, or an open file; read by ranges, never whole."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from typing import BinaryIO, TypeGuard, Union

from .errors import InvalidError, UsageError

# What load takes.
ModelSource = Union[str, "os.PathLike[str]", bytes, bytearray, memoryview, BinaryIO]


# O_NONBLOCK: opening a FIFO without a writer must not wait. It has no effect on regular files.
READ = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC

_WASM = b"\0asm"


class Source:
    """Bytes that can be read from any offset.

    name  what messages call it
    size  in bytes
    """

    def __init__(self, name: str, size: int, read: Callable[[int, memoryview], int], close: Callable[[], None]):
        self.name = name
        self.size = size
        self._read = read
        self.close = close

    def read_into(self, offset: int, place: memoryview) -> None:
        """Fills place from there. A file may have become shorter meanwhile."""
        done = 0
        while done < len(place):
            count = self._read(offset + done, place[done:])
            if count <= 0:
                raise InvalidError(f"{self.name}: ends at byte {offset + done}, it had {self.size} bytes")
            done += count

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def is_module(given: ModelSource) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a path leads to WebAssembly: a module that holds its model."""
    if not isinstance(given, (str, os.PathLike)):
        return False
    with open_source(given) as source:
        head = bytearray(min(source.size, len(_WASM)))
        source.read_into(0, memoryview(head))
    return head == _WASM


def open_source(given: ModelSource) -> Source:
    """Anything that load takes, as a Source."""
    if isinstance(given, (bytes, bytearray, memoryview)):
        return _memory(memoryview(given).cast("B"))
    if isinstance(given, (str, os.PathLike)):
        return _path(os.fspath(given))
    if hasattr(given, "read") and hasattr(given, "seek"):
        return _stream(given)
    raise UsageError(f"a model is a path, bytes, or a file opened with 'rb', not {type(given).__name__}")


def no_source(name: str) -> Source:
    """For a module that holds its model, and reads none."""
    return Source(name, 0, lambda offset, place: 0, _nothing)


def _nothing() -> None: ...


def _memory(view: memoryview) -> Source:
    def read(offset: int, place: memoryview) -> int:
        part = view[offset : offset + len(place)]
        place[: len(part)] = part
        return len(part)

    return Source(f"<{len(view)} bytes>", len(view), read, _nothing)


def _path(path: str) -> Source:
    return descriptor(path, os.open(path, READ))


def descriptor(path: str, number: int) -> Source:
    """An open regular file, which is closed with its source."""
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        os.close(number)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(21, "Is a directory", path)
        raise InvalidError(f"{path}: not a regular file")
    return Source(path, status.st_size, lambda offset, place: os.preadv(number, [place], offset), _closer(number))


def _closer(number: int) -> Callable[[], None]:
    return lambda: os.close(number)


def _stream(file: BinaryIO) -> Source:
    """An open file stays open, and stands where it stood."""
    name = str(getattr(file, "name", type(file).__name__))
    if isinstance(file, io.TextIOBase):
        raise UsageError(f"{name}: opened as text; open it with 'rb'")
    if not file.seekable():
        raise UsageError(f"{name}: cannot seek; read it into bytes first")
    before = file.tell()
    size = file.seek(0, io.SEEK_END)

    def read(offset: int, place: memoryview) -> int:
        file.seek(offset)
        part = file.read(len(place))
        place[: len(part)] = part
        return len(part)

    def close() -> None:
        file.seek(before)

    return Source(name, size, read, close)
