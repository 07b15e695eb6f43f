#!/usr/bin/env python3
"""Writes the ONNX models that tests and conformance.py use into .cache/tvm: models.py [NAME ...].

SqueezeNet and ResNet50 are the graphs that the onnx package carries without weights; theirs are made up here, the
same every time. MobileNetV2 is that of tools/make_models.py, EfficientNet-Lite0 has its trained weights
(tools/lite0_onnx.py), and beside it lite0.onnx.json, its picture rule, labels.csv and the picture chelsea.png.
"""

import argparse
import csv
import json
import shutil
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from msw_tvm.files import write_whole
from onnx import TensorProto, helper, numpy_helper

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".cache/tvm"
LIGHT = Path(onnx.__file__).parent / "backend/test/data/light"
SPREAD = 6.0  # of the last layer: else an average over all pixels makes all classes alike


def random_for(name: str) -> np.random.Generator:
    """Numbers that hang on nothing but a name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def made_up(name: str, shape: list[int], role: str) -> np.ndarray:
    """Weights that keep a signal's size through a deep net. role: kernel, last, scale, small, variance or shift."""
    numbers = random_for(name)
    if role in ("kernel", "last"):
        deviation = np.sqrt(2 / np.prod(shape[1:])) * (SPREAD if role == "last" else 1)
        return numbers.normal(0, deviation, shape).astype(np.float32)
    if role in ("scale", "variance", "small"):
        return (numbers.uniform(0.8, 1.2, shape) * (0.25 if role == "small" else 1)).astype(np.float32)
    return numbers.normal(0, 0.1, shape).astype(np.float32)


def _roles(graph: onnx.GraphProto) -> dict[str, str]:
    """What each weight is for, by the node that reads it. Where a sum follows, a BatchNorm makes its branch small."""
    summed = {name for node in graph.node if node.op_type == "Sum" for name in node.input}
    roles = {}
    for node in graph.node:
        if node.op_type == "BatchNormalization":
            scale = "small" if node.output[0] in summed else "scale"
            roles.update(zip(node.input[1:5], (scale, "shift", "shift", "variance"), strict=True))
        elif node.op_type in ("Conv", "Gemm"):
            roles[node.input[1]] = "last" if node.op_type == "Gemm" or "conv10" in node.input[1] else "kernel"
            roles.update(dict.fromkeys(node.input[2:], "shift"))
    return roles


def light(name: str) -> onnx.ModelProto:
    """A graph of the onnx package, its generated constants replaced by made-up weights."""
    model = onnx.load(str(LIGHT / f"light_{name}.onnx"))
    graph = model.graph
    roles = _roles(graph)
    given = {tensor.name: tensor for tensor in graph.initializer}
    shapes = {key: list(tensor.dims) for key, tensor in given.items() if key in roles}
    nodes = []
    for node in graph.node:
        if node.op_type == "ConstantOfShape" and node.output[0] in roles:
            shapes[node.output[0]] = [int(x) for x in numpy_helper.to_array(given[node.input[0]])]
        else:
            nodes.append(node)
    read = {key for node in nodes for key in node.input}
    kept = [tensor for key, tensor in given.items() if key in read and key not in roles]
    made = [numpy_helper.from_array(made_up(key, shape, roles[key]), key) for key, shape in shapes.items()]
    inputs = [value for value in graph.input if value.name not in given]
    whole = helper.make_graph(nodes, name, inputs, graph.output, [*kept, *made])
    return helper.make_model(whole, opset_imports=model.opset_import, ir_version=8, producer_name="models.py")


def mobilenet_v2() -> onnx.ModelProto:
    source = ROOT / ".cache/bench/models/mobilenet_v2/model.onnx"
    if not source.exists():
        sys.exit(f"{source.relative_to(ROOT)}: no such file, expected after tools/make_models.py mobilenet_v2")
    return onnx.load(str(source))


def write_demo(folder: Path) -> None:
    """What EfficientNet-Lite0 needs to name the cat."""
    sys.path.insert(0, str(ROOT / "tools"))
    from lite0_source import PICTURE_RULE, chelsea, synsets

    (folder / "lite0.onnx.json").write_text(json.dumps(PICTURE_RULE) + "\n")
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("id", "name"), *enumerate(synsets())])
    shutil.copyfile(chelsea(), folder / "chelsea.png")


def efficientnet_lite0() -> onnx.ModelProto:
    """Takes the picture as `data`; gives the probabilities."""
    sys.path.insert(0, str(ROOT / "tools"))
    from lite0_onnx import Graph
    from lite0_source import weights
    from torch_state_dict import read_state_dict

    graph = Graph(read_state_dict(weights()))
    probabilities, _ = graph.whole("data")
    outputs = [helper.make_tensor_value_info(probabilities, TensorProto.FLOAT, [1, 1000])]
    inputs = [helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 224, 224])]
    made = helper.make_graph(graph.nodes, "lite0", inputs, outputs, list(graph.used.values()))
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(made, opset_imports=opset, ir_version=8, producer_name="efficientnet-lite0-pytorch")


MODELS: dict[str, Callable[[], onnx.ModelProto]] = {
    "squeezenet": lambda: light("squeezenet"),
    "resnet50": lambda: light("resnet50"),
    "mobilenet_v2": mobilenet_v2,
    "lite0": efficientnet_lite0,
}


def model(name: str) -> Path:
    """The file of a model, made where it is missing or older than this program."""
    path = FOLDER / f"{name}.onnx"
    if not path.exists() or path.stat().st_mtime < Path(__file__).stat().st_mtime:
        FOLDER.mkdir(parents=True, exist_ok=True)
        made = MODELS[name]()
        if name == "lite0":
            write_demo(FOLDER)
        write_whole(path, made.SerializeToString())
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.py", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODELS)} (default: all)")
    names = parser.parse_args().names or list(MODELS)
    if unknown := [name for name in names if name not in MODELS]:
        parser.error(f"{unknown[0]}: expected one of {', '.join(MODELS)}")
    for name in names:
        print(model(name).relative_to(ROOT))


if __name__ == "__main__":
    main()
