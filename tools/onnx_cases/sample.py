"""The node cases that `make test` runs: test/onnx_sample.txt, chosen by rule from those that pass.

First what reaches each of the engine's operators; then, of each operator of ONNX, the first in the order of their
names, as many as its share of all that pass. `_expanded` cases, which spell an operator out, come last.
"""

from __future__ import annotations

import collections
import math

import run
from cases import ROOT

LIST = ROOT / "test" / "onnx_sample.txt"
SIZE = 300


def choose(outcomes: list[run.Outcome], size: int = SIZE) -> list[str]:
    passed = sorted(
        (outcome for outcome in outcomes if outcome.kind == run.PASSED and outcome.case.kind == "node"),
        key=lambda outcome: ("_expanded" in outcome.case.name, outcome.case.name),
    )
    chosen: dict[str, None] = {}
    reached: set[str] = set()
    for outcome in passed:
        if not reached.issuperset(outcome.reached):
            chosen[outcome.case.name] = None
            reached.update(outcome.reached)
    groups: dict[str, list[str]] = collections.defaultdict(list)
    for outcome in passed:
        groups[outcome.case.subject].append(outcome.case.name)
    # Round by round one of each operator, so that every operator is there before one has many; a share is not below 1.
    for turn in range(max(map(len, groups.values()), default=0)):
        for names in groups.values():
            if len(chosen) < size and turn < math.ceil(len(names) * size / len(passed)):
                chosen[names[turn]] = None
    return sorted(chosen)


def write(outcomes: list[run.Outcome]) -> None:
    LIST.write_text("".join(f"{name}\n" for name in choose(outcomes)))
    print(f"wrote {LIST.relative_to(ROOT)}")
