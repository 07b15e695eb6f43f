"""Nets over sequences: recurrent ones, Transformers, and the language models built of them."""

import numpy as np
from mindspore import Parameter, Tensor, nn, ops


class Recurrent(nn.Cell):
    """A recurrent layer, and a dense one on its last step."""

    def __init__(self, layer, width):
        super().__init__()
        self.layer = layer
        self.dense = nn.Dense(width, 4)

    def construct(self, x):
        y, _ = self.layer(x)
        return self.dense(y[:, -1]), y


class Stateful(nn.Cell):
    """An LSTM that is given its state and answers the next."""

    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(6, 8)

    def construct(self, x, h, c):
        y, (h, c) = self.layer(x, (h, c))
        return y, h, c


class Steps(nn.Cell):
    """Single steps of the three recurrent cells."""

    def __init__(self):
        super().__init__()
        self.lstm, self.gru, self.rnn = nn.LSTMCell(6, 8), nn.GRUCell(6, 8), nn.RNNCell(6, 8)

    def construct(self, x, h):
        a, b = self.lstm(x, (h, h))
        return a, b, self.gru(x, h), self.rnn(x, h)


class Encoder(nn.Cell):
    def __init__(self, layers=2, **options):
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True, **options)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.dense = nn.Dense(32, 5)

    def construct(self, x):
        return self.dense(self.encoder(x))


class Translator(nn.Cell):
    """nn.Transformer: encoder and decoder with a causal mask."""

    def __init__(self):
        super().__init__()
        self.body = nn.Transformer(16, 2, 1, 1, 32, dropout=0.0, batch_first=True)
        self.mask = Tensor(np.triu(np.full((5, 5), -np.inf, np.float32), 1))

    def construct(self, source, target):
        return self.body(source, target, tgt_mask=self.mask)


class Attention(nn.Cell):
    """Attention written out: one product for all three, heads by reshape, scores, softmax."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.size = heads, width // heads
        self.all, self.out = nn.Dense(width, 3 * width), nn.Dense(width, width)

    def construct(self, x, mask):
        n, length, width = x.shape
        q, k, v = ops.transpose(self.all(x).reshape(n, length, 3, self.heads, self.size), (2, 0, 3, 1, 4))
        scores = ops.matmul(q, k.swapaxes(-1, -2)) * self.size**-0.5 + mask
        y = ops.matmul(ops.softmax(scores, -1), v)
        return self.out(y.transpose(0, 2, 1, 3).reshape(n, length, width))


class Block(nn.Cell):
    def __init__(self, width, heads, before):
        super().__init__()
        self.before = before
        self.attention = Attention(width, heads)
        self.norms = nn.CellList([nn.LayerNorm((width,)), nn.LayerNorm((width,))])
        self.mlp = nn.SequentialCell(
            nn.Dense(width, 4 * width), nn.GELU(approximate=not before), nn.Dense(4 * width, width)
        )

    def construct(self, x, mask):
        if self.before:
            x = x + self.attention(self.norms[0](x), mask)
            return x + self.mlp(self.norms[1](x))
        x = self.norms[0](x + self.attention(x, mask))
        return self.norms[1](x + self.mlp(x))


class Bert(nn.Cell):
    """Words, places and kinds summed; a padding mask; norms after; a pooled and a full answer."""

    def __init__(self):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(100, 32), nn.Embedding(16, 32), nn.Embedding(2, 32)
        self.norm = nn.LayerNorm((32,))
        self.blocks = nn.CellList([Block(32, 4, before=False) for _ in range(2)])
        self.pooler = nn.Dense(32, 32, activation="tanh")
        self.classes = nn.Dense(32, 3)

    def construct(self, tokens, kinds, seen):
        length = tokens.shape[1]
        x = self.words(tokens) + self.places(ops.arange(length)) + self.kinds(kinds)
        x = self.norm(x)
        mask = (1.0 - ops.expand_dims(ops.expand_dims(seen, 1), 1)) * -10000.0
        for block in self.blocks:
            x = block(x, mask)
        return self.classes(self.pooler(x[:, 0])), x


class GPT(nn.Cell):
    """Norms before, a causal mask by Tril, and the output layer is the word table again."""

    def __init__(self):
        super().__init__()
        self.words = Parameter(Tensor(np.random.normal(size=(60, 32)).astype(np.float32)), name="words")
        self.places = Parameter(Tensor(np.random.normal(size=(12, 32)).astype(np.float32)), name="places")
        self.blocks = nn.CellList([Block(32, 4, before=True) for _ in range(2)])
        self.norm = nn.LayerNorm((32,))

    def construct(self, tokens):
        length = tokens.shape[1]
        x = ops.gather(self.words, tokens, 0) + self.places[:length]
        allowed = ops.tril(ops.ones((length, length), x.dtype))
        mask = ops.masked_fill(ops.zeros((length, length), x.dtype), allowed == 0, -1e9)
        for block in self.blocks:
            x = block(x, mask)
        return ops.matmul(self.norm(x), self.words.swapaxes(0, 1))


class CrossAttention(nn.Cell):
    """nn.MultiheadAttention with a mask of keys."""

    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)

    def construct(self, q, k, hidden):
        y, weights = self.attention(q, k, k, key_padding_mask=hidden)
        return y, weights


class EinsumAttention(nn.Cell):
    def __init__(self):
        super().__init__()
        self.scores, self.mix = ops.Einsum("bihd,bjhd->bhij"), ops.Einsum("bhij,bjhd->bihd")

    def construct(self, q, k, v):
        return self.mix((ops.softmax(self.scores((q, k)), -1), v))


class Rotary(nn.Cell):
    """Rotary position embedding: sines and cosines of constant angles, halves swapped by slices."""

    def __init__(self):
        super().__init__()
        self.angles = Tensor(np.outer(np.arange(6), 10.0 ** -np.arange(4)).astype(np.float32))

    def construct(self, x):
        sin, cos = ops.sin(self.angles), ops.cos(self.angles)
        a, b = x[..., :4], x[..., 4:]
        return ops.concat((a * cos - b * sin, a * sin + b * cos), -1)


class RMSNorm(nn.Cell):
    def __init__(self):
        super().__init__()
        self.scale = Parameter(Tensor(np.ones(16, np.float32)), name="scale")

    def construct(self, x):
        return x * ops.rsqrt(ops.mean(ops.square(x), -1, True) + 1e-6) * self.scale
