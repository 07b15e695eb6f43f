"""A MindIR file changed so that it answers tensors from inside: what verify compares node by node.

The words Constant, Load, Depend ... are those of the file format for what carries or orders values; operators are not
known here. Of a function called inside a graph the result is seen, not its nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .errors import InvalidError
from .framework import mindspore

CARRIERS = {"Constant", "Load", "Depend", "UpdateState", "MakeTuple", "make_list", "Return", "Partial", "Switch"}
PART = "TupleGetItem"
SIDE_EFFECT = "side_effect_mem"


@dataclass(frozen=True)
class Probe:
    """A tensor inside a graph.

    value  its name in the file, the same in every copy of it
    node   name of the node that makes it, as people know it
    op     its operator
    bytes  its size, as far as its dimensions are known
    """

    value: str
    node: str
    op: str
    bytes: int


def parse(model: bytes) -> Any:
    """The file as a message of MindSpore's own schema."""
    mindspore("verify")
    from google.protobuf.message import DecodeError
    from mindspore.train import mind_ir_pb2

    proto = mind_ir_pb2.ModelProto()
    try:
        proto.ParseFromString(model)
    except DecodeError as error:
        raise InvalidError(f"not a MindIR file: {error}") from None
    return proto


def locations(proto: Any) -> set[str]:
    """The files beside the model that hold its weights, by the names it gives them."""
    graphs = (proto.graph, *proto.functions)
    return {p.external_data.location for graph in graphs for p in graph.parameter if p.HasField("external_data")}


def probes(proto: Any) -> list[Probe]:
    """The tensors worth comparing, in the order in which they are computed."""
    op_of = operators(proto)
    makers = {name: node for node in proto.graph.node for name in node.output}
    mutated = {name for name, _ in written(proto)}
    found = []
    for node in proto.graph.node:
        op, shape = op_of(node), _attribute(node, "shape")
        if op in CARRIERS or shape is None or shape.type != shape.TENSORS or len(shape.tensors) != 1:
            continue
        maker = makers.get(node.input[0], node) if op == PART else node
        if node.output[0] not in mutated:
            found.append(Probe(node.output[0], _title(maker), op_of(maker), _bytes(shape.tensors[0])))
    return found


def exposing(proto: Any, chosen: list[Probe]) -> bytes:
    """A copy of the model whose answer is these tensors, in this order."""
    copy = type(proto)()
    copy.CopyFrom(proto)
    graph = copy.graph
    shapes = {name: _attribute(node, "shape") for node in graph.node for name in node.output}
    primitive = copy.primitives.add(name="REF:probes", op_type="MakeTuple", prim_type=1)
    node = graph.node.add(op_type=f"REF::{primitive.name}", domain="Probes/MakeTuple-op0", name="probes:answer")
    node.input.extend(probe.value for probe in chosen)
    node.output.append(node.name)
    shape = node.attribute.add(name="shape", type=20)
    shape.type = shape.TUPLE
    for probe in chosen:
        value = shape.values.add(type=shape.TENSORS)
        value.tensors.extend(shapes[probe.value].tensors)
    shape.seq_info.is_dyn_len = False
    del graph.output[:]
    output = graph.output.add(name=node.name, denotation="Tuple")
    output.attr_info.CopyFrom(shape)
    output.attr_info.ClearField("name")
    return bytes(copy.SerializeToString())


def batches(found: list[Probe], most_bytes: int) -> Iterator[list[Probe]]:
    """The tensors in runs that together stay below a size."""
    batch: list[Probe] = []
    total = 0
    for probe in found:
        if batch and total + probe.bytes > most_bytes:
            yield batch
            batch, total = [], 0
        batch.append(probe)
        total += probe.bytes
    if batch:
        yield batch


def operators(proto: Any) -> Callable[[Any], str]:
    """What a node's operator is called: "call" for a function's name."""
    known = {primitive.name: primitive.op_type for primitive in proto.primitives}

    def op_of(node: Any) -> str:
        key = node.op_type.removeprefix("REF::")
        return str(known.get(key, key if key == node.op_type else "call"))

    return op_of


def written(proto: Any) -> Iterator[tuple[str, str]]:
    """Values that a node writes over, each with its operator: to answer them would be to answer what came after."""
    op_of = {primitive.name: primitive.op_type for primitive in proto.primitives if _attribute(primitive, SIDE_EFFECT)}
    for graph in (proto.graph, *proto.functions):
        for node in graph.node:
            op = op_of.get(node.op_type.removeprefix("REF::"))
            if op and node.input:
                yield node.input[0], op


def _attribute(holder: Any, name: str) -> Any:
    return next((attribute for attribute in holder.attribute if attribute.name == name), None)


def _title(node: Any) -> str:
    return str(node.domain or node.name)


def _bytes(tensor: Any) -> int:
    size = 8
    for dim in tensor.dims:
        size *= max(dim, 1)
    return size
