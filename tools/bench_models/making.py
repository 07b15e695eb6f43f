"""Makes one model's folder from one set of numbers, and compares what the runtimes answer before it is left behind."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("GLOG_v", "4")

import mindspore as ms
import numpy as np
import onnx

from . import check, flops, folder
from .layer_list import LayerList
from .spec import Model, Shapes


def export(model: Model, cell: ms.nn.Cell, file: Path) -> None:
    ms.set_context(mode=ms.GRAPH_MODE)
    arrays = next(iter(model.cases.values())).arrays()
    inputs = [ms.Tensor(array) for array in arrays.values()]
    if model.open:
        shapes = [[None if isinstance(size, str) else size for size in shape] for shape in model.shapes().values()]
        inputs = [ms.Tensor(shape=shape, dtype=x.dtype) for shape, x in zip(shapes, inputs, strict=True)]
    ms.export(cell, *inputs, file_name=str(file), file_format="MINDIR")
    file.chmod(0o644)  # MindSpore writes 0400


def onnx_model(net, model: Model, numbers: dict[str, np.ndarray], shapes: Shapes) -> onnx.ModelProto:
    types = {name: array.dtype for name, array in next(iter(model.cases.values())).arrays().items()}
    made, outputs = net.graph(numbers, shapes, **model.arguments)
    return made.model(shapes, types, outputs)


def write_layers(made: onnx.ModelProto, where: Path) -> None:
    graph, weights = LayerList(made).written()
    (where / "graph.json").write_text(json.dumps(graph, indent=1) + "\n")
    (where / "weights.bin").write_bytes(weights)


def gflops(net, model: Model, numbers: dict[str, np.ndarray]) -> dict[str, float]:
    """Of each case, counted in a graph of its own sizes."""
    shapes = {name: {key: array.shape for key, array in case.arrays().items()} for name, case in model.cases.items()}
    return {case: flops.gflop(onnx_model(net, model, numbers, shapes[case])) for case in model.cases}


def write_cases(model: Model, gflop: dict[str, float], where: Path) -> list[dict]:
    """Runs and compares all cases; what meta.json says of them."""
    inputs = {name: case.arrays() for name, case in model.cases.items()}
    want = check.by_onnxruntime(where / "model.onnx", inputs)
    errors = check.errors(where / "model.mindir", inputs, want)
    return [
        {
            "name": case,
            "sizes": model.sizes(case),
            "gflop": gflop[case],
            "inputs": folder.save(where, case, inputs[case]),
            "outputs": folder.save(where, case, want[case]),
            "errors": errors[case],
        }
        for case in model.cases
    ]


def fill(model: Model, where: Path) -> dict:
    """Writes all files; what was written last, meta.json."""
    net = importlib.import_module(f".{model.net}", __package__)
    numbers, cell = net.make(**model.arguments)
    export(model, cell, where / "model.mindir")
    made = onnx_model(net, model, numbers, model.shapes())
    onnx.save(made, where / "model.onnx")
    if model.layers:
        write_layers(made, where)
    facts = {
        "name": model.name,
        "key": folder.key(model),
        "quick": model.quick,
        "parameters": sum(int(parameter.size) for parameter in cell.get_parameters()),
        "opset": made.opset_import[0].version,
        "versions": folder.versions(),
        "cases": write_cases(model, gflops(net, model, numbers), where),
    }
    facts["files"] = {path.name: path.stat().st_size for path in sorted(where.iterdir())}
    (where / "meta.json").write_text(json.dumps(facts, indent=1) + "\n")
    return facts


def make(model: Model, out: Path) -> dict:
    """The folder, whole or not at all; what is in its meta.json."""
    started = Path.cwd()
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        os.chdir(scratch)  # MindSpore leaves files where it compiles
        try:
            where = Path(scratch) / model.name
            where.mkdir()
            facts = fill(model, where)
        finally:
            os.chdir(started)
        if (out / model.name).exists():
            (out / model.name).rename(Path(scratch) / "old")
        where.rename(out / model.name)
    return facts
