"""Trained models in our module beside onnxruntime: `python tools/onnx_models [NAME ...]`; all write docs/MODELS.md.

--fetch only fetches all that is not there.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import models
from models import MODELS, ROOT

PAGE = ROOT / "docs" / "MODELS.md"

INTRODUCTION = """\
<!-- Written by `make conformance`; edit tools/onnx_models instead. -->
# Models

Trained ONNX models as ordinary packages carry them, in our module under wasmtime and in native onnxruntime
{onnxruntime} on the same input, each on one thread. **error**: the largest difference of any output, over
its largest number; {allowed:.0e} is allowed, integers are equal. **ms**: the fastest of up to {times} runs,
on a machine with other work.

| model | what it is for | package | MB | error | ms | onnxruntime ms |
|---|---|---|--:|--:|--:|--:|
"""


def line(row: Any) -> str:
    package = row.model.package
    cells = [row.model.name, row.model.about, f"{package.name} {package.version}", f"{row.megabytes:.1f}"]
    times = [f"{row.ours:.1f}", f"{row.theirs:.1f}"] if row.ours else ["-", "-"]
    cells += [row.text.replace("|", "\\|") or f"{row.error:.1e}", *times]
    return "| " + " | ".join(cells) + " |\n"


def main() -> None:
    names = sys.argv[1:]
    if names == ["--fetch"]:  # which needs no onnxruntime
        for model in MODELS:
            models.fetch(model)
        return
    import judge

    known = {model.name: model for model in MODELS}
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"{unknown[0]}: no such model, expected one of {', '.join(known)}")
    lines = []
    for model in [known[name] for name in names] or MODELS:
        lines.append(line(judge.measure(model)))
        print(lines[-1], end="", flush=True)
    if not names:
        head = INTRODUCTION.format(onnxruntime=version("onnxruntime"), allowed=judge.ALLOWED, times=judge.TIMES)
        PAGE.write_text(head + "".join(lines))
        print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
