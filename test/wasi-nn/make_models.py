"""Makes the models of the suite: models/mindir by MindSpore, models/onnx by onnx.helper, each with its suite.txt.

Run it with the Python of `make test`, which has both: .venv/bin/python test/wasi-nn/make_models.py
"""

import os
import tempfile
from pathlib import Path

import mindspore as ms
import numpy as np
import onnx
from mindspore import nn, ops
from onnx import TensorProto, helper

MODELS = Path(__file__).resolve().parent / "models"
TYPES = {
    "FP16": (ms.float16, TensorProto.FLOAT16),
    "FP32": (ms.float32, TensorProto.FLOAT),
    "FP64": (ms.float64, TensorProto.DOUBLE),
    "BF16": (ms.bfloat16, TensorProto.BFLOAT16),
    "U8": (ms.uint8, TensorProto.UINT8),
    "I32": (ms.int32, TensorProto.INT32),
    "I64": (ms.int64, TensorProto.INT64),
}
# Data type and shape of the input, which the output has twice along its first axis; None is an open dimension.
TWICE = {f"twice_{name}": (name, [3]) for name in TYPES}
TWICE |= {"large": ("FP32", [1024, 1024]), "open": ("FP32", [None])}


class Twice(nn.Cell):
    def construct(self, x):
        return ops.concat((x, x), 0)


class Pair(nn.Cell):
    def construct(self, a, b):
        return a - b, a * b


def output_names(model: bytes) -> list[str]:
    """MindIR has no names for outputs: they are called as the nodes that make them."""
    from mindspore.train.mind_ir_pb2 import ModelProto

    nodes = [node.domain for node in ModelProto.FromString(model).graph.node]
    return [name for name in nodes if name and "Tuple" not in name]


def make_mindir(folder: Path) -> None:
    lines = ["encoding autodetect"]
    cells = {name: (Twice(), [(TYPES[ty][0], shape)]) for name, (ty, shape) in TWICE.items()}
    cells["pair"] = Pair(), [(ms.float32, [2, 2])] * 2
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # MindSpore leaves files where it compiles
        for name, (cell, inputs) in cells.items():
            tensors = [
                ms.Tensor(shape=shape, dtype=ty) if None in shape else ms.Tensor(np.ones(shape), ty)
                for ty, shape in inputs
            ]
            ms.export(cell, *tensors, file_name=name, file_format="MINDIR")
            model = Path(f"{name}.mindir").read_bytes()
            (folder / f"{name}.mindir").write_bytes(model)
            ins = "a b" if name == "pair" else "x"
            lines.append(f"{name} {name}.mindir in {ins} out {' '.join(output_names(model))}")
    (folder / "suite.txt").write_text("\n".join(lines) + "\n")


def onnx_model(nodes: list, ins: dict, outs: dict) -> bytes:
    info = [[helper.make_tensor_value_info(n, ty, shape) for n, (ty, shape) in side.items()] for side in (ins, outs)]
    graph = helper.make_graph(nodes, "suite", *info)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def make_onnx(folder: Path) -> None:
    lines = ["encoding onnx"]
    for name, (ty, shape) in TWICE.items():
        if ty == "BF16":  # numpy, and so onnxruntime in Python, has none
            continue
        rows = None if shape[0] is None else 2 * shape[0]
        sides = (TYPES[ty][1], shape), (TYPES[ty][1], [rows, *shape[1:]])
        node = helper.make_node("Concat", ["x", "x"], ["z"], axis=0)
        model = onnx_model([node], {"x": sides[0]}, {"z": sides[1]})
        (folder / f"{name}.onnx").write_bytes(model)
        lines.append(f"{name} {name}.onnx in x out z")
    sides = {name: (TensorProto.FLOAT, [2, 2]) for name in "abdp"}
    nodes = [helper.make_node("Sub", ["a", "b"], ["d"]), helper.make_node("Mul", ["a", "b"], ["p"])]
    ins, outs = ({name: sides[name] for name in names} for names in ("ab", "dp"))
    (folder / "pair.onnx").write_bytes(onnx_model(nodes, ins, outs))
    lines.append("pair pair.onnx in a b out d p")
    (folder / "suite.txt").write_text("\n".join(lines) + "\n")


def main() -> None:
    for kind, make in (("mindir", make_mindir), ("onnx", make_onnx)):
        (MODELS / kind).mkdir(parents=True, exist_ok=True)
        make(MODELS / kind)


if __name__ == "__main__":
    main()
