# ruff: noqa: SIM108 - an if is a graph of its own, an expression may not be
"""Nets whose course or shapes are not fixed: branches, loops, sizes left open, functions, kinds of answers."""

import mindspore as ms
from mindspore import Tensor, nn, ops


class Branch(nn.Cell):
    """The sign of a sum decides between two layers."""

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Dense(6, 4), nn.Dense(6, 4)

    def construct(self, x):
        if ops.ReduceSum()(x) > 0.0:
            return ops.relu(self.left(x))
        return ops.tanh(self.right(x))


class NestedBranch(nn.Cell):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(6, 6)

    def construct(self, x, kind):
        y = self.dense(x)
        if kind > 0:
            if kind > 1:
                y = ops.exp(-ops.abs(y))
            else:
                y = y * 2.0
        elif ops.ReduceSum()(y) > 0.0:
            y = y + 1.0
        else:
            y = -y
        return y


class While(nn.Cell):
    """Runs until a norm is passed: the number of rounds depends on the data."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(5, 5)

    def construct(self, x):
        rounds = Tensor(0, ms.int32)
        while ops.ReduceSum()(ops.abs(x)) < 60.0:
            x = x * 1.5 + self.dense(x) * 0.01
            rounds = rounds + 1
        return x, rounds


class WhileCount(nn.Cell):
    """A loop with a counter that is an input."""

    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        total = ops.zeros_like(x)
        while i < n:
            total = total + ops.sin(x * i)
            i = i + 1
        return total


class WhileWithBranch(nn.Cell):
    """A branch inside a loop, with a break."""

    def construct(self, x, n):
        i = Tensor(0, ms.int32)
        while i < n:
            if ops.ReduceSum()(x) > 0.0:
                x = x - 1.0
            else:
                x = x + 0.7
            if ops.reduce_max(x) > 4.0:
                break
            i = i + 1
        return x, i


class ForLoop(nn.Cell):
    """Unrolled by MindSpore, as its bounds are known."""

    def __init__(self):
        super().__init__()
        self.cells_ = nn.CellList([nn.Dense(6, 6) for _ in range(3)])

    def construct(self, x):
        for i, cell in enumerate(self.cells_):
            x = ops.tanh(cell(x)) * (i + 1)
        return x


class Recurrence(nn.Cell):
    """A loop over the steps of a sequence, picked out by an index that is a tensor."""

    def __init__(self):
        super().__init__()
        self.dense, self.back = nn.Dense(4, 8), nn.Dense(8, 8)

    def construct(self, x, n):
        h = ops.zeros((x.shape[0], 8), ms.float32)
        i = Tensor(0, ms.int32)
        while i < n:
            h = ops.tanh(self.dense(ops.gather(x, i, 1)) + self.back(h))
            i = i + 1
        return h


class Range(nn.Cell):
    """Shape arithmetic on a size left open: Shape, Range, TensorToScalar, FillV2."""

    def construct(self, x):
        n = x.shape[0]
        places = ops.arange(n).astype(ms.float32)
        filled = x + ops.full((n, 4), 0.5, dtype=ms.float32)
        return x * ops.expand_dims(places, 1), ops.reshape(x, (n * 2, -1)), filled


class OpenAttention(nn.Cell):
    """Heads split by shapes that are known only at run time."""

    def __init__(self):
        super().__init__()
        self.all, self.out = nn.Dense(16, 48), nn.Dense(16, 16)

    def construct(self, x):
        n, length, _ = x.shape
        q, k, v = ops.split(self.all(x), 16, 2)
        q = ops.transpose(ops.reshape(q, (n, length, 4, 4)), (0, 2, 1, 3))
        k = ops.transpose(ops.reshape(k, (n, length, 4, 4)), (0, 2, 3, 1))
        v = ops.transpose(ops.reshape(v, (n, length, 4, 4)), (0, 2, 1, 3))
        y = ops.matmul(ops.softmax(ops.matmul(q, k) * 0.5, -1), v)
        return self.out(ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (n, length, 16)))


class OpenConvolution(nn.Cell):
    """Pictures of any number and size."""

    def __init__(self):
        super().__init__()
        self.body = nn.SequentialCell(
            nn.Conv2d(3, 8, 3, stride=2), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(3, 2, pad_mode="same")
        )
        self.dense = nn.Dense(8, 5)

    def construct(self, x):
        return self.dense(ops.mean(self.body(x), (2, 3)))


class Nested(nn.Cell):
    """Tuples in tuples, an input that is an answer, and one answer twice."""

    def construct(self, x, y):
        z = ops.tanh(x)
        return (z, (x + y, z)), x
