"""A module: what it can do, the models it loads, the operators it runs, and its structs as numpy sees them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from . import abi
from .errors import InvalidError, LimitError, MswError, UnsupportedError, UsageError
from .machine import Machine, Memory
from .model import Model, TensorSpec


@dataclass(frozen=True)
class Operator:
    """A row of the module's operator table.

    dtypes      what the first input may be
    attributes  the kind of each, a key of abi.ATTRIBUTE_KINDS
    required    those without a default
    """

    name: str
    dtypes: tuple[np.dtype, ...]
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
        self._dtypes = self._read_dtypes()
        self._numbers = {dtype: number for number, dtype in self._dtypes.items()}

    def operators(self) -> dict[str, Operator]:
        """The module's operators by name, in the table's order."""
        return {op.name: op for op in self._table("msw_operator_at", "msw_operator", self._read_operator)}

    def operator(self, name: str, *arrays: np.ndarray, **attributes: float | list) -> np.ndarray | list[np.ndarray]:
        """The operator's answer: an array, or a list of arrays where it has several."""
        kinds = self.operators()[name].attributes if name in self.operators() else {}
        with Memory(self.machine) as memory:
            rows = [memory.attribute(key, kinds.get(key), value) for key, value in attributes.items()]
            packed = memory.array(np.array(rows, self._structs["msw_attr"])) if rows else 0
            handle = self.machine.call("msw_model_from_operator", memory.string(name), len(arrays), packed, len(rows))
        model = Model(self, handle)
        try:
            outputs = model(*arrays)
        finally:
            model.close()
        return outputs[0] if len(outputs) == 1 else outputs

    def load(self, path: str | os.PathLike) -> Model:
        """A model file, loaded range by range as the module asks for it."""
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            model = Model(self, self.machine.call("msw_model_open", size))
            try:
                self._fill(model.handle, file, size)
            except MswError:
                model.close()
                raise
        return model

    def _fill(self, handle: int, file: BinaryIO, size: int) -> None:
        with Memory(self.machine) as memory:
            request = memory.reserve(self._structs["msw_request"].itemsize)
            while (status := self.machine.call("msw_load_step", handle, request)) == abi.MORE:
                want = self.struct("msw_request", request)
                if want["file"] != 0 or int(want["offset"]) + int(want["bytes"]) > size:
                    raise InvalidError(f"the module asks for bytes outside the file of {size} bytes")
                file.seek(int(want["offset"]))
                self.machine.view(int(want["destination"]), int(want["bytes"]))[:] = np.frombuffer(
                    file.read(int(want["bytes"])), np.uint8
                )
        self.check(status)

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

    def struct(self, name: str, pointer: int) -> np.void:
        """A copy of the struct there."""
        layout = self._structs[name]
        return self.machine.view(pointer, layout.itemsize).view(layout)[0].copy()

    def type_of(self, array: np.ndarray, what: str) -> np.void:
        """An array's type as the module writes it."""
        number = self._numbers.get(array.dtype)
        if number is None:
            known = ", ".join(str(dtype) for dtype in self._numbers)
            raise UsageError(f"{what}: data type {array.dtype} is not known, only {known}")
        if array.ndim > abi.MAX_RANK:
            raise LimitError(f"{what}: rank {array.ndim}, at most {abi.MAX_RANK}")
        layout = np.zeros((), self._structs["msw_type"])
        layout["dtype"], layout["rank"] = number, array.ndim
        layout["dims"][: array.ndim] = array.shape
        return layout[()]

    def spec(self, pointer: int) -> TensorSpec:
        tensor = self.struct("msw_tensor", pointer)
        rank = int(tensor["type"]["rank"])
        shape = None if rank < 0 else tuple(int(size) for size in tensor["type"]["dims"][:rank])
        name = self.machine.string(int(tensor["name"]))
        return TensorSpec(name, self._dtypes.get(int(tensor["type"]["dtype"])), shape)

    def array(self, pointer: int) -> tuple[np.ndarray, TensorSpec]:
        """A run's tensor as an array over the module's memory: valid until the next call."""
        tensor, spec = self.struct("msw_tensor", pointer), self.spec(pointer)
        data = self.machine.view(int(tensor["data"]), int(tensor["bytes"]))
        return data.view(spec.dtype).reshape(spec.shape), spec

    def _table(self, function: str, layout: str, read: Callable) -> list:
        rows = []
        while pointer := self.machine.call(function, len(rows)):
            rows.append(read(self.struct(layout, pointer)))
        return rows

    def _read_dtypes(self) -> dict[int, np.dtype]:
        def read(row: np.void) -> tuple[int, np.dtype]:
            return int(row["dtype"]), np.dtype(self.machine.string(int(row["name"])))

        return dict(self._table("msw_dtype_at", "msw_dtype_info", read))

    def _read_operator(self, row: np.void) -> Operator:
        size = self._structs["msw_attr_spec"].itemsize
        specs = [self.struct("msw_attr_spec", int(row["attrs"]) + i * size) for i in range(int(row["attr_count"]))]
        names = [self.machine.string(int(spec["name"])) for spec in specs]
        return Operator(
            self.machine.string(int(row["name"])),
            tuple(dtype for number, dtype in self._dtypes.items() if row["dtypes"] >> number & 1),
            int(row["inputs_min"]),
            int(row["inputs_max"]),
            int(row["outputs"]),
            {name: int(spec["kind"]) for name, spec in zip(names, specs, strict=True)},
            tuple(name for name, spec in zip(names, specs, strict=True) if spec["required"]),
        )
