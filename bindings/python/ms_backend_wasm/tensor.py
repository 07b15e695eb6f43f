"""What a tensor is called, holds and measures, and how numpy's arrays become its bytes and come back.

numpy has no bfloat16 of its own: such tensors are answered as float32, and given as float32, rounded to nearest, or as
any array whose dtype calls itself bfloat16 (ml_dtypes has one). Floats of 8 and 4 bits, and whole numbers of 4 and 2,
have a byte each: their dtypes are those of ml_dtypes where that is installed, else uint8, which holds their codes, or
int8.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .errors import UsageError
from .machine import Array, Bytes

# Kinds of Python's own numbers that a tensor takes, by its own kind. numpy makes an empty list float.
_FROM = {"f": "fiu", "i": "fiu", "u": "fiu", "b": "b"}


# What ml_dtypes calls the module's narrow types.
_NARROW = {
    "float8e4m3fn": "float8_e4m3fn",
    "float8e4m3fnuz": "float8_e4m3fnuz",
    "float8e5m2": "float8_e5m2",
    "float8e5m2fnuz": "float8_e5m2fnuz",
    "float8e8m0": "float8_e8m0fnu",
    "float4e2m1": "float4_e2m1fn",
    "int4": "int4",
    "uint4": "uint4",
    "int2": "int2",
    "uint2": "uint2",
}


def _narrow(name: str) -> np.dtype:  # type: ignore[type-arg]
    try:
        import ml_dtypes
    except ImportError:
        return np.dtype(np.int8 if name.startswith("int") else np.uint8)
    return np.dtype(getattr(ml_dtypes, _NARROW[name]))


@dataclass(frozen=True)
class Element:
    """A data type of the module: its number and name there, and the dtype of the arrays that stand for it."""

    number: int
    name: str

    @property
    def dtype(self) -> np.dtype:  # type: ignore[type-arg]
        if self.name in _NARROW:
            return _narrow(self.name)
        return np.dtype(np.float32 if self.name == "bfloat16" else self.name)

    def write(self, array: Array, place: Bytes) -> None:
        """Puts an array of any layout and byte order into a tensor's bytes."""
        if self.name == "bfloat16":
            place.view(np.uint16).reshape(array.shape)[...] = _to_bfloat16(array)
        elif self.name in ("int4", "int2"):  # completed by their sign, as those of ml_dtypes are not
            place.view(np.int8).reshape(array.shape)[...] = array.astype(np.int8)
        else:
            place.view(self.dtype).reshape(array.shape)[...] = array

    def read(self, place: Bytes, shape: tuple[int, ...]) -> Array:
        """A tensor's bytes as an array of the caller's own."""
        if self.name == "bfloat16":
            return (place.view(np.uint16).astype(np.uint32) << 16).view(np.float32).reshape(shape)
        if self.name in ("int4", "int2"):
            return place.view(np.int8).reshape(shape).astype(self.dtype)
        return place.view(self.dtype).reshape(shape).copy()


@dataclass(frozen=True)
class TensorSpec:
    """An input or output of a model or a node.

    dtype    of the arrays that it takes or gives; None: any
    shape    a dimension of -1 may have any size; None: any shape
    element  what the module holds, where it knows: bfloat16 has no dtype of its own
    """

    name: str
    dtype: np.dtype | None  # type: ignore[type-arg]
    shape: tuple[int, ...] | None
    element: str | None = None

    def __str__(self) -> str:
        sizes = "..." if self.shape is None else ",".join("?" if size < 0 else str(size) for size in self.shape)
        return f"{self.element or self.dtype or 'any'}[{sizes}]"

    def accept(self, value: npt.ArrayLike) -> Array:
        """The value as an array that fits: a list takes the tensor's data type, an array must have it."""
        if hasattr(value, "asnumpy"):  # MindSpore's Tensor
            value = value.asnumpy()
        try:
            array = np.asarray(value)
        except ValueError as error:  # rows of different lengths
            raise UsageError(f"input '{self.name}': {error}") from None
        if self.dtype is None or array.dtype.newbyteorder("=") == self.dtype or array.dtype.name == self.element:
            return array
        if not hasattr(value, "dtype") and array.dtype.kind in _FROM.get(self.dtype.kind, ""):
            return _exactly(array, self.dtype, self.name)
        hint = f"; x.astype({self.dtype.name!r}) converts" if np.issubdtype(array.dtype, np.number) else ""
        raise UsageError(f"input '{self.name}': data type {array.dtype}, the model takes {self}{hint}")


def _exactly(array: Array, dtype: np.dtype, name: str) -> Array:  # type: ignore[type-arg]
    """Python's numbers as that data type; a whole number that does not fit is refused."""
    made = array.astype(dtype)
    if dtype.kind in "iu" and not np.array_equal(made, array):
        raise UsageError(f"input '{name}': a value does not fit {dtype}")
    return made


def _to_bfloat16(array: Array) -> npt.NDArray[np.uint16]:
    if array.dtype.name == "bfloat16":
        return np.asarray(array, order="C").view(np.uint16)
    bits = array.astype(np.float32, order="C").view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    return np.where(np.isnan(array), 0x7FC0, rounded).astype(np.uint16)
