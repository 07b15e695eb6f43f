"""Every operator of the module's table, used wrongly: a refusal that says what and where, or a right answer; no trap.

Made from the table and from the good cases of the operators' test families, each with one thing changed: rank 0, a
dim of 0, another data type, other attributes, inputs missing or too many, the ends of the integers. The native build
must say the same, word for word. src/ops/bad_uses_test.c tries more under AddressSanitizer and UBSan, shapes and
places that must be constants among them.
"""

from collections.abc import Iterator

import ms_backend_wasm as msw
import numpy as np
import op_cases
import op_cases_move
import pytest
from ms_backend_wasm.backend import Backend
from ms_backend_wasm.errors import InvalidError, LimitError, MswError, TrapError, UnsupportedError, UsageError
from ms_backend_wasm.sandbox import Sandbox
from native import Native
from test_native_equals_wasm import as_list, same_bits

FAMILIES = op_cases.families()
OPERATORS = msw.operators()
DTYPES = [*op_cases.HALVES.values(), *(np.dtype(name) for name in ("float32", "float64", "int8", "uint8", "int16"))]
DTYPES += [np.dtype(name) for name in ("int32", "int64", "bool")]
WHOLE = [0, -1, 1, 2**31 - 1, 2**31, 2**32, -(2**31), 2**63 - 1, -(2**63)]
REAL = [0.0, -1.0, float("nan"), float("inf"), float("-inf"), 1e300, 1e-320]
LIST = 2  # this kind and kind 4 are lists, kind 3 and 4 are floats: abi.ATTRIBUTE_KINDS
FLOAT = 3
FLOATS = 4
BASES = 3
MEMORY = 256 << 20


def bases(name: str) -> list[op_cases.Case]:
    """A few small good uses; where only a model has them, inputs of one shape."""
    dtype = OPERATORS[name].dtypes[0]
    found = [case for case in op_cases.cases(FAMILIES[name], np.dtype(dtype)) if sum(x.size for x in case.arrays) < 400]
    found.sort(key=lambda case: -len(case.attributes))
    step = max(len(found) // BASES, 1)
    if found:
        return found[::step][:BASES]
    arrays = [np.ones((2, 3), dtype)] * OPERATORS[name].inputs_min
    return [op_cases.Case(arrays)]


def other_inputs(case: op_cases.Case) -> Iterator[op_cases.Case]:
    def replaced(index: int, array: np.ndarray) -> op_cases.Case:
        return op_cases.Case([array if i == index else x for i, x in enumerate(case.arrays)], case.attributes)

    for index, x in enumerate(case.arrays):
        one = np.ones((), x.dtype)
        yield replaced(index, one)
        yield replaced(index, np.ones((1,) * 8, x.dtype))
        for axis, size in enumerate(x.shape):
            for other in (0, size + 1):
                shape = (*x.shape[:axis], other, *x.shape[axis + 1 :])
                yield replaced(index, np.ones(shape, x.dtype))
        yield replaced(index, x[None] if x.ndim < 8 else x[0])
        for dtype in DTYPES:
            if dtype != x.dtype:
                yield replaced(index, np.ones(x.shape, dtype))
        if x.dtype.kind in "iu":
            for value in (np.iinfo(x.dtype).min, np.iinfo(x.dtype).max):
                yield replaced(index, np.full_like(x, value))
    yield op_cases.Case(case.arrays[:-1], case.attributes)
    yield op_cases.Case([], case.attributes)
    for count in (1, 7):
        yield op_cases.Case(case.arrays + case.arrays[:1] * count, case.attributes)
    yield op_cases.Case([np.ones((), x.dtype) for x in case.arrays], case.attributes)


def other_attributes(name: str, case: op_cases.Case) -> Iterator[op_cases.Case]:
    def given(key: str, value: object) -> op_cases.Case:
        return op_cases.Case(case.arrays, {**case.attributes, key: value})

    for key, kind in OPERATORS[name].attributes.items():
        numbers = REAL if kind in (FLOAT, FLOATS) else WHOLE
        before = list(np.atleast_1d(case.attributes.get(key, [])))
        if kind not in (LIST, FLOATS):
            yield from (given(key, value) for value in numbers)
            continue
        for values in ([], before[:-1], [*before, 1], [1, 1], [1] * 9, [1] * 5000):
            yield given(key, np.array(values, float if kind == FLOATS else np.int64))
        for value in numbers:
            for place in range(max(len(before), 1)):
                hostile = [*before[:place], value, *before[place + 1 :]]
                yield given(key, np.array(hostile, float if kind == FLOATS else np.int64))
        if before:
            yield op_cases.Case(case.arrays, {k: v for k, v in case.attributes.items() if k != key})


def bad_uses(name: str) -> Iterator[op_cases.Case]:
    for case in bases(name):
        yield from other_inputs(case)
        yield from other_attributes(name, case)
    yield op_cases.Case(bases(name)[0].arrays, {"no_such_attribute": 1})


def answer(backend: Backend, name: str, case: op_cases.Case):
    """Its outputs, or the refusal."""
    try:
        return as_list(backend.operator(name, *case.arrays, **case.attributes))
    except TrapError as trap:
        pytest.fail(f"{name} of {case}: {trap}")
    except MswError as refusal:
        return refusal


def check_refusal(name: str, case: op_cases.Case, refusal: MswError) -> None:
    assert isinstance(refusal, (UsageError, InvalidError, LimitError, UnsupportedError)), str(case)
    assert name in str(refusal) or "input 'x" in str(refusal), f"{name} of {case}: '{refusal}' does not say where"


def check_answer(name: str, case: op_cases.Case, answers: list[np.ndarray]) -> None:
    """Of what only moves elements numpy knows shape and elements, for whatever the operator takes."""
    oracle = op_cases_move.oracle(name, FAMILIES[name])
    wanted = oracle(case) if oracle else None
    if wanted is None:
        return
    for z, want in zip(answers, as_list(wanted), strict=True):
        assert z.shape == want.shape, f"{name} of {case}: {z.shape} instead of {want.shape}"
        assert np.array_equal(z, want.astype(z.dtype), equal_nan=z.dtype.kind == "f"), f"{name} of {case}"


@pytest.fixture(scope="module")
def native() -> Backend:
    return Backend(Native())


@pytest.fixture(scope="module")
def module(module_path) -> Backend:
    """With little memory and time, so that a use that wants much of either is seen."""
    return Backend(Sandbox(module_path, memory_limit=MEMORY, timeout=20))


@pytest.mark.parametrize("name", sorted(OPERATORS))
def test_bad_uses_are_refused_or_answered(name, module, native):
    refused = 0
    for case in bad_uses(name):
        found = answer(module, name, case)
        if isinstance(found, MswError):
            check_refusal(name, case, found)
            refused += 1
            if isinstance(found, LimitError):
                assert "time limit" not in str(found), f"{name} of {case}"
                continue  # a native process has more memory than the module
            same = answer(native, name, case)
            assert (type(same), str(same)) == (type(found), str(found)), f"{name} of {case}"
        else:
            check_answer(name, case, found)
            for z, want in zip(found, answer(native, name, case), strict=True):
                assert same_bits(z, want), f"{name} of {case}"
    assert refused >= 5  # NonZero takes whatever it is given


@pytest.mark.parametrize(
    ("image", "weights", "attributes"),
    [
        # 4 bytes for each point between the first window and the last are more than 2^32.
        ((1, 1, 1, 64), (2, 1, 1, 1), {"strides": [1, 178956971], "pads": [0, 0, 536870911, 536870911]}),
        ((1, 65536, 1, 1), (2, 65536, 1, 1), {"strides": [1, 16384], "pads": [0, 0, 65536, 65536]}),
    ],
)
def test_windows_far_apart_in_the_padding_see_the_image(image, weights, attributes, module):
    rng = np.random.default_rng(5)
    x, w = (rng.integers(-4, 5, shape).astype(np.float32) for shape in (image, weights))
    stride, before = attributes["strides"][1], attributes["pads"][2]
    z = module.operator("Conv2D", x, w, **attributes)
    for i in range(z.shape[3]):
        at = i * stride - before
        want = w[:, :, 0, 0] @ x[0, :, 0, at] if 0 <= at < image[3] else np.zeros(2)
        assert np.array_equal(z[0, :, 0, i], want)
    assert z.any()
