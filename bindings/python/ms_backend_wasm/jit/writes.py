"""Which of a graph's inputs it writes over: tensors of MindSpore's, of which the engine would only change its copy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from ..probe import operators, written

PASSING = {"Load", "Depend", "MakeTuple", "make_list", "TupleGetItem"}


def written_inputs(proto: Any) -> Iterator[tuple[str, str]]:
    """Each with the operator that writes, here or in a function that the input is handed to."""
    sources = _sources(proto)
    inputs = {value.name for value in proto.graph.input}
    for name, op in written(proto):
        seen, left = {name}, [name]
        while left:
            found = sources[left.pop()] - seen
            seen |= found
            left += found
        yield from ((source, op) for source in sorted(seen & inputs))


def _sources(proto: Any) -> dict[str, set[str]]:
    """By name, of what it may be another name: by a write, passed on or taken from a tuple, by a call."""
    op_of, sources = operators(proto), defaultdict(set)
    writers = {name for name, _ in written(proto)}
    # By the name that is called: functions, as the names of those of their inputs that are not bound yet.
    callable_as = {graph.name: [[value.name for value in graph.input]] for graph in proto.functions}

    def bind(name: str, arguments: list[str]) -> list[list[str]]:
        functions = callable_as.get(name, [])
        for inputs in functions:
            for inner, outer in zip(inputs, arguments, strict=False):
                sources[inner].add(outer)
        return [inputs[len(arguments) :] for inputs in functions]

    for node in (node for graph in (proto.graph, *proto.functions) for node in graph.node):
        op, arguments, result = op_of(node), list(node.input), node.output[0]
        if op == "Partial":
            callable_as[result] = bind(arguments[0], arguments[1:])
        elif op == "Switch":
            callable_as[result] = [function for name in arguments[1:] for function in callable_as.get(name, [])]
        elif op == "call":
            bind(node.op_type.removeprefix("REF::"), arguments)
        elif op in PASSING:
            sources[result].update(arguments)
        elif arguments and arguments[0] in writers:
            sources[result].add(arguments[0])
    return sources
