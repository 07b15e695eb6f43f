"""Nets that are a handful of operators of mindspore.ops, family by family."""

import mindspore as ms
import numpy as np
from mindspore import Tensor, mint, nn, ops


class Arithmetic(nn.Cell):
    def construct(self, x, y):
        return x + y, x - y * 2.5, x / (ops.abs(y) + 1.0), x / 3.0, 1.0 / (ops.square(x) + 1.0), -x, x + 1.5


class IntegerArithmetic(nn.Cell):
    def construct(self, x, y):
        return x + y, x - 3, x * y, x // y, x % y, ops.maximum(x, y), ops.minimum(x, y), ops.abs(x)


class Powers(nn.Cell):
    def construct(self, x):
        return x**2.0, ops.pow(x, 0.5), ops.sqrt(x), ops.rsqrt(x), ops.square(x), ops.reciprocal(x), 2.0**x


class Exponentials(nn.Cell):
    def construct(self, x):
        return ops.exp(x), ops.log(ops.abs(x) + 0.1), ops.erf(x), ops.sin(x), ops.cos(x), ops.tanh(x), ops.sigmoid(x)


class Rounding(nn.Cell):
    def construct(self, x):
        return ops.floor(x), ops.ceil(x), ops.sign(x), ops.clamp(x, -0.5, 0.7), ops.floor_div(x, 0.3)


class Extremes(nn.Cell):
    def construct(self, x, y):
        return ops.maximum(x, y), ops.minimum(x, y), ops.maximum(x, 0.3), ops.clip_by_value(x, -0.2, 0.9)


class Comparisons(nn.Cell):
    def construct(self, x, y):
        order = x > y, x >= y, x < y, x <= y, x == y, x != y
        return (*order, x > 0.2, x < 0.1)


class Logic(nn.Cell):
    def construct(self, x, y):
        return ops.logical_and(x, y), ops.logical_or(x, y), ops.logical_not(x), ops.logical_xor(x, y)


class Selections(nn.Cell):
    def construct(self, x, y):
        chosen = ops.select(x > y, x, y)
        return chosen, ops.where(x > 0.0, x, ops.zeros_like(x)), ops.masked_fill(x, y > 0.5, -3.0)


class Casts(nn.Cell):
    def construct(self, x):
        whole = ops.cast(x * 3.0, ms.int32)
        return (
            whole,
            ops.cast(whole, ms.float32) * 0.5,
            ops.cast(x, ms.bool_),
            ops.cast(x, ms.float16),
            ops.cast(whole, ms.int64),
        )


class Reductions(nn.Cell):
    def construct(self, x):
        sums = ops.sum(x, 1), ops.sum(x, (0, 2), keepdim=True), ops.ReduceSum()(x, 2), ops.mean(x, -1), ops.mean(x)
        return (*sums, ops.amax(x, 1), ops.amin(x, (0, 1)), ops.prod(x, 2))


class Statistics(nn.Cell):
    def construct(self, x):
        return ops.std(x, 1), ops.var(x, 0), ops.norm(x, dim=1), ops.logsumexp(x, 1), mint.sum(x, dim=(0,))


class TruthReductions(nn.Cell):
    def construct(self, x):
        return ops.ReduceAll()(x, 1), ops.ReduceAny(True)(x, 0)


class Norms(nn.Cell):
    def __init__(self):
        super().__init__()
        self.unit, self.norm = ops.L2Normalize(1), ops.LpNorm([1], 2, keep_dims=True)

    def construct(self, x):
        return self.unit(x), self.norm(x)


class Indexes(nn.Cell):
    def construct(self, x):
        most, where = ops.max(x, 1)
        return ops.argmax(x, 1), ops.Argmax(0)(x), most, where, ops.Argmin(1)(x)


class Sorting(nn.Cell):
    def construct(self, x):
        values, places = ops.topk(x, 3)
        ordered, order = ops.sort(x, 0)
        downward, _ = ops.sort(x, -1, True)
        return values, places, ordered, order, downward


class Sums(nn.Cell):
    def construct(self, x):
        return ops.cumsum(x, 1), ops.CumSum(exclusive=True)(x, 0), ops.CumSum(reverse=True)(x, 2)


class Joins(nn.Cell):
    def construct(self, x, y):
        joined, stacked = ops.concat((x, y, x), 1), ops.stack((x, y), -1)
        a, b, c = ops.split(joined, 3, 1)
        return joined, stacked, a + b, c, ops.unstack(x, 2)[1], ops.chunk(y, 3, 1)[2]


class Shapes(nn.Cell):
    def construct(self, x):
        rows = ops.reshape(x, (-1, 4)), ops.flatten(x), ops.transpose(x, (2, 0, 1)), ops.expand_dims(x, 1)
        return (*rows, ops.squeeze(ops.expand_dims(x, 0), 0), ops.swapaxes(x, 0, 2), ops.Identity()(x))


class Repeats(nn.Cell):
    def construct(self, x):
        return ops.tile(x, (2, 1, 3)), ops.broadcast_to(x, (2, 3, 4)), ops.repeat_interleave(x, 2, 1)


class Turns(nn.Cell):
    def construct(self, x):
        return ops.flip(x, (1,)), ops.ReverseV2((0, 2))(x)


class Roll(nn.Cell):
    """MindSpore has no CPU kernel for it."""

    def construct(self, x):
        return ops.roll(x, (2, -1), (0, 1))


class Slices(nn.Cell):
    """StridedSlice with every mask: ranges, steps, single indexes, an ellipsis, a new axis."""

    def construct(self, x):
        ranges = x[1:3], x[:, ::2], x[..., 1:-1], x[0], x[:, -1, 2:]
        return (*ranges, x[:, None, 1], x[::2, 1:, ::3], x[1:, 0:1])


class BackwardSlices(nn.Cell):
    def construct(self, x):
        return ops.strided_slice(x, (3, 4, 0), (0, 0, 5), (-1, -2, 2)), ops.slice(x, (1, 0, 2), (2, 3, 3))


class Gathers(nn.Cell):
    def construct(self, x, rows, places):
        return ops.gather(x, rows, 0), ops.gather(x, rows, 1), ops.gather_elements(x, 1, places), x[rows]


class OneHot(nn.Cell):
    def construct(self, tokens):
        return ops.one_hot(tokens, 7, Tensor(1.0, ms.float32), Tensor(0.0, ms.float32))


class Triangles(nn.Cell):
    def construct(self, x):
        return ops.tril(x), ops.tril(x, 1), ops.triu(x), ops.triu(x, -1)


class Creations(nn.Cell):
    """Tensors made inside the net: ranges, fills, ones."""

    def construct(self, x):
        n = x.shape[1]
        return (
            x + ops.arange(0, n, 1).astype(ms.float32),
            x * ops.full((2, n), 0.5, dtype=ms.float32),
            x - ops.ones_like(x),
        )


class MixedTypes(nn.Cell):
    """Operands of different types: MindSpore leaves their conversion to whoever runs the file."""

    def construct(self, x, n):
        return x * n, n + x, ops.maximum(x, n), x > n


class Products(nn.Cell):
    """Matrix products with and without batches, with broadcasting, and with a vector."""

    def __init__(self):
        super().__init__()
        self.turned = ops.BatchMatMul(transpose_b=True)

    def construct(self, a, b, v):
        first, second = ops.matmul(a, b), ops.matmul(a[0], b[0])
        return first, second, ops.matmul(a, v), self.turned(a, a), ops.bmm(a, b), mint.matmul(a, b[0])


class Einsums(nn.Cell):
    def __init__(self):
        super().__init__()
        self.kinds = [ops.Einsum(e) for e in ("bij,bjk->bik", "bij,bjk->ki", "bij,bjk->b")]

    def construct(self, a, b):
        return self.kinds[0]((a, b)), self.kinds[1]((a, b)), self.kinds[2]((a, b))


class Broadcasts(nn.Cell):
    def __init__(self):
        super().__init__()
        self.row = Tensor(np.linspace(-1, 1, 4).astype(np.float32))
        self.column = Tensor(np.linspace(1, 2, 3).astype(np.float32).reshape(3, 1))

    def construct(self, x, y):
        return x + self.row, x * self.column, (x - self.row) / self.column, y + x


class WholeNumbers(nn.Cell):
    """int64 through shapes and comparisons, and back to floats."""

    def construct(self, tokens):
        longer = tokens.astype(ms.int64) * 2 + 1
        return longer, (longer > 9).astype(ms.float32), ops.sum(longer, 1), ops.maximum(longer, 5)


class Distances(nn.Cell):
    """Softmax over negative squared distances: sums, exponents and divisions spelled out."""

    def construct(self, x, y):
        d = ops.sum(ops.square(ops.expand_dims(x, 1) - ops.expand_dims(y, 0)), -1)
        e = ops.exp(-(d - ops.amin(d, 1, True)))
        return e / ops.sum(e, 1, keepdim=True)
