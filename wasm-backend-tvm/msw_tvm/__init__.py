"""Code generation by Apache TVM for modules that keep the contract of docs/ABI.md."""

import importlib.util
import sys
from pathlib import Path

# Before any file of this package imports them: a program under another Python than that of .venv gets one line.
_missing = [name for name in ("numpy", "onnx", "tvm", "tqdm", "wasmtime") if not importlib.util.find_spec(name)]
if _missing:
    sys.exit(
        f"{Path(sys.argv[0]).name}: this Python lacks {', '.join(_missing)}, expected the packages of "
        "tools/requirements-tvm.txt: make tvm, then .venv/bin/python"
    )
