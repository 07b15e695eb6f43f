"""What users read of a plan: which ONNX nodes a step does, under which name, and what it is made of."""

from dataclasses import dataclass

import onnx
from tvm import relax
from tvm.ir import Call

from .importer import node_of
from .plan import Plan, Step
from .trace import Part, bindings
from .work import operations, shapes_of

LAYOUT = "layout_"  # names of values that only move an image to another layout (channels_last.py)
PRODUCTS = ("conv", "matmul", "dense", "depthwise")
WORDS = {"tir_clip": "clip", "transpose": "layout"}


@dataclass
class Node:
    """struct msw_node and the work of struct msw_step."""

    name: str
    op: str
    parts: list[str]
    operations: int
    bytes: int


def _readers(function: relax.Function) -> dict[str, str]:
    """For each variable, the first that is made of it."""
    found: dict[str, str] = {}
    for binding in bindings(function):
        value = binding.value
        args = value.args if isinstance(value, Call) else [value]
        flat = [x for arg in args for x in (arg.fields if isinstance(arg, relax.Tuple) else [arg])]
        for arg in flat:
            arg = arg.tuple_value if isinstance(arg, relax.TupleGetItem) else arg
            if isinstance(arg, relax.Var):
                found.setdefault(arg.name, binding.var.name)
    return found


class Owners:
    """Which ONNX node a variable of the unfused main belongs to: what has no name belongs to what is made of it."""

    def __init__(self, before: relax.Function, model: onnx.ModelProto):
        self.nodes = model.graph.node
        makers = {name: i for i, node in enumerate(self.nodes) for name in node.output}
        readers = _readers(before)
        self.of: dict[str, int | None] = {}
        output = before.body.body
        if isinstance(output, relax.Var):
            self.of[output.name] = makers.get(model.graph.output[0].name)
        for binding in reversed(bindings(before)):
            name = binding.var.name
            own = node_of(name.removeprefix(LAYOUT))
            self.of.setdefault(name, own if own is not None else self.of.get(readers.get(name, "")))

    def node_name(self, index: int) -> str:
        node = self.nodes[index]
        return node.name or next((name for name in node.output if name), f"node {index}")

    def text(self, variable: str) -> str:
        """For errors: the node, or the variable where it has none."""
        index = self.of.get(variable)
        return variable if index is None else f"node '{self.node_name(index)}' ({self.nodes[index].op_type})"


def _op_text(parts: list[Part]) -> str:
    words = []
    for part in parts:
        word = WORDS.get(part.kernel, part.kernel.removeprefix("tir_"))
        follows = bool(words) and words[-1].startswith(PRODUCTS)
        words.append("bias" if word == "add" and part.constant and follows else word)
    return " + ".join(words)


def _own_nodes(step: Step, owners: Owners) -> list[int]:
    found = [owners.of.get(part.value) for part in step.parts if not part.value.startswith(LAYOUT)]
    return [x for x in dict.fromkeys(found) if x is not None]


def _layout_name(step: Step, owners: Owners) -> str:
    value = step.parts[-1].value if step.parts else step.kernel
    index = owners.of.get(value) if node_of(value.removeprefix(LAYOUT)) is not None else None
    return f"{value.removeprefix(LAYOUT) if index is None else owners.node_name(index)}:layout"


def _unique(name: str, taken: dict[str, int]) -> str:
    taken[name] = taken.get(name, 0) + 1
    return name if taken[name] == 1 else f"{name}:{taken[name]}"


def describe(plan: Plan, owners: Owners, model: onnx.ModelProto) -> list[Node]:
    """One node a step. The work of an ONNX node is counted in the first step that has to do with it."""
    shapes, counted, taken, made = shapes_of(model), set(), {}, []
    for step in plan.steps:
        nodes = _own_nodes(step, owners)
        fresh = [index for index in nodes if index not in counted]
        counted.update(fresh)
        name = _unique(owners.node_name(nodes[-1]) if nodes else _layout_name(step, owners), taken)
        made.append(
            Node(
                name,
                _op_text(step.parts) or step.kernel,
                [owners.node_name(index) for index in nodes] or [name],
                sum(operations(owners.nodes[index], shapes) for index in fresh),
                sum(plan.values[index].size for index in sorted(set(step.args))),
            )
        )
    return made
