"""The native build of the engine gives the module's bits, NaN compared as NaN, on every operator and data type."""

import ms_backend_wasm as msw
import numpy as np
import op_cases
import pytest
from ms_backend_wasm.backend import Backend
from native import Native

FAMILIES = op_cases.families()
USES = op_cases.uses()


@pytest.fixture(scope="module")
def native() -> Backend:
    return Backend(Native())


def same_bits(z: np.ndarray, wanted: np.ndarray) -> bool:
    if (z.dtype, z.shape) != (wanted.dtype, wanted.shape):
        return False
    both_nan = np.isnan(z) & np.isnan(wanted)
    bits = f"u{z.dtype.itemsize}"
    return bool((both_nan | (z.reshape(-1).view(bits) == wanted.reshape(-1).view(bits)).reshape(z.shape)).all())


def as_list(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def tiny(array: np.ndarray) -> np.ndarray:
    """The same below the smallest normal number, where processors differ unless told not to."""
    return array * np.float32(1e-40) if array.dtype == np.float32 else array


def test_both_list_the_same_operators(native):
    assert native.operators() == msw.operators()


@pytest.mark.parametrize(("name", "dtype"), USES, ids=[f"{name}-{dtype}" for name, dtype in USES])
def test_operators_have_the_same_bits(native, name, dtype):
    for case in op_cases.cases(FAMILIES[name], dtype):
        for arrays in (case.arrays, [tiny(array) for array in case.arrays]):
            answers = [backend.operator(name, *arrays, **case.attributes) for backend in (msw, native)]
            for z, wanted in zip(*map(as_list, answers), strict=True):
                assert same_bits(z, wanted), f"{name} of {case}"


@pytest.mark.parametrize(("name", "dtype"), USES, ids=[f"{name}-{dtype}" for name, dtype in USES])
def test_refusals_have_the_same_words(native, name, dtype):
    for case in op_cases.cases(FAMILIES[name], dtype, bad=True):
        words = []
        for operator in (msw.operator, native.operator):
            with pytest.raises(msw.MswError) as refusal:
                operator(name, *case.arrays, **case.attributes)
            words.append((type(refusal.value), str(refusal.value)))
        assert words[0] == words[1]


def test_the_digits_model_has_the_same_bits(native, models):
    there, here = native.load(models / "digits.mindir"), msw.load(models / "digits.mindir")
    for scan in np.load(models / "digits_heldout.npy"):
        for z, wanted in zip(here(scan[None]), there(scan[None]), strict=True):
            assert same_bits(z, wanted)
