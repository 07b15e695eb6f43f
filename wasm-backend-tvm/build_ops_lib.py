#!/usr/bin/env python3
"""Builds a module of single operators (docs/ABI.md, kind 2) from lists of one line each, by Apache TVM.

.venv/bin/python wasm-backend-tvm/build_ops_lib.py                     operators.txt -> build/wasm/wasm_ops.wasm
.venv/bin/python wasm-backend-tvm/build_ops_lib.py --list mine.txt     those of mine.txt too
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from msw_tvm.errors import run_program

SHIPPED = Path(__file__).resolve().with_name("operators.txt")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build_ops_lib.py", description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="append", default=[], type=Path, metavar="FILE", help="operators besides ours")
    parser.add_argument("--only", action="store_true", help="without ours, those of --list alone")
    parser.add_argument("--relaxed", action="store_true", help="add a product to a sum in one rounding (relaxed SIMD)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="the module, else build/wasm/wasm_ops.wasm")
    arguments = parser.parse_args()
    if arguments.only and not arguments.list:
        parser.error("--only without --list, expected a list of operators")
    if arguments.output and arguments.output.suffix != ".wasm":
        parser.error(f"-o {arguments.output}, expected a name that ends in .wasm")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    from msw_tvm import target  # noqa: F401 - the first to import TVM, it says so where there is none
    from msw_tvm.link import ROOT
    from msw_tvm.operators.kinds import KINDS
    from msw_tvm.operators.listing import check_names, read_list
    from msw_tvm.operators.module import build_module

    ours = [] if arguments.only else [SHIPPED]
    lines = [line for path in ours + arguments.list for line in read_list(path, KINDS, os.path.relpath(path))]
    check_names(lines)
    module = arguments.output or ROOT / "build/wasm/wasm_ops.wasm"
    operators = build_module(lines, module, arguments.relaxed)
    size = module.stat().st_size / 1024
    print(f"{os.path.relpath(module)}: {len(operators)} operators, {size:.0f} kB")


if __name__ == "__main__":
    run_program("build_ops_lib.py", main)
