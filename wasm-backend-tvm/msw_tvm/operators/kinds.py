"""The kinds of operators: what a line's expression means, and the kernels that are made of it, for any sizes.

runtime/operators.h has a rule for each, in the same order; it says what shapes a use may have.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import tvm
from tvm import s_tir, te, tirx, topi
from tvm.sym import Analyzer

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


def check_sizes(z: "te.Tensor", wanted: list) -> None:
    """The runtime gives the output this room and no other."""
    same = len(z.shape) == len(wanted) and all(map(Analyzer().can_prove_equal, z.shape, wanted))
    if not same:
        raise ValueError(f"gives the sizes {list(z.shape)}, expected {wanted}")


def one_kernel(names: tuple, out_names: tuple) -> Callable:
    """A kernel (x, z), x of these sizes and z of those."""

    def make(apply: Callable, dtype: str):
        sizes = {name: size(name) for name in names}
        x = te.placeholder(list(sizes.values()), dtype, "x")
        z = apply(x)
        check_sizes(z, [sizes[name] for name in out_names])
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
    check_sizes(z, list(sizes))
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
ALONG, FOLDED = ("outer", "n", "inner"), ("outer", "inner")
KINDS = {
    "unary": Kind(1, (), "array", one_kernel(("n",), ("n",))),
    "binary": Kind(2, (), "array", binary),
    "reduce": Kind(1, (("axis", "ints"), ("keep_dims", "int")), "array", one_kernel(ALONG, FOLDED)),
    "along": Kind(1, (AXIS,), "array", one_kernel(ALONG, ALONG)),
    "index": Kind(1, (AXIS,), "max_index", one_kernel(ALONG, FOLDED)),
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

    causes = []

    def apply(*inputs):
        try:
            return eval(code, {"__builtins__": {}}, dict(zip(names, inputs, strict=True)) | MODULES)
        except Exception as error:
            causes.append(error)  # TVMScript's reader raises another one
            raise

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return kind.make(apply, dtype)
    except Exception as error:  # whatever TVM raises where it cannot make sense of an expression
        reason = str((causes or [error])[0]).strip() or type(error).__name__
        last = reason.splitlines()[-1]
        raise line.fail(f"'{line.expression}' of {dtype}: {last}, expected an expression that TVM can build") from None
