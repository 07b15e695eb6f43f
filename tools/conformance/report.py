"""docs/CONFORMANCE.md from the rows that were measured."""

from __future__ import annotations

import os
import platform
import re
import sys
from importlib.metadata import version

import cache
import compare

PAGE = cache.ROOT / "docs" / "CONFORMANCE.md"
HEAD = "| model | parameters | nodes | spread | largest error | top-1 | change | load ms | run ms | peak MB | plan |"
RULE = "|---|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|"

# Memory of the activations, relative to what is alive at once.
MOST_PLAN = 1.10

WAITING = "not exported yet, or with other weights than these"

INTRODUCTION = f"""\
<!-- Written by `make conformance`; edit tools/conformance instead. -->
# Conformance

Each model is exported by MindSpore to a MindIR file, unchanged, and the file is run by MindSpore on CPU and by our
WebAssembly module on the same inputs, each in a process of its own. Weights are set on purpose
(tools/conformance/weights.py): drawn from fixed seeds, scaled so that activations stay of order one, with BatchNorm
statistics near what each layer sees.

- **spread**: standard deviation of the reference answer.
- **largest error**: over all outputs and inputs, |ours - reference| / max |reference|. Allowed are 1e-4, with float16
  5e-3, with bfloat16 1e-2. Integers, truth values, shapes and data types must be equal.
- **top-1**: the largest of the last axis is at the reference's place in every row, for nets that classify.
- **change**: how far two answers to different inputs lie apart, relative to their largest number: at least
  {compare.LEAST_CHANGE} times the allowed error, so that a net that ignores its input cannot pass.
- **load**, **run**: milliseconds in wasmtime on one thread, compiling the module not counted; the fastest of up to five
  runs, on a machine with other work. **peak**: memory that the process gained while it loaded and ran, in MB.
- **plan**: memory of the activations, relative to the largest sum of tensors that are alive at once, which no plan can
  beat: at most {MOST_PLAN:.2f}. What a step needs to work in counts as a tensor.
- The command line, `wasm-frontend run`, gives the same answers to the bit, or the model does not pass.
- **nodes**: operators of the file, without constants, tuples and the order of side effects.
"""


def processor() -> str:
    with open("/proc/cpuinfo") as file:
        found = re.search(r"model name\s*: (.*)", file.read())
    return found[1] if found else platform.machine()


def machine(wasm, net) -> str:
    packages = ", ".join(f"{name} {text}" for name, text in cache.versions(net).items())
    return (
        f"Machine: {processor()}, {os.cpu_count()} threads, {platform.system()} {platform.machine()}. "
        f"Versions: {packages}, Python {platform.python_version()}, wasmtime {version('wasmtime')}. "
        f"Module: {wasm.stat().st_size:,} bytes."
    )


def why(net, row: dict) -> str:
    """Why a net did not pass, or ''."""
    said = row.get("failed") or row["wrong"]
    if said:
        return said.replace(f"{cache.CACHE}/", "").replace(f"{cache.ROOT}/", "")
    if not row["error"] <= net.error:
        return f"error {row['error']:.1e}, allowed {net.error:.0e}"
    if net.top1 and not row["top1"]:
        return "another class is the largest"
    if not row["change"] >= compare.LEAST_CHANGE * net.error:
        return f"two inputs give nearly the same answer: {row['change']:.1e}"
    if not row["plan"] <= MOST_PLAN:
        return f"activations take {row['plan']:.3f} times what is alive at once, allowed {MOST_PLAN:.2f}"
    return ""


def is_waiting(row: dict) -> bool:
    return row.get("failed") == WAITING


def mark(net, row: dict) -> str:
    return " (not measured)" if is_waiting(row) else " ✗" if why(net, row) else ""


def line(net, row: dict) -> str:
    facts = row["facts"]
    ran = "error" in row
    cells = [
        net.name.removeprefix("zoo/") + (" (numpy)" if net.oracle else "") + mark(net, row),
        f"{facts['parameters']:,}" if "parameters" in facts else "",
        str(facts.get("nodes", "")),
        f"{row['spread']:.3g}" if "spread" in row else "",
        f"{row['error']:.1e}" if ran else "",
        ("yes" if row["top1"] else "no") if ran and net.top1 else "",
        f"{row['change']:.2g}" if ran else "",
        f"{row['load_ms']:.1f}" if ran else "",
        f"{row['run_ms']:.1f}" if ran else "",
        f"{row['peak_mb']:.1f}" if ran else "",
        f"{row['plan']:.2f}" if ran else "",
    ]
    return f"| {' | '.join(cells)} |"


def table(rows: list) -> list[str]:
    return [HEAD, RULE, *(line(net, row) for net, row in rows), ""]


def count(rows: list) -> str:
    return f"{sum(not why(net, row) for net, row in rows)} of {len(rows)}"


def failures(rows: list) -> list[str]:
    wrong = [(net.name, why(net, row)) for net, row in rows if why(net, row) and not is_waiting(row)]
    failed = [f"- **{name}**: {' '.join(reason.split())[:400]}" for name, reason in wrong]
    return ["## What did not pass", "", *failed, ""] if failed else []


def text(rows: list, wasm) -> str:
    zoo = [pair for pair in rows if cache.is_zoo(pair[0])]
    small = [pair for pair in rows if pair not in zoo]
    lines = [INTRODUCTION, machine(wasm, zoo[0][0]), ""]
    parts = f"{count(zoo)} models of mindcv, {count(small)} nets of mindspore.nn and mindspore.ops"
    waiting = sum(is_waiting(row) for _, row in rows)
    rest = f" {waiting} are not measured: {WAITING}." if waiting else ""
    lines += [f"**{count(rows)} pass**: {parts}.{rest}", ""]
    lines += ["## mindcv", "", *table(zoo), "## mindspore.nn and mindspore.ops", "", *table(small)]
    lines += [
        "Those marked (numpy) have operators for which MindSpore itself has no CPU kernel; their reference is "
        "tools/conformance/oracles.py.",
        "",
        "mindcv 0.3.0 has five more families that it cannot build, or MindSpore 2.10 not export: "
        "pvt_tiny, rexnet_09, cmt_tiny, halonet_50t, volo_d1.",
        "",
    ]
    return "\n".join(lines + failures(rows)).rstrip() + "\n"


def write(rows: list, wasm) -> None:
    PAGE.write_text(text(rows, wasm))
    print(f"{PAGE.relative_to(cache.ROOT)}: {count(rows)} pass", file=sys.stderr)
