"""A loaded model, and how it is called."""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .errors import TrapError, UsageError
from .machine import Array
from .profile import Node, Profile, Step, profile_of
from .run import Plan, Plans, Result
from .steps import Deadline, peak_gflops
from .tensor import TensorSpec

if TYPE_CHECKING:
    from .backend import Backend
    from .beside import ModelFiles
    from .source import ModelSource


@dataclass(frozen=True)
class ModelInfo:
    """What a model is: its format and what wrote it; nodes as they run; constant elements and their bytes."""

    format: str
    producer: str
    nodes: int
    parameters: int
    parameter_bytes: int


@dataclass(frozen=True)
class Pass:
    """What a pass of the graph compiler did: how often, and the nodes before and after it."""

    name: str
    about: str
    changes: int
    nodes_before: int
    nodes_after: int


class Model:
    """A loaded model.

        probabilities, logits = model(scan)         arrays in the order of `inputs`
        probabilities, logits = model(x=scan)       by name, or as a dict
        print(model.run(scan, profile=True).profile)

    It answers a list, always, in the order of `outputs`; the arrays are the caller's own. Calls from several threads
    wait for each other; two models run side by side. `close`, or the end of a `with`, gives its memory back.
    """

    def __init__(
        self,
        backend: Backend,
        handle: int,
        name: str = "",
        source: ModelSource | None = None,
        timeout: float | None = None,
        end: Callable[[], None] | None = None,
        files: ModelFiles | None = None,
    ):
        if handle == 0:
            raise backend.error()
        self.handle = handle
        self.name = name
        self.source = source
        self.files = files
        self.timeout = timeout
        self._backend = backend
        self._end = end
        self._plans = Plans(backend, handle)
        self._lock = threading.RLock()

    @functools.cached_property
    def inputs(self) -> list[TensorSpec]:
        return self._table("msw_model_input", "msw_tensor", self._tensor)

    @functools.cached_property
    def outputs(self) -> list[TensorSpec]:
        return self._table("msw_model_output", "msw_tensor", self._tensor)

    @functools.cached_property
    def _state_specs(self) -> list[TensorSpec]:
        return self._table("msw_model_state", "msw_tensor", self._tensor)

    @functools.cached_property
    def nodes(self) -> list[Node]:
        """The nodes as they run: some of the file's are joined or gone."""
        return self._table("msw_model_node", "msw_node", self._node)

    @functools.cached_property
    def passes(self) -> list[Pass]:
        """What the graph compiler did, in its order."""
        return self._table("msw_model_pass", "msw_pass", self._pass)

    @functools.cached_property
    def info(self) -> ModelInfo:
        with self._lock:
            self._open()
            row = self._backend.struct("msw_model_info", self._backend.machine.call("msw_model_info", self.handle))
            format, producer = (self._backend.machine.string(int(row[key])) for key in ("format", "producer"))
        return ModelInfo(format, producer, *(int(row[key]) for key in ("nodes", "parameters", "parameter_bytes")))

    def __call__(self, *arrays: npt.ArrayLike | Mapping[str, Any], **named: npt.ArrayLike) -> list[Array]:
        return self._execute(self._in_order(arrays, named), False).outputs

    def run(self, *arrays: npt.ArrayLike | Mapping[str, Any], profile: bool = False, **named: npt.ArrayLike) -> Result:
        """As a call, with what is known about the run. `profile` times each node, and costs some time itself."""
        return self._execute(self._in_order(arrays, named), profile)

    @property
    def state_names(self) -> list[str]:
        """The parameters that the model writes to."""
        return [spec.name for spec in self._state_specs]

    @property
    def states(self) -> dict[str, Array]:
        """Copies of what the parameters that the model writes to hold, by name.

        They begin as in the file. Each call leaves them as the next one finds them; one that fails changes none.
        """
        with self._lock:
            self._open()
            if self._state_specs and len(self._plans.states()) < len(self._state_specs):
                self.prepare()
            return {self._state_specs[state].name: array for state, array in self._plans.states().items()}

    def set_states(self, states: Mapping[str, npt.ArrayLike]) -> None:
        """Sets what some of the states hold; the others stay."""
        with self._lock:
            self._open()
            known = {spec.name: (state, spec) for state, spec in enumerate(self._state_specs)}
            if unknown := set(states) - set(known):
                raise UsageError(f"no states: {', '.join(sorted(unknown))}; the model writes to {', '.join(known)}")
            arrays = {known[name][0]: known[name][1].accept(value) for name, value in states.items()}
            for state, array in arrays.items():
                spec = self._state_specs[state]
                if array.shape != spec.shape:
                    raise UsageError(f"state '{spec.name}' is {spec}, it cannot hold an array of shape {array.shape}")
            for state, array in arrays.items():
                self._plans.set_state(state, array)

    def reset_states(self) -> None:
        """Sets all states back to what the file says."""
        with self._lock:
            self._open()
            self._plans.close()

    def prepare(self) -> None:
        """Plans a run for the inputs as declared, whose sizes must all be known: what does not fit is told now."""
        for spec in self.inputs:
            if spec.shape is None or min(spec.shape, default=0) < 0:
                raise UsageError(f"input '{spec.name}' is {spec}: its sizes are not known before a call")
        with self._lock:
            self._plan([np.broadcast_to(np.zeros((), spec.dtype), spec.shape or ()) for spec in self.inputs])

    def close(self) -> None:
        """Gives the model's memory back."""
        with self._lock:
            if not self.handle:
                return
            handle, self.handle, self.source, self.files = self.handle, 0, None, None
            self._plans.close()
            with contextlib.suppress(TrapError):  # after a trap there is nothing to give back
                self._backend.machine.call("msw_model_free", handle)
            if self._end:
                self._end()

    def __enter__(self) -> Model:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self.handle:
            return f"<{self.name}: closed>"
        about = f"{self.info.format} by {self.info.producer}" if self.info.producer else self.info.format
        lines = [f"<{self.name}: {about}, {self.info.nodes} nodes, {self.info.parameters:,} parameters"]
        lines += [f"  in   {spec.name}: {spec}" for spec in self.inputs]
        lines += [f"  out  {spec.name}: {spec}" for spec in self.outputs]
        return "\n".join(lines) + ">"

    def _in_order(self, arrays: tuple[Any, ...], named: Mapping[str, Any]) -> list[Array]:
        """The inputs in the model's order."""
        self._open()
        names = [spec.name for spec in self.inputs]
        if arrays and named:
            raise UsageError("inputs are given either in order or by name")
        if len(arrays) == 1 and isinstance(arrays[0], Mapping):
            named, arrays = arrays[0], ()
        if named and set(named) != set(names):
            raise UsageError(f"inputs {', '.join(map(str, named))} given, the model takes {', '.join(names)}")
        given = [named[name] for name in names] if named else list(arrays)
        if len(given) != len(names):
            raise UsageError(f"{len(given)} inputs given, the model takes {len(names)}: {', '.join(names)}")
        return [spec.accept(value) for spec, value in zip(self.inputs, given, strict=True)]

    def _execute(self, arrays: list[Array], profile: bool) -> Result:
        deadline = Deadline(self.timeout, self.name)
        with self._lock:
            self._open()
            types = b"".join(
                self._backend.type_of(array, spec) for array, spec in zip(arrays, self.inputs, strict=True)
            )
            plan = self._plans.get(types)
            for pointer, array in zip(plan.inputs, arrays, strict=True):
                self._backend.write(pointer, array)
            start = time.perf_counter()
            status, times = plan.steps.timed(deadline) if profile else (plan.steps.go(deadline), [])
            seconds = time.perf_counter() - start
            self._backend.check(status)
            outputs = [self._backend.read(pointer) for pointer in plan.outputs]
            names = [spec.name for spec in self.outputs]
            where = self._profile(times) if profile else None
            return Result(outputs, names, seconds, plan.memory, where)

    def _profile(self, times: list[tuple[int, float]]) -> Profile:
        told = {pointer for pointer, _ in times} - {0}
        steps = {pointer: self._step(self._backend.struct("msw_step", pointer)) for pointer in told}
        timed = ((steps[pointer], seconds) for pointer, seconds in times if pointer)
        return profile_of(self.nodes, timed, peak_gflops(self._backend.machine.call))

    def _plan(self, arrays: list[Array]) -> Plan:
        self._open()
        types = (self._backend.type_of(array, spec) for array, spec in zip(arrays, self.inputs, strict=True))
        return self._plans.get(b"".join(types))

    def _open(self) -> None:
        if not self.handle:
            raise UsageError(f"{self.name}: the model was closed")

    def _table(self, function: str, layout: str, read: Any) -> list[Any]:
        with self._lock:
            self._open()
            return self._backend.table(function, layout, read, self.handle)

    def _tensor(self, row: Any) -> TensorSpec:
        return self._backend.spec(int(row["name"]), row["type"])

    def _node(self, row: Any) -> Node:
        name, op = (self._backend.machine.string(int(row[key])) for key in ("name", "op"))
        parts = self._backend.strings(int(row["parts"]), int(row["part_count"]))
        return Node(name, op, self._backend.spec(int(row["name"]), row["output"]), parts)

    def _step(self, row: Any) -> Step:
        node = self.nodes[int(row["node"])]
        output = self._backend.typed(node.name, row["output"])
        return Step(int(row["node"]), output, int(row["operations"]), int(row["bytes"]))

    def _pass(self, row: Any) -> Pass:
        name, about = (self._backend.machine.string(int(row[key])) for key in ("name", "about"))
        return Pass(name, about, *(int(row[key]) for key in ("changes", "nodes_before", "nodes_after")))
