"""ShuffleNetV2 (arXiv:1807.11164): mindcv's cell, and the graph that PyTorch exports of its authors' code."""

from __future__ import annotations

import numpy as np
from mindcv.models.shufflenetv2 import ShuffleNetV2

from . import calibrated
from .onnx_graph import OnnxGraph

BLOCKS = (4, 8, 4)


def make(width: str = "1.0x", classes: int = 1000, size: int = 224):
    return calibrated.on_pictures(ShuffleNetV2(model_size=width, num_classes=classes), size)


class ShuffleGraph(OnnxGraph):
    def unit(self, x: str, layers: str, at: int, stride: int = 1, relu: bool = True) -> str:
        """Convolution `at` of the layers and its batch norm behind it."""
        name = f"{layers}.{at}.weight"
        outputs, depth, kernel, _ = self.numbers[name].shape
        group = outputs if depth == 1 else 1
        x = self.batch_norm(self.conv(x, name, stride, kernel // 2, group), f"{layers}.{at + 1}")
        return self.node("Relu", x) if relu else x

    def shuffle(self, x: str, channels: int, side: int) -> list[str]:
        """The even channels and the odd."""
        x = self.transpose(self.reshape(x, channels // 2, 2, side * side), 1, 0, 2)
        x = self.reshape(x, 2, -1, channels // 2, side, side)
        return [self.node("Gather", x, self.constant(np.int64(half)), axis=0) for half in (0, 1)]

    def block(self, x: str, name: str, stride: int, channels: int, side: int) -> str:
        if stride == 1:
            kept, x = self.shuffle(x, channels, side)
        else:
            kept = self.unit(x, f"{name}.branch_proj", 0, stride, relu=False)
            kept = self.unit(kept, f"{name}.branch_proj", 2)
        y = self.unit(x, f"{name}.branch_main", 0)
        y = self.unit(y, f"{name}.branch_main", 3, stride, relu=False)
        return self.node("Concat", kept, self.unit(y, f"{name}.branch_main", 5), axis=1)


def graph(numbers, shapes, **_):
    made = ShuffleGraph(numbers)
    x = made.unit("x", "first_conv", 0, 2)
    x = made.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1])  # pad_mode "same"
    side, channels, index = shapes["x"][2] // 4, 0, 0
    for blocks in BLOCKS:
        side //= 2
        for i in range(blocks):
            x = made.block(x, f"features.{index}", 1 if i else 2, channels, side)
            channels = 2 * len(numbers[f"features.{index}.branch_main.3.weight"])
            index += 1
    x = made.unit(x, "conv_last", 0)
    return made, {"logits": made.classify(x, "classifier.weight")}
