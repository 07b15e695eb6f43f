"""Nets for test_mindir_nets.py: attention as MindSpore's layers and the vision transformers of mindcv spell it.

It becomes one Attention where nothing between the products is an answer itself.
"""

import numpy as np
from mindspore import Tensor, nn, ops


def floats(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


class Vision(nn.Cell):
    """One projection for all three, which lie side by side: [B,S,3,H,D]."""

    def __init__(self):
        super().__init__()
        self.dense = nn.CellList([nn.Dense(24, 72), nn.Dense(24, 24)])
        self.product = ops.BatchMatMul(), ops.BatchMatMul(transpose_b=True)

    def construct(self, x):
        b, s, c = x.shape
        qkv = ops.transpose(ops.reshape(self.dense[0](x), (b, s, 3, 3, 8)), (2, 0, 3, 1, 4))
        q, k, v = ops.unstack(qkv, axis=0)
        weights = ops.softmax(self.product[1](q, k) * 8**-0.5)
        y = ops.reshape(ops.transpose(self.product[0](weights, v), (0, 2, 1, 3)), (b, s, c))
        return self.dense[1](y), q


class Language(nn.Cell):
    """A mask added to scores that are divided, as in BERT; then the weights as an answer too."""

    def __init__(self):
        super().__init__()
        self.dense = nn.CellList([nn.Dense(12, 12) for _ in range(3)])

    def construct(self, x, mask):
        b, s, c = x.shape
        q, k, v = (ops.transpose(ops.reshape(dense(x), (b, s, 3, 4)), (0, 2, 1, 3)) for dense in self.dense)
        scores = ops.matmul(q, ops.swapaxes(k, -1, -2)) / 2.0 + (1.0 - mask[:, None, None]) * -1e4
        y = ops.reshape(ops.swapaxes(ops.matmul(ops.softmax(scores), v), 1, 2), (b, s, c))
        weights = ops.softmax(ops.matmul(k, ops.swapaxes(q, -1, -2)) * 0.5)
        return y, weights, ops.matmul(weights, v)


class Channels(nn.Cell):
    """Of channels over places, and of images whose channels come first, one head a batch."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 24, 1)
        self.scale = Tensor(np.array([[[0.5]], [[2.0]]], np.float32))

    def construct(self, x):
        b, _, h, w = x.shape
        q, k, v = ops.split(ops.reshape(self.convolution(x), (b, 2, 12, h * w)), 4, axis=2)
        across = ops.matmul(ops.softmax(ops.matmul(q, ops.swapaxes(k, 2, 3)) * self.scale), v)
        q, k, v = ops.split(ops.reshape(self.convolution(x), (b, 24, h * w)), 8, axis=1)
        along = ops.bmm(ops.softmax(ops.bmm(ops.swapaxes(q, 1, 2) * 0.3, k)), ops.swapaxes(v, 1, 2))
        return across, along


class Layer(nn.Cell):
    """MindSpore's own layer: sequences first, q and k divided, a mask of places to come."""

    def __init__(self):
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 4, 24, dropout=0.0, batch_first=True)
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.mask = Tensor(np.triu(np.full((5, 5), -np.inf, np.float32), 1))

    def construct(self, x, y):
        both, weights = self.attention(x, y, y)
        return self.layer(x, src_mask=self.mask), both, weights


MASK = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], np.float32)
NETS = [
    (Vision, [floats(2, 7, 24)]),
    (Vision, [floats(1, 97, 24)]),
    (Language, [floats(2, 6, 12), MASK]),
    (Channels, [floats(2, 3, 4, 5)]),
    (Layer, [floats(2, 5, 16), floats(2, 7, 16)]),
]
