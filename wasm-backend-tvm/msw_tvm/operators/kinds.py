"""The kinds of operators: what a line's expression means, and the kernels that are made of it, for any sizes.

runtime/operators.h has a rule for each, in the same order; it says what shapes a use may have.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tvm
from tvm import s_tir, te, tirx, topi

from . import products
from .libm import Libm
from .listing import Line, parse_expression

MODULES = {"topi": topi, "tirx": tirx, "libm": Libm()}


@dataclass(frozen=True)
class Kind:
    """`make` gives the kernels of an expression for a data type, and the data type of what comes out."""

    inputs: int
    attributes: tuple[tuple[str, str], ...]
    answer: str
    make: Callable[[Callable, str], tuple[list["tvm.tirx.PrimFunc"], str]]


def size(name: str) -> "tirx.Var":
    return te.var(name, dtype="int32")


def one_kernel(rank: int, out_rank: int) -> Callable:
    """A kernel (x, z) whose expression takes x of `rank` sizes and gives `out_rank` of them."""

    def make(apply: Callable, dtype: str):
        x = te.placeholder([size(name) for name in ("outer", "n", "inner")[:rank]], dtype, "x")
        z = apply(x)
        if len(z.shape) != out_rank:
            raise ValueError(f"gives {len(z.shape)} axes, expected {out_rank} of the {rank} of x")
        return [te.create_prim_func([x, z])], str(z.dtype)

    return make


def walk(flat: "te.Tensor", sizes: tuple, step: "tirx.Var", goes: bool) -> "te.Tensor":
    """What row i and column j of the output see of an input, whose rows lie `step` apart and may be one number each."""
    at = (lambda i, j: flat[i * step + j]) if goes else (lambda i, j: flat[i * step])
    return te.compute(sizes, at, f"{flat.op.name}_walk")


def binary_kernel(apply: Callable, dtype: str, x_goes: bool, y_goes: bool):
    sizes, sx, sy = (size("rows"), size("columns")), size("sx"), size("sy")
    x, y = (te.placeholder((size(f"{name}_size"),), dtype, name) for name in "xy")
    z = apply(walk(x, sizes, sx, x_goes), walk(y, sizes, sy, y_goes))
    schedule = s_tir.Schedule(te.create_prim_func([x, y, z, sx, sy]))
    for name in ("x_walk", "y_walk"):
        schedule.compute_inline(schedule.get_sblock(name))
    return schedule.mod["main"], str(z.dtype)


def binary(apply: Callable, dtype: str):
    made = [binary_kernel(apply, dtype, *goes) for goes in ((True, True), (True, False), (False, True))]
    return [kernel for kernel, _ in made], made[0][1]


def matmul(apply: Callable, dtype: str):
    return [products.matmul(apply, dtype, a, b) for a in (False, True) for b in (False, True)], dtype


def conv2d(apply: Callable, dtype: str):
    return [products.conv2d(apply, dtype)], dtype


AXIS = ("axis", "int")
KINDS = {
    "unary": Kind(1, (), "array", one_kernel(1, 1)),
    "binary": Kind(2, (), "array", binary),
    "reduce": Kind(1, (("axis", "ints"), ("keep_dims", "int")), "array", one_kernel(3, 2)),
    "along": Kind(1, (AXIS,), "array", one_kernel(3, 3)),
    "index": Kind(1, (AXIS,), "max_index", one_kernel(3, 2)),
    "matmul": Kind(2, (("transpose_a", "int"), ("transpose_b", "int")), "array", matmul),
    "conv2d": Kind(
        2,
        (("strides", "ints"), ("dilations", "ints"), ("pads", "ints"), ("pad_mode", "int"), ("group", "int")),
        "array",
        conv2d,
    ),
}


def make_kernels(line: Line, dtype: str) -> tuple[list["tvm.tirx.PrimFunc"], str]:
    """The kernels of an operator for a data type, and the data type of its output."""
    kind = KINDS[line.kind]
    names = ("x", "y")[: kind.inputs]
    tree = parse_expression(line, dict.fromkeys(names) | MODULES)
    code = compile(tree, line.place, "eval")

    def apply(*inputs):
        return eval(code, {"__builtins__": {}}, dict(zip(names, inputs, strict=True)) | MODULES)

    try:
        return kind.make(apply, dtype)
    except Exception as error:  # whatever TVM raises where it cannot make sense of an expression
        last = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise line.fail(f"'{line.expression}' of {dtype}: {last}, expected an expression that TVM can build") from None
