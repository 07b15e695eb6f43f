"""Vision Transformer (arXiv:2010.11929): mindcv's cell with the exact GeLU, and timm's graph from PyTorch."""

from __future__ import annotations

import functools

import numpy as np
from mindcv.models.vit import VisionTransformer
from mindspore import nn

from . import calibrated
from .onnx_graph import OnnxGraph

EPSILON = 1e-6
PATCH = 16


def make(width: int, heads: int, blocks: int = 12, classes: int = 1000, size: int = 224):
    layers = {
        "act_layer": functools.partial(nn.GELU, approximate=False),
        "norm_layer": functools.partial(nn.LayerNorm, epsilon=EPSILON),
    }
    sizes = {"image_size": size, "patch_size": PATCH, "embed_dim": width, "depth": blocks, "num_heads": heads}
    return calibrated.on_pictures(VisionTransformer(num_classes=classes, **sizes, **layers), size)


class VitGraph(OnnxGraph):
    def __init__(self, numbers, width: int, heads: int):
        super().__init__(numbers)
        self.width, self.heads, self.head_width = width, heads, width // heads
        self.tokens = numbers["pos_embed"].shape[1]

    def dense(self, x: str, name: str) -> str:
        return self.linear(x, f"{name}.weight", f"{name}.bias")

    def norm(self, x: str, name: str) -> str:
        return self.layer_norm(x, f"{name}.gamma", f"{name}.beta", EPSILON)

    def patches(self, x: str) -> str:
        x = self.conv(x, "patch_embed.proj.weight", PATCH, bias="patch_embed.proj.bias")
        x = self.transpose(self.reshape(x, 1, self.width, self.tokens - 1), 0, 2, 1)
        return self.node("Add", self.node("Concat", self.number("cls_token"), x, axis=1), self.number("pos_embed"))

    def attention(self, x: str, name: str) -> str:
        x = self.reshape(self.dense(x, f"{name}.qkv"), 1, self.tokens, 3, self.heads, self.head_width)
        parts = self.nodes_of("Split", [self.transpose(x, 2, 0, 3, 1, 4)], 3, axis=0)
        q, k, v = (self.node("Squeeze", part, self.integers(0)) for part in parts)
        scores = self.node("MatMul", q, self.transpose(k, 0, 1, 3, 2))
        shares = self.node("Softmax", self.node("Mul", scores, self.floats(self.head_width**-0.5)), axis=-1)
        y = self.transpose(self.node("MatMul", shares, v), 0, 2, 1, 3)
        return self.dense(self.reshape(y, 1, self.tokens, self.width), f"{name}.proj")

    def block(self, x: str, name: str) -> str:
        x = self.node("Add", x, self.attention(self.norm(x, f"{name}.norm1"), f"{name}.attn"))
        y = self.gelu(self.dense(self.norm(x, f"{name}.norm2"), f"{name}.mlp.fc1"))
        return self.node("Add", x, self.dense(y, f"{name}.mlp.fc2"))


def graph(numbers, shapes, width: int, heads: int, blocks: int = 12, **_):
    made = VitGraph(numbers, width, heads)
    x = made.patches("x")
    for index in range(blocks):
        x = made.block(x, f"blocks.{index}")
    first = made.node("Gather", made.norm(x, "norm"), made.constant(np.int64(0)), axis=1)
    return made, {"logits": made.head(first, "head.weight", "head.bias")}
