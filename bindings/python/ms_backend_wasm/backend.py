"""A module: what it can do, the models it loads, the operators it runs, and its structs as numpy sees them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from . import abi
from .beside import ModelFiles, finder
from .errors import InvalidError, LimitError, MswError, UnsupportedError, UsageError
from .machine import Array, Machine, Memory
from .model import Model
from .source import ModelSource, Source, no_source, open_source
from .steps import Deadline
from .tensor import Element, TensorSpec

T = TypeVar("T")

MOST_FILES = 64  # of weights, beside a model: each is kept open while it loads


@dataclass(frozen=True)
class Operator:
    """A row of the module's operator table.

    dtypes      what the first input may be, as far as numpy has it
    elements    the same by their names in the module: all of them
    attributes  the kind of each, a key of abi.ATTRIBUTE_KINDS
    required    those without a default
    """

    name: str
    dtypes: tuple[np.dtype, ...]  # type: ignore[type-arg]
    elements: tuple[str, ...]
    inputs_min: int
    inputs_max: int
    outputs: int
    attributes: dict[str, int]
    required: tuple[str, ...]


class Backend:
    """One module on one machine. Not for two threads at once; a module that trapped is not used again."""

    def __init__(self, machine: Machine):
        self.machine = machine
        self._structs = abi.structs(machine.pointer_bytes)
        version = machine.call("msw_abi_version")
        if version != abi.VERSION:
            raise InvalidError(f"the module has ABI version {version}, this package knows {abi.VERSION}")
        machine.call("msw_tune", machine.engine)
        self._elements = {
            element.number: element for element in self.table("msw_dtype_at", "msw_dtype_info", self._element)
        }
        self._named = {element.name: element for element in self._elements.values()}

    def operators(self) -> dict[str, Operator]:
        """The module's operators by name, in the table's order."""
        return dict(self._operators)

    @cached_property
    def _operators(self) -> dict[str, Operator]:
        return {op.name: op for op in self.table("msw_operator_at", "msw_operator", self._operator)}

    def operator(self, name: str, *arrays: Array, **attributes: float | list[float]) -> Array | list[Array]:
        """The operator's answer: an array, or a list of arrays where it has several."""
        kinds = self._operators[name].attributes if name in self._operators else {}
        with Memory(self.machine) as memory:
            rows = [memory.attribute(key, kinds.get(key), value) for key, value in attributes.items()]
            packed = memory.array(np.array(rows, self._structs["msw_attr"])) if rows else 0
            handle = self.machine.call("msw_model_from_operator", memory.string(name), len(arrays), packed, len(rows))
        with Model(self, handle, name) as model:
            outputs = model(*arrays)
        return outputs[0] if len(outputs) == 1 else outputs

    def load(
        self,
        given: ModelSource,
        timeout: float | None = None,
        end: Callable[[], None] | None = None,
        files: ModelFiles | None = None,
        holds: bool = False,
    ) -> Model:
        """A model, loaded range by range as the module asks for it. `end` is called when it is closed.

        holds  what is given is the module itself, in which the model is
        """
        self._check_kind(str(given), holds)
        with contextlib.ExitStack() as stack:
            source = no_source(str(given)) if holds else stack.enter_context(open_source(given))
            model = Model(
                self, self.machine.call("msw_model_open", source.size), source.name, given, timeout, end, files
            )
            try:
                find = finder(given, files)
                self._fill(
                    model.handle, [source], lambda name: stack.enter_context(find(name)), Deadline(timeout, "loading")
                )
            except BaseException:
                model.close()
                raise
        return model

    def _check_kind(self, name: str, holds: bool) -> None:
        kind = self.machine.call("msw_module_kind")
        if kind == abi.KIND_MODEL and not holds:
            raise UsageError("the module holds a model of its own: load the module's path")
        if kind != abi.KIND_MODEL and holds:
            raise UsageError(f"{name}: a module without a model (kind {kind}), expected a model, or one that holds it")

    def _fill(self, handle: int, sources: list[Source], find: Callable[[str], Source], deadline: Deadline) -> None:
        """Serves the load. Source 0 is the model; the others join as they are asked for."""
        with Memory(self.machine) as memory:
            request = memory.reserve(self._structs["msw_request"].itemsize)
            while (status := self.machine.call("msw_load_step", handle, request)) == abi.MORE:
                deadline.check()
                want = self.struct("msw_request", request)
                if want["file"] == len(sources) <= MOST_FILES:
                    sources.append(find(self._file_name(handle, len(sources))))
                    self.check(self.machine.call("msw_model_file_size", handle, len(sources) - 1, sources[-1].size))
                if want["file"] >= len(sources):
                    raise InvalidError(f"the module asks for file {want['file']}, expected 0 to {len(sources) - 1}")
                source = sources[want["file"]]
                if int(want["offset"]) + int(want["bytes"]) > source.size:
                    raise InvalidError(f"the module asks for bytes outside {source.name} of {source.size} bytes")
                place = self.machine.view(int(want["destination"]), int(want["bytes"]))
                source.read_into(int(want["offset"]), place.data)
        self.check(status)

    def _file_name(self, handle: int, number: int) -> str:
        pointer = self.machine.call("msw_model_file", handle, number)
        if pointer == 0:
            raise InvalidError(f"the module asks for file {number}, for which it has no name")
        return self.machine.string(pointer)

    def check(self, result: int) -> None:
        """Raises the module's last error unless a status is OK."""
        if result != abi.OK:
            raise self.error()

    def error(self) -> MswError:
        last = self.struct("msw_error", self.machine.call("msw_error"))
        kinds = {abi.USAGE: UsageError, abi.INVALID: InvalidError, abi.LIMIT: LimitError}
        kind = kinds.get(int(last["status"]), UnsupportedError)
        node, offset = (int(last[key]) if last[key] >= 0 else None for key in ("node", "offset"))
        return kind(self.machine.string(int(last["text"])), node, offset)

    def struct(self, name: str, pointer: int) -> Any:
        """A copy of the struct there."""
        layout = self._structs[name]
        return self.machine.view(pointer, layout.itemsize).view(layout)[0].copy()

    def type_of(self, array: Array, spec: TensorSpec) -> bytes:
        """An input's type as the module reads it."""
        element = self._named.get(spec.element or array.dtype.name)
        if element is None:
            known = ", ".join(self._named)
            raise UsageError(f"input '{spec.name}': data type {array.dtype} is not known, only {known}")
        if array.ndim > abi.MAX_RANK:
            raise LimitError(f"input '{spec.name}': rank {array.ndim}, at most {abi.MAX_RANK}")
        if max(array.shape, default=0) > abi.MAX_DIM:
            raise LimitError(f"input '{spec.name}': a dimension of {max(array.shape)}, at most {abi.MAX_DIM}")
        layout = np.zeros((), self._structs["msw_type"])
        layout["dtype"], layout["rank"] = element.number, array.ndim
        layout["dims"][: array.ndim] = array.shape
        return layout.tobytes()

    def spec(self, name: int, layout: Any) -> TensorSpec:
        """A name and a msw_type as a TensorSpec."""
        return self.typed(self.machine.string(name), layout)

    def typed(self, name: str, layout: Any) -> TensorSpec:
        rank, element = int(layout["rank"]), self._elements.get(int(layout["dtype"]))
        shape = None if rank < 0 else tuple(int(size) for size in layout["dims"][:rank])
        dtype, label = (element.dtype, element.name) if element else (None, None)
        return TensorSpec(name, dtype, shape, label)

    def strings(self, pointer: int, count: int) -> tuple[str, ...]:
        """A list of strings."""
        size = self.machine.pointer_bytes
        places = self.machine.view(pointer, count * size).view(f"<u{size}")
        return tuple(self.machine.string(int(place)) for place in places)

    def write(self, pointer: int, array: Array) -> None:
        """Puts an array into a run's tensor."""
        tensor = self.struct("msw_tensor", pointer)
        place = self.machine.view(int(tensor["data"]), int(tensor["bytes"]))
        self._elements[int(tensor["type"]["dtype"])].write(array, place)

    def read(self, pointer: int) -> Array:
        """A run's tensor as an array of the caller's own."""
        tensor = self.struct("msw_tensor", pointer)
        place = self.machine.view(int(tensor["data"]), int(tensor["bytes"]))
        shape = tuple(int(size) for size in tensor["type"]["dims"][: int(tensor["type"]["rank"])])
        return self._elements[int(tensor["type"]["dtype"])].read(place, shape)

    def pointers(self, function: str, *arguments: int) -> list[int]:
        """All that a function of the module gives by index."""
        found: list[int] = []
        while pointer := self.machine.call(function, *arguments, len(found)):
            found.append(pointer)
        return found

    def table(self, function: str, layout: str, read: Callable[[Any], T], *arguments: int) -> list[T]:
        """All rows of a table of the module."""
        return [read(self.struct(layout, pointer)) for pointer in self.pointers(function, *arguments)]

    def _element(self, row: Any) -> Element:
        return Element(int(row["dtype"]), self.machine.string(int(row["name"])))

    def _operator(self, row: Any) -> Operator:
        size = self._structs["msw_attr_spec"].itemsize
        specs = [self.struct("msw_attr_spec", int(row["attrs"]) + i * size) for i in range(int(row["attr_count"]))]
        names = [self.machine.string(int(spec["name"])) for spec in specs]
        elements = [element for number, element in self._elements.items() if row["dtypes"] >> number & 1]
        return Operator(
            self.machine.string(int(row["name"])),
            tuple(element.dtype for element in elements if element.name == element.dtype.name),
            tuple(element.name for element in elements),
            int(row["inputs_min"]),
            int(row["inputs_max"]),
            int(row["outputs"]),
            {name: int(spec["kind"]) for name, spec in zip(names, specs, strict=True)},
            tuple(name for name, spec in zip(names, specs, strict=True) if spec["required"]),
        )
