"""MobileNetV2 (arXiv:1801.04381): mindcv's cell, and the graph that PyTorch exports of torchvision's."""

from __future__ import annotations

from mindcv.models.mobilenetv2 import MobileNetV2

from . import calibrated
from .onnx_graph import OnnxGraph

# (expansion, blocks, stride of the first), table 2; the channels are the weights'.
STAGES = [(1, 1, 1), (6, 2, 2), (6, 3, 2), (6, 4, 2), (6, 3, 1), (6, 3, 2), (6, 1, 1)]


def make(width: float = 1.0, classes: int = 1000, size: int = 224):
    return calibrated.on_pictures(MobileNetV2(alpha=width, num_classes=classes), size)


def unit(made: OnnxGraph, x: str, layers: str, at: int, relu6: bool = True, stride: int = 1) -> str:
    """Convolution `at` of the layers and its batch norm behind it."""
    name = f"{layers}.{at}.weight"
    outputs, depth, kernel, _ = made.numbers[name].shape
    group = outputs if depth == 1 else 1
    x = made.batch_norm(made.conv(x, name, stride, kernel // 2, group), f"{layers}.{at + 1}")
    return made.relu6(x) if relu6 else x


def block(made: OnnxGraph, x: str, index: int, expansion: int, stride: int, channels: int) -> tuple[str, int]:
    """Inverted residual: to more channels, each convolved, to few; the input is added where it fits."""
    layers, at = f"features.{index}.layers", 0
    y = x
    if expansion != 1:
        y, at = unit(made, y, layers, 0), 3
    y = unit(made, y, layers, at, stride=stride)
    y = unit(made, y, layers, at + 3, relu6=False)
    outputs = len(made.numbers[f"{layers}.{at + 3}.weight"])
    return made.node("Add", x, y) if stride == 1 and outputs == channels else y, outputs


def graph(numbers, shapes, **_):
    made = OnnxGraph(numbers)
    x, channels, index = unit(made, "x", "features", 0, stride=2), len(numbers["features.0.weight"]), 3
    for expansion, blocks, stride in STAGES:
        for i in range(blocks):
            x, channels = block(made, x, index, expansion, 1 if i else stride, channels)
            index += 1
    x = unit(made, x, "features", index)
    return made, {"logits": made.classify(x, "classifier.1.weight", "classifier.1.bias")}
