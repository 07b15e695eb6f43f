#!/usr/bin/env python3
"""Builds a WebAssembly module from an ONNX model, its parameters beside it or inside."""

import argparse
import time
from pathlib import Path

from msw_tvm.errors import USAGE, BuildError, run_program

SHIPPED = Path(__file__).with_name("records.json")
LEVELS = "0: TVM's kernels as they are; 1: fused; 2: packed and vectorised (default); 3: with tuning records"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build_graph_lib.py", description=__doc__)
    parser.add_argument("model", metavar="MODEL.onnx", type=Path)
    parser.add_argument("-O", dest="level", type=int, choices=range(4), default=2, help=LEVELS)
    parser.add_argument("-o", dest="out", metavar="OUT.wasm", type=Path, help="default: MODEL.tvm.wasm, here")
    parser.add_argument("--embed", action="store_true", help="parameters inside the module, not beside it")
    parser.add_argument("--relaxed", action="store_true", help="relaxed SIMD: a product joins a sum in one rounding")
    parser.add_argument("--records", type=Path, help="of tune.py, for -O 3 (default: those shipped)")
    parser.add_argument(
        "--shape",
        action="append",
        default=[],
        metavar="NAME=1x3x224x224",
        help="an input's shape that the model leaves open",
    )
    return parser.parse_args()


def main() -> None:
    given = arguments()
    target = given.out or Path(f"{given.model.stem}.tvm.wasm")
    if target.suffix != ".wasm":
        raise BuildError(f"-o {target}: expected a name that ends in .wasm", USAGE)
    start = time.monotonic()
    from msw_tvm.files import write_whole
    from msw_tvm.graph.build import Options, build  # TVM takes seconds to load: not before the arguments are right
    from msw_tvm.graph.load import parse_shapes
    from msw_tvm.schedules import Records, load

    records = load(given.records or SHIPPED) if given.level == 3 else Records()
    options = Options(given.level, given.embed, given.relaxed, parse_shapes(given.shape), records)
    made = build(given.model, target, options)
    rule = Path(f"{given.model}.json")
    if rule.is_file():  # from picture to tensor (docs/IMAGES.md): it is the module's, too
        write_whole(Path(f"{target}.json"), rule.read_bytes())
    beside = " with its parameters inside" if given.embed else f", {target.with_suffix('.params').name}"
    kernels = len({step.kernel for step in made.plan.steps})
    print(f"{target}{beside}: {kernels} kernels, {len(made.plan.steps)} steps, {time.monotonic() - start:.0f} s")


run_program("build_graph_lib.py", main)
