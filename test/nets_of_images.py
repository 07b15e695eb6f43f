"""Nets for test_mindir_nets.py: pictures of another size, Einsum, recurrence."""

import numpy as np
from mindspore import nn, ops
from mindspore.ops.auto_generate.gen_ops_prim import ResizeNearestNeighbor, ResizeNearestNeighborV2

MODES = [(False, False), (True, False), (False, True)]


def floats(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape).astype(np.float32)


class Resizes(nn.Cell):
    """Larger, smaller and to a single row, in all three ways."""

    def __init__(self):
        super().__init__()
        self.between = [ops.ResizeBilinearV2(*mode) for mode in MODES]
        self.nearest = [ResizeNearestNeighborV2(*mode) for mode in MODES]
        self.older = [ResizeNearestNeighbor((5, 11), *mode) for mode in MODES]

    def construct(self, x):
        answers = ()
        for resize in self.between + self.nearest:
            answers += resize(x, (7, 11)), resize(x, (3, 4)), resize(x, (1, 9))
        for resize in self.older:
            answers += (resize(x),)
        return answers


class Letters(nn.Cell):
    def __init__(self):
        super().__init__()
        self.attention = ops.Einsum("bihd,bjhd->bhij")
        self.sums = ops.Einsum("bihd,bjhd->hb"), ops.Einsum("bihd->dhi")

    def construct(self, x, y):
        return self.attention((x, y)), self.sums[0]((x, y)), self.sums[1]((x,))

    @staticmethod
    def wanted(x, y):
        both = [np.einsum(text, x, y) for text in ("bihd,bjhd->bhij", "bihd,bjhd->hb")]
        return *both, np.einsum("bihd->dhi", x)


class Recurrence(nn.Cell):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 5, num_layers=2, bidirectional=True)

    def construct(self, x):
        return self.lstm(x)


NETS = [
    (Resizes, [floats(2, 3, 5, 6)]),
    (Recurrence, [floats(7, 2, 6)]),
]
WITHOUT_KERNELS = [(Letters, [floats(2, 4, 3, 5), floats(2, 6, 3, 5)])]
