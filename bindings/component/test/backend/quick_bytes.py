"""wasmtime-py passes a list<u8> element by element, 0.3 MB a second: numpy does it for the larger models here."""

import ctypes

import numpy as np
from wasmtime import _ffi as ffi
from wasmtime.component import _types

VALUE = ffi.wasmtime_component_val_t
U8_AT = VALUE.of.offset


def write(self, store, value, pointer):
    if not self._is_bytes():
        return elementwise(self, store, value, pointer)
    if not isinstance(value, bytes):
        raise TypeError("expected bytes value")
    values = np.zeros((len(value), ctypes.sizeof(VALUE)), np.uint8)
    values[:, VALUE.kind.offset] = ffi.WASMTIME_COMPONENT_U8.value
    values[:, U8_AT] = np.frombuffer(value, np.uint8)
    raw = ffi.wasmtime_component_vallist_t()
    ffi.wasmtime_component_vallist_new_uninit(raw, len(value))
    ctypes.memmove(raw.data, values.ctypes.data, values.nbytes)
    pointer.contents.kind = ffi.WASMTIME_COMPONENT_LIST
    pointer.contents.of.list = raw


elementwise = _types.ListType.convert_to_c


def install():
    _types.ListType.convert_to_c = write
