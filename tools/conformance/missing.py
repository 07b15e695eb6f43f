"""Which operators the exported nets need and the module lacks: `python tools/conformance/missing.py [--all]`.

For each operator in MindIR's spelling: in how many nets and nodes, its attributes and constant inputs with the values
seen, the data types of its inputs' results, and some nets that have it. --all lists also what the module has.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter, defaultdict
from pathlib import Path

import cache
import census
from mindspore.train import mind_ir_pb2 as pb

OPS_JSON = Path(os.environ.get("MSW_OPS_JSON") or cache.ROOT / "build" / "wasm" / "ms_backend_wasm.ops.json")
# Read as branches, loops and calls, without a row in the table.
CONTROL = {"Partial", "Switch", "call"}
KIND = pb.AttributeProto.AttributeType.Name
TYPE = pb.TensorProto.DataType.Name


def value(attribute: pb.AttributeProto) -> str:
    """An attribute's value as one short word."""
    if attribute.values:
        return "(" + ", ".join(value(part) for part in attribute.values) + ")"
    if attribute.tensors:
        return " ".join(f"{TYPE(t.data_type)}{list(t.dims)}" for t in attribute.tensors)
    for name, found in attribute.ListFields():
        if name.name in ("i", "f", "d"):
            return f"{found:g}" if isinstance(found, float) else str(found)
        if name.name in ("s", "ints", "floats", "strings"):
            return repr(found if isinstance(found, bytes) else found[0])
    return KIND(attribute.type)


def constants(model: pb.ModelProto) -> dict[str, pb.AttributeProto]:
    graphs = (model.graph, *model.functions)
    nodes = [node for graph in graphs for node in graph.node if node.op_type == "Constant"]
    return {node.output[0]: a for node in nodes for a in node.attribute if a.name == "value"}


def element_type(node: pb.NodeProto) -> str:
    for attribute in node.attribute:
        if attribute.name == "shape" and attribute.tensors:
            return TYPE(attribute.tensors[0].data_type).lower()
    return ""


class Need:
    def __init__(self):
        self.nets, self.nodes = [], 0
        self.seen = defaultdict(Counter)
        self.types = Counter()

    def add(self, net: str, node, primitive, fixed: dict) -> None:
        if net not in self.nets:
            self.nets.append(net)
        self.nodes += 1
        self.types[element_type(node)] += 1
        self.seen["inputs"][str(len(node.input))] += 1
        for attribute in primitive.attribute if primitive else []:
            self.seen[f"@{attribute.name}"][value(attribute)] += 1
        for index, name in enumerate(node.input):
            if name in fixed and fixed[name].type != pb.AttributeProto.UMONAD:
                self.seen[f"[{index}]"][value(fixed[name])] += 1

    def lines(self, name: str, mark: str) -> list[str]:
        types = " ".join(sorted(self.types))
        lines = [
            f"{name}{mark}: {len(self.nets)} nets, {self.nodes} nodes; results {types}; {', '.join(self.nets[:6])}"
        ]
        for what, values in sorted(self.seen.items()):
            common = ", ".join(f"{v} x{count}" for v, count in values.most_common(8))
            lines.append(f"    {what} {common}{f' ... {len(values)} kinds' if len(values) > 8 else ''}")
        return lines


def main() -> None:
    rows = json.loads(OPS_JSON.read_text())["operators"]
    known = CONTROL | {spelling for row in rows for spelling in row["spellings"].get("MindIR", [])} | census.STRUCTURE
    needs: dict[str, Need] = defaultdict(Need)
    files = sorted(cache.CACHE.glob("**/net.mindir"))
    for file in files:
        model = census.read(file)
        fixed = constants(model)
        for name, node, primitive in census.operators(model):
            needs[name].add(str(file.parent.relative_to(cache.CACHE)), node, primitive, fixed)
    lacking = [name for name in needs if name not in known]
    blocked = {net for name in lacking for net in needs[name].nets}
    counts = f"{len(files)} nets, {len(needs)} operators, {len(lacking)} lacking"
    print(f"{counts}; {len(files) - len(blocked)} nets lack none\n")
    for name in sorted(needs, key=lambda name: (name in known, -len(needs[name].nets), name)):
        if name not in known or ("--all" in sys.argv and name not in census.STRUCTURE):
            print("\n".join(needs[name].lines(name, " (known)" if name in known else "")))


if __name__ == "__main__":
    main()
