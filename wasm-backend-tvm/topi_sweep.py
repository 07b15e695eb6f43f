#!/usr/bin/env python3
"""Builds every operator of tvm.topi for wasm32, runs it and compares it with an oracle: docs/TOPI.md.

topi_sweep.py [--jobs N] [CASE...]: cases by name or by operator, which print only; all of them write the page.
"""

import argparse
import os
import sys
import time
from pathlib import Path

from msw_tvm.errors import OURS, USAGE, BuildError, run_program
from msw_tvm.files import write_whole
from msw_tvm.link import archive_of

PAGE = Path(__file__).resolve().parents[1] / "docs/TOPI.md"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="a case or an operator; all")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="processes at a time")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def chosen(names: list[str]) -> list:
    from topi.families import CASES

    unknown = [name for name in names if not any(name in (case.name, case.operator) for case in CASES.values())]
    if unknown:
        raise BuildError(f"{unknown[0]}: no such case, expected an operator of docs/TOPI.md, such as nn.dense", USAGE)
    return [case for case in CASES.values() if not names or case.name in names or case.operator in names]


def write_page(cases: list, verdicts: list) -> None:
    import tvm
    from topi.case import TOLERANCE
    from topi.inventory import HELPERS
    from topi.known import BROKEN
    from topi.report import render
    from topi.sweep import BATCH

    text = render(cases, verdicts, BROKEN, HELPERS, tvm.__version__, BATCH, TOLERANCE)
    write_whole(PAGE, text.encode())


def run(cases: list, jobs: int) -> list:
    """Verdicts of the cases, with a count for those who wait at a terminal."""
    from topi.sweep import sweep

    count = 0

    def done(more: int) -> None:
        nonlocal count
        count += more
        if sys.stderr.isatty():
            print(f"\r{count} of {len(cases)} cases", end="", file=sys.stderr, flush=True)

    return sweep(cases, jobs, done)


def print_verdicts(cases: list, verdicts: list, seconds: float) -> None:
    from topi.report import totals

    for verdict in verdicts:
        print(f"{verdict.verdict:12s} {verdict.name} {verdict.text}".rstrip())
    counted = ", ".join(f"{number} {verdict}" for verdict, number in totals(verdicts).most_common())
    operators = len({case.operator for case in cases})
    print(f"{len(cases)} cases of {operators} operators in {seconds:.0f} s: {counted}")


def check_complete(cases: list) -> None:
    from topi.inventory import public_operators

    missing = sorted(public_operators() - {case.operator for case in cases})
    if missing:
        raise BuildError(f"{missing[0]}: an operator without a case, of {len(missing)}, expected one for each", OURS)


def main() -> None:
    options = parse()
    import msw_tvm.target  # noqa: F401  ends here, with the reason, where TVM is missing
    from topi.known import BROKEN
    from topi.sweep import child, unexpected

    if options.child:
        return child(options.cases)
    if options.jobs < 1:
        raise BuildError(f"--jobs {options.jobs}: no process, expected 1 or more", USAGE)
    cases, start = chosen(options.cases), time.monotonic()
    archive_of("kernels")  # without it every case would fail
    verdicts = run(cases, options.jobs)
    print_verdicts(cases, verdicts, time.monotonic() - start)
    if not options.cases:
        write_page(cases, verdicts)
        check_complete(cases)
    wrong = list(unexpected(verdicts, BROKEN))
    if wrong:
        raise BuildError("\n".join(wrong), OURS)


if __name__ == "__main__":
    run_program("topi_sweep.py", main)
