"""Every operator and data type that the module lists means what it means in MindSpore 2.10 on CPU.

Integers, and floats that are only moved, compared or rounded once, must have the oracle's bits. Sums are compared
within the bound of their rounding error, which follows from their length. NaN is compared as NaN.
"""

import functools

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import op_cases
import op_cases_elementwise
import op_cases_image
import op_cases_move
import op_cases_product
import op_cases_reduce
import pytest
from mindspore import ops
from mindspore.ops import auto_generate
from ms_backend_wasm import MswError

EPSILON = float(np.finfo(np.float32).eps)
SMALLEST = float(np.finfo(np.float32).tiny)
FAMILIES = op_cases.families()
USES = op_cases.uses()
each_use = pytest.mark.parametrize(("name", "dtype"), USES, ids=[f"{name}-{dtype}" for name, dtype in USES])
# Their shapes and places must be constants, which only a model has: test_mindir_nets.py.
ONLY_IN_NETS = {"reshape", "shaped"}
DTYPES = ["float32", "int32", "int8", "uint8", "int64", "bool", "float16", "bfloat16", "float64", "int16"]
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


binary = flatten = compare = unary


def exact_binary(name, case):
    return op_cases_elementwise.oracle(name)(case)


exact_unary = exact_binary


def smooth(name, case):
    return op_cases_elementwise.exact(name, case)


smooth_alpha = gelu_family = gelu_erf = smooth


def shrink(name, case):
    return mindspore(lambda: getattr(ops, name)(case.attributes.get("lambd", 0.5)), *case.arrays)


def clamp(name, case):
    limits = (case.attributes.get("min"), case.attributes.get("max"))
    return case.arrays[0] if limits == (None, None) else mindspore(auto_generate.ClampScalar, *case.arrays, *limits)


def leaky(name, case):
    """The definition: MindSpore has no kernel for it on CPU."""
    (x,) = case.arrays
    return np.where(x > 0, x, x * np.float32(case.attributes.get("slope", 0.01)))


def power(name, case):
    """In float64, or exactly, and then cut to the integer's bits."""
    x, y = case.arrays
    if x.dtype.kind == "f":
        with np.errstate(all="ignore"):
            return np.power(x.astype(np.float64), y.astype(np.float64)).astype(np.float32)

    def exact(x, y):
        negative = {1: 1, -1: -1 if y % 2 else 1}.get(x, 0)
        return pow(x, y, 1 << 64) if y >= 0 else negative

    wide = np.vectorize(lambda x, y: exact(int(x), int(y)) % (1 << 64), otypes=[np.uint64])(x, y)
    return wide.astype(x.dtype)


def prelu(name, case):
    x, w = case.arrays
    if 0 in x.shape:
        return x
    last = case.attributes.get("channels_last")
    answer = mindspore(ops.PReLU, np.moveaxis(x, -1, 1).copy() if last else x, w)
    return np.moveaxis(answer, 1, -1) if last else answer


def select(name, case):
    return op_cases_move.answer_or_none(np_select)(case)


def np_select(mask, x, y):
    if mask.dtype != bool or x.dtype != y.dtype:
        raise TypeError("data types")
    return np.where(mask, x, y)


def masked_fill(name, case):
    x, mask, y = case.arrays
    return select(name, op_cases.Case([mask, y, x]))


def cast(name, case):
    elements = {number + 1: name for number, name in enumerate(DTYPES)}
    target = elements.get(case.attributes["dtype"])
    if target is None:
        return None
    answer = mindspore(ops.Cast, *case.arrays, getattr(ms, target if target != "bool" else "bool_"))
    return answer.astype(np.float32) if target == "bfloat16" else answer


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
    if min(x.ndim, y.ndim) == 0 or (x.ndim == 1 and a) or (y.ndim == 1 and b):
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


def smooth_error(z, wanted, case, slack):
    """The functions of simd/math.h promise 3.7 units in the last place; a few more operations and the oracle's own
    rounding come on top. A result below the smallest normal number may lose its digits."""
    return further_than(z, wanted, 8 * EPSILON * np.abs(wanted) + 1e-37 + slack)


def gelu_error(z, wanted, case, slack):
    """Far below 0 these are x e^(c x): there a rounded argument counts as much as the argument is large."""
    (x,) = case.arrays
    return further_than(z, wanted, EPSILON * np.abs(wanted) * (8 + 8 * np.minimum(np.abs(x), 100)) + 1e-37 + slack)


def gelu_erf_error(z, wanted, case, slack):
    """Below 0 a rounding of 1 + erf counts as much as x is large."""
    (x,) = case.arrays
    return further_than(z, wanted, EPSILON * (8 * np.abs(wanted) + np.abs(x)) + slack)


def power_error(z, wanted, case, slack):
    return different_bits(z, case.rounded(wanted)) if z.dtype.kind != "f" else smooth_error(z, wanted, case, slack)


def error_within(module, family):
    return lambda z, wanted, case, slack: further_than(z, wanted, module.bound(family, case) + slack)


COMPARE = {
    "smooth": smooth_error,
    "smooth_alpha": smooth_error,
    "gelu_family": gelu_error,
    "gelu_erf": gelu_erf_error,
    "power": power_error,
    "matmul": matmul_error,
    "conv2d": conv2d_error,
    "softmax": softmax_error,
}
COMPARE |= {family: error_within(op_cases_image, family) for family in op_cases_image.SUMS}
COMPARE |= {family: error_within(op_cases_product, family) for family in op_cases_product.ORACLES}


def wrong_elements(family, z, wanted, case, bound=None):
    """slack: what rounding to 16 bits adds to the bounds of float32."""
    if family not in COMPARE and bound is None:
        return different_bits(z, case.rounded(wanted))
    slack = case.half_unit(wanted) * (1 + 1e-3)
    if bound is not None:
        return further_than(z, wanted, bound + slack) & different_bits(z, case.rounded(wanted))
    return COMPARE[family](z, wanted, case.widened(), slack) & different_bits(z, case.rounded(wanted))


@each_use
def test_it_answers_as_mindspore_does(name, dtype):
    family = FAMILIES[name]
    cases = op_cases.cases(family, dtype)
    assert cases or family in ONLY_IN_NETS
    for case in cases:
        answers = msw.operator(name, *case.arrays, **case.attributes)
        all_wanted = oracle(name, family, case.widened())
        assert all_wanted is not None, f"no oracle for {name} of {case}"
        bounds = op_cases_reduce.bounds(name, family, case.widened()) or [None] * len(as_list(answers))
        for z, wanted, bound in zip(as_list(answers), as_list(all_wanted), bounds, strict=True):
            assert (z.dtype, z.shape) == (case.rounded(wanted).dtype, wanted.shape), str(case)
            wrong = wrong_elements(family, z, wanted, case, bound)
            assert wrong.sum() == 0, f"{name} of {case}: {z[wrong][:5]} instead of {wanted[wrong][:5]}, ..."


def as_list(answer):
    return list(answer) if isinstance(answer, (tuple, list)) else [answer]


def oracle(name, family, case):
    """MindSpore's answer or, for what only moves elements, numpy's."""
    if family in op_cases_reduce.ORACLES:
        known = op_cases_reduce.answer_and_bound(name, family, case)
        return known and known[0]
    moved = op_cases_move.oracle(name, family)
    if family in op_cases_image.SUMS | op_cases_image.EXACT:
        return op_cases_image.oracle(family, case)
    if family in op_cases_product.ORACLES:
        return op_cases_product.oracle(family, case)
    return moved(case) if moved else globals()[family](name, case)


def close(wanted, exact):
    """MindSpore's own functions are off by up to 1.1e-4 (Tanh), have NaN at some of their ends, and a quotient by -0
    has the sign of one by 0."""
    with np.errstate(invalid="ignore"):
        near = np.abs(wanted - exact) <= 2e-4 * np.maximum(np.abs(exact), 1)
    return near | ~np.isfinite(wanted) | ~np.isfinite(exact)


@pytest.mark.parametrize("name", sorted(op_cases_elementwise.FORMULAS))
def test_formulas_are_mindspores(name):
    for case in op_cases.cases(FAMILIES[name], op_cases.SINGLE):
        if hasattr(ops, name) and not (name == "Elu" and case.attributes):  # which allows no alpha but 1
            wanted = mindspore(functools.partial(getattr(ops, name), **case.attributes), *case.arrays)
            assert wanted is None or close(wanted, smooth(name, case)).all(), str(case)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
@pytest.mark.parametrize("name", sorted(op_cases_elementwise.EXACT))
def test_exact_answers_are_mindspores(name, dtype):
    for case in op_cases.cases(FAMILIES[name], np.dtype(dtype)):
        if len(case.arrays) == 2 and dtype == np.int32:
            case.arrays[1][case.arrays[1] == 0] = 3
        wanted, exact = mindspore(getattr(ops, name), *case.arrays), op_cases_elementwise.oracle(name)(case)
        if wanted is not None and (name != "TruncateDiv" or case.arrays[0].shape == case.arrays[1].shape):
            assert close(wanted, exact).all(), str(case)


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
    known |= set(op_cases_reduce.ORACLES)
    known |= set(op_cases_image.SUMS | op_cases_image.EXACT | op_cases_product.ORACLES)
    assert set(FAMILIES.values()) - known == {*ONLY_IN_NETS, "onnx"}  # test_onnx_nodes.py
