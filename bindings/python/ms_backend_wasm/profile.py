"""Where the time of a run went: a line a node, and sums by operator."""

from __future__ import annotations

from dataclasses import dataclass

from .tensor import TensorSpec

SHOWN = 12


@dataclass(frozen=True)
class Node:
    """A node of a model as it runs, after the passes: what it is called, does and makes (its first output)."""

    name: str
    op: str
    output: TensorSpec


@dataclass(frozen=True)
class NodeTime:
    """Seconds that a node took in one run, and how often it ran."""

    node: Node
    seconds: float
    count: int


@dataclass(frozen=True)
class Profile:
    """Time of one run, by node in the order of their first step. Printed, it shows the nodes that took longest."""

    nodes: list[NodeTime]

    @property
    def seconds(self) -> float:
        return sum(time.seconds for time in self.nodes)

    def by_op(self) -> dict[str, float]:
        """Seconds of each operator, the longest first."""
        sums: dict[str, float] = {}
        for time in self.nodes:
            sums[time.node.op] = sums.get(time.node.op, 0.0) + time.seconds
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def __str__(self) -> str:
        total = self.seconds or 1.0
        longest = sorted(self.nodes, key=lambda time: -time.seconds)
        lines = [f"{'ms':>9}  {'%':>5}  operator and node"]
        for time in longest[:SHOWN]:
            lines.append(_line(time.seconds, total, f"{time.node.op} {time.node.output}  {time.node.name}"))
        if rest := longest[SHOWN:]:
            lines.append(_line(sum(time.seconds for time in rest), total, f"in {len(rest)} more nodes"))
        return "\n".join([*lines, _line(self.seconds, total, f"in all {len(self.nodes)} nodes")])


def _line(seconds: float, total: float, text: str) -> str:
    return f"{seconds * 1e3:9.3f}  {100 * seconds / total:5.1f}  {text}"


def profile_of(nodes: list[Node], steps: int, times: list[tuple[int, float]]) -> Profile:
    """The times of a run's steps, gathered by node. Where functions were called, the module cannot name the steps in
    them: more or fewer ran than the `steps` of the plan, and all stand in one line."""
    if len(times) != steps:
        whole = Node("all nodes: the model calls functions", "call", TensorSpec("", None, None))
        return Profile([NodeTime(whole, sum(seconds for _, seconds in times), len(times))])
    seconds: dict[int, list[float]] = {}
    for index, duration in times:
        seconds.setdefault(index, []).append(duration)
    return Profile([NodeTime(nodes[index], sum(spent), len(spent)) for index, spent in seconds.items()])
