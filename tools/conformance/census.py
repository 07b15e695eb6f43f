"""What an exported file is made of: its operators in MindIR's spelling, with attributes and constant inputs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from mindspore.train import mind_ir_pb2

# Structure rather than computation: not counted as nodes.
STRUCTURE = {"Constant", "Load", "Depend", "UpdateState", "MakeTuple", "TupleGetItem", "make_list"}


def read(file: Path) -> mind_ir_pb2.ModelProto:
    model = mind_ir_pb2.ModelProto()
    model.ParseFromString(file.read_bytes())
    return model


def operators(model: mind_ir_pb2.ModelProto):
    """(operator, node, primitive or None) of each node; a call of a graph is called "call"."""
    primitives = {primitive.name: primitive for primitive in model.primitives}
    for graph in (model.graph, *model.functions):
        for node in graph.node:
            primitive = primitives.get(node.op_type.removeprefix("REF::"))
            is_call = primitive is None and node.op_type.startswith("REF::")
            yield (primitive.op_type if primitive else "call" if is_call else node.op_type), node, primitive


def facts(file: Path) -> dict:
    """For meta.json: parameters, nodes, how often each operator occurs, the file's size."""
    model = read(file)
    counts = Counter(name for name, _, _ in operators(model))
    sizes = 0
    for parameter in model.graph.parameter:
        size = 1
        for dim in parameter.dims:
            size *= dim
        sizes += size
    return {
        "parameters": sizes,
        "nodes": sum(count for name, count in counts.items() if name not in STRUCTURE),
        "functions": len(model.functions),
        "operators": dict(sorted(counts.items())),
        "file_bytes": file.stat().st_size,
    }
