"""Reads the weights that PyTorch before 1.6 saved (torch.save of a state dict) without PyTorch, and without trust.

A pickle is a program: unpickled as usual, it can call anything. Here the few names that a state dict needs stand for
inert values of this file, and every other name is refused. The layout of such a file:

1. pickle: the number MAGIC
2. pickle: the protocol, 1001
3. pickle: a dict with "little_endian"
4. pickle: an OrderedDict of names and tensors, where a tensor names its numbers by a key
5. pickle: the list of these keys
6. for each key in that order: an int64 count, then so many numbers
"""

import collections
import math
import pickle
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
LARGEST_BYTES = 1 << 30


class StateDictError(ValueError):
    """The file is not a state dict, or asks for more than one needs."""


class Storage(NamedTuple):
    """The numbers of a tensor, before they are read."""

    dtype: np.dtype
    key: str
    count: int


class Tensor(NamedTuple):
    """A view of a storage, all counted in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def tensor(storage, offset, shape, strides, _requires_grad=False, _hooks=None, /) -> Tensor:
    """Stands for torch._utils._rebuild_tensor_v2: the same arguments, checked, and nothing else done."""
    numbers = (offset, *shape, *strides)
    if not isinstance(storage, Storage) or any(type(n) is not int or n < 0 for n in numbers):
        raise StateDictError("a tensor with a wrong storage, offset, shape or strides")
    last = offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
    if math.prod(shape) > storage.count or (0 not in shape and last >= storage.count):
        raise StateDictError(f"a tensor of shape {shape} reaches beyond its {storage.count} numbers")
    return Tensor(storage, offset, shape, strides)


# What a name stands for, made anew each time: a pickle can set attributes of what it gets (BUILD), so that must be
# nothing that outlives it, or nothing that has attributes to set.
NAMES = {
    ("collections", "OrderedDict"): lambda: collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): lambda: lambda *arguments: tensor(*arguments),
    ("torch", "FloatStorage"): lambda: "<f4",
    ("torch", "LongStorage"): lambda: "<i8",
}


class Unpickler(pickle.Unpickler):
    """Knows the names of a state dict and no others."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in NAMES:
            known = ", ".join(".".join(pair) for pair in NAMES)
            raise StateDictError(f"asks for {module}.{name}, expected one of {known}")
        return NAMES[module, name]()

    def persistent_load(self, pid: object) -> Storage:
        match pid:
            case ("storage", "<f4" | "<i8" as kind, str(key), str(), int(count), None) if count >= 0:
                dtype = np.dtype(kind)
                if count * dtype.itemsize > LARGEST_BYTES:
                    raise StateDictError(f"{count} numbers in one tensor, expected at most {LARGEST_BYTES} bytes")
                return Storage(dtype, key, count)
        raise StateDictError("a tensor's numbers are named in an unknown way")


def unpickle(file: BinaryIO, expected: type) -> object:
    """The next pickle of the file."""
    start = file.tell()
    try:
        value = Unpickler(file).load()
    except StateDictError as error:
        raise StateDictError(f"pickle at byte {start}: {error}") from None
    except Exception as error:  # a broken pickle raises nearly anything
        raise StateDictError(f"no pickle at byte {start}: {error}") from error
    if type(value) is not expected:
        raise StateDictError(f"pickle at byte {start}: a {type(value).__name__}, expected {expected.__name__}")
    return value


def read_numbers(file: BinaryIO, storage: Storage) -> np.ndarray:
    start = file.tell()
    count = int.from_bytes(file.read(8), "little", signed=True)
    data = file.read(storage.count * storage.dtype.itemsize)
    if count != storage.count or len(data) != storage.count * storage.dtype.itemsize:
        raise StateDictError(f"byte {start}: {count} numbers and {len(data)} bytes, expected {storage.count} numbers")
    return np.frombuffer(data, storage.dtype)


def view(numbers: np.ndarray, what: Tensor) -> np.ndarray:
    """`tensor` has checked that it stays inside."""
    strides = [step * numbers.itemsize for step in what.strides]
    return np.lib.stride_tricks.as_strided(numbers[what.offset :], what.shape, strides).copy()


def read_open(file: BinaryIO) -> dict[str, np.ndarray]:
    if unpickle(file, int) != MAGIC or unpickle(file, int) != PROTOCOL:
        raise StateDictError(f"expected the magic number of torch.save and protocol {PROTOCOL}")
    if unpickle(file, dict).get("little_endian") is not True:
        raise StateDictError("expected little endian numbers")
    tensors = unpickle(file, collections.OrderedDict)
    if not all(type(name) is str and type(value) is Tensor for name, value in tensors.items()):
        raise StateDictError("expected an OrderedDict of names and tensors")
    storages = {value.storage.key: value.storage for value in tensors.values()}
    keys = unpickle(file, list)
    if sorted(map(str, keys)) != sorted(storages):
        raise StateDictError("the list of keys is not that of the tensors")
    numbers = {key: read_numbers(file, storages[key]) for key in keys}
    return {name: view(numbers[value.storage.key], value) for name, value in tensors.items()}


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """Names and arrays, float32 or int64, in the order of the file. Raises StateDictError with the reason and place."""
    with Path(path).open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise StateDictError(f"{path}: a zip, as PyTorch saves since 1.6, expected the older format")
        file.seek(0)
        try:
            return read_open(file)
        except StateDictError as error:
            raise StateDictError(f"{path}: {error}") from error.__cause__
