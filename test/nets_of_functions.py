"""Nets for test_mindir_nets.py of functions, for the spellings that ops.NAME() does not make."""

import mindspore as ms
import numpy as np
from mindspore import mint, nn, ops
from mindspore.ops import auto_generate as generated


class Scalars(nn.Cell):
    """A tensor and a number of the program."""

    def __init__(self):
        super().__init__()
        self.add, self.sub, self.equal = generated.AddScalar(), generated.SubScalar(), generated.EqScalar()
        self.remainder = generated.RemainderTensorScalar()
        self.at_least, self.power = generated.GreaterEqualScalar(), generated.PowTensorScalar()

    def construct(self, x):
        sums = self.add(x, 1.5, 1), self.add(x, 2, 3), self.sub(x, 0.5, 2)
        quotients = x / 3.0, self.remainder(x, 0.75)
        return sums, quotients, self.power(x, 2.0), x < 0.25, self.equal(x, 1.0), self.at_least(x, 0.25)


class WholeScalars(nn.Cell):
    def __init__(self):
        super().__init__()
        self.remainder = generated.RemainderTensorScalar()

    def construct(self, x, y):
        return x / 4, x < 7, self.remainder(x, 5), x % y


class Scaled(nn.Cell):
    def __init__(self):
        super().__init__()
        self.add, self.sub = generated.AddExt(), generated.SubExt()

    def construct(self, x, y):
        return self.add(x, y, 1), self.add(x, y, 0.5), self.sub(x, y, 2), self.sub(x, y, 1)


class Overwriting(nn.Cell):
    """Operators that write into their first operand, which nothing reads afterwards."""

    def __init__(self):
        super().__init__()
        self.add, self.sub, self.adds = generated.InplaceAddExt(), generated.InplaceSubExt(), generated.InplaceAddsExt()
        self.muls, self.divs = generated.InplaceMuls(), generated.InplaceDivs()
        self.mul, self.div = generated.InplaceMul(), generated.InplaceDiv()

    def construct(self, x, y):
        z = self.add(ops.relu(x), y, 1)
        z = self.sub(ops.abs(z), y, 2)
        z = self.adds(ops.abs(z), 1.5, 2)
        z = self.muls(ops.relu(z), 3.0)
        z = self.divs(ops.abs(z), 7.0)
        z = self.mul(ops.relu(z), y)
        return self.div(ops.abs(z), ops.abs(y))


class Activations(nn.Cell):
    def __init__(self):
        super().__init__()
        self.silu, self.elu, self.celu = nn.SiLU(), nn.ELU(), ops.CeLU(0.7)
        self.hard, self.soft, self.prelu = ops.HShrink(0.25), ops.SoftShrink(0.25), nn.PReLU(3, 0.1)
        self.clamp = generated.ClampScalar()

    def construct(self, x):
        limits = self.clamp(x, -0.5, 0.75), self.clamp(x, None, 0.75), self.clamp(x, 0.0, None)
        return self.silu(x), self.elu(x), self.celu(x), self.hard(x), self.soft(x), self.prelu(x), limits, ops.round(x)


class Truths(nn.Cell):
    def construct(self, x, y, mask):
        both = ops.logical_and(x > 0, mask), ops.logical_or(x > 0, mask), ops.logical_xor(x > 0, mask)
        chosen = ops.select(mask, x, y), ops.where(x > y, x, 0.5), ops.masked_fill(x, mask, -2.0)
        return both, chosen, ops.logical_not(mask), mask == (y > 0)


class Casts(nn.Cell):
    def construct(self, x):
        whole = ops.cast(x * 100.0, ms.int32)
        half = ops.cast(x, ms.float16) * 2.5
        narrow = (
            ops.cast(whole, ms.int8),
            ops.cast(whole, ms.uint8),
            ops.cast(whole, ms.int16),
            ops.cast(whole, ms.int64),
        )
        return whole, ops.cast(half, ms.float32), half, narrow, ops.cast(x > 0, ms.float32), ops.cast(x, ms.bool_)


class Mixed(nn.Cell):
    """Data types that MindSpore makes one when it runs."""

    def construct(self, x, y):
        return x * y, y + 1.5, x > y, ops.maximum(y, 3), x + (y > 0)


class Folds(nn.Cell):
    def __init__(self):
        super().__init__()
        self.all, self.any = ops.ReduceAll(), ops.ReduceAny(keep_dims=True)
        self.product, self.std = ops.ReduceProd(), ops.ReduceStd((1, 2), unbiased=False)
        self.sum, self.mean = ops.ReduceSum(keep_dims=True), ops.ReduceMean()
        self.product_ext, self.mean_ext = generated.ProdExt(), generated.MeanExt()
        self.norm, self.euclid = ops.LpNorm((0, 2), 1), ops.LpNorm(1, 2, keep_dims=True)

    def construct(self, x):
        means = self.mean(x, (0, 2)), self.mean(x), self.mean_ext(x, (1,), True)
        sums = self.sum(x, -1), ops.sum(x, (0, 1)), ops.sum(x > 0, 2)
        extremes = x.max((0, 2)), ops.ReduceMin(keep_dims=True)(x, (1,)), ops.ReduceMax()(x)
        truths = self.all(x > -1, (1,)), self.any(x > 1, (0, 2))
        products = self.product(x, (0,)), self.product_ext(x, 1, False, None)
        return means, sums, extremes, truths, products, self.std(x), self.norm(x), self.euclid(x)


class WholeFolds(nn.Cell):
    def construct(self, x):
        return ops.sum(x, 1), ops.ReduceSum()(x, 0), ops.ReduceMax()(x, 1), ops.cumsum(x, 0), ops.argmax(x, 1)


class Normalisations(nn.Cell):
    def __init__(self):
        super().__init__()
        self.batch, self.group = nn.BatchNorm2d(6, eps=1e-3), nn.GroupNorm(3, 6)
        self.layer, self.inner = nn.LayerNorm((6, 4, 5), 1, 1), nn.LayerNorm((5,))
        self.length = ops.L2Normalize(1)
        for parameter in self.get_parameters():
            near = np.random.default_rng(len(parameter.name)).uniform(0.5, 1.5, parameter.shape)
            parameter.set_data(ms.Tensor(near.astype(np.float32)))

    def construct(self, x):
        return self.batch(x), self.group(x), self.layer(x), self.inner(x), self.length(x)


class Orders(nn.Cell):
    def __init__(self):
        super().__init__()
        self.sorted, self.falling, self.best = ops.Sort(0), ops.Sort(-1, True), ops.TopK(sorted=True)
        self.largest, self.smallest = ops.ArgMaxWithValue(1), ops.ArgMinWithValue(0, True)
        self.places = ops.Argmin(1), ops.Argmax(0), ops.Argmax(1, ms.int64)
        self.running = [ops.CumSum(a, b) for a in (False, True) for b in (False, True)]
        self.logs = ops.LogSoftmax(), ops.LogSoftmax(0)
        self.total, self.count = ops.AddN(), ops.EqualCount()

    def construct(self, x):
        orders = self.sorted(x), self.falling(x), self.best(x, 3), self.largest(x), self.smallest(x)
        places = self.places[0](x), self.places[1](x), self.places[2](x)
        sums = self.running[0](x, 0), self.running[1](x, 1), self.running[2](x, -1), self.running[3](x, 0)
        logs = self.logs[0](x), self.logs[1](x)
        return orders, places, sums, logs, self.total((x, x, x)), self.count(x, ops.relu(x))


class FoldsWithoutKernels(nn.Cell):
    """What MindSpore exports and has no kernel for on CPU."""

    def __init__(self):
        super().__init__()
        self.batch, self.layer, self.sum = mint.nn.BatchNorm2d(6), mint.nn.LayerNorm((5,)), generated.CumsumExt()
        self.batch.running_mean.set_data(ms.Tensor(np.linspace(-1, 1, 6).astype(np.float32)))

    def construct(self, x):
        return self.batch(x), self.layer(x), self.sum(x, 1, None)

    @staticmethod
    def wanted(x):
        batch = (x - np.linspace(-1, 1, 6).reshape(6, 1, 1)) / np.sqrt(1 + 1e-5)
        centred = x - np.mean(x, -1, keepdims=True)
        return batch, centred / np.sqrt(np.var(x, -1, keepdims=True) + 1e-5), np.cumsum(x, 1)


class ReadsWhatWasOverwritten(nn.Cell):
    def __init__(self):
        super().__init__()
        self.add = generated.InplaceAddExt()

    def construct(self, x, y):
        old = ops.relu(x)
        return self.add(old, y, 1) + old


class RoundsDecimals(nn.Cell):
    def construct(self, x, y):
        return ops.round(x, decimals=1)


REFUSED = [
    (ReadsWhatWasOverwritten, "reads a tensor after another operator wrote into it"),
    (RoundsDecimals, "input 'decimals' must be 0"),
]


def floats(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


class WithoutKernels(nn.Cell):
    """What MindSpore exports and has no kernel for on CPU."""

    def __init__(self):
        super().__init__()
        self.floor, self.leaky, self.fill = (
            generated.FloorDivScalar(),
            generated.LeakyReLUExt(),
            generated.MaskedFillScalar(),
        )

    def construct(self, x):
        return self.floor(x, 0.75), self.leaky(x, 0.2), self.fill(x, x > 0, 7.0)

    @staticmethod
    def wanted(x):
        return (
            np.floor(x / np.float32(0.75)),
            np.where(x > 0, x, x * np.float32(0.2)),
            np.where(x > 0, np.float32(7), x),
        )


WHOLE = np.array([[7, -7, 100, 0], [5, -5, 2147483647, -2147483648]], np.int32)
NETS = [
    (Scalars, [floats(3, 5)]),
    (WholeScalars, [WHOLE, np.array([3, -3, 7, 2], np.int32)]),
    (Scaled, [floats(2, 3), floats(3)]),
    (Overwriting, [floats(2, 3), floats(2, 3)]),
    (Activations, [floats(2, 3, 5)]),
    (Truths, [floats(2, 3), floats(1, 3), np.array([[True, False, True], [False, False, True]])]),
    (Casts, [floats(4, 5)]),
    (Mixed, [floats(2, 3), np.array([2, -1, 0], np.int32)]),
    (Folds, [floats(2, 3, 4)]),
    (WholeFolds, [np.random.default_rng(3).integers(-9, 9, (3, 5)).astype(np.int32)]),
    (Normalisations, [floats(2, 6, 4, 5)]),
    (Orders, [floats(4, 7)]),
]
WITHOUT_KERNELS = [(WithoutKernels, [floats(3, 4)]), (FoldsWithoutKernels, [floats(2, 6, 4, 5)])]
