"""The Python binding over the real module: what it takes, what it answers, and the words of its refusals."""

import os
from pathlib import Path

import ms_backend_wasm as msw
import numpy as np
import pytest
from ms_backend_wasm.backend import Backend
from ms_backend_wasm.sandbox import Sandbox

X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture(scope="module")
def model(models):
    return msw.load(models / "digits.mindir")


@pytest.fixture(scope="module")
def scan(models):
    return np.load(models / "digits_heldout.npy")[:1]


def test_a_model_is_called_in_order_or_by_name(model, scan):
    for z, w in zip(model(scan), model(x=scan), strict=True):
        assert np.array_equal(z, w)


def test_answers_are_the_callers_own(model, scan):
    first = model(scan)
    kept = [z.copy() for z in first]
    model(scan[:, :, ::-1])
    assert all(np.array_equal(z, w) for z, w in zip(first, kept, strict=True))


def test_any_layout_of_an_array_will_do(model, scan):
    assert np.array_equal(model(np.asfortranarray(scan))[1], model(scan)[1])
    assert np.array_equal(model(np.ascontiguousarray(scan[..., ::-1])[..., ::-1])[1], model(scan)[1])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda model, x: model(), "0 inputs given, the model takes 1: x"),
        (lambda model, x: model(x, x), "2 inputs given, the model takes 1: x"),
        (lambda model, x: model(y=x), "inputs y given, the model takes x"),
        (lambda model, x: model(x, x=x), "either in order or by name"),
        (
            lambda model, x: model(x.astype(np.float64)),
            r"input 'x': data type float64, the model takes float32\[1,1,8,8\]; x.astype",
        ),
        (lambda model, x: model(np.zeros((1,) * 9, np.float32)), "input 'x': rank 9, at most 8"),
        (lambda model, x: model(x.astype(np.uint8)), "uint8"),
        (lambda model, x: model(x[0]), "x"),
        (lambda model, x: model(np.zeros((1, 1, 9, 8), np.float32)), "9"),
    ],
)
def test_a_wrong_input_is_refused_and_the_model_stays_usable(model, scan, call, words):
    with pytest.raises(msw.MswError, match=words):
        call(model, scan)
    assert len(model(scan)) == 2


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: msw.operator("Cnv2D", X, X), msw.UsageError, "Cnv2D"),
        (lambda: msw.operator("Softmax", X, axes=1), msw.UsageError, "axes"),
        (lambda: msw.operator("Softmax", X, axis=1.5), msw.UsageError, r"attribute 'axis' is 1\.5, expected int64"),
        (lambda: msw.operator("Softmax", X, axis="last"), msw.UsageError, "attribute 'axis' is 'last'"),
        (lambda: msw.operator("Add", X), msw.MswError, "Add"),
        (lambda: msw.operator("Add", X, X[:, :2]), msw.InvalidError, "Add"),
        (lambda: msw.operator("Softmax", X.astype(np.int32)), msw.UsageError, "Softmax"),
    ],
)
def test_a_wrong_use_of_an_operator_is_refused(call, kind, words):
    with pytest.raises(kind, match=words):
        call()
    assert msw.operator("Add", X, X).tolist() == (X + X).tolist()


@pytest.mark.parametrize("content", [b"", b"<html>", b"\0asm\1\0\0\0", b"\x0a\x031.1"])
def test_what_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "a.mindir"
    path.write_bytes(content)
    with pytest.raises(msw.InvalidError):
        msw.load(path)


def test_an_error_in_a_file_has_its_place(models, tmp_path):
    path = tmp_path / "a.mindir"
    path.write_bytes((models / "digits.mindir").read_bytes()[:-1000])
    with pytest.raises(msw.InvalidError) as refusal:
        msw.load(path)
    assert refusal.value.offset is not None


def test_a_model_larger_than_its_limit_is_refused(models):
    with pytest.raises(msw.LimitError, match="memory"):
        msw.load(models / "digits.mindir", memory_limit=1 << 19)


def test_a_time_limit_leaves_a_quick_model_alone(models, scan, model):
    assert np.array_equal(msw.load(models / "digits.mindir", timeout=60)(scan)[1], model(scan)[1])


def test_operators_give_their_memory_back():
    """A hundred sums of 3 MB each would need twenty times the limit."""
    backend = Backend(Sandbox(Path(os.environ["MSW_WASM"]), memory_limit=16 << 20))
    x = np.ones(1 << 18, np.float32)
    for _ in range(100):
        assert (backend.operator("Add", x, x) == 2).all()


def test_a_missing_module_says_where_it_was_sought(tmp_path, models):
    with pytest.raises(msw.InvalidError, match="no such module; give module= or set MSW_WASM"):
        msw.load(models / "digits.mindir", module=tmp_path / "none.wasm")
