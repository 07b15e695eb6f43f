"""Which kernels of the unfused graph a fused one stands for: fusion forgets, as it joins functions that are alike."""

import re
from collections import defaultdict, deque
from dataclasses import dataclass

from tvm import IRModule, relax
from tvm.ir import Call, GlobalVar

CONSTANT = "constant"


@dataclass
class Part:
    """A kernel before fusion.

    value     the variable that held its result
    kernel    its name without the number that tells it from its like: conv2d
    constant  it reads one"""

    value: str
    kernel: str
    constant: bool


def kernel_base(name: str) -> str:
    """conv2d of conv2d17."""
    return re.fullmatch(r"(.+?(?:[123]d)?)\d*", name)[1]


def _operands(call: Call) -> list[relax.Expr]:
    is_kernel = isinstance(call.args[0], GlobalVar) if len(call.args) else False
    args = call.args[1:2] if is_kernel else call.args
    return [x for arg in args for x in (arg.fields if isinstance(arg, relax.Tuple) else [arg])]


def _callee(value: relax.Expr) -> str:
    if isinstance(value, Call):
        return value.args[0].name_hint if len(value.args) and isinstance(value.args[0], GlobalVar) else str(value.op)
    return f"item{value.index}" if isinstance(value, relax.TupleGetItem) else type(value).__name__


def _inputs(value: relax.Expr) -> list[relax.Expr]:
    if isinstance(value, Call):
        return _operands(value)
    if isinstance(value, relax.TupleGetItem):
        return [value.tuple_value]
    return list(value.fields) if isinstance(value, relax.Tuple) else [value]


def bindings(function: relax.Function) -> list:
    return [binding for block in function.body.blocks for binding in block.bindings]


class _Tracer:
    """Runs the fused graph by name: each value is told by its callee and the values that went into it."""

    def __init__(self, before: relax.Function):
        self.made: dict[tuple, deque[str]] = defaultdict(deque)
        known = {param: param.name for param in before.params}
        for binding in bindings(before):
            known[binding.var] = binding.var.name
            self.made[self._key(binding.value, known)].append(binding.var.name)

    def _key(self, value: relax.Expr, known: dict[relax.Var, str]) -> tuple:
        names = [known.get(x, "?") if isinstance(x, relax.Var) else CONSTANT for x in _inputs(value)]
        return (_callee(value), *names)

    def step(self, value: relax.Expr, known: dict[relax.Var, str]) -> Part | None:
        """The part that a binding of the fused graph is."""
        key = self._key(value, known)
        if not self.made[key]:
            return None
        return Part(self.made[key].popleft(), kernel_base(key[0]), CONSTANT in key[1:])

    def inside(self, function: relax.Function, args: list[str]) -> list[Part]:
        known = dict(zip(function.params, args, strict=True))
        found = []
        for binding in bindings(function):
            part = self.step(binding.value, known)
            if part:
                known[binding.var] = part.value
                if isinstance(binding.value, Call):
                    found.append(part)
            elif isinstance(binding.value, relax.Var):
                known[binding.var] = known[binding.value]
        return found


def trace(before: IRModule, after: IRModule) -> dict[relax.Var, list[Part]]:
    """For each variable of the fused main, the parts of its kernel in order. Names of variables may be there twice."""
    tracer = _Tracer(before["main"])
    known = {param: param.name for param in after["main"].params}
    found = {}
    for binding in bindings(after["main"]):
        value = binding.value
        if isinstance(value, Call) and isinstance(value.op, GlobalVar):
            args = [known.get(x, "?") if isinstance(x, relax.Var) else CONSTANT for x in value.args]
            parts = tracer.inside(after[value.op], args)
        else:
            part = tracer.step(value, known)
            parts = [part] if part else []
        if parts:
            known[binding.var] = parts[-1].value
        found[binding.var] = parts
    return found
