"""Where exports and reference answers are kept, and when they are made again.

A folder for each net: net.mindir, in_SET_INDEX.npy, want_SET_INDEX.npy, and meta.json, which is written last. It is
made again when what it was made from has changed: the net's line, the sources it is built by, or a version.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("MSW_CACHE") or ROOT / ".cache") / "conformance"
SOURCES = ("activations", "control", "layers", "nets", "operators", "oracles", "pictures", "sequences")
# To be raised when spec.py, weights.py or export.py would make other files or other inputs.
RECIPE = 3
SMALL = ["weights.py", *(f"{name}.py" for name in SOURCES)]
PACKAGES = ("mindspore", "numpy")


def versions(net) -> dict[str, str]:
    """What the net is made with: the small nets do without mindcv."""
    packages = (*PACKAGES, "mindcv") if is_zoo(net) else PACKAGES
    return {name: importlib.metadata.version(name) for name in packages}


def is_zoo(net) -> bool:
    return net.name.startswith("zoo/")


def key(net) -> str:
    """Changes with all that an export depends on. A change to the small nets' sources makes all of them anew."""
    sources = [] if is_zoo(net) else SMALL
    parts = [RECIPE, net.name, net.inputs, net.more, versions(net), [(HERE / name).read_text() for name in sources]]
    parts += [net.factors] if net.factors else []
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def folder(net) -> Path:
    return CACHE / net.name


def meta(net) -> dict:
    """What was written about the net, or {}."""
    try:
        return json.loads((folder(net) / "meta.json").read_text())
    except (OSError, ValueError):
        return {}


def save_arrays(where: Path, stem: str, arrays: list[np.ndarray]) -> None:
    for index, array in enumerate(arrays):
        np.save(where / f"{stem}_{index}.npy", array)


def load_arrays(where: Path, stem: str) -> list[np.ndarray]:
    arrays = []
    while (file := where / f"{stem}_{len(arrays)}.npy").exists():
        arrays.append(np.load(file))
    return arrays


def is_current(net) -> bool:
    return meta(net).get("key") == key(net)


def save_failure(net, why: str) -> None:
    """For a process that ended without a word of its own."""
    folder(net).mkdir(parents=True, exist_ok=True)
    facts = {"key": key(net), "versions": versions(net), "failed": why}
    (folder(net) / "meta.json").write_text(json.dumps(facts, indent=1))
