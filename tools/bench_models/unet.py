"""U-Net (arXiv:1505.04597) with batch norm and padded convolutions, as mostly used: a cell, and PyTorch's graph."""

from __future__ import annotations

import itertools

from mindspore import nn, ops

from . import calibrated
from .onnx_graph import OnnxGraph

CHANNELS = (32, 64, 128, 256)


class Twice(nn.Cell):
    """Convolution, batch norm, ReLU, and again."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, pad_mode="pad", padding=1)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, pad_mode="pad", padding=1)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def construct(self, x):
        x = self.relu(self.norm1(self.conv1(x)))
        return self.relu(self.norm2(self.conv2(x)))


class Up(nn.Cell):
    """Twice the size and half the channels, beside what the way down had at that size."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.up = nn.Conv2dTranspose(inputs, outputs, 2, stride=2, pad_mode="valid", has_bias=True)
        self.twice = Twice(2 * outputs, outputs)

    def construct(self, x, beside):
        return self.twice(ops.concat((beside, self.up(x)), 1))


class UNet(nn.Cell):
    def __init__(self, channels: tuple[int, ...], classes: int):
        super().__init__()
        self.down = nn.CellList([Twice(i, o) for i, o in itertools.pairwise((3, *channels))])
        self.up = nn.CellList([Up(i, o) for i, o in itertools.pairwise(channels[::-1])])
        self.pool = nn.MaxPool2d(2, 2)
        self.last = nn.Conv2d(channels[0], classes, 1, has_bias=True)

    def construct(self, x):
        passed = ()
        for i, down in enumerate(self.down):
            x = down(self.pool(x) if i else x)
            passed += (x,)
        for i, up in enumerate(self.up):
            x = up(x, passed[-2 - i])
        return self.last(x)


def make(channels: tuple[int, ...] = CHANNELS, classes: int = 2, size: int = 64):
    """Calibrated on small pictures: MindSpore takes a minute for a transposed convolution of large ones."""
    return calibrated.on_pictures(UNet(channels, classes), size)


class UNetGraph(OnnxGraph):
    def twice(self, x: str, name: str) -> str:
        for i in (1, 2):
            x = self.batch_norm(self.conv(x, f"{name}.conv{i}.weight", pad=1), f"{name}.norm{i}")
            x = self.node("Relu", x)
        return x

    def up(self, x: str, name: str) -> str:
        weight, bias = self.number(f"{name}.weight"), self.number(f"{name}.bias")
        sizes = {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [0] * 4, "dilations": [1, 1]}
        return self.node("ConvTranspose", x, weight, bias, group=1, **sizes)


def graph(numbers, shapes, channels: tuple[int, ...] = CHANNELS, **_):
    made = UNetGraph(numbers)
    passed = [made.twice("x", "down.0")]
    for level in range(1, len(channels)):
        smaller = made.node("MaxPool", passed[-1], kernel_shape=[2, 2], strides=[2, 2], pads=[0] * 4)
        passed.append(made.twice(smaller, f"down.{level}"))
    x = passed.pop()
    for level in range(len(channels) - 1):
        x = made.node("Concat", passed.pop(), made.up(x, f"up.{level}.up"), axis=1)
        x = made.twice(x, f"up.{level}.twice")
    return made, {"mask": made.conv(x, "last.weight", bias="last.bias")}
