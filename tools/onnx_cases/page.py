"""docs/ONNX.md from what happened to each case, and from src/read/onnx.def: what of ONNX is read, and what passes."""

from __future__ import annotations

import collections
import re
from importlib.metadata import version

import reasons
import run
from cases import KINDS, ROOT

PAGE = ROOT / "docs" / "ONNX.md"
ROWS = ROOT / "src" / "read" / "onnx.def"
DOMAINS = {
    "AI": "ai.onnx",
    "MS": "com.microsoft",
    "ML": "ai.onnx.ml",
    "TRAINING": "ai.onnx.preview.training",
    "PREVIEW": "ai.onnx.preview",
}
# Over the same 1,884 node cases of onnx 1.23.2, measured once, as they come from their registries.
OTHERS = {"onnxruntime-web 1.30 in wasm": 1370, "onnxruntime 1.32, native": 1566}

INTRODUCTION = """\
<!-- Written by `make conformance`; edit tools/onnx_cases instead. -->
# ONNX

What of ONNX is read, and how ONNX's own test cases go: those of the onnx package {onnx}, each loaded and run inside
wasm under wasmtime {wasmtime}, compared as onnx's own runner does: data types and shapes equal, numbers within the
case's own tolerance, at least 1e-3 relative and 1e-7 absolute.
`.venv/bin/python tools/onnx_cases -k PATTERN` runs some of them.
"""


def short(text: str, width: int = 150) -> str:
    """One line of a table, without what names the node or a place in the file."""
    line = re.sub(r"^(node '[^']*' |byte \d+: )", "", " ".join(text.split())).replace("|", "\\|")
    return line if len(line) <= width else line[: width - 3] + "..."


def why(outcome: run.Outcome) -> str:
    return reasons.reason(outcome.case.name) or short(outcome.text)


def totals(outcomes: list[run.Outcome]) -> list[str]:
    lines = ["| cases | all | " + " | ".join(run.OUTCOMES) + " |", "|---|" + "--:|" * (1 + len(run.OUTCOMES))]
    for kind in KINDS:
        counts = collections.Counter(outcome.kind for outcome in outcomes if outcome.case.kind == kind)
        lines.append(f"| {kind} | {sum(counts.values())} | " + " | ".join(str(counts[k]) for k in run.OUTCOMES) + " |")
    others = ", ".join(f"{name} passes {count:,}" for name, count in OTHERS.items())
    return [*lines, "", f"Of the node cases {others}."]


def by_operator(outcomes: list[run.Outcome]) -> list[str]:
    groups: dict[str, list[run.Outcome]] = collections.defaultdict(list)
    for outcome in outcomes:
        groups[outcome.case.subject].append(outcome)
    lines = ["| operator | cases | passed | failed | not supported | why |", "|---|--:|--:|--:|--:|---|"]
    for name, those in sorted(groups.items()):
        counts = collections.Counter(outcome.kind for outcome in those)
        failed = counts[run.FAILED] + counts[run.TRAPPED] + counts[run.HUNG]
        texts = collections.Counter(why(outcome) for outcome in those if outcome.kind != run.PASSED).most_common(3)
        cells = [name, len(those), counts[run.PASSED], failed, counts[run.UNSUPPORTED]]
        lines.append("| " + " | ".join(map(str, cells)) + " | " + "; ".join(text for text, _ in texts) + " |")
    return lines


def operators() -> list[str]:
    """What onnx.def has rows for, by domain."""
    found: dict[str, dict[str, list[str]]] = {domain: {} for domain in DOMAINS.values()}
    for domain, name, since, until in re.findall(
        r"^(?:ONNX|COMPOSITE)\((\w+), (\w+), (\d+), (\w+),", ROWS.read_text(), re.MULTILINE
    ):
        found[DOMAINS[domain]].setdefault(name, []).append(since if until == "NEWEST" else f"{since}-{until}")
    lines = []
    for domain, names in found.items():
        texts = [f"{name} ({', '.join(spans)})" for name, spans in sorted(names.items())]
        lines += [f"**{domain}**, {len(texts)}: {', '.join(texts) or 'none'}.", ""]
    return lines


def page(outcomes: list[run.Outcome]) -> str:
    head = INTRODUCTION.format(onnx=version("onnx"), wasmtime=version("wasmtime"))
    parts = [head, *totals(outcomes), "", "## Operators that are read", ""]
    parts += ["In parentheses the versions of the domain: from there on, or from-until.", "", *operators()]
    return "\n".join([*parts, "## Cases by operator", "", *by_operator(outcomes)]) + "\n"


def write(outcomes: list[run.Outcome]) -> None:
    PAGE.write_text(page(outcomes))
    print(f"wrote {PAGE.relative_to(ROOT)}")
