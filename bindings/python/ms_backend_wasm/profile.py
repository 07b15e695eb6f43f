"""Where the time of a run went, and how far from the machine's limit: a line a node, and sums by operator."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .tensor import TensorSpec

SHOWN = 12


@dataclass(frozen=True)
class Node:
    """A node of a model as it runs, after the passes: what it is called, does and makes (its first output), and the
    names of the nodes of the file whose work it does."""

    name: str
    op: str
    output: TensorSpec
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """A step of a run: the index of its node, what it makes, and what it does at least (see NodeTime)."""

    node: int
    output: TensorSpec
    operations: int
    bytes: int


@dataclass(frozen=True)
class NodeTime:
    """What a node took in one run.

    output      what it makes in this run
    count       how often it ran
    operations  on numbers, two for a multiply-add, counted from shapes
    bytes       of inputs, weights and outputs, each once
    """

    node: Node
    output: TensorSpec
    seconds: float
    count: int
    operations: int
    bytes: int

    @property
    def gflops(self) -> float | None:
        """Thousand million operations a second; none where it does none, or took no time that could be measured."""
        return self.operations / self.seconds * 1e-9 if self.operations and self.seconds > 0 else None


@dataclass(frozen=True)
class Profile:
    """Time of one run, by node in the order of their first step. Printed, it shows the nodes that took longest.

    limit  thousand million operations a second that this machine can do: multiply-adds that touch no memory
    """

    nodes: list[NodeTime]
    limit: float

    @property
    def seconds(self) -> float:
        return sum(time.seconds for time in self.nodes)

    def by_op(self) -> dict[str, float]:
        """Seconds of each operator, the longest first."""
        sums: dict[str, float] = {}
        for time in self.nodes:
            sums[time.node.op] = sums.get(time.node.op, 0.0) + time.seconds
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def as_dict(self) -> dict[str, Any]:
        """What `wasm-frontend run --profile --json` writes of one run, with the same keys."""
        whole = self.seconds or 1.0
        operations = sum(time.operations for time in self.nodes)
        return {
            "runs": 1,
            "ms": self.seconds * 1e3,
            "gflops": operations / whole * 1e-9,
            "limit_gflops": self.limit,
            "nodes": [self._row(time, whole) for time in self.nodes],
        }

    def _row(self, time: NodeTime, whole: float) -> dict[str, Any]:
        shape = time.output.shape
        return {
            "name": time.node.name,
            "op": time.node.op,
            "dtype": time.output.element,
            "shape": list(shape) if shape is not None else None,
            "count": time.count,
            "ms": time.seconds * 1e3,
            "share": time.seconds / whole,
            "operations": time.operations,
            "bytes": time.bytes,
            "gflops": time.gflops,
            "of_limit": time.gflops / self.limit if time.gflops is not None and self.limit else None,
            "parts": list(time.node.parts),
        }

    def __str__(self) -> str:
        longest = sorted(self.nodes, key=lambda time: -time.seconds)
        lines = [f"{'ms':>9}  {'%':>5}  {'GFLOP/s':>7}  {'limit':>5}  {'MB':>7}  operator and node"]
        lines += [
            self._line([time], f"{time.node.op} {time.output}  {time.node.name}", time.count)
            for time in longest[:SHOWN]
        ]
        if rest := longest[SHOWN:]:
            lines.append(self._line(rest, f"in {len(rest)} more nodes"))
        lines.append(self._line(self.nodes, f"in all {len(self.nodes)} nodes"))
        return "\n".join([*lines, f"limit: {self.limit:.1f} GFLOP/s of multiply-adds in registers"])

    def _line(self, times: list[NodeTime], text: str, count: int = 1) -> str:
        seconds = sum(time.seconds for time in times)
        rate = sum(time.operations for time in times) / seconds * 1e-9 if seconds > 0 else 0.0
        of_limit = f"{rate:7.1f}  {100 * rate / self.limit:4.0f}%" if rate and self.limit else f"{'-':>7}  {'-':>5}"
        share = 100 * seconds / (self.seconds or 1.0)
        megabytes = sum(time.bytes for time in times) / 1e6
        often = f" ({count} times)" if count > 1 else ""
        return f"{seconds * 1e3:9.3f}  {share:5.1f}  {of_limit}  {megabytes:7.3f}  {text}{often}"


def profile_of(nodes: list[Node], times: Iterable[tuple[Step, float]], limit: float) -> Profile:
    """The times of a run's steps, gathered by node."""
    gathered: dict[int, NodeTime] = {}
    for step, seconds in times:
        so_far = gathered.get(step.node) or NodeTime(nodes[step.node], step.output, 0.0, 0, 0, 0)
        gathered[step.node] = NodeTime(
            so_far.node,
            so_far.output,
            so_far.seconds + seconds,
            so_far.count + 1,
            so_far.operations + step.operations,
            so_far.bytes + step.bytes,
        )
    return Profile(list(gathered.values()), limit)
