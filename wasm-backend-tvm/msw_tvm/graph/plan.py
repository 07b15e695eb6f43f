"""The flat plan of a lowered model: tensors with their places, and steps that call kernels on them in order."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod

import numpy as np
from tvm import relax
from tvm.ir import Call, GenericConst, GlobalVar

from ..errors import LIMIT, BuildError
from .load import DTYPES, MAX_BYTES, MAX_RANK
from .lower import Lowered
from .memory import Life, most_alive, padded, place
from .trace import Part, bindings

MAX_ARGS = 256  # runtime/kind_model.c
MAX_BLOCK = MAX_BYTES - 127  # with its alignment in one piece of a 32-bit memory (runtime/run.c)


@dataclass
class Value:
    """A tensor.

    base       index of the value that it shows in another shape (itself: none)
    parameter  its constant content"""

    dtype: str
    dims: list[int]
    base: int
    parameter: np.ndarray | None = None
    offset: int = 0

    @property
    def size(self) -> int:
        return prod(self.dims) * np.dtype(self.dtype).itemsize


@dataclass
class Step:
    """kernel(args), of which the last are what it makes."""

    kernel: str
    args: list[int]
    outputs: int
    parts: list[Part]


@dataclass
class Plan:
    """Values, steps and where all of it lies. block, alive, total: bytes of struct msw_plan."""

    values: list[Value] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)
    parameters: bytes = b""
    block: int = 0
    alive: int = 0
    total: int = 0


def _tensor_type(ty: object, name: str) -> tuple[str, list[int]]:
    if not isinstance(ty, relax.TensorType) or ty.shape is None:
        raise BuildError(f"value '{name}' has no fixed shape, expected a model whose shapes do not hang on its data")
    try:
        dims = [int(dim) for dim in ty.shape]
    except (TypeError, ValueError):
        raise BuildError(f"value '{name}' has a dynamic shape {ty.shape}, expected fixed shapes") from None
    dtype = str(ty.dtype)
    if dtype not in DTYPES:
        raise BuildError(f"value '{name}' has data type {dtype}, expected {', '.join(DTYPES)}")
    if len(dims) > MAX_RANK:
        raise BuildError(f"value '{name}' has rank {len(dims)}, expected at most {MAX_RANK}")
    return dtype, dims


class _Walker:
    """Goes through main; every variable stands for one value, or for the list of values of a tuple."""

    def __init__(self, lowered: Lowered, owner: Callable[[str], str]):
        self.plan = Plan()
        self.parts = lowered.parts
        self.owner = owner
        self.known: dict[relax.Var, int | list[int]] = {}
        self.constants: dict[tuple, int] = {}
        self.main = lowered.module["main"]

    def walk(self) -> Plan:
        for param in self.main.params:
            self.known[param] = self._new(param.ty, param.name)
            self.plan.inputs.append(self.known[param])
        for binding in bindings(self.main):
            self.known[binding.var] = self._bind(binding.var, binding.value)
        outputs = self._use(self.main.body.body)
        self.plan.outputs = outputs if isinstance(outputs, list) else [outputs]
        return self.plan

    def _new(self, ty: object, name: str, base: int | None = None) -> int:
        dtype, dims = _tensor_type(ty, self.owner(name))
        index = len(self.plan.values)
        self.plan.values.append(Value(dtype, dims, index if base is None else base))
        return index

    def _use(self, expr: relax.Expr) -> int | list[int]:
        if isinstance(expr, relax.Var):
            return self.known[expr]
        if isinstance(expr, GenericConst):
            return self._constant(expr)
        if isinstance(expr, relax.Tuple):
            return [self._use(item) for item in expr.fields]
        if isinstance(expr, relax.TupleGetItem):
            return self._use(expr.tuple_value)[expr.index]
        raise BuildError(f"TVM left a {type(expr).__name__} in the graph, expected tensors")

    def _constant(self, constant: GenericConst) -> int:
        array = np.ascontiguousarray(constant.value.numpy())
        key = (str(array.dtype), constant.value.shape, hashlib.sha256(array.tobytes()).digest())
        if key not in self.constants:
            self.constants[key] = self._new(constant.ty, "constant")
            self.plan.values[-1].parameter = array
        return self.constants[key]

    def _bind(self, var: relax.Var, value: relax.Expr) -> int | list[int]:
        if not isinstance(value, Call):
            return self._use(value)
        if isinstance(value.op, GlobalVar):
            raise BuildError(f"{self.owner(var.name)}: TVM left a call of {value.op.name_hint}, expected kernels")
        name = value.op.name
        if name == "relax.reshape":
            base = self._use(value.args[0])
            return self._new(var.ty, var.name, self.plan.values[base].base)
        if name != "relax.call_tir" or len(value.args) != 2:
            raise BuildError(f"{self.owner(var.name)}: TVM has no kernel for {name} here, expected another operator")
        return self._step(var, value)

    def _step(self, var: relax.Var, call: Call) -> int | list[int]:
        args = self._use(call.args[1])
        several = isinstance(var.ty, relax.TupleType)
        made = [self._new(ty, var.name) for ty in (var.ty.fields if several else [var.ty])]
        if len(args) + len(made) > MAX_ARGS:
            raise BuildError(f"{self.owner(var.name)}: {len(args)} inputs, expected at most {MAX_ARGS - len(made)}")
        step = Step(call.args[0].name_hint, [*args, *made], len(made), self.parts.get(var, []))
        self.plan.steps.append(step)
        return made if several else made[0]


def _lives(plan: Plan) -> dict[int, Life]:
    """Of each tensor with memory of its own in the block.

    Outputs live always: a host may read them while it writes the next inputs."""
    lives: dict[int, Life] = {}
    for index, value in enumerate(plan.values):
        if value.base == index and value.parameter is None:
            lives[index] = Life(value.size, len(plan.steps), -1)
    uses = [(-1, index) for index in plan.inputs]
    uses += [(at, arg) for at, step in enumerate(plan.steps) for arg in step.args]
    uses += [(at, index) for index in plan.outputs for at in (-1, len(plan.steps))]
    for at, index in uses:
        life = lives.get(plan.values[index].base)
        if life:
            life.first, life.last = min(life.first, at), max(life.last, at)
    return lives


def _place_parameters(plan: Plan) -> bytes:
    data = bytearray()
    for value in plan.values:
        if value.parameter is not None:
            value.offset = len(data)
            data += value.parameter.tobytes()
            data += bytes(padded(value.size) - value.size)
    return bytes(data)


def _check_bytes(bytes_: int, what: str) -> None:
    if bytes_ > MAX_BLOCK:
        raise BuildError(f"its {what} need {bytes_} bytes, expected at most {MAX_BLOCK}", LIMIT)


def make_plan(lowered: Lowered, owner: Callable[[str], str]) -> Plan:
    """owner: how a variable is called in an error, by its name in main."""
    plan = _Walker(lowered, owner).walk()
    lives = _lives(plan)
    plan.block = place(list(lives.values()))
    _check_bytes(plan.block, "tensors")
    plan.alive = most_alive(list(lives.values()), len(plan.steps))
    plan.total = sum(life.size for life in lives.values())
    _check_bytes(sum(padded(value.size) for value in plan.values if value.parameter is not None), "parameters")
    plan.parameters = _place_parameters(plan)
    for index, life in lives.items():
        plan.values[index].offset = life.offset
    for value in plan.values:
        value.offset = plan.values[value.base].offset
    return plan
