"""From a list of operators to a module: kernels, table, help."""

import tempfile
from pathlib import Path

import tvm

from ..files import write_whole
from ..link import compile_table, link
from ..target import compile_kernels
from .kinds import MODULES, make_kernels
from .listing import Line, count_operations, dtype_names, parse_expression
from .table import Built, c_table, json_text


def build_operator(line: Line, functions: dict) -> Built:
    """Add an operator's kernels to `functions`."""
    kernels = {}
    for dtype in line.dtypes:
        made, output = make_kernels(line, dtype)
        if output not in dtype_names():
            raise line.fail(f"'{line.expression}' of {dtype} gives {output}, expected {', '.join(dtype_names())}")
        names = [f"{line.name}_{dtype}_{call}" for call in range(len(made))]
        for name, function in zip(names, made, strict=True):
            functions[name] = function.with_attr("global_symbol", name)
        kernels[dtype] = (output, names)
    tree = parse_expression(line, {"x": None, "y": None} | MODULES)
    sums = line.kind in ("matmul", "conv2d")  # each product is added up
    return Built(line, count_operations(tree) + sums, kernels)


def build_module(lines: list[Line], target: Path, relaxed: bool = False) -> list[Built]:
    """Write the module, and what hosts show of its operators as NAME.ops.json beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    functions: dict[str, tvm.tirx.PrimFunc] = {}
    operators = [build_operator(line, functions) for line in sorted(lines, key=lambda line: line.name)]
    with tempfile.TemporaryDirectory() as folder:
        kernels, table, module = (Path(folder) / name for name in ("kernels.o", "table.o", "module.wasm"))
        compile_kernels(tvm.IRModule(functions), kernels, relaxed, checked=False)
        source = table.with_suffix(".c")
        source.write_text(c_table(operators))
        compile_table(source, table)
        link("operators", [kernels, table], module)
        write_whole(target.with_suffix(".ops.json"), json_text(operators, f"Apache TVM {tvm.__version__}").encode())
        write_whole(target, module.read_bytes())
    return operators
