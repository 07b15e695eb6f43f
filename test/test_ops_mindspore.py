"""Every operator and data type that the module lists means what it means in MindSpore 2.10 on CPU.

Integers, and floats that are only moved, compared or rounded once, must have the oracle's bits. Sums are compared
within the bound of their rounding error, which follows from their length. NaN is compared as NaN.
"""

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import op_cases
import op_cases_move
import pytest
from mindspore import ops
from ms_backend_wasm import MswError

EPSILON = float(np.finfo(np.float32).eps)
SMALLEST = float(np.finfo(np.float32).tiny)
FAMILIES = op_cases.families()
USES = op_cases.uses()
each_use = pytest.mark.parametrize(("name", "dtype"), USES, ids=[f"{name}-{dtype}" for name, dtype in USES])
# Their shapes and places must be constants, which only a model has: test_mindir_nets.py.
ONLY_IN_NETS = {"reshape", "shaped"}
PAD_MODES = {0: "pad", 1: "same", 2: "valid"}


@pytest.fixture(scope="module", autouse=True)
def _pynative():
    ms.set_context(mode=ms.PYNATIVE_MODE, device_target="CPU")
    ms.runtime.launch_blocking()  # errors where they happen


# The oracles: one for each test family, giving None where MindSpore refuses.


def mindspore(primitive, *inputs):
    try:
        answer = primitive()(*(ms.Tensor(x) if isinstance(x, np.ndarray) else x for x in inputs))
        return answer.asnumpy()
    except (TypeError, ValueError, RuntimeError):
        return None


def unary(name, case):
    """The operator of this name in MindSpore; so a new row of the table needs no change here."""
    return mindspore(getattr(ops, name), *case.arrays)


binary = flatten = unary


def argmax(name, case):
    return mindspore(lambda: ops.Argmax(case.attributes.get("axis", -1)), *case.arrays)


def bias(name, case):
    if case.arrays[0].size == 0:
        return case.arrays[0]  # MindSpore's int32 kernel divides by the batch size: SIGFPE
    layout = "NHWC" if case.attributes.get("channels_last") else "NCHW"
    return mindspore(lambda: ops.BiasAdd(layout), *case.arrays)


def equal_count(name, case):
    """numpy's: MindSpore's has no int8, leaves garbage for an empty input, and counts in the input's data type."""
    x, y = case.arrays
    return np.array([np.sum(x == y)], np.int64) if x.shape == y.shape else None


def matmul(name, case):
    """MindSpore's has rank 2, and leaves garbage where the inner size is 0."""
    x, y = case.arrays
    a, b = (bool(case.attributes.get(key, 0)) for key in ("transpose_a", "transpose_b"))
    if x.ndim == y.ndim == 2 and x.size and y.size:
        return mindspore(lambda: ops.MatMul(a, b), x, y)
    if min(x.ndim, y.ndim) < 2:
        return None
    try:
        return (np.swapaxes(x, -1, -2) if a else x) @ (np.swapaxes(y, -1, -2) if b else y)
    except ValueError:
        return None


def conv2d(name, case):
    x, w = case.arrays
    given = case.attributes
    last = given.get("channels_last", 0)

    def primitive():
        return ops.Conv2D(
            w.shape[0],
            w.shape[2:],
            pad_mode=PAD_MODES[given.get("pad_mode", 0)],
            pad=tuple(given.get("pads", [0] * 4)),
            stride=tuple(given.get("strides", [1, 1])),
            dilation=tuple(given.get("dilations", [1, 1])),
            group=given.get("group", 1),
        )

    answer = mindspore(primitive, np.moveaxis(x, 3, 1).copy() if last else x, w)
    return np.moveaxis(answer, 1, 3) if last and answer is not None else answer


def max_pool(name, case):
    (x,) = case.arrays
    given = case.attributes
    if "pads" in given or "dilations" in given:
        return max_pool_loop(x, **given)
    last = given.get("channels_last", 0)
    window = {"kernel_size": tuple(given["kernel"]), "strides": tuple(given["strides"])}
    mode = PAD_MODES[given["pad_mode"]]
    answer = mindspore(lambda: ops.MaxPool(pad_mode=mode, **window), np.moveaxis(x, 3, 1).copy() if last else x)
    return np.moveaxis(answer, 1, 3) if last and answer is not None else answer


def max_pool_loop(x, kernel, strides, pads=(0, 0, 0, 0), dilations=(1, 1), pad_mode=0):
    """What MindSpore's primitive does, for windows that it cannot have: it begins with the lowest float, and an element
    takes over unless it is smaller than what was there."""
    top, bottom, left, right = pads
    lowest = np.finfo(np.float32).min
    image = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=lowest)
    reach = [dilations[i] * (kernel[i] - 1) + 1 for i in (0, 1)]
    out = [(image.shape[2 + i] - reach[i]) // strides[i] + 1 for i in (0, 1)]
    largest = np.full((*x.shape[:2], *out), lowest, np.float32)
    for ky in range(0, reach[0], dilations[0]):
        for kx in range(0, reach[1], dilations[1]):
            rows = slice(ky, ky + strides[0] * (out[0] - 1) + 1, strides[0])
            columns = slice(kx, kx + strides[1] * (out[1] - 1) + 1, strides[1])
            tap = image[:, :, rows, columns]
            largest = np.where(largest > tap, largest, tap)
    return largest


def softmax(name, case):
    return mindspore(lambda: ops.Softmax(case.attributes.get("axis", -1)), *case.arrays)


def transpose(name, case):
    (x,) = case.arrays
    return mindspore(ops.Transpose, x, tuple(case.attributes.get("perm", range(x.ndim)[::-1])))


# Where an answer is wrong: by its bits, unless its family has sums.


def different_bits(z, wanted):
    both_nan = np.isnan(z) & np.isnan(wanted)
    if z.dtype.kind == "f":
        z, wanted = z.view(f"u{z.itemsize}"), wanted.view(f"u{z.itemsize}")
    return ~both_nan & (z != wanted)


def further_than(z, wanted, bound):
    with np.errstate(invalid="ignore"):
        near = np.abs(z.astype(np.float64) - wanted) <= bound
    same = (z == wanted) | (np.isnan(z) & np.isnan(wanted))
    return ~np.where(np.isfinite(wanted) & np.isfinite(bound), near, same)


def matmul_error(z, wanted, case, slack):
    """Each side may be off by k * epsilon * sum of |x||y|, where k numbers are summed."""
    positive = op_cases.Case([np.abs(x) for x in case.arrays], case.attributes)
    depth = case.arrays[0].shape[-2 if case.attributes.get("transpose_a") else -1]
    return further_than(z, wanted, 2 * depth * EPSILON * matmul("", positive) + slack)


def conv2d_error(z, wanted, case, slack):
    """As for a matrix product, where the elements of one filter are summed."""
    positive = op_cases.Case([np.abs(x) for x in case.arrays], case.attributes)
    depth = int(np.prod(case.arrays[1].shape[1:]))
    return further_than(z, wanted, 2 * depth * EPSILON * conv2d("", positive) + slack)


def softmax_error(z, wanted, case, slack):
    """The formula in float64 is the oracle, and MindSpore's answer a second one.

    Rounding x - max moves a result by |x - max| * epsilon, summing n numbers by n * epsilon, e^x and the division by a
    few epsilon; what is smaller than any normal float32 may be 0. MindSpore's own e^x was seen off by 3.4e-7. Rows with
    NaN or inf, or of -inf alone, become NaN by the formula and are not compared with MindSpore, which fills NaN into
    single places there.
    """
    x, axis = case.arrays[0].astype(np.float64), case.attributes.get("axis", -1)
    with np.errstate(all="ignore"):
        below = x - np.max(x, axis, keepdims=True, initial=-np.inf)
        powers = np.exp(below)
        exact = powers / np.sum(powers, axis, keepdims=True)
        error = exact * EPSILON * (4 + x.shape[axis] + np.where(np.isfinite(below), -below, 0)) + SMALLEST
    return further_than(z, exact, error + slack) | (np.isfinite(exact) & further_than(z, wanted, error + slack + 1e-6))


COMPARE = {"matmul": matmul_error, "conv2d": conv2d_error, "softmax": softmax_error}


def wrong_elements(family, z, wanted, case):
    """slack: what rounding to 16 bits adds to the bounds of float32."""
    if family not in COMPARE:
        return different_bits(z, case.rounded(wanted))
    slack = case.half_unit(wanted) * (1 + 1e-3)
    return COMPARE[family](z, wanted, case.widened(), slack)


@each_use
def test_it_answers_as_mindspore_does(name, dtype):
    family = FAMILIES[name]
    cases = op_cases.cases(family, dtype)
    assert cases or family in ONLY_IN_NETS
    for case in cases:
        answers = msw.operator(name, *case.arrays, **case.attributes)
        all_wanted = oracle(name, family, case.widened())
        assert all_wanted is not None, f"no oracle for {name} of {case}"
        for z, wanted in zip(as_list(answers), as_list(all_wanted), strict=True):
            assert (z.dtype, z.shape) == (case.rounded(wanted).dtype, wanted.shape), str(case)
            wrong = wrong_elements(family, z, wanted, case)
            assert wrong.sum() == 0, f"{name} of {case}: {z[wrong][:5]} instead of {wanted[wrong][:5]}, ..."


def as_list(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def oracle(name, family, case):
    """MindSpore's answer or, for what only moves elements, numpy's."""
    moved = op_cases_move.oracle(name, family)
    return moved(case) if moved else globals()[family](name, case)


def refused(name, case):
    try:
        msw.operator(name, *case.arrays, **case.attributes)
    except MswError as error:
        return str(error)
    return None


@each_use
def test_it_refuses_what_mindspore_refuses(name, dtype):
    for case in op_cases.cases(FAMILIES[name], dtype, bad=True):
        assert oracle(name, FAMILIES[name], case.widened()) is None, f"MindSpore takes {name} of {case}"
        refusal = refused(name, case)
        assert refusal is not None, f"{name} takes {case}"
        assert name in refusal


def test_every_operator_has_a_test_family():
    assert set(FAMILIES) == set(msw.operators())
    known = {family for name, family in FAMILIES.items() if family in globals() or op_cases_move.oracle(name, family)}
    assert set(FAMILIES.values()) - known == set(ONLY_IN_NETS)
