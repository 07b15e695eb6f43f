"""Nets that write to their parameters, in the ways that MindSpore has to write it down."""

import mindspore as ms
import numpy as np
from mindspore import nn, ops
from mindspore.ops import auto_generate as generated


def parameter(values, name, dtype=ms.float32):
    return ms.Parameter(ms.Tensor(values, dtype), name=name)


class One(nn.Cell):
    def __init__(self):
        super().__init__()
        self.n = parameter([1, 2, 3], "n")


class Two(nn.Cell):
    def __init__(self):
        super().__init__()
        self.a, self.b = parameter([1, 2, 3], "a"), parameter([4, 5, 6], "b")


class Counter(One):
    def construct(self, x):
        ops.assign_add(self.n, x)
        return self.n * 2


class PlusEquals(One):
    def construct(self, x):
        self.n += x
        return x * self.n


class InPlace(One):
    def __init__(self):
        super().__init__()
        self.add = generated.InplaceAddExt()

    def construct(self, x):
        return self.add(self.n, x, 1)


class MovingAverage(One):
    def construct(self, x):
        old = self.n * 1
        self.n = self.n * 0.9 + x * 0.1
        return old, self.n + 0


class Whole(nn.Cell):
    """A counter of whole numbers that decides, and what it decides about."""

    def __init__(self):
        super().__init__()
        self.step, self.mean = parameter(0, "step", ms.int32), parameter([0, 0, 0], "mean")

    def construct(self, x):
        self.step += 1
        if self.step > 2:
            self.mean = self.mean * 0.5 + 0.5 * x
        else:
            self.mean = x
        return self.mean * 1, self.step


class Half(nn.Cell):
    def __init__(self):
        super().__init__()
        self.n = parameter([1, 2, 3], "n", ms.float16)

    def construct(self, x):
        ops.assign_add(self.n, x.astype(ms.float16))
        return self.n * 2


class Swap(Two):
    def construct(self, x):
        kept = self.a.copy()
        ops.assign(self.a, self.b)
        ops.assign(self.b, kept)
        return self.a - self.b + x


class SwapAtOnce(Two):
    def construct(self, x):
        a, b = self.a + 0, self.b + 0
        self.a, self.b = b, a
        return self.a + x


class Order(One):
    """Reads before, between and after writes; the parameter itself is an answer."""

    def construct(self, x):
        before = self.n * x
        ops.assign(self.n, x)
        between = self.n * x
        ops.assign_sub(self.n, before)
        return before, between, self.n


class OldIsAnswered(One):
    def construct(self, x):
        old = self.n.copy()
        ops.assign(self.n, x)
        return old


class WritesAreAnswered(One):
    """What a write gives is the parameter, of which the second write shows in the first answer too."""

    def construct(self, x):
        first = ops.assign_add(self.n, x)
        second = ops.assign_add(self.n, x * 2)
        return first, second, self.n


class Alias(One):
    def construct(self, x):
        other = self.n
        other += x
        return other * 2, self.n * 3


class Ordered(One):
    def construct(self, x):
        return ops.depend(x * 2, ops.assign(self.n, x + 1))


class InnerCell(nn.Cell):
    def __init__(self):
        super().__init__()
        self.counter = Counter()

    def construct(self, x):
        return self.counter(x) + self.counter(x * 2)


class Branches(Two):
    """Each branch writes to one parameter, and leaves the other alone."""

    def construct(self, x):
        if x.sum() > 0:
            ops.assign(self.a, x)
        else:
            ops.assign(self.b, x)
        return self.a - self.b


class OneBranch(One):
    def construct(self, x):
        if x.sum() > 0:
            self.n += x
        return x * 2


class ParameterAfterBranch(One):
    def construct(self, x):
        if x.sum() > 0:
            ops.assign_add(self.n, x)
        return self.n


class Loop(One):
    def construct(self, x):
        i = ops.zeros_like(x).sum()
        while i < x.sum() + 3:
            ops.assign_add(self.n, x)
            i = i + 1
        return self.n + i


class BranchInLoop(Two):
    def construct(self, x):
        i = ops.zeros_like(x).sum()
        while i < 3:
            t = self.b + self.a
            ops.assign(self.b, self.a * 0.5)
            if t.sum() > x.sum():
                ops.assign(self.a, t)
            else:
                ops.assign_sub(self.a, x)
            i = i + 1
        return self.a - self.b


class Cache(nn.Cell):
    """Rows that go round, written in three ways, and a tensor that stays as it is."""

    def __init__(self):
        super().__init__()
        self.step = parameter(0, "step", ms.int32)
        self.keys, self.values = (parameter(np.zeros((4, 3)), name) for name in ("keys", "values"))
        self.changed = ops.TensorScatterUpdate()

    def construct(self, x):
        row = (self.step % 4).reshape(1)
        ops.scatter_update(self.keys, row, x.reshape(1, 3))
        ops.scatter_nd_update(self.values, row.reshape(1, 1), x.reshape(1, 3) * 2)
        self.values[1] = x
        other = self.changed(self.keys, row.reshape(1, 1), x.reshape(1, 3) * 0)
        self.step += 1
        return ops.matmul(self.keys, x), self.values * 1, other


class WeightsDecay(nn.Cell):
    """Weights that a pass would otherwise pack, scale and fold: read, written and read again."""

    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(3, 2)
        self.conv, self.norm = nn.Conv2d(1, 2, 3, pad_mode="valid"), nn.BatchNorm2d(2).set_train(False)
        rng = np.random.default_rng(0)
        for weight in self.get_parameters():
            weight.set_data(ms.Tensor(rng.uniform(0.5, 1.5, weight.shape).astype(np.float32)))
        self.kernel, self.weight, self.mean = self.conv.weight, self.dense.weight, self.norm.moving_mean

    def construct(self, x):
        y = self.dense(x.reshape(1, 3))
        z = self.norm(self.conv(ops.broadcast_to(x.reshape(1, 1, 1, 3), (1, 1, 4, 3))))
        ops.assign(self.weight, self.weight * 0.5)
        ops.assign(self.kernel, self.kernel * 0.5)
        ops.assign_add(self.mean, z.sum((0, 2, 3)))
        return y, z, self.dense(x.reshape(1, 3))


NETS = [
    Counter,
    PlusEquals,
    InPlace,
    MovingAverage,
    Whole,
    Half,
    Swap,
    SwapAtOnce,
    Order,
    OldIsAnswered,
    WritesAreAnswered,
    Alias,
    Ordered,
    InnerCell,
    Branches,
    OneBranch,
    ParameterAfterBranch,
    Loop,
    BranchInLoop,
    Cache,
    WeightsDecay,
]
