"""Files beside a model that hold its weights, found by the names that the model gives: never outside its folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import InvalidError, UsageError
from .source import READ, ModelSource, Source, descriptor, open_source

# What load takes as files: by their names in the model.
ModelFiles = Mapping[str, ModelSource]


def finder(model: ModelSource, files: ModelFiles | None) -> Callable[[str], Source]:
    """What opens a file of weights by its name in the model: one of those given, or one below the model's folder."""
    if files is not None:
        return lambda name: _given(files, name)
    if isinstance(model, (str, os.PathLike)):
        folder = os.path.dirname(os.fspath(model))
        return lambda name: open_below(folder, name)
    return _not_given


def open_below(folder: str, name: str) -> Source:
    """The regular file to which a name leads down from a folder. A stranger's name: links could lead anywhere."""
    path = os.path.join(folder, name)
    parts = _parts(name)
    number = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            number = _step(number, part, os.O_DIRECTORY, path)
        number = _step(number, parts[-1], 0, path)
        if stat.S_ISREG(os.fstat(number).st_mode) and (links := os.fstat(number).st_nlink) != 1:
            raise InvalidError(f"{path}: has {links} hard links, so it may be a file from elsewhere; expected 1")
    except BaseException:
        os.close(number)
        raise
    return descriptor(path, number)


def gather(model: ModelSource, files: ModelFiles | None, names: set[str], folder: Path) -> None:
    """Copies a model's files of weights below a folder. Not links: MindSpore refuses soft ones, and load hard ones."""
    find = finder(model, files)
    for name in sorted(names):
        place = folder.joinpath(*_parts(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        with find(name) as source:
            _copy(source, place)


def _parts(name: str) -> list[str]:
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
        raise InvalidError(
            f"{name!r} in the model is not a path down from its folder, without '.', '..' and empty parts"
        )
    return parts


def _copy(source: Source, place: Path) -> None:
    piece = memoryview(bytearray(4 << 20))
    with place.open("wb") as file:
        for offset in range(0, source.size, len(piece)):
            part = piece[: source.size - offset]
            source.read_into(offset, part)
            file.write(part)


def _step(folder: int, part: str, flags: int, path: str) -> int:
    """From an open folder to a part of it. Not over a link: what was checked cannot be exchanged before it opens."""
    try:
        number = os.open(part, READ | os.O_NOFOLLOW | flags, dir_fd=folder)
    except OSError as error:
        if _is_link(folder, part):
            raise InvalidError(f"{path}: {part!r} is a symbolic link; expected a file in the model's folder") from None
        raise OSError(error.errno, error.strerror, path) from None
    os.close(folder)
    return number


def _is_link(folder: int, part: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _given(files: ModelFiles, name: str) -> Source:
    if name not in files:
        raise UsageError(f"the model has weights in {name!r}, which is not among files: {', '.join(files) or 'none'}")
    return open_source(files[name])


def _not_given(name: str) -> Source:
    raise UsageError(f"the model has weights in {name!r}: load it by its path, or give files={{{name!r}: ...}}")
