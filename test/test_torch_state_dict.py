"""tools/torch_state_dict.py reads what torch.save wrote, and refuses a pickle that asks for anything else."""

import collections
import io
import os
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import torch_state_dict
from torch_state_dict import MAGIC, PROTOCOL, StateDictError, read_state_dict


class Global:
    """Pickled as a name of a module, which need not exist here."""

    def __init__(self, module: str, name: str):
        self.module, self.name = module, name


class Call:
    """Pickled as a call of `function`, which whoever unpickles it makes."""

    def __init__(self, function: object, *arguments: object):
        self.function, self.arguments = function, arguments


class Keyed:
    """Pickled as torch pickles a storage: by its persistent id."""

    def __init__(self, *pid: object):
        self.pid = pid


class Pickler(pickle._Pickler):
    """Python's own, which lets names be written that cannot be imported."""

    def persistent_id(self, value):
        return value.pid if isinstance(value, Keyed) else None

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Global):
            self.write(pickle.GLOBAL + f"{value.module}\n{value.name}\n".encode())
        elif isinstance(value, Call):
            self.save(value.function)
            self.save(value.arguments)
            self.write(pickle.REDUCE)
        else:
            super().save(value, save_persistent_id)


def pickled(value: object) -> bytes:
    file = io.BytesIO()
    Pickler(file, 2).dump(value)
    return file.getvalue()


def storage(key: str, count: int, kind: str = "FloatStorage") -> Keyed:
    return Keyed("storage", Global("torch", kind), key, "cpu", count, None)


def tensor(keyed: object, offset: object, shape: object, strides: object) -> Call:
    rebuild = Global("torch._utils", "_rebuild_tensor_v2")
    return Call(rebuild, keyed, offset, shape, strides, False, collections.OrderedDict())


def saved(tensors: object, keys: object = ("a",), data: bytes = b"", info: object = None) -> bytes:
    parts = (MAGIC, PROTOCOL, info or {"little_endian": True}, tensors, list(keys))
    return b"".join(map(pickled, parts)) + data


def numbers(values: np.ndarray) -> bytes:
    return struct.pack("<q", values.size) + values.tobytes()


@pytest.fixture
def read(tmp_path):
    def read(data: bytes) -> dict[str, np.ndarray]:
        path = tmp_path / "weights.pth"
        path.write_bytes(data)
        return read_state_dict(path)

    return read


SIX = np.arange(6, dtype=np.float32)


def test_views_of_shared_numbers_in_any_order(read):
    tensors = collections.OrderedDict(
        plain=tensor(storage("a", 6), 0, (2, 3), (3, 1)),
        turned=tensor(storage("a", 6), 1, (2, 2), (1, 3)),
        scalar=tensor(storage("b", 1, "LongStorage"), 0, (), ()),
        none=tensor(storage("a", 6), 6, (0, 3), (3, 1)),
    )
    got = read(saved(tensors, ("b", "a"), numbers(np.int64([-7])) + numbers(SIX)))
    assert list(got) == list(tensors)
    np.testing.assert_array_equal(got["plain"], SIX.reshape(2, 3))
    np.testing.assert_array_equal(got["turned"], [[1, 4], [2, 5]])
    assert (got["scalar"].shape, got["scalar"].dtype, int(got["scalar"])) == ((), np.int64, -7)
    assert got["none"].shape == (0, 3)


class Marker:
    """Pickled by Python as it likes: a call of os.system."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def test_a_pickle_that_would_run_a_command_is_refused(read, tmp_path):
    marker = tmp_path / "ran"
    command = pickle.dumps(Marker(marker), 2)
    pickle.loads(command)
    assert marker.exists(), "the pickle does what it is meant to do where nobody stops it"
    marker.unlink()
    start = b"".join(map(pickled, (MAGIC, PROTOCOL, {"little_endian": True})))
    for data in (command, start + command):
        with pytest.raises(StateDictError, match=r"pickle at byte \d+: asks for posix\.system, expected one of coll"):
            read(data)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("builtins", "eval"),
        ("builtins", "getattr"),
        ("__builtin__", "exec"),
        ("torch_state_dict", "read_open"),
        ("torch._utils", "_rebuild_tensor"),
        ("collections", "OrderedDict.fromkeys"),
        ("numpy", "load"),
        ("torch", "HalfStorage"),
    ],
)
def test_every_other_name_is_refused(read, module, name):
    with pytest.raises(StateDictError, match=f"asks for {module}.{name}, expected one of"):
        read(saved(Call(Global(module, name), "1")))


def test_what_is_given_for_a_name_cannot_be_changed_for_the_next_reader(read):
    """BUILD sets attributes: on a shared function that would outlive the file."""
    before = torch_state_dict.tensor.__defaults__
    evil = pickled(Global("torch._utils", "_rebuild_tensor_v2"))[:-1] + pickled((None, {"__defaults__": ()}))[2:-1]
    with pytest.raises(StateDictError):
        read(saved(0)[: -len(pickled(0) + pickled(["a"]))] + evil + pickle.BUILD + pickle.STOP)
    assert torch_state_dict.tensor.__defaults__ == before


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (tensor(storage("a", 6), 0, (2, 4), (3, 1)), "reaches beyond its 6 numbers"),
        (tensor(storage("a", 6), 5, (2,), (1,)), "reaches beyond its 6 numbers"),
        (tensor(storage("a", 6), 0, (1 << 40,), (0,)), "reaches beyond its 6 numbers"),
        (tensor(storage("a", 6), -1, (1,), (1,)), "a wrong storage, offset, shape or strides"),
        (tensor(storage("a", 6), 0, (2,), (-1,)), "a wrong storage, offset, shape or strides"),
        (tensor(storage("a", 6), 0, (2, 3), (1,)), "pickle at byte"),
        (tensor("a", 0, (1,), (1,)), "a wrong storage"),
        (tensor(storage("a", 1 << 40), 0, (1,), (1,)), "expected at most 1073741824 bytes"),
        (tensor(storage("a", -1), 0, (1,), (1,)), "named in an unknown way"),
        (tensor(Keyed("module", 1), 0, (1,), (1,)), "named in an unknown way"),
        ("no tensor", "expected an OrderedDict of names and tensors"),
        (Global("torch", "FloatStorage"), "expected an OrderedDict of names and tensors"),
    ],
)
def test_a_tensor_that_lies(read, value, reason):
    with pytest.raises(StateDictError, match=reason):
        read(saved(collections.OrderedDict(x=value), data=numbers(SIX)))


ONE = collections.OrderedDict(x=tensor(storage("a", 6), 0, (6,), (1,)))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no pickle at byte 0"),
        (b"PK\x03\x04", "a zip, as PyTorch saves since 1.6"),
        (b"\x80\x02K\x01.", "no pickle at byte 5|expected the magic number"),
        (pickled(MAGIC) + pickled(7), "expected the magic number of torch.save and protocol 1001"),
        (pickled("text"), "pickle at byte 0: a str, expected int"),
        (saved(ONE, info={"little_endian": False}), "expected little endian numbers"),
        (saved({}), "a dict, expected OrderedDict"),
        (saved(ONE, ("b",)), "the list of keys is not that of the tensors"),
        (saved(ONE, ("a", "a")), "the list of keys is not that of the tensors"),
        (saved(ONE, data=numbers(SIX[:5])), "5 numbers and 20 bytes, expected 6 numbers"),
    ],
)
def test_a_file_that_is_something_else(read, data, reason):
    with pytest.raises(StateDictError, match=f"weights.pth: .*({reason})"):
        read(data)


def test_every_truncation_is_an_error(read):
    whole = saved(ONE, data=numbers(SIX))
    np.testing.assert_array_equal(read(whole)["x"], SIX)
    for size in range(len(whole)):
        with pytest.raises(StateDictError):
            read(whole[:size])
