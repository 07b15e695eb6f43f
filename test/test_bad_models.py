"""Nets that MindSpore wrote, with something changed, in the sandbox: a refusal, or an answer; never a trap.

src/read/mindir_fuzz.c does the same natively and for longer; here it is the module with its 32-bit sizes, and the
native build must agree with it, in its words and in its bits.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from mindspore.train import mind_ir_pb2
from ms_backend_wasm.backend import Backend
from ms_backend_wasm.errors import LimitError, MswError, TrapError
from ms_backend_wasm.sandbox import Sandbox
from native import Native
from test_native_equals_wasm import same_bits

CORPUS = Path(__file__).parent / "corpus" / "mindir_fuzz"
NETS = [file for file in sorted(CORPUS.glob("net-*.mindir")) if not file.stem.endswith("-beside")]
CHANGES = 30
OPEN_DIM = 3
INTS = [0, 1, 2, 3, 7, 64, -1, -2, -3, 2**31 - 1, 2**31, 2**32, 2**62, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -1.0, float("nan"), float("inf"), 1e-45]
# Elements of an input; more would only take time.
LARGEST = 100_000


def messages(message) -> Iterator:
    yield message
    for field, value in message.ListFields():
        if field.message_type:
            for inner in value if field.is_repeated else [value]:
                yield from messages(inner)


def change(model, rng: random.Random) -> None:
    """One field of one message: another number or name, another element of its list, one more or one less."""
    message = rng.choice([m for m in messages(model) if m.ListFields()])
    field, value = rng.choice(message.ListFields())
    if not field.is_repeated:
        if field.type == field.TYPE_FLOAT:
            setattr(message, field.name, rng.choice(FLOATS))
        elif field.type == field.TYPE_STRING:
            others = [getattr(m, field.name) for m in messages(model) if m.DESCRIPTOR == message.DESCRIPTOR]
            setattr(message, field.name, rng.choice(others))
        elif field.cpp_type == field.CPPTYPE_INT64:
            setattr(message, field.name, rng.choice(INTS))
        elif field.type == field.TYPE_BYTES:
            setattr(message, field.name, value[: rng.randrange(len(value) + 1)])
        else:
            message.ClearField(field.name)
        return
    elements = list(value)
    at = rng.randrange(len(elements))
    what = rng.randrange(4)
    if what == 0:
        del elements[at]
    elif what == 1:
        elements.insert(at, elements[rng.randrange(len(elements))])
    elif what == 2 or field.cpp_type != field.CPPTYPE_INT64:
        elements[at] = elements[rng.randrange(len(elements))]
    else:
        elements[at] = rng.choice(INTS)
    if field.message_type:
        elements = [type(element).FromString(element.SerializeToString()) for element in elements]
    del value[:]
    value.extend(elements)


def arrays_for(model) -> list[np.ndarray] | None:
    """Zeros, which every index may be; None where the model wants too many."""
    arrays = []
    for spec in model.inputs:
        shape = (OPEN_DIM, OPEN_DIM) if spec.shape is None else tuple(OPEN_DIM if n < 0 else n for n in spec.shape)
        if np.prod(shape, dtype=float) > LARGEST:
            return None
        arrays.append(np.zeros(shape, spec.dtype or np.float32))
    return arrays


def outcome(backend: Backend, data: bytes):
    """Its answers, or the refusal."""
    try:
        with backend.load(data, timeout=20) as model:
            arrays = arrays_for(model)
            return [] if arrays is None else list(model(*arrays))
    except TrapError:
        raise
    except MswError as refusal:
        return refusal


@pytest.mark.parametrize("file", NETS, ids=[file.stem for file in NETS])
def test_changed_nets_are_refused_or_run(file, module_path):
    rng = random.Random(file.stem)
    module = Backend(Sandbox(module_path, memory_limit=256 << 20, timeout=20))
    native = Backend(Native())
    whole = file.read_bytes()
    assert not isinstance(outcome(module, whole), MswError)
    for _ in range(CHANGES):
        model = mind_ir_pb2.ModelProto.FromString(whole)
        for _ in range(rng.randrange(1, 4)):
            change(model, rng)
        data = model.SerializePartialToString()
        found = outcome(module, data)
        if isinstance(found, MswError):
            assert str(found)
            assert "time limit" not in str(found)
        if isinstance(found, LimitError):
            continue  # a native process has more memory than the module
        wanted = outcome(native, data)
        if isinstance(found, MswError):
            assert (type(found), str(found)) == (type(wanted), str(wanted))
        else:
            assert not isinstance(wanted, MswError)
            for z, want in zip(found, wanted, strict=True):
                assert same_bits(np.asarray(z), np.asarray(want))
