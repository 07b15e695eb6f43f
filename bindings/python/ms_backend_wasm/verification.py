"""Compares a model with MindSpore, node by node, and names the first that diverges.

Both sides get the same file, changed so that it answers the tensors of its nodes. The unchanged file is compared as
well: passes may join nodes there that the changed one keeps apart. If only that diverges, files that answer one node
each, with all before it joined as usual, find the first.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .beside import ModelFiles, gather
from .difference import TOLERANCES, difference
from .errors import InvalidError, UsageError
from .exporting import write
from .framework import mindspore, tensors
from .lines import dumped, read_lines
from .loading import load
from .machine import Array
from .model import Model
from .probe import Probe, batches, exposing, locations, parse, probes
from .report import NodeError, Verification
from .source import ModelSource, is_module, open_source

MOST_BYTES = 256 << 20  # tensors answered by one run


def verify(
    model: Any,
    *inputs: Any,
    wasm: ModelSource | None = None,
    tolerance: float | None = None,
    memory_limit: int = 2 << 30,
) -> Verification:
    """Runs a model here and in MindSpore on the same inputs, and compares each node's answer.

    model         a Cell, a function, a Model, or a MindIR file as load takes it
    inputs        arrays or Tensors in the model's order
    wasm          the file to run here, where it is not the same one; it must have the same nodes
    tolerance     largest difference over the largest of MindSpore's answer; None: 1e-4, or by data type 5e-3 for
                  float16, 4e-2 for bfloat16; whole numbers must be equal
    memory_limit  as for load

    Files of weights beside the model are copied to the temporary folder meanwhile.

    The answer is true if nothing diverges; printed, it names the first node that does, with its line where a net
    was given.
    """
    ms = mindspore("verify")
    with tempfile.TemporaryDirectory() as folder:
        reference, lines = _reference(ms, model, inputs, Path(folder))
        tested = reference if wasm is None else _file(wasm, None, Path(folder, "tested"))
        return _Comparison(ms, reference, tested, lines, inputs, tolerance, memory_limit).run()


@dataclass(frozen=True)
class _File:
    """A model; weights that it has in other files are below the folder, by the names it gives them."""

    proto: Any
    folder: Path

    @property
    def data(self) -> bytes:
        return bytes(self.proto.SerializeToString())

    @property
    def files(self) -> dict[str, ModelSource]:
        return {name: self.folder / name for name in locations(self.proto)}


class _Comparison:
    """One call of verify."""

    def __init__(
        self,
        ms: Any,
        reference: _File,
        tested: _File,
        lines: dict[str, str],
        inputs: tuple[Any, ...],
        tolerance: float | None,
        memory_limit: int,
    ):
        self._ms = ms
        self._lines = lines
        self._inputs = tensors(ms, inputs)
        self._tolerance = tolerance
        self._memory_limit = memory_limit
        self._reference = reference
        self._tested = tested
        self._probes = probes(reference.proto)
        theirs = probes(tested.proto)
        if len(theirs) != len(self._probes):
            raise InvalidError(f"the file to run here has {len(theirs)} nodes, the model {len(self._probes)}")
        self._twin = dict(zip(self._probes, theirs, strict=True))

    def run(self) -> Verification:
        outputs = self._outputs()
        nodes = [node for batch in batches(self._probes, MOST_BYTES) for node in self._nodes(batch)]
        first = next((node for node in nodes if node.diverges), None)
        if first is None and any(output.diverges for output in outputs):
            first = self._first_alone() or next(output for output in outputs if output.diverges)
        return Verification(nodes, outputs, first)

    def _outputs(self) -> list[NodeError]:
        """The unchanged file on both sides."""
        both = self._both(self._tested.data, self._reference.data)
        return [self._judge(f"output {i}", "output", *answers) for i, answers in enumerate(both)]

    def _nodes(self, batch: list[Probe]) -> Iterator[NodeError]:
        both = self._both(
            exposing(self._tested.proto, [self._twin[probe] for probe in batch]),
            exposing(self._reference.proto, batch),
        )
        for probe, answers in zip(batch, both, strict=True):
            yield self._judge(probe.node, probe.op, *answers)

    def _first_alone(self) -> NodeError | None:
        """The first node that diverges where it is the only one answered; what diverges once is taken to stay so."""
        low, high, found = 0, len(self._probes), None
        while low < high:
            middle = (low + high) // 2
            node = next(self._nodes([self._probes[middle]]))
            low, high, found = (low, middle, node) if node.diverges else (middle + 1, high, found)
        return found

    def _judge(self, name: str, op: str, element: str, got: Array, want: Array) -> NodeError:
        error = difference(got, want, element)
        tolerance = TOLERANCES.get(element, 0.0)
        if self._tolerance is not None and tolerance > 0:
            tolerance = self._tolerance
        return NodeError(name, op, error, not error.relative <= tolerance, self._lines.get(name))

    def _both(self, tested: bytes, reference: bytes) -> Iterator[tuple[str, Array, Array]]:
        """Data type, our answer and MindSpore's, for each output."""
        with load(tested, files=self._tested.files, memory_limit=self._memory_limit) as model:
            ours = model(*self._inputs)
            elements = [spec.element or "" for spec in model.outputs]
        return zip(elements, ours, self._natively(reference), strict=True)

    def _natively(self, file: bytes) -> list[Array]:
        path = self._reference.folder / "probed.mindir"
        path.write_bytes(file)
        cell = self._ms.nn.GraphCell(self._ms.load(str(path)))
        return list(_flat(cell(*self._inputs)))


def _flat(answer: Any) -> Iterator[Array]:
    if isinstance(answer, (tuple, list)):
        for part in answer:
            yield from _flat(part)
    else:
        yield np.asarray(answer.asnumpy() if hasattr(answer, "asnumpy") else answer)


def _reference(ms: Any, model: Any, inputs: tuple[Any, ...], folder: Path) -> tuple[_File, dict[str, str]]:
    """A model's file, and the lines of its nodes where there is a net to ask."""
    place = folder / "reference"
    if isinstance(model, Model):
        return _file(model.source, model.files, place), {}
    if not callable(model):
        return _file(model, None, place), {}
    dumps, made = folder / "dumps", folder / "made"
    made.mkdir()
    with dumped(ms, model, dumps):
        path = write(model, inputs, made, "net", "verify")
    return _file(path, None, place), read_lines(dumps, Path(ms.__file__).parent)


def _file(given: Any, files: ModelFiles | None, folder: Path) -> _File:
    """A model, and copies of its files of weights."""
    if is_module(given):
        raise UsageError(f"{given}: a module, which MindSpore cannot read; expected a net or a MindIR file")
    folder.mkdir()
    proto = parse(_bytes(given))
    gather(given, files, locations(proto), folder)
    return _File(proto, folder)


def _bytes(given: ModelSource) -> bytes:
    with open_source(given) as source:
        data = bytearray(source.size)
        source.read_into(0, memoryview(data))
    return bytes(data)
