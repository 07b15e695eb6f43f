"""Builds the module of one model: all stages in a row, each in a file of its own."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import onnx
import tvm

from ..errors import BuildError
from ..files import write_whole
from ..link import compile_table, link
from ..schedules import Records
from ..target import compile_kernels
from .emit import Model, parameters_file, write_table
from .importer import import_onnx, known_operators
from .load import Shapes, graph_inputs, load
from .lower import SCHEDULED, Lowered, lower
from .names import Owners, describe
from .pitfalls import refuse_pitfalls
from .plan import make_plan
from .simplify import simplify


@dataclass
class Options:
    """What a build may choose.

    level    what -O says
    embed    parameters inside the module
    relaxed  see target.wasm_target
    shapes   of inputs that the model leaves open
    records  the tuner's, for level 3"""

    level: int = SCHEDULED
    embed: bool = False
    relaxed: bool = False
    shapes: Shapes = field(default_factory=dict)
    records: Records = field(default_factory=Records)


def _producer(model: onnx.ModelProto) -> str:
    made = f"{model.producer_name} {model.producer_version}".strip() or "unknown"
    return " ".join(made.split())


def _module_of(functions: dict) -> tvm.IRModule:
    return tvm.IRModule({var: f for var, f in functions.items() if isinstance(f, tvm.tirx.PrimFunc)})


def parameters_path(target: Path) -> Path:
    """Where the parameters of a module lie: x.params beside x.wasm."""
    return target.with_suffix(".params")


@contextlib.contextmanager
def _of(path: Path, doing: str) -> Iterator[None]:
    """Puts the model's name before what is wrong with it, also where TVM only says so by raising something."""
    try:
        yield
    except BuildError as error:
        raise BuildError(f"{path}: {error}", error.code) from None
    except (OSError, MemoryError):
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise BuildError(f"{path}: TVM cannot {doing} it: {reason}") from error


def lower_model(path: Path, options: Options) -> tuple[onnx.ModelProto, Lowered]:
    """The simplified model of a file, and its kernels."""
    model = load(path, options.shapes, known_operators())
    with _of(path, "import"):
        simplify(model)
        refuse_pitfalls(model)
        relax_module = import_onnx(model)
    with _of(path, "lower"):
        return model, lower(relax_module, options.level, options.records, options.relaxed)


def build(path: Path, target: Path, options: Options) -> Model:
    """Make `target`, and the file of parameters beside it unless they are embedded; returns what is in it."""
    model, lowered = lower_model(path, options)
    inputs = [value.name for value in graph_inputs(model)]
    outputs = [value.name for value in model.graph.output]
    with _of(path, "plan"):
        owners = Owners(lowered.before, model)
        plan = make_plan(lowered, owners.text)
    made = Model(
        plan=plan,
        nodes=describe(plan, owners, model),
        inputs=inputs,
        outputs=outputs,
        format=f"ONNX via TVM {tvm.__version__}",
        producer=_producer(model),
        file=parameters_path(target).name,
    )
    kernels = _module_of(lowered.module.functions)
    with tempfile.TemporaryDirectory() as folder:
        _link(made, kernels, Path(folder), options)
        write_whole(target, (Path(folder) / "module.wasm").read_bytes())
        if not options.embed:
            write_whole(parameters_path(target), (Path(folder) / "parameters").read_bytes())
    return made


def _link(model: Model, kernels: tvm.IRModule, folder: Path, options: Options) -> None:
    objects = []
    if model.plan.steps:
        objects = [folder / "kernels.o"]
        compile_kernels(kernels, objects[0], options.relaxed)
    (folder / "parameters").write_bytes(model.plan.parameters if options.embed else parameters_file(model))
    write_table(model, folder / "table.c", options.embed)
    compile_table(folder / "table.c", folder / "table.o")
    link("model", [*objects, folder / "table.o"], folder / "module.wasm")
