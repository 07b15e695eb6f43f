"""ResNet of bottleneck blocks (arXiv:1512.03385, stride in the 3x3): mindcv's cell, and the graph of PyTorch's."""

from __future__ import annotations

from mindcv.models.resnet import Bottleneck, ResNet

from . import calibrated
from .onnx_graph import OnnxGraph

BLOCKS = (3, 4, 6, 3)


def make(blocks: tuple[int, ...] = BLOCKS, classes: int = 1000, size: int = 224):
    return calibrated.on_pictures(ResNet(Bottleneck, list(blocks), num_classes=classes), size)


def unit(made: OnnxGraph, x: str, conv: str, norm: str, stride: int = 1) -> str:
    name = f"{conv}.weight"
    return made.batch_norm(made.conv(x, name, stride, made.numbers[name].shape[2] // 2), norm)


def block(made: OnnxGraph, x: str, name: str, stride: int) -> str:
    y = made.node("Relu", unit(made, x, f"{name}.conv1", f"{name}.bn1"))
    y = made.node("Relu", unit(made, y, f"{name}.conv2", f"{name}.bn2", stride))
    y = unit(made, y, f"{name}.conv3", f"{name}.bn3")
    if f"{name}.down_sample.0.weight" in made.numbers:
        x = unit(made, x, f"{name}.down_sample.0", f"{name}.down_sample.1", stride)
    return made.node("Relu", made.node("Add", y, x))


def graph(numbers, shapes, blocks: tuple[int, ...] = BLOCKS, **_):
    made = OnnxGraph(numbers)
    x = made.node("Relu", unit(made, "x", "conv1", "bn1", 2))
    # mindcv pads as pad_mode "same" does: of an even size, below and to the right.
    x = made.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])
    for stage, count in enumerate(blocks, 1):
        for i in range(count):
            x = block(made, x, f"layer{stage}.{i}", 2 if stage > 1 and i == 0 else 1)
    return made, {"logits": made.classify(x, "classifier.weight", "classifier.bias")}
