"""From a MindSpore net to a MindIR file, and to a model in the sandbox."""

from __future__ import annotations

import contextlib
import mmap
import os
import tempfile
from pathlib import Path
from typing import Any

from .errors import UsageError
from .framework import mindspore, tensors
from .loading import load
from .model import Model


def export(net: Any, *inputs: Any, path: str | os.PathLike[str]) -> Path:
    """Writes a net, a Cell or a function, as a MindIR file; answers the file's path.

    inputs  examples: arrays or Tensors, whose data types and shapes the model will have. Where a size shall stay open,
            mindspore.Tensor(shape=[None, 3], dtype=mindspore.float32).
    path    ends in .mindir. Above 1 GiB of weights MindSpore writes X_graph.mindir and a folder X_variables: keep them
            side by side.

    The file appears whole or not at all. The net is exported as it is: call set_train(False) for inference.
    """
    target = Path(path)
    if target.suffix != ".mindir":
        raise UsageError(f"{target}: the name of a MindIR file ends in .mindir")
    with tempfile.TemporaryDirectory(prefix=".export-", dir=target.parent) as folder:
        made = write(net, inputs, Path(folder), target.stem, "export")
        for entry in sorted(Path(folder).iterdir(), key=lambda entry: entry == made):  # weights first
            _replace(entry, target.parent / entry.name)
    return target.parent / made.name


def compile(net: Any, *inputs: Any, memory_limit: int = 2 << 30, timeout: float | None = None) -> Model:
    """A net, a Cell or a function, as a model in the sandbox for inputs like these; the rest as for export and load."""
    with tempfile.TemporaryDirectory() as folder:
        made = write(net, inputs, Path(folder), "net", "compile")
        files = {str(path.relative_to(folder)): _pages(path) for path in Path(folder).rglob("*") if path.is_file()}
    model = load(files.pop(made.name), files=files, memory_limit=memory_limit, timeout=timeout)
    model.name = getattr(net, "__name__", type(net).__name__)
    return model


def _pages(path: Path) -> memoryview:
    """A file's bytes, which outlive its name."""
    with path.open("rb") as file:
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def write(net: Any, inputs: tuple[Any, ...], folder: Path, stem: str, what: str) -> Path:
    """MindSpore's own export into a folder; answers the file that is the model."""
    ms = mindspore(what)
    if not callable(net):
        raise UsageError(f"{what}: a net is a mindspore.nn.Cell or a function, not {type(net).__name__}")
    with restored_mode(ms):
        exported = net if isinstance(net, ms.nn.Cell) or hasattr(net, "__wrapped__") else ms.jit(net)
        ms.export(exported, *tensors(ms, inputs), file_name=str(folder / f"{stem}.mindir"), file_format="MINDIR")
    made = next(folder.glob("*.mindir"))
    made.chmod(0o644)  # MindSpore's is read-only
    return made


@contextlib.contextmanager
def restored_mode(ms: Any) -> Any:
    """What MindSpore's functions set in its context, and leave set when they fail, is put back."""
    level = ms.get_context("jit_syntax_level")
    try:
        yield
    finally:
        ms.set_context(jit_syntax_level=level)


def _replace(made: Path, target: Path) -> None:
    if target.is_dir() and made.is_dir():  # the weights of an earlier export
        for entry in made.iterdir():
            entry.replace(target / entry.name)
        return
    made.replace(target)
