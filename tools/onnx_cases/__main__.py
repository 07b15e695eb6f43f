"""Runs ONNX's own test cases inside wasm: `python tools/onnx_cases [-k PATTERN] [--list-failures]`.

Prints how many passed, failed and are not supported, by operator, with what the module said. MSW_WASM names another
module than the one that was built.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import sys
import warnings
from dataclasses import asdict
from pathlib import Path

import cases
import page
import run
import sample


def first_line(text: str, width: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 3] + "..."


def reason(text: str) -> str:
    """An error without what differs between cases: names of nodes and files, counts."""
    return first_line(re.sub(r"(node|line) \d+ '[^']*'", r"\1", text), 130)


def by_operator(outcomes: list[run.Outcome]) -> None:
    groups: dict[str, list[run.Outcome]] = collections.defaultdict(list)
    for outcome in outcomes:
        groups[outcome.case.subject].append(outcome)
    for subject, those in sorted(groups.items()):
        bad = [outcome for outcome in those if outcome.kind != run.PASSED]
        if bad:
            print(f"{subject}: {len(those) - len(bad)} of {len(those)} passed")
            for (kind, text), count in collections.Counter((o.kind, reason(o.text)) for o in bad).most_common(3):
                print(f"  {count:4} {kind}: {text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-k", metavar="PATTERN", default="", help="those whose KIND/NAME this regular expression finds")
    parser.add_argument("--list-failures", action="store_true", help="a line for each case that does not pass")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes what happened to each case")
    parser.add_argument(
        "--write", action="store_true", help="writes docs/ONNX.md and test/onnx_sample.txt; needs all cases"
    )
    given = parser.parse_args()
    if given.write and given.k:
        parser.error("--write needs all cases, without -k")
    warnings.simplefilter("ignore")
    chosen = [case for case in cases.load() if re.search(given.k, f"{case.kind}/{case.name}")]
    if not chosen:
        sys.exit(f"no case's name has {given.k!r} in it")
    outcomes = list(run.Runner().run(chosen))
    if given.list_failures:
        for outcome in outcomes:
            if outcome.kind != run.PASSED:
                print(f"{outcome.kind}\t{outcome.case.kind}/{outcome.case.name}\t{first_line(outcome.text)}")
    else:
        by_operator(outcomes)
    if given.json:
        given.json.write_text(json.dumps([asdict(outcome) for outcome in outcomes], indent=1))
    if given.write:
        page.write(outcomes)
        sample.write(outcomes)
    for kind in cases.KINDS:
        counts = collections.Counter(outcome.kind for outcome in outcomes if outcome.case.kind == kind)
        if counts:
            print(f"{kind}: " + ", ".join(f"{counts[name]} {name}" for name in run.OUTCOMES if counts[name]))
    return int(any(outcome.kind in (run.TRAPPED, run.HUNG) for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
