"""Nets for test_mindir_nets.py of functions, for the spellings that ops.NAME() does not make."""

import mindspore as ms
import numpy as np
from mindspore import nn, ops
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
]
WITHOUT_KERNELS = [(WithoutKernels, [floats(3, 4)])]
