#!/usr/bin/env python3
"""Checks the include law: base <- simd <- kernels <- ops <- graph <- read <- api.

A file under src/ includes only its own layer, the layers left of it, "msw.h" and the system's headers, each written
from src/ as the root; and only kernels/hot includes "simd/simd_relaxed.h", so that nothing else rounds as an engine
likes (a header of simd may: what it says depends on the file that includes it). Tests are exempt; tables (*.def) are
not. `check_layers.py [ROOT]` prints every violation and fails if there is one.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

LAYERS = ["base", "simd", "kernels", "ops", "graph", "read", "api"]
RELAXED = "simd/simd_relaxed.h"
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|(<[^>]+>)|(\S+))')


def check_include(layer: str, target: str) -> str | None:
    """What is wrong with a file of `layer` that includes `target`, or None."""
    if target == "msw.h":
        return None
    first = target.split("/")[0]
    if first not in LAYERS or ".." in target.split("/") or "/" not in target:
        return 'is neither "msw.h" nor a path from src/ (LAYER/FILE)'
    if LAYERS.index(first) > LAYERS.index(layer):
        return f"{layer} may not include {first}: the layers are {' <- '.join(LAYERS)}"
    return None


def check_file(path: Path, layer: str, root: Path) -> list[str]:
    problems = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match and match[1]:
            problem = check_include(layer, match[1])
            header_of_simd = layer == "simd" and path.suffix == ".h"
            if match[1] == RELAXED and path.parent != root / "src" / "kernels" / "hot" and not header_of_simd:
                problem = "is for files of kernels/hot, and headers of simd, alone"
            if problem:
                problems.append(f'{path.relative_to(root)}:{number}: "{match[1]}" {problem}')
    return problems


def check_tree(root: Path) -> tuple[int, list[str]]:
    """Number of files looked at, and every violation in them."""
    files = sorted(p for p in (root / "src").rglob("*") if p.suffix in {".c", ".h", ".def"})
    files = [p for p in files if not p.stem.endswith("_test")]
    problems = []
    for path in files:
        layer = path.relative_to(root / "src").parts[0]
        if layer in LAYERS:
            problems += check_file(path, layer, root)
        else:
            problems.append(f"{path.relative_to(root)}: not in a layer, which are {' <- '.join(LAYERS)}")
    return len(files), problems


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    count, problems = check_tree(root)
    for problem in problems:
        print(problem)
    if count == 0:
        print(f"{root}: no source files under src/")
    print(f"{count} files, {len(problems)} violations of the include law")
    return 1 if problems or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
