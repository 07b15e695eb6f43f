"""Makes one model's folder from one set of numbers, and compares what the runtimes answer before it is left behind."""

from __future__ import annotations

import importlib
import json
import os
import tempfile
from pathlib import Path

os.environ.setdefault("GLOG_v", "4")

import mindspore as ms
import onnx

from . import check, flops, folder
from .layer_list import LayerList
from .spec import Arrays, Model


def export(cell: ms.nn.Cell, inputs: Arrays, file: Path) -> None:
    ms.set_context(mode=ms.GRAPH_MODE)
    ms.export(cell, *map(ms.Tensor, inputs.values()), file_name=str(file), file_format="MINDIR")
    file.chmod(0o644)  # MindSpore writes 0400


def onnx_model(net, arguments: dict, numbers: Arrays, inputs: Arrays) -> onnx.ModelProto:
    shapes = {name: array.shape for name, array in inputs.items()}
    made, outputs = net.graph(numbers, shapes, **arguments)
    return made.model(inputs, outputs)


def write_layers(made: onnx.ModelProto, where: Path) -> None:
    graph, weights = LayerList(made).written()
    (where / "graph.json").write_text(json.dumps(graph, indent=1) + "\n")
    (where / "weights.bin").write_bytes(weights)


def write_case(model: Model, case: str, net, held: tuple[Arrays, ms.nn.Cell], where: Path) -> dict:
    """Writes and compares the files of a case; what meta.json says of it."""
    numbers, cell = held
    inputs = model.cases[case].arrays()
    mindir, graph = (where / f"{model.stem(case)}.{ending}" for ending in ("mindir", "onnx"))
    export(cell, inputs, mindir)
    made = onnx_model(net, model.arguments, numbers, inputs)
    onnx.save(made, graph)
    if model.layers:
        write_layers(made, where)
    want = check.by_onnxruntime(graph, inputs)
    return {
        "name": case,
        "sizes": model.cases[case].sizes,
        "mindir": mindir.name,
        "onnx": graph.name,
        "opset": made.opset_import[0].version,
        "gflop": flops.gflop(made),
        "inputs": folder.save(where, case, inputs),
        "outputs": folder.save(where, case, want),
        "errors": check.errors(f"{model.name} at {case}", mindir, inputs, want),
    }


def fill(model: Model, where: Path) -> dict:
    """Writes all files; what was written last, meta.json."""
    net = importlib.import_module(f".{model.net}", __package__)
    numbers, cell = net.make(**model.arguments)
    facts = {
        "name": model.name,
        "key": folder.key(model),
        "quick": model.quick,
        "parameters": sum(int(parameter.size) for parameter in cell.get_parameters()),
        "versions": folder.versions(),
        "cases": [write_case(model, case, net, (numbers, cell), where) for case in model.cases],
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
