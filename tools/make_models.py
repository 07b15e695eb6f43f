"""Makes the models of the benchmark, in every format from one set of numbers: .cache/bench/models/NAME.

    .venv/bin/python tools/make_models.py                   all; those that are current are left alone
    .venv/bin/python tools/make_models.py NAME ...          these
    .venv/bin/python tools/make_models.py --list            their names and whether they are current
    .venv/bin/python tools/make_models.py --out DIR         somewhere else

MindSpore writes model.mindir, onnx.helper model.onnx. A model is left behind only if MindSpore and our module answer
as onnxruntime does, within 1e-4 of its largest number. What lies in a folder is in bench_models/folder.py; a new model
is a line of bench_models/registry.py.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bench_models import folder
from bench_models.registry import MODELS

OUT = Path(__file__).resolve().parent.parent / ".cache" / "bench" / "models"


def show(facts: dict) -> None:
    worst = max(error for case in facts["cases"] for error in case["errors"].values())
    cases = ", ".join(f"{case['gflop']:.3f} GFLOP at {case['name']}" for case in facts["cases"])
    print(f"{facts['name']}: {facts['parameters']:,} parameters, {cases}, within {worst:.1e}", flush=True)


def chosen(names: list[str]) -> list:
    known = {model.name: model for model in MODELS}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"{unknown[0]}: no such model, expected one of {', '.join(known)}")
    return [known[name] for name in names] or MODELS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("names", nargs="*", metavar="NAME", help="of a model (default: all)")
    options.add_argument("--list", action="store_true", help="say which there are, make none")
    options.add_argument("--out", type=Path, default=OUT, help="folder (default: .cache/bench/models)")
    given = options.parse_args()
    out = given.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    for model in chosen(given.names):
        current = folder.is_current(model, out / model.name)
        if given.list:
            print(f"{model.name}\t{'current' if current else 'to be made'}")
        elif not current:
            from bench_models import making  # MindSpore takes seconds to come

            show(making.make(model, out))


if __name__ == "__main__":
    main()
