"""Plans of a model for the shapes it was called with lately, and what a run gives back."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import LimitError, TrapError
from .machine import Array, Memory
from .steps import Steps

if TYPE_CHECKING:
    from .backend import Backend
    from .profile import Profile

MOST_PLANS = 4  # each has its own block of activations


@dataclass(frozen=True)
class MemoryUse:
    """Bytes that a plan needs.

    activations  the block that all tensors between inputs and outputs share
    alive        the most that is alive at once: no plan could do with less
    unshared     what they would take without sharing
    weights      constants in the form that the kernels read, shared by all plans of a model
    """

    activations: int
    alive: int
    unshared: int
    weights: int


@dataclass(frozen=True)
class Plan:
    """A run of the module for inputs of given types, and where it describes their tensors."""

    run: int
    steps: Steps
    step_count: int
    memory: MemoryUse
    inputs: list[int]
    outputs: list[int]
    states: list[int]


class Plans:
    """A few plans of one model, by the types of its inputs; the one unused for longest makes room.

    Each has states of its own, the parameters that the model writes to: what they hold goes along from plan to plan.
    """

    def __init__(self, backend: Backend, model: int):
        self._backend = backend
        self._model = model
        self._plans: OrderedDict[bytes, Plan] = OrderedDict()
        self._current: Plan | None = None
        self._held: dict[int, Array] = {}  # by state, for the plan that comes

    def get(self, types: bytes) -> Plan:
        if self._current is None or self._plans.get(types) is not self._current:
            self._held = self.states()
            self._current = None
            plan = self._find(types)
            for state, array in self._held.items():
                self._backend.write(plan.states[state], array)
            self._current, self._held = plan, {}
        return self._current

    def states(self) -> dict[int, Array]:
        """What the states hold, as far as it is known: without a plan, what was set."""
        if self._current is None:
            return self._held
        return {state: self._backend.read(pointer) for state, pointer in enumerate(self._current.states)}

    def set_state(self, state: int, array: Array) -> None:
        if self._current is None:
            self._held[state] = array.copy()
        else:
            self._backend.write(self._current.states[state], array)

    def _find(self, types: bytes) -> Plan:
        if types not in self._plans:
            while len(self._plans) >= MOST_PLANS:
                self._end(next(iter(self._plans)))
            self._plans[types] = self._make(types)
        self._plans.move_to_end(types)
        return self._plans[types]

    def _make(self, types: bytes) -> Plan:
        """Where memory does not suffice, the other plans give theirs."""
        try:
            return self._new(types)
        except LimitError:
            if not self._plans:
                raise
        self._end_all()
        return self._new(types)

    def _new(self, types: bytes) -> Plan:
        call = self._backend.machine.call
        with Memory(self._backend.machine) as memory:
            run = call("msw_run_new", self._model, memory.bytes(types))
        if run == 0:
            raise self._backend.error()
        about = self._backend.struct("msw_plan", call("msw_run_plan", run))
        sizes = (int(about[f"{kind}_bytes"]) for kind in ("arena", "live", "tensor", "weight"))
        places = (self._backend.pointers(f"msw_run_{kind}", run) for kind in ("input", "output", "state"))
        return Plan(run, Steps(call, run), int(about["steps"]), MemoryUse(*sizes), *places)

    def _end(self, types: bytes) -> None:
        plan = self._plans.pop(types)
        with contextlib.suppress(TrapError):  # after a trap there is nothing to give back
            self._backend.machine.call("msw_run_free", plan.run)

    def close(self) -> None:
        """Ends all plans; the states are as in the file again."""
        self._current, self._held = None, {}
        self._end_all()

    def _end_all(self) -> None:
        for types in list(self._plans):
            self._end(types)

    def __len__(self) -> int:
        return len(self._plans)


@dataclass(frozen=True)
class Result:
    """What a run gives.

    outputs  in the model's order
    names    of the outputs
    seconds  for the whole run, inputs and outputs not counted
    memory   what the plan for inputs of these shapes takes
    profile  time by node, where asked for
    """

    outputs: list[Array]
    names: list[str]
    seconds: float
    memory: MemoryUse
    profile: Profile | None = None

    def __getitem__(self, key: int | str) -> Array:
        return self.outputs[self.names.index(key) if isinstance(key, str) else key]

    def as_dict(self) -> dict[str, Array]:
        """The outputs by name."""
        return dict(zip(self.names, self.outputs, strict=True))
