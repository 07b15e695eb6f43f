"""Tunes the tiles of a model's convolutions and products: times candidates in wasmtime and records which was fastest.

    tune.py MODEL.onnx [-o RECORDS.json] [--relaxed] [--candidates N] [--seconds S] [--only KEY...] [--again]
    tune.py --conv "conv2d n1 h56 w56 c64 o64 k3x3 s1 p1 d1" [-o RECORDS.json] ...
    tune.py --report -o RECORDS.json [--relaxed]

Records are written after each workload. Those that are there already are left as they are, so a run that was
interrupted goes on where it was.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from msw_tvm.errors import USAGE, BuildError, run_program
from msw_tvm.graph.load import parse_shapes
from msw_tvm.schedules import Records, Workload, load, parse
from msw_tvm.schedules.records import kind_of
from msw_tvm.tuner.model import workloads
from msw_tvm.tuner.progress import Progress
from msw_tvm.tuner.report import report
from msw_tvm.tuner.tuning import Effort, tune, tune_workload

INTERRUPTED = 130


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tune.py", description="Find the fastest tiles of a model's kernels.")
    parser.add_argument("model", nargs="?", type=Path, metavar="MODEL.onnx", help="whose convolutions and products")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="RECORDS.json", help="kept here, and read where it is there"
    )
    parser.add_argument("--conv", metavar="KEY", help="a single workload instead of a model's")
    parser.add_argument("--only", nargs="+", metavar="KEY", help="only these workloads of the model")
    parser.add_argument(
        "--shape", action="append", default=[], metavar="NAME=1x3x224x224", help="of an input left open"
    )
    parser.add_argument("--relaxed", action="store_true", help="kernels with relaxed SIMD")
    parser.add_argument("--candidates", type=number, default=40, metavar="N", help="tiles to try for each (40)")
    parser.add_argument("--seconds", type=number, default=30, metavar="S", help="the time to spend on timing each (30)")
    parser.add_argument("--again", action="store_true", help="tune what has records, too")
    parser.add_argument("--verify", action="store_true", help="only time the recorded tiles once more; records stay")
    parser.add_argument("--report", action="store_true", help="only print what the records hold")
    return parser.parse_args(given)


def number(text: str) -> int:
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def wanted(options: argparse.Namespace, records: Records) -> list[Workload]:
    """The workloads that the user asks for."""
    if options.conv:
        return [parse(options.conv)]
    if not options.model:
        if not options.report and not options.verify:
            raise BuildError("no model, expected MODEL.onnx or --conv KEY", USAGE)
        return [parse(key) for key in records.tiles[kind_of(options.relaxed)]]
    found = workloads(options.model, parse_shapes(options.shape))
    keys = [workload.key for workload in found]
    for key in options.only or []:
        if parse(key).key not in keys:
            raise BuildError(f"{key!r}: not in {options.model}, expected one of {', '.join(keys)}")
    return [workload for workload in found if not options.only or workload.key in options.only]


def run_all(todo: list[Workload], one: Callable, done: Callable[[Workload, tuple], None]) -> None:
    """Do `one` for each workload, showing how far it is."""
    with Progress(len(todo)) as progress:
        for workload in todo:
            tile, measured = one(workload, progress.note)
            done(workload, (tile, measured))
            progress.step(f"{workload.key}: {measured.ratio:.2f} times, {measured.gflops} GFLOP/s, {tile}")


def verify(options: argparse.Namespace, records: Records, asked: list[Workload]) -> Records:
    """The recorded tiles, timed beside the default once more."""
    fresh, missing = Records(), [w.key for w in asked if w.key not in records.tiles[kind_of(options.relaxed)]]
    if missing:
        raise BuildError(f"{options.output}: no record of {missing[0]}, expected those of tune.py")

    def one(workload: Workload, note: Callable[[str], None]) -> tuple:
        tiles = [Records().best(workload), records.best(workload, options.relaxed)]
        return tune(workload, list(dict.fromkeys(tiles)), options.relaxed, options.seconds, note=note)

    run_all(asked, one, lambda workload, found: fresh.put(workload, found[0], options.relaxed, found[1]))
    return fresh


def tune_all(options: argparse.Namespace, records: Records, asked: list[Workload]) -> Records:
    """Records with those added that are missing."""
    effort = Effort(options.candidates, options.seconds)
    known = set() if options.again else set(records.tiles[kind_of(options.relaxed)])

    def one(workload: Workload, note: Callable[[str], None]) -> tuple:
        return tune_workload(workload, options.relaxed, effort, note=note)

    def done(workload: Workload, found: tuple) -> None:
        records.put(workload, found[0], options.relaxed, found[1])
        if options.output:
            records.save(options.output)

    run_all([workload for workload in asked if workload.key not in known], one, done)
    return records


def main() -> None:
    options = arguments()
    if options.output and not options.output.absolute().parent.is_dir():
        raise BuildError(f"{options.output}: its folder is not there, expected a place to write to")
    there = options.output and (options.output.exists() or options.report or options.verify)
    records = load(options.output) if there else Records()
    asked = wanted(options, records)
    try:
        if options.verify:
            records = verify(options, records, asked)
        elif not options.report:
            records = tune_all(options, records, asked)
    except KeyboardInterrupt:
        print("tune.py: interrupted; the records of what was done are kept", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    print(report(records, [workload.key for workload in asked], options.relaxed))


if __name__ == "__main__":
    run_program("tune.py", main)
