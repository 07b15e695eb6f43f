"""Inputs that every operator must be run on, by the test family that its row of ops.def names.

A family gives good cases, which must have an answer, and bad ones, which must be refused. Shapes are awkward on
purpose: 1, 3, 13 and 127 are no multiples of a vector, and ranks go from 0 to 8.
"""

import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ml_dtypes
import numpy as np

# Where the families are.
MODULES = (
    "op_cases",
    "op_cases_image",
    "op_cases_move",
    "op_cases_product",
    "op_cases_elementwise",
    "op_cases_reduce",
)
OPS_JSON = Path(__file__).parent.parent / "build" / "wasm" / "ms_backend_wasm.ops.json"

SHAPES = [(), (1,), (3,), (13,), (127,), (0,), (3, 5), (2, 0, 3), (2, 3, 4, 5), (1,) * 8, (2,) * 8, (1, 3) * 4]
BROADCASTS = [
    ((), (3,)),
    ((13,), ()),
    ((1,), ()),
    ((1,), (127,)),
    ((3, 1), (1, 13)),
    ((2, 3), (3,)),
    ((2, 1), (2, 13)),
    ((4, 1, 3), (5, 1)),
    ((2, 3, 4, 5), (1, 3, 1, 5)),
    ((2, 3, 4, 5), (3, 1, 1)),
    ((1, 2) * 4, (3, 1) * 4),
    ((2,) * 8, (1, 2) * 4),
    ((1,) * 8, ()),
    ((0,), (1,)),
    ((0, 3), (3,)),
    ((1, 0), (2, 1)),
]
SPECIAL = np.array([np.nan, 0.0, -0.0, np.inf, -np.inf, 3.4028235e38, -3.4028235e38, 1.0, -1.0, 0.5])
# Below the smallest normal number. MindSpore's worker threads take them for 0 and its main thread does not, so they
# stand alone: what has one element never leaves the main thread.
TINY = [1e-45, -1e-45, 1e-39]
# Computed in float32 and rounded once, or moved as they are. numpy has bfloat16 from ml_dtypes; the binding answers it
# as float32.
HALVES = {"float16": np.dtype(np.float16), "bfloat16": np.dtype(ml_dtypes.bfloat16)}
SINGLE = np.dtype(np.float32)
# Data types of ONNX that MindSpore has not on CPU, nor numpy by name.
SMALL = ["float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "float8e8m0", "float4e2m1"]
SMALL += ["int4", "uint4", "int2", "uint2"]


@dataclass
class Case:
    """A use of an operator."""

    arrays: list[np.ndarray]
    attributes: dict = field(default_factory=dict)

    @property
    def half(self) -> np.dtype | None:
        """The 16-bit float among the inputs' data types."""
        return next((array.dtype for array in self.arrays if array.dtype in HALVES.values()), None)

    def astype(self, old: np.dtype | None, new: np.dtype) -> "Case":
        """The same with inputs of one data type converted to another."""
        with np.errstate(over="ignore"):
            return Case(
                [x.astype(new) if old is not None and x.dtype == old else x for x in self.arrays], self.attributes
            )

    def widened(self) -> "Case":
        """What is computed: 16-bit floats as float32."""
        return self.astype(self.half, SINGLE)

    def rounded(self, answer: np.ndarray) -> np.ndarray:
        """What a float32 answer is in this case's data type, as the binding gives it; Cast names its own."""
        if self.half is None or answer.dtype != SINGLE or "dtype" in self.attributes:
            return answer
        with np.errstate(over="ignore"):
            narrow = answer.astype(self.half)
        return narrow if self.half == np.float16 else narrow.astype(SINGLE)

    def half_unit(self, answer: np.ndarray) -> np.ndarray | float:
        """How far rounding to this case's data type may move an answer: half a unit in the last place."""
        if self.half is None:
            return 0.0
        info = ml_dtypes.finfo(self.half)
        _, exponent = np.frexp(np.where(np.isfinite(answer), answer, 0).astype(np.float64))
        return 0.5 * np.maximum(float(info.eps) * np.ldexp(1.0, exponent - 1), float(info.smallest_subnormal))

    def __str__(self) -> str:
        inputs = ", ".join(f"{array.dtype}{list(array.shape)}" for array in self.arrays)
        return ", ".join([inputs, *(f"{key}={value}" for key, value in self.attributes.items())])


def families() -> dict[str, str]:
    """The family of each operator."""
    return {row["name"]: row["tests"] for row in json.loads(OPS_JSON.read_text())["operators"]}


# MindSpore divides uint64 by way of double, whose digits are fewer, and has no Sub of these: ONNX's node cases are the
# oracle there.
_BY_DOUBLE = ("FloorDiv", "FloorMod", "Mod", "RealDiv", "TruncateDiv")
WITHOUT_ORACLE = {(name, "uint64") for name in (*_BY_DOUBLE, "Sub")} | {("Sub", "uint32")}


def uses() -> list[tuple[str, np.dtype]]:
    """Each operator with each data type that its first input may have, and MindSpore has; but those whose oracle is
    ONNX's node cases."""
    rows = [row for row in json.loads(OPS_JSON.read_text())["operators"] if row["tests"] != "onnx"]
    named = [
        (row["name"], HALVES.get(dtype, dtype))
        for row in rows
        for dtype in row["dtypes"]
        if dtype not in SMALL
        and (dtype != "float64" or dtype in row["native"])  # else it has float32's digits
        and (row["name"], dtype) not in WITHOUT_ORACLE
    ]
    return [(name, np.dtype(dtype)) for name, dtype in named]


def values(rng: np.random.Generator, dtype: np.dtype, shape: tuple, special: bool = True) -> np.ndarray:
    """Random elements of the whole range of a type; of floats a third is special, unless told otherwise."""
    if dtype.kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        x = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        chosen = np.array([limits.min, limits.max, 0, 1, limits.min + 1], dtype)
    else:
        x = rng.normal(0, 10, shape).astype(dtype)
        with np.errstate(over="ignore"):
            chosen = SPECIAL.astype(dtype)
    if special:
        x = np.where(rng.random(shape) < 1 / 3, rng.choice(chosen, shape), x)
    return np.asarray(x, dtype)


def plain(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def unary(rng, dtype) -> Iterator[Case]:
    for shape in SHAPES:
        yield Case([values(rng, dtype, shape)])
    yield Case([values(rng, dtype, (1000,))])
    for x in TINY if dtype.kind == "f" else []:
        yield Case([np.array([x], dtype)])


def binary(rng, dtype) -> Iterator[Case]:
    for shapes in [(shape, shape) for shape in SHAPES] + BROADCASTS + [(y, x) for x, y in BROADCASTS]:
        yield Case([values(rng, dtype, shape) for shape in shapes])
    for x in TINY if dtype.kind == "f" else []:
        for y in (0.5, 1e-45, -1.0):
            yield Case([np.array([x], dtype), np.array([y], dtype)])


def binary_bad(rng, dtype) -> Iterator[Case]:
    for x, y in [((2,), (3,)), ((2, 3), (2,)), ((0,), (2,)), ((2, 3, 4), (2, 3, 1, 4, 1, 1, 1, 2))]:
        yield Case([values(rng, dtype, x), values(rng, dtype, y)])


def argmax(rng, dtype) -> Iterator[Case]:
    for shape in [(1,), (3,), (13,), (127,), (3, 5), (5, 1, 13), (2, 3, 4, 5), (2,) * 8]:
        for axis in {0, len(shape) // 2, len(shape) - 1}:
            yield Case([values(rng, dtype, shape)], {"axis": axis})
            yield Case([values(rng, dtype, shape)], {"axis": axis - len(shape)})
        yield Case([values(rng, dtype, shape)])
    few = SPECIAL[:5].astype(dtype) if dtype.kind == "f" else np.array([-1, 0, 1], dtype)
    yield Case([rng.choice(few, (60, 5))])  # every place of NaN and of equals in a short row
    yield Case([rng.choice(few, (5, 60))], {"axis": 0})


def argmax_bad(rng, dtype) -> Iterator[Case]:
    for shape, axis in [((), 0), ((), -1), ((0,), 0), ((2, 0), 1), ((2, 0), 0), ((2, 3), 2), ((2, 3), -3)]:
        yield Case([values(rng, dtype, shape)], {"axis": axis})


def equal_count(rng, dtype) -> Iterator[Case]:
    for shape in SHAPES:
        x = values(rng, dtype, shape)
        y = np.where(rng.random(shape) < 0.5, x, values(rng, dtype, shape)).astype(dtype)
        yield Case([x, y])
    # More than a float32, an int8 or a count kept in a byte of each lane could hold.
    yield Case([np.ones(70_001, dtype), np.ones(70_001, dtype)])


def equal_count_bad(rng, dtype) -> Iterator[Case]:
    for x, y in [((2,), (3,)), ((2,), (1,)), ((4,), (2, 2)), ((3,), ())]:
        yield Case([values(rng, dtype, x), values(rng, dtype, y)])


def bias(rng, dtype) -> Iterator[Case]:
    for shape in [
        (1, 1),
        (2, 3),
        (3, 127),
        (2, 13, 3),
        (2, 3, 4, 5),
        (1, 5, 1, 1),
        (0, 3),
        (2, 3, 0, 2),
        (2, 3, 2, 1, 2),
    ]:
        yield Case([values(rng, dtype, shape), values(rng, dtype, shape[1:2])])
    for shape in [(2, 4, 5, 3), (1, 1, 1, 13)]:
        yield Case([values(rng, dtype, shape), values(rng, dtype, shape[-1:])], {"channels_last": 1})


def bias_bad(rng, dtype) -> Iterator[Case]:
    for x, b in [((3,), (3,)), ((2, 3), (2,)), ((2, 3), (1,)), ((2, 3), ()), ((2, 3), (1, 3)), ((), (1,))]:
        yield Case([values(rng, dtype, x), values(rng, dtype, b)])


def matmul(rng, dtype) -> Iterator[Case]:
    for m, k, n in [
        (1, 1, 1),
        (1, 64, 10),
        (3, 13, 5),
        (5, 3, 17),
        (7, 127, 9),
        (33, 20, 40),
        (0, 3, 2),
        (2, 3, 0),
        (2, 0, 3),
    ]:
        for a in (0, 1):
            for b in (0, 1):
                x = plain(rng, *((k, m) if a else (m, k)))
                y = plain(rng, *((n, k) if b else (k, n)))
                yield Case([x, y], {"transpose_a": a, "transpose_b": b})
    for x, y in [((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)), ((3, 1, 2, 4), (1, 5, 4, 3)), ((3, 4), (2, 2, 4, 1))]:
        yield Case([plain(rng, *x), plain(rng, *y)])
    for x, y in [
        ((4,), (4, 5)),
        ((3, 4), (4,)),
        ((4,), (4,)),
        ((2, 3, 4), (4,)),
        ((4,), (2, 4, 5)),
        ((5, 2, 3, 4), (1, 4, 5)),
    ]:
        yield Case([plain(rng, *x), plain(rng, *y)])
    wild = np.array([np.nan, np.inf, -np.inf, 0, 1, -2], np.float32)
    yield Case([rng.choice(wild, (50, 3)), rng.choice(wild, (3, 4))])


def matmul_bad(rng, dtype) -> Iterator[Case]:
    for x, y in [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 3), (2,)), ((), ()), ((3,), ()), ((2, 3, 4), (3, 4, 5))]:
        yield Case([plain(rng, *x), plain(rng, *y)])


def conv2d(rng, dtype) -> Iterator[Case]:
    def conv(x, w, **attributes):
        return Case([plain(rng, *x), plain(rng, *w)], attributes)

    yield conv((1, 1, 1, 1), (1, 1, 1, 1))
    yield conv((1, 1, 8, 8), (16, 1, 3, 3), pad_mode=1)
    yield conv((2, 16, 8, 8), (32, 16, 3, 3), pads=[1, 1, 1, 1])
    yield conv((1, 3, 7, 13), (5, 3, 3, 2), pad_mode=2)
    yield conv((2, 3, 9, 7), (13, 3, 3, 3), pads=[1, 0, 2, 1], strides=[2, 1])
    yield conv((1, 4, 5, 5), (7, 4, 3, 3), pad_mode=1, dilations=[2, 2])
    yield conv((1, 2, 12, 11), (3, 2, 3, 3), pad_mode=2, dilations=[2, 3], strides=[2, 2])
    yield conv((1, 4, 5, 5), (6, 2, 3, 3), pad_mode=1, group=2)
    yield conv((1, 13, 6, 6), (13, 1, 3, 3), pad_mode=1, group=13)
    yield conv((0, 2, 4, 4), (3, 2, 3, 3), pad_mode=1)
    for size in (4, 5, 6, 7):
        for kernel, stride in [(3, 2), (2, 1), (2, 2), (1, 2), (5, 3)]:
            if kernel <= size:
                yield conv((1, 2, size, size + 1), (3, 2, kernel, kernel), pad_mode=1, strides=[stride, stride])
    x = plain(rng, 1, 2, 5, 5)
    x[0, 1, 0, 2], x[0, 0, 4, 4] = np.nan, np.inf  # reach the windows that hold them and no others
    yield Case([x, plain(rng, 3, 2, 3, 3)], {"pad_mode": 1})
    yield Case([plain(rng, 2, 5, 6, 3), plain(rng, 4, 3, 3, 3)], {"pad_mode": 1, "channels_last": 1})
    for side in (2, 4):
        yield conv((2, 9, 10, 13), (13, 9, 3, 3), pad_mode=1, winograd=side)
        yield conv((1, 32, 12, 12), (40, 32, 3, 3), pads=[0, 2, 1, 0], winograd=side)
        yield conv((2, 9, 10, 13), (13, 9, 3, 3), pad_mode=1, winograd=side, in_run=1)
        yield conv((1, 130, 12, 12), (40, 130, 3, 3), pads=[0, 2, 1, 0], winograd=side, in_run=1)


def conv2d_bad(rng, dtype) -> Iterator[Case]:
    def conv(x, w, **attributes):
        return Case([plain(rng, *x), plain(rng, *w)], attributes)

    yield conv((1, 1, 2, 2), (1, 1, 3, 3), pad_mode=2)
    yield conv((1, 3, 4, 4), (2, 2, 1, 1))
    yield conv((1, 3, 4), (2, 3, 1, 1))
    yield conv((1, 3, 4, 4), (2, 3, 1))
    for key in ("strides", "dilations"):
        yield conv((1, 1, 4, 4), (1, 1, 2, 2), **{key: [0, 1]})
        yield conv((1, 1, 4, 4), (1, 1, 2, 2), **{key: [1, -1]})
    yield conv((1, 1, 4, 4), (1, 1, 2, 2), pads=[-1, 0, 0, 0])
    yield conv((1, 1, 4, 4), (1, 1, 2, 2), group=0)
    yield conv((1, 4, 4, 4), (3, 2, 2, 2), group=2)


def max_pool(rng, dtype) -> Iterator[Case]:
    def pool(x, **attributes):
        return Case([values(rng, dtype, x)], attributes)

    for channels in (1, 3, 13, 32):
        for height, width in [(5, 7), (4, 4), (13, 9)]:
            for kernel, stride in [(2, 2), (3, 2), (3, 1), (1, 1), (2, 3), (4, 1)]:
                for mode in (1, 2):
                    window = {"kernel": [kernel, kernel], "strides": [stride, stride], "pad_mode": mode}
                    yield pool((2, channels, height, width), **window)
    yield pool((1, 2, 6, 6), kernel=[1, 3], strides=[2, 1], pad_mode=1)
    yield pool((1, 3, 7, 8), kernel=[3, 2], strides=[2, 2], pads=[1, 0, 1, 1])
    yield pool((1, 3, 9, 9), kernel=[2, 3], strides=[1, 2], dilations=[3, 2], pad_mode=2)
    yield pool((2, 7, 6, 3), kernel=[2, 2], strides=[2, 2], pad_mode=1, channels_last=1)


def max_pool_bad(rng, dtype) -> Iterator[Case]:
    yield Case([values(rng, dtype, (1, 1, 4, 4))], {"kernel": [5, 5], "strides": [1, 1], "pad_mode": 2})
    yield Case([values(rng, dtype, (1, 4, 4))], {"kernel": [2, 2], "strides": [2, 2], "pad_mode": 2})
    yield Case([values(rng, dtype, (1, 1, 4, 4))], {"kernel": [0, 2], "strides": [1, 1], "pad_mode": 2})
    yield Case([values(rng, dtype, (1, 1, 4, 4))], {"kernel": [2, 2], "strides": [1, 0], "pad_mode": 2})


def softmax(rng, dtype) -> Iterator[Case]:
    for shape in [(1,), (3,), (13,), (127,), (1000,), (0,), (3, 5), (2, 0), (0, 3), (3, 4, 5, 6), (2,) * 8]:
        for axis in {0, len(shape) // 2, len(shape) - 1}:
            yield Case([10 * plain(rng, *shape)], {"axis": axis})
            yield Case([values(rng, dtype, shape)], {"axis": axis - len(shape)})
        yield Case([plain(rng, *shape)])
    for row in ([100, 200], [0, -104], [0, -87], [88.7, 89], [1e38, 3e38], [-np.inf, 0, 1], [-np.inf] * 2, [np.inf, 0]):
        yield Case([np.array(row, np.float32)])


def softmax_bad(rng, dtype) -> Iterator[Case]:
    for shape, axis in [((), -1), ((2, 2), 2), ((2,), -2)]:
        yield Case([plain(rng, *shape)], {"axis": axis})


def flatten(rng, dtype) -> Iterator[Case]:
    for shape in SHAPES[1:]:
        yield Case([values(rng, dtype, shape)])


def flatten_bad(rng, dtype) -> Iterator[Case]:
    yield Case([values(rng, dtype, ())])


def transpose(rng, dtype) -> Iterator[Case]:
    for shape in [(), (3,), (3, 5), (1, 5), (2, 0, 3), (2, 3, 4), (3, 13, 2, 5), (1, 2, 1, 3, 1, 2, 1, 2)]:
        yield Case([values(rng, dtype, shape)])
        for from_the_end in (0, 0, len(shape)):
            yield Case([values(rng, dtype, shape)], {"perm": (rng.permutation(len(shape)) - from_the_end).tolist()})


def transpose_bad(rng, dtype) -> Iterator[Case]:
    for perm in ([0], [0, 0], [0, -2], [0, 2], [0, -3], [0, 1, 2]):
        yield Case([values(rng, dtype, (2, 3))], {"perm": perm})


def cases(family: str, dtype: np.dtype, bad: bool = False) -> list[Case]:
    """The family's cases, the same each time. Those of a 16-bit float are float32's, rounded."""
    found_in = (vars(importlib.import_module(name)) for name in MODULES)
    function = f"{family}_bad" if bad else family
    generate: Callable | None = next((module[function] for module in found_in if function in module), None)
    wide = SINGLE if dtype in HALVES.values() else dtype
    found = generate(np.random.default_rng(1), wide) if generate else []
    return [case.astype(wide, dtype) for case in found]
