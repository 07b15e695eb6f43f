"""A matrix product: a square matrix times a weight."""

from __future__ import annotations

import numpy as np
from mindspore import Parameter, Tensor, nn, ops

from .onnx_graph import OnnxGraph
from .spec import SEED


class MatMul(nn.Cell):
    def __init__(self, weight: np.ndarray):
        super().__init__()
        self.weight = Parameter(Tensor(weight), name="weight")

    def construct(self, x):
        return ops.matmul(x, self.weight)


def make(size: int):
    weight = np.random.default_rng([SEED, size, 1]).normal(0, size**-0.5, (size, size)).astype(np.float32)
    return {"weight": weight}, MatMul(weight)


def graph(numbers, shapes, **_):
    made = OnnxGraph(numbers)
    return made, {"y": made.node("MatMul", "x", made.number("weight"))}
