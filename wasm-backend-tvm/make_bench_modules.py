#!/usr/bin/env python3
"""Builds the modules that `make bench` measures beside our engine, into .cache/bench/tvm: each model at three levels.

The models are those of tools/make_models.py. A module is built again when its model or anything here is newer.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parent / ".cache/bench"
MODELS = ("resnet50", "mobilenet_v2", "efficientnet_lite0")
LEVELS = {"default": 0, "packed": 2, "tuned": 3}  # the names are those of test/bench/spec.mjs


def newest() -> float:
    """When anything that a module is made by was changed last."""
    sources = [*HERE.glob("*.py"), *HERE.glob("*.json"), *HERE.glob("msw_tvm/**/*.py")]
    archives = (HERE.parent / "build/wasm/tvm").glob("*.a")
    return max(path.stat().st_mtime for path in [*sources, *archives])


def main() -> None:
    changed = newest()
    for name in MODELS:
        model = CACHE / "models" / name / "model.onnx"
        for variant, level in LEVELS.items():
            target = CACHE / "tvm" / f"{name}-{variant}.wasm"
            if target.exists() and target.stat().st_mtime > max(changed, model.stat().st_mtime):
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            build = [sys.executable, str(HERE / "build_graph_lib.py"), f"-O{level}", str(model), "-o", str(target)]
            subprocess.run(build, check=True)


if __name__ == "__main__":
    main()
