"""Lists of operators: one line each, of which every mistake is told with its file and line."""

import ast
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import BuildError
from ..link import ROOT

FIELDS = "NAME | KIND | DATA TYPES | EXPRESSION | HELP"
ALLOWED = (ast.Expression, ast.Call, ast.keyword, ast.Attribute, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp)
ALLOWED += (ast.operator, ast.unaryop, ast.expr_context, ast.Tuple)
WORK = (ast.Call, ast.BinOp, ast.UnaryOp)


@dataclass(frozen=True)
class Line:
    """An operator of a list; `place` is FILE:LINE."""

    place: str
    name: str
    kind: str
    dtypes: tuple[str, ...]
    expression: str
    help: str

    def fail(self, text: str) -> BuildError:
        return BuildError(f"{self.place}: {self.name}: {text}")


def dtype_names() -> list[str]:
    """The data types of modules (src/base/dtype.def) that TVM has too; those below 8 bits lie otherwise there."""
    names = re.findall(r'^DTYPE\(.*"(\w+)", ', (ROOT / "src/base/dtype.def").read_text(), re.MULTILINE)
    return [name for name in names if re.fullmatch(r"bool|b?float(16|32|64)|u?int(8|16|32|64)", name)]


def did_you_mean(name: str, names: list[str]) -> str:
    close = difflib.get_close_matches(name, names, 1)
    return f" (did you mean '{close[0]}'?)" if close else ""


def parse_line(place: str, text: str, kinds: dict) -> Line:
    head, separator, about = text.rpartition(" | ")
    fields = [field.strip() for field in head.split("|", 3)] + [about.strip()]
    if not separator or len(fields) != 5 or not all(fields):
        raise BuildError(f"{place}: a line without its five fields, expected {FIELDS}")
    name, kind, dtypes, expression, about = fields
    line = Line(place, name, kind, tuple(dtypes.replace(",", " ").split()), expression, about)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
        raise BuildError(f"{place}: '{name}' is no name, expected at most 64 letters and digits, a letter first")
    if kind not in kinds:
        raise line.fail(f"unknown kind '{kind}'{did_you_mean(kind, list(kinds))}, expected {', '.join(kinds)}")
    known = dtype_names()
    for dtype in line.dtypes:
        if dtype not in known:
            raise line.fail(f"unknown data type '{dtype}'{did_you_mean(dtype, known)}, expected {', '.join(known)}")
    if len(set(line.dtypes)) < len(line.dtypes):
        raise line.fail("a data type is given twice, expected each once")
    return line


def read_list(path: Path, kinds: dict, shown: str | None = None) -> list[Line]:
    """The operators of a file, whose lines may be empty or begin with #."""
    shown = shown or str(path)
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise BuildError(f"{shown}: {error.strerror}, expected a list of operators: {FIELDS}") from None
    except UnicodeDecodeError as error:
        raise BuildError(f"{shown}: byte {error.start}: not UTF-8, expected a list of operators: {FIELDS}") from None
    lines = enumerate(text.splitlines(), 1)
    return [
        parse_line(f"{shown}:{number}", line, kinds)
        for number, line in lines
        if line.strip() and not line.lstrip().startswith("#")
    ]


def check_names(lines: list[Line]) -> None:
    """Each operator once, in all lists together."""
    first: dict[str, Line] = {}
    for line in lines:
        if line.name in first:
            raise line.fail(f"is there already, in {first[line.name].place}, expected each operator once")
        first[line.name] = line


def parse_expression(line: Line, names: dict) -> ast.Expression:
    """The expression as Python reads it, which may only name what `names` has."""
    try:
        tree = ast.parse(line.expression, mode="eval")
    except SyntaxError as error:
        raise line.fail(f"'{line.expression}': {error.msg} in column {error.offset}, expected an expression") from None
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            raise line.fail(f"'{ast.unparse(node)}' is not allowed, expected calls, numbers and arithmetic")
        if isinstance(node, ast.Name) and node.id not in names:
            raise line.fail(f"unknown name '{node.id}', expected {', '.join(names)}")
        if isinstance(node, ast.Attribute):
            check_attribute(line, node, names)
    return tree


def check_attribute(line: Line, node: ast.Attribute, names: dict) -> None:
    owner = ast.unparse(node.value)
    try:
        value = eval(owner, {"__builtins__": {}}, names)
    except (AttributeError, NameError):
        return  # told where the owner is looked at
    if node.attr.startswith("_") or not hasattr(value, node.attr):
        public = [name for name in dir(value) if not name.startswith("_")]
        raise line.fail(f"{owner} has no '{node.attr}'{did_you_mean(node.attr, public)}, expected a function of TVM's")


def count_operations(tree: ast.Expression) -> int:
    """What an expression does to an element at least: functions and arithmetic count alike."""
    return max(1, sum(isinstance(node, WORK) for node in ast.walk(tree)))
