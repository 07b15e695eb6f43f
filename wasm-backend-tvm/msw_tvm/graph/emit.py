"""Writes a plan as the constant C tables of runtime/plan.h, and the parameters as the file of runtime/parameters.h."""

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from .load import DTYPES
from .names import Node
from .plan import Plan, Value

EMBEDDED = """#pragma clang diagnostic ignored "-Wc23-extensions"
_Alignas(64) static const unsigned char parameters[] = {
#embed "parameters"
};
"""
MAGIC, VERSION = b"MSWTVMP\0", 1


@dataclass
class Model:
    """All that the tables say. inputs, outputs: names; file: of the parameters, beside the module."""

    plan: Plan
    nodes: list[Node]
    inputs: list[str]
    outputs: list[str]
    format: str
    producer: str
    file: str


def c_string(text: str) -> str:
    """A C literal; what is not plain ASCII as octal, whose three digits no following character can join."""
    plain = set(range(32, 127)) - set(b'"\\?')
    return '"' + "".join(chr(byte) if byte in plain else f"\\{byte:03o}" for byte in text.encode()) + '"'


def _type(value: Value) -> str:
    return f"{{{DTYPES[value.dtype]}, {len(value.dims)}, {{{', '.join(map(str, value.dims)) or 0}}}}}"


def _array(declaration: str, rows: list[str]) -> str:
    return f"static const {declaration}[] = {{\n" + "".join(f"    {row},\n" for row in rows or ["{0}"]) + "};\n"


def _values(plan: Plan) -> str:
    rows = []
    for value in plan.values:
        place = "PLAN_BLOCK" if plan.values[value.base].parameter is None else "PLAN_PARAMETER"
        rows.append(f"{{{_type(value)}, {place}, {value.offset}}}")
    return _array("struct plan_value values", rows)


def _ports(what: str, names: list[str], indices: list[int]) -> str:
    rows = [f"{{{c_string(name)}, {index}}}" for name, index in zip(names, indices, strict=True)]
    return _array(f"struct plan_port {what}", rows)


def _steps(plan: Plan, nodes: list[Node]) -> str:
    args = [str(arg) for step in plan.steps for arg in step.args]
    rows, at = [], 0
    for step, node in zip(plan.steps, nodes, strict=True):
        work = f"{node.operations}u, {node.bytes}u"
        rows.append(f"{{__tvm_ffi_{step.kernel}, args + {at}, {len(step.args)}, {work}}}")
        at += len(step.args)
    kernels = "".join(f"tvm_function __tvm_ffi_{name};\n" for name in sorted({step.kernel for step in plan.steps}))
    lines = [", ".join(args[i : i + 20]) for i in range(0, len(args), 20)]
    return kernels + (_array("uint32_t args", lines) if rows else "") + _array("struct plan_step steps", rows)


def _nodes(plan: Plan, nodes: list[Node]) -> str:
    parts = [c_string(part) for node in nodes for part in node.parts]
    rows, at = [], 0
    for step, node in zip(plan.steps, nodes, strict=True):
        made = plan.values[step.args[-step.outputs]]
        rows.append(f"{{{c_string(node.name)}, {c_string(node.op)}, {_type(made)}, {len(node.parts)}, parts + {at}}}")
        at += len(node.parts)
    return (_array("char *const parts", parts or ["0"]) if rows else "") + _array("struct msw_node nodes", rows)


def _tables(model: Model, embedded: bool, digest: bytes = b"") -> str:
    plan, about = model.plan, model.plan
    weights = [value for value in plan.values if value.parameter is not None]
    count = sum(value.parameter.size for value in weights)
    size = len(plan.parameters)
    data = ""
    if embedded and size:
        data = EMBEDDED
    fields = [
        f"    .hash = {{{', '.join(map(str, digest))}}},",
        f"    .file = {c_string(model.file)},",
        f"    .parameters = {'parameters' if data else '0'},",
        f"    .info = {{{c_string(model.format)}, {c_string(model.producer)}, {count}u, {size}u, {len(plan.steps)}}},",
        f"    .about = {{{about.block}u, {about.alive}u, {about.total}u, {size}u, {len(plan.steps)}}},",
        "    .values = values,",
        "    .inputs = inputs,",
        "    .outputs = outputs,",
        "    .steps = steps,",
        "    .nodes = nodes,",
        f"    .value_count = {len(plan.values)},",
        f"    .input_count = {len(plan.inputs)},",
        f"    .output_count = {len(plan.outputs)},",
    ]
    tables = [
        '#include "plan.h"\n',
        data,
        _values(plan),
        _ports("inputs", model.inputs, plan.inputs),
        _ports("outputs", model.outputs, plan.outputs),
        _steps(plan, model.nodes),
        _nodes(plan, model.nodes),
        "const struct model_plan model_plan = {\n" + "\n".join(fields) + "\n};\n",
    ]
    return "\n".join(part for part in tables if part)


def graph_hash(model: Model) -> bytes:
    """Of the graph and its parameters, the same whether they are embedded or not, and under whatever name."""
    nameless = Model(**{**model.__dict__, "file": ""})
    return hashlib.sha256(_tables(nameless, embedded=False).encode() + model.plan.parameters).digest()


def write_table(model: Model, path: Path, embedded: bool) -> None:
    """The C file; embedded: it takes the data from the file `parameters` beside it."""
    path.write_text(_tables(model, embedded, graph_hash(model)))


def parameters_file(model: Model) -> bytes:
    """Header and data."""
    head = struct.pack("<8sII32sQQ", MAGIC, VERSION, 0, graph_hash(model), len(model.plan.parameters), 0)
    return head + model.plan.parameters
