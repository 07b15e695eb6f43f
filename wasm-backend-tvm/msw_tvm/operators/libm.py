"""Functions of the C library as functions of tensors: libm.atan2f(x, y)."""

import re
from pathlib import Path

from tvm import te, tirx

from ..errors import OURS, BuildError

HEADER = Path("/usr/include/wasm32-wasi/math.h")
FLOAT_FUNCTION = r"^float\s+(\w+)\s*\((float(?:,\s*float)*)\);"


def find_functions() -> dict[str, int]:
    """Functions of floats alone, and of how many."""
    if not HEADER.exists():
        raise BuildError(f"{HEADER} is missing, expected the Debian packages of tools/apt-packages.txt: make tvm", OURS)
    found = re.findall(FLOAT_FUNCTION, HEADER.read_text(), re.MULTILINE)
    return {name: arguments.count("float") for name, arguments in found}


class Libm:
    """Its attributes are the functions that the header declares, for tensors of one shape."""

    def __init__(self):
        self._functions = find_functions()

    def __dir__(self) -> list[str]:
        return list(self._functions)

    def __getattr__(self, name: str):
        if name.startswith("_") or name not in self._functions:
            raise AttributeError(name)
        count = self._functions[name]

        def apply(*tensors):
            if len(tensors) != count or any(str(tensor.dtype) != "float32" for tensor in tensors):
                raise TypeError(f"libm.{name} takes {count} float32")
            return te.compute(
                tensors[0].shape,
                lambda *at: tirx.call_pure_extern("float32", name, *(tensor[at] for tensor in tensors)),
                name,
            )

        return apply
