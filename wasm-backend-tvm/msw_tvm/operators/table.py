"""What is told of operators: the table in C for the runtime (runtime/operators.h), and JSON for hosts."""

import json
from dataclasses import dataclass

from .kinds import KINDS, Kind
from .listing import Line

CALLS = 4


@dataclass(frozen=True)
class Built:
    """An operator with its kernels: for each data type of its inputs that of its output, and names of functions."""

    line: Line
    operations: int
    kernels: dict[str, tuple[str, list[str]]]

    @property
    def kind(self) -> Kind:
        return KINDS[self.line.kind]


def c_dtype(name: str) -> str:
    return f"MSW_{name.upper()}"


def c_row(index: int, built: Built) -> tuple[str, str]:
    """Declarations of a row, and the row."""
    kind, line = built.kind, built.line
    functions = "".join(f"tvm_function __tvm_ffi_{name};\n" for _, names in built.kernels.values() for name in names)
    kernels = "".join(
        f"    {{{c_dtype(dtype)}, {c_dtype(output)}, {{{', '.join(f'__tvm_ffi_{name}' for name in names)}}}}},\n"
        for dtype, (output, names) in built.kernels.items()
    )
    attrs = ", ".join(f'{{"{name}", MSW_ATTR_{form.upper()}, 0}}' for name, form in kind.attributes)
    declared = f"{functions}static const struct operator_kernels kernels_{index}[] = {{\n{kernels}}};\n"
    if attrs:
        declared += f"static const struct msw_attr_spec attrs_{index}[] = {{{attrs}}};\n"
    dtypes = " | ".join(f"1u << {c_dtype(dtype)}" for dtype in line.dtypes)
    about = (
        f'{{"{line.name}", {dtypes}, MSW_ANSWER_{kind.answer.upper()}, {kind.inputs}, {kind.inputs}, 1, '
        f"{len(kind.attributes)}, {f'attrs_{index}' if attrs else '0'}}}"
    )
    rule = f"RULE_{line.kind.upper()}"
    return declared, f"    {{{about}, {rule}, {built.operations}, {len(built.kernels)}, kernels_{index}}},\n"


def c_table(operators: list[Built]) -> str:
    """The source file of a module's table."""
    rows = [c_row(index, built) for index, built in enumerate(operators)]
    return (
        '#include "operators.h"\n\n'
        + "".join(declared for declared, _ in rows)
        + "const struct operator_row operator_table[] = {\n"
        + "".join(row for _, row in rows)
        + f"}};\nconst uint32_t operator_count = {len(rows)};\n"
    )


def json_row(built: Built) -> dict:
    kind, line = built.kind, built.line
    attributes = [{"name": name, "kind": form, "required": False} for name, form in kind.attributes]
    return {
        "name": line.name,
        "inputs": [kind.inputs, kind.inputs],
        "outputs": 1,
        "dtypes": list(line.dtypes),
        "native": list(line.dtypes),
        "answer": kind.answer,
        "attributes": attributes,
        "flags": [],
        "tests": line.kind,
        "doc": line.help,
        "spellings": {},
        "generated": line.expression,
    }


def json_text(operators: list[Built], generator: str) -> str:
    """As tools/ops_json.c writes it, and what generated it: a whole, and each row from which expression."""
    rows = ",\n ".join(json.dumps(json_row(built)) for built in operators)
    return f'{{"generator": {json.dumps(generator)}, "operators": [\n {rows}\n]}}\n'
