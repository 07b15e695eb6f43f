"""Compiled modules, kept in memory and in the user's cache folder, so that a second start takes a millisecond.

Compiled code is native code: a file of the cache is used only if it and its folder belong to us and nobody else may
write them. It is named by a hash of the wasm bytes and wasmtime's version, and begins with a hash of all that follows,
since deserialising a damaged file would be undefined. Settings and processor are compared by wasmtime.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import wasmtime as wt

from .errors import InvalidError, LimitError

# Compile time is bounded by no limit of a store, so the size of what is compiled is; weights may come with it.
MAX_CODE_BYTES = 64 << 20
MAX_MODULE_BYTES = 2 << 30
MOST_ENTRIES = 32
LARGEST_ENTRY = 32 << 20  # of a module with its weights inside; it is compiled each time, instead of kept twice more
_CODE_SECTION = 10
_HASH_BYTES = hashlib.sha256().digest_size


def compiled(path: Path, interruptible: bool) -> tuple[wt.Engine, wt.Module]:
    """The module in that file. An interruptible one has an engine of its own: an engine's epoch ends all that runs."""
    wasm = _read(path)
    try:
        if interruptible:
            engine = wt.Engine(_config(True))
            return engine, _from_cache(engine, wasm, "-epoch")
        return _engine(), _shared(wasm)
    except wt.WasmtimeError as error:
        raise InvalidError(f"{path}: not a wasm module: {first_line(error)}") from None


def first_line(error: Exception) -> str:
    """The reason at the end of wasmtime's chain of causes."""
    lines = [line.strip() for line in str(error).strip().splitlines()]
    reasons = [line for line in lines if line.startswith(("wasm trap:", "Caused by"))]
    return reasons[-1].removeprefix("wasm trap: ") if reasons else lines[0]


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        wasm = file.read(MAX_MODULE_BYTES + 1)
    if len(wasm) > MAX_MODULE_BYTES:
        raise LimitError(f"{path}: larger than {MAX_MODULE_BYTES >> 20} MiB, the limit for a module")
    if (code := _code_bytes(wasm)) > MAX_CODE_BYTES:
        raise LimitError(f"{path}: its code is {code} bytes, the limit is {MAX_CODE_BYTES >> 20} MiB")
    return wasm


def _code_bytes(wasm: bytes) -> int:
    """The largest code section that the module's headers tell of; a damaged one is the compiler's to refuse."""
    at, most = 8, 0
    while at < len(wasm):
        number, size, shift = wasm[at], 0, 0
        at += 1
        while at < len(wasm) and shift < 35:
            byte = wasm[at]
            size |= (byte & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if byte < 0x80:
                break
        most = max(most, size) if number == _CODE_SECTION else most
        at += size
    return most


def _config(interruptible: bool) -> wt.Config:
    config = wt.Config()
    config.epoch_interruption = interruptible
    return config


@functools.lru_cache(maxsize=1)
def _engine() -> wt.Engine:
    return wt.Engine(_config(False))


@functools.lru_cache(maxsize=2)
def _shared(wasm: bytes) -> wt.Module:
    return _from_cache(_engine(), wasm, "")


def _from_cache(engine: wt.Engine, wasm: bytes, suffix: str) -> wt.Module:
    folder = cache_folder() if len(wasm) <= LARGEST_ENTRY else None
    name = f"{hashlib.sha256(wasm).hexdigest()}-{version('wasmtime')}{suffix}"
    code = _load(folder / name) if folder else None
    if code is not None:
        with contextlib.suppress(wt.WasmtimeError):  # of another processor or other settings: compile anew
            return wt.Module.deserialize(engine, code)
    module = wt.Module(engine, wasm)
    if folder:
        _store(folder / name, bytes(module.serialize()))
    return module


def cache_folder(*inside: str) -> Path | None:
    """Our folder of the user's cache, made if absent; None where there is none that can be trusted."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        home = os.environ.get("HOME", "")
        base = f"{home}/.cache" if home.startswith("/") else ""
    if not base:
        return None
    folder = Path(base, "ms-backend-wasm", "python", *inside)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ours = [folder, *folder.parents][: 2 + len(inside)]
        return folder if all(_only_ours(part.lstat(), stat.S_ISDIR) for part in ours) else None
    except OSError:
        return None


def trusted_file(path: Path) -> bool:
    """Whether a file of the cache is there and nobody else may have written it."""
    try:
        return _only_ours(path.lstat(), stat.S_ISREG)
    except OSError:
        return False


def _only_ours(status: os.stat_result, kind: Callable[[int], bool]) -> bool:
    return kind(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _no_link(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _load(path: Path) -> bytes | None:
    try:
        with open(path, "rb", opener=_no_link) as file:
            if not _only_ours(os.fstat(file.fileno()), stat.S_ISREG):
                return None
            digest, code = file.read(_HASH_BYTES), file.read()
    except OSError:
        return None
    return code if hashlib.sha256(code).digest() == digest else None


def _store(path: Path, code: bytes) -> None:
    """A full disk costs time, not the answer. A reader sees the whole file or none."""
    with contextlib.suppress(OSError):
        number, name = tempfile.mkstemp(dir=path.parent)
        try:
            with open(number, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        entries = sorted((p for p in path.parent.iterdir() if p.is_file()), key=lambda entry: entry.stat().st_mtime)
        for old in entries[:-MOST_ENTRIES]:
            old.unlink()
