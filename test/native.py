"""The native build of the engine behind the same Python front as the module: one list of cases runs on both."""

import ctypes
from pathlib import Path

import numpy as np
from ms_backend_wasm import abi

LIBRARY = Path(__file__).parent.parent / "build" / "native" / "libmsw.so"
TYPES = {"i": ctypes.c_int32, "l": ctypes.c_uint64, "p": ctypes.c_size_t}


class Native:
    """A machine as ms_backend_wasm.machine.Machine describes it: this process."""

    pointer_bytes = ctypes.sizeof(ctypes.c_void_p)
    engine = abi.ENGINE_OTHER

    def __init__(self):
        library = ctypes.CDLL(str(LIBRARY))
        self._functions = {name: self._declare(library[name], *codes) for name, codes in abi.FUNCTIONS.items()}

    @staticmethod
    def _declare(function, arguments: str, result: str):
        function.argtypes = [TYPES[code] for code in arguments]
        function.restype = TYPES[result] if result else None
        return function

    def call(self, name: str, *arguments: int) -> int:
        return self._functions[name](*arguments) or 0

    def view(self, pointer: int, count: int) -> np.ndarray:
        return np.ctypeslib.as_array((ctypes.c_ubyte * count).from_address(pointer))

    def string(self, pointer: int) -> str:
        return ctypes.string_at(pointer).decode()
