"""MindSpore models and operators in a WebAssembly sandbox, over numpy arrays.

    import ms_backend_wasm as msw
    model = msw.load("digits.mindir")
    probabilities, logits = model(scan)
    msw.operator("Mul", a, b)

With MindSpore installed also: compile(net, x), export(net, x, path="net.mindir"), verify(net, x).

The module is found in this package, in the file named by MSW_WASM, or given as `module`. Each loaded model has a
sandbox of its own, so that a bad one costs nothing else.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from .backend import Operator
from .difference import Difference, Mismatch
from .errors import (
    InvalidError,
    LimitError,
    MissingError,
    MswError,
    TrapError,
    UnsupportedError,
    UsageError,
)
from .exporting import compile, export
from .loading import load, operator, operators
from .model import Model, ModelInfo, Pass
from .profile import Node, NodeTime, Profile
from .report import NodeError, Verification
from .run import MemoryUse, Result
from .tensor import TensorSpec
from .verification import verify

__all__ = [
    "Difference",
    "InvalidError",
    "LimitError",
    "MemoryUse",
    "Mismatch",
    "MissingError",
    "Model",
    "ModelInfo",
    "MswError",
    "Node",
    "NodeError",
    "NodeTime",
    "Operator",
    "Pass",
    "Profile",
    "Result",
    "TensorSpec",
    "TrapError",
    "UnsupportedError",
    "UsageError",
    "Verification",
    "compile",
    "export",
    "load",
    "operator",
    "operators",
    "verify",
]

try:
    __version__ = version("ms-backend-wasm")
except PackageNotFoundError:  # run from the tree
    __version__ = "0+tree"
