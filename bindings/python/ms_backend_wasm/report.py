"""What verify tells: each node's difference, and the first that is too large."""

from __future__ import annotations

from dataclasses import dataclass

from .difference import Difference, Mismatch

SHOWN = 5


@dataclass(frozen=True)
class NodeError:
    """What a node answers against MindSpore's answer.

    node, op    its name and operator; of an output of the whole model, "output 0"
    error       where the two differ most
    diverges    more than is tolerated
    line        of the user's Python, where it is known
    """

    node: str
    op: str
    error: Difference | Mismatch
    diverges: bool
    line: str | None = None

    def __str__(self) -> str:
        return f"{self.op}  {self.node}: {self.error}" + (f"\n    {self.line}" if self.line else "")


@dataclass(frozen=True)
class Verification:
    """What verify found: true if nothing diverges.

    nodes    every node compared, in the order of computation
    outputs  the outputs of the model as it runs without being looked at
    first    the first node that diverges
    """

    nodes: list[NodeError]
    outputs: list[NodeError]
    first: NodeError | None

    def __bool__(self) -> bool:
        return self.first is None

    def __str__(self) -> str:
        worst = sorted(self.nodes, key=lambda node: -node.error.relative)[:SHOWN]
        verdict = f"{len(self.nodes)} nodes agree with MindSpore" if self else f"first to diverge: {self.first}"
        return "\n".join([verdict, "largest differences:", *(f"  {node}" for node in worst)])
