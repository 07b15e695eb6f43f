"""docs/TOPI.md: what the sweep found, operator by operator."""

import re
from collections import Counter
from pathlib import Path

from .case import Case
from .trial import AGREES, BUILD_ERROR, CRASH, Verdict, shape_text

HEADER = "<!-- Written by `make topi`; edit wasm-backend-tvm/topi instead. -->"
TEXT = """# TOPI

Every public operator of TVM {version} (`tvm.topi`), built for wasm32 with our C runtime, run in wasmtime and compared
with an oracle that is not TVM: numpy, scipy, onnxruntime (a model of one node), or a plain loop in the case.
A module of {batch} cases at a time; no import, also for the sort family.

- **agrees**: every output has the expected shape, and integers and truth values are equal; floats are within
  {tolerance:g} * (|expected element| + mean |expected|), in every case.
- **largest error**: in that measure. Outputs are filled with 77 before the call, so that what is not written differs.
- **disagrees**, **run error** (the kernel reported an error or trapped), **build error** (TVM refused to make or lower
  it), **crash** (it ended TVM's process): remarks say why.

**{agree} of {cases} cases agree, {built} build**, for {operators} operators: {working} operators agree in every case,
{failing} do not build in TVM itself.
"""


def escape(text: str) -> str:
    return text.replace("|", "\\|")


def remark(case: Case, verdict: Verdict, broken: dict[str, tuple[str, str]]) -> str:
    return "" if verdict.verdict == AGREES else broken.get(case.name, ("", verdict.text))[1]


def row(case: Case, verdict: Verdict, broken: dict[str, tuple[str, str]]) -> str:
    error = f"{verdict.error:.0e}" if verdict.error else "0"
    cells = [
        f"`{case.operator}`",
        case.variant,
        verdict.shapes or shape_text(case.made().inputs),
        verdict.verdict if verdict.verdict == AGREES else f"**{verdict.verdict}**",
        error if verdict.verdict == AGREES else "",
        case.oracle,
        remark(case, verdict, broken),
    ]
    return "| " + " | ".join(map(escape, cells)) + " |"


def totals(verdicts: list[Verdict]) -> Counter:
    return Counter(verdict.verdict for verdict in verdicts)


def render(
    cases: list[Case],
    verdicts: list[Verdict],
    broken: dict[str, tuple[str, str]],
    helpers: dict[str, str],
    version: str,
    batch: int,
    tolerance: float,
) -> str:
    counts = totals(verdicts)
    operators = {case.operator for case in cases}
    failing = {case.operator for case, verdict in zip(cases, verdicts, strict=True) if verdict.verdict != AGREES}
    text = TEXT.format(
        version=version,
        batch=batch,
        tolerance=tolerance,
        agree=counts[AGREES],
        cases=len(cases),
        built=len(cases) - counts[BUILD_ERROR] - counts[CRASH],
        operators=len(operators),
        working=len(operators - failing),
        failing=len(failing),
    )
    lines = [HEADER, text, "## Operators", ""]
    lines += ["| operator | case | inputs → outputs | verdict | largest error | oracle | remark |"]
    lines += ["|---|---|---|---|--:|---|---|"]
    pairs = sorted(zip(cases, verdicts, strict=True), key=lambda pair: (pair[0].operator.lower(), pair[0].variant))
    lines += [row(case, verdict, broken) for case, verdict in pairs]
    lines += ["", "## Public functions that are no operators", "", "| function | why |", "|---|---|"]
    lines += [f"| `{name}` | {why} |" for name, why in sorted(helpers.items())]
    return "\n".join(lines) + "\n"


def listed(path: Path) -> list[str]:
    """Names of the cases in a report, as case.py makes them."""
    found = re.findall(r"^\| `([\w.]+)` \| ([^|]*?) \| [^|]* \| ", path.read_text(), re.MULTILINE)
    return [f"{operator}:{variant}" if variant else operator for operator, variant in found]
