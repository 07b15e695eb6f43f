"""The digits model as ONNX: the weights of test/models/digits.mindir in the graph of tools/train_digits.py."""

from __future__ import annotations

from pathlib import Path

import mindspore as ms
import numpy as np
import onnx
import onnxruntime
from bench_models.onnx_graph import OnnxGraph
from mindspore import nn

MODELS = Path(__file__).resolve().parent.parent / "test" / "models"


def graph() -> onnx.ModelProto:
    cell = nn.GraphCell(ms.load(str(MODELS / "digits.mindir")))
    made = OnnxGraph({name: value.asnumpy() for name, value in cell.parameters_dict().items()})
    x = made.node("Mul", "x", made.floats(1 / 255))
    y = made.node("Relu", made.conv(x, "conv1.weight", pad=1, bias="conv1.bias"))
    y = made.node("Relu", made.conv(y, "conv2.weight", pad=1, bias="conv2.bias"))
    y = made.node("MaxPool", y, kernel_shape=[2, 2], strides=[2, 2])
    y = made.node("Relu", made.conv(y, "conv3.weight", bias="conv3.bias"))
    y = made.node("Relu", made.head(made.node("Flatten", y), "dense1.weight", "dense1.bias"))
    logits = made.node(
        "Add", made.head(y, "dense2.weight", "dense2.bias"), made.head(made.reshape(x, 1, 64), "shortcut.weight")
    )
    probabilities = made.node("Softmax", logits, axis=-1)
    x = np.zeros((1, 1, 8, 8), np.float32)
    return made.model({"x": x}, {"probabilities": probabilities, "logits": logits})


def write(folder: Path) -> None:
    """digits.onnx, the first held-out scan as x.npy, and what onnxruntime answers; it must be MindSpore's logits."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(graph(), folder / "digits.onnx")
    x = np.load(MODELS / "digits_heldout.npy")[:1].astype(np.float32)
    session = onnxruntime.InferenceSession(folder / "digits.onnx")
    probabilities, logits = session.run(None, {"x": x})
    np.testing.assert_allclose(logits[0], np.load(MODELS / "digits_logits.npy")[0], atol=1e-4)
    for name, value in {"x": x, "probabilities": probabilities, "logits": logits}.items():
        np.save(folder / f"{name}.npy", value)
