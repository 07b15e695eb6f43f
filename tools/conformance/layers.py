"""Nets of mindspore.nn's layers with weights: dense ones, convolutions, normalisations, embedding."""

import mindspore as ms
from mindspore import mint, nn, ops


class MLP(nn.Cell):
    def __init__(self):
        super().__init__()
        self.layers = nn.SequentialCell(
            nn.Dense(16, 32), nn.ReLU(), nn.Dense(32, 32), nn.Tanh(), nn.Dense(32, 32), nn.Sigmoid(), nn.Dense(32, 10)
        )

    def construct(self, x):
        return self.layers(x)


class LeNet(nn.Cell):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, pad_mode="valid")
        self.conv2 = nn.Conv2d(6, 16, 5, pad_mode="valid", has_bias=True)
        self.pool = nn.MaxPool2d(2, 2)
        self.flatten = nn.Flatten()
        self.dense = nn.SequentialCell(nn.Dense(400, 120), nn.ReLU(), nn.Dense(120, 84), nn.ReLU(), nn.Dense(84, 10))

    def construct(self, x):
        x = self.pool(ops.relu(self.conv1(x)))
        x = self.pool(ops.relu(self.conv2(x)))
        return self.dense(self.flatten(x))


class Residual(nn.Cell):
    """Blocks of Conv, BatchNorm and addition, then global pooling: a ResNet in small."""

    def __init__(self):
        super().__init__()
        self.stem = nn.SequentialCell(nn.Conv2d(3, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.body = nn.SequentialCell(nn.Conv2d(16, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 1))
        self.norm = nn.BatchNorm2d(16)
        self.dense = nn.Dense(16, 10)

    def construct(self, x):
        x = self.stem(x)
        x = ops.relu(x + self.norm(self.body(x)))
        return self.dense(ops.mean(x, (2, 3)))


def double(before, after):
    return nn.SequentialCell(nn.Conv2d(before, after, 3), nn.BatchNorm2d(after), nn.ReLU(), nn.Conv2d(after, after, 3))


class UNet(nn.Cell):
    def __init__(self):
        super().__init__()
        self.down = nn.CellList([double(3, 8), double(8, 16), double(16, 32)])
        self.up = nn.CellList([double(32, 16), double(16, 8)])
        self.grow = nn.CellList([nn.Conv2dTranspose(32, 16, 2, stride=2), nn.Conv2dTranspose(16, 8, 2, stride=2)])
        self.pool = nn.MaxPool2d(2, 2)
        self.last = nn.Conv2d(8, 2, 1, has_bias=True)

    def construct(self, x):
        a = self.down[0](x)
        b = self.down[1](self.pool(a))
        c = self.down[2](self.pool(b))
        y = self.up[0](ops.concat((self.grow[0](c), b), 1))
        y = self.up[1](ops.concat((self.grow[1](y), a), 1))
        return self.last(y)


class Deconvolutions(nn.Cell):
    def __init__(self):
        super().__init__()
        self.same = nn.Conv2dTranspose(4, 6, 3, stride=2, pad_mode="same", has_bias=True)
        self.padded = nn.Conv2dTranspose(6, 6, 4, stride=2, pad_mode="pad", padding=1)
        self.valid = nn.Conv2dTranspose(6, 4, (3, 5), stride=(1, 2), pad_mode="valid", dilation=(2, 1), has_bias=True)
        self.grouped = nn.Conv2dTranspose(4, 8, 3, stride=2, pad_mode="pad", padding=1, output_padding=1, group=2)

    def construct(self, x):
        y = self.padded(self.same(x))
        return self.valid(y), self.grouped(x)


class ConvolutionKinds(nn.Cell):
    """Strides, dilations, groups, uneven padding and kernels, depthwise."""

    def __init__(self):
        super().__init__()
        self.uneven = nn.Conv2d(3, 8, (3, 5), stride=(2, 1), pad_mode="pad", padding=(1, 0, 2, 1), has_bias=True)
        self.dilated = nn.Conv2d(8, 8, 3, dilation=2)
        self.grouped = nn.Conv2d(8, 12, 3, group=4, stride=2)
        self.depthwise = nn.Conv2d(12, 12, 5, group=12, has_bias=True)
        self.pointwise = nn.Conv2d(12, 7, 1, pad_mode="valid")

    def construct(self, x):
        x = self.grouped(ops.relu6(self.dilated(self.uneven(x))))
        return self.pointwise(ops.hardswish(self.depthwise(x)))


class Conv1D(nn.Cell):
    def __init__(self):
        super().__init__()
        self.layers = nn.SequentialCell(
            nn.Conv1d(4, 8, 5, stride=2, pad_mode="pad", padding=2, has_bias=True),
            nn.ReLU(),
            nn.Conv1d(8, 8, 3, dilation=2),
            nn.LeakyReLU(0.1),
            nn.Conv1dTranspose(8, 4, 4, stride=2, pad_mode="pad", padding=1),
        )

    def construct(self, x):
        return self.layers(x)


class Conv3D(nn.Cell):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv3d(2, 8, 3, stride=(1, 2, 2), has_bias=True)
        self.second = nn.Conv3d(8, 4, (1, 3, 3), pad_mode="pad", padding=(0, 0, 1, 1, 1, 1))
        self.third = nn.Conv3d(4, 4, 2, pad_mode="valid", has_bias=True)

    def construct(self, x):
        return self.third(ops.relu(self.second(ops.relu(self.first(x)))))


class MintConvolution(nn.Cell):
    """mindspore.mint's spelling: Conv2DExt, BatchNormExt and Dense."""

    def __init__(self):
        super().__init__()
        self.conv = mint.nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = mint.nn.BatchNorm2d(8)
        self.dense = mint.nn.Linear(8, 10)

    def construct(self, x):
        x = mint.nn.functional.relu(self.norm(self.conv(x)))
        return self.dense(mint.mean(x, (2, 3)))


class Normalisations(nn.Cell):
    def __init__(self):
        super().__init__()
        self.batch = nn.BatchNorm2d(8, eps=1e-3)
        self.layer = nn.LayerNorm((8, 6, 5), begin_norm_axis=1, begin_params_axis=1)
        self.last = nn.LayerNorm((5,))
        self.group = nn.GroupNorm(4, 8)
        self.each = nn.GroupNorm(8, 8)

    def construct(self, x):
        return self.batch(x), self.layer(x), self.last(x), self.group(x), self.each(x)


class BatchNorm1D(nn.Cell):
    def __init__(self):
        super().__init__()
        self.layers = nn.SequentialCell(nn.Dense(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dense(12, 5))

    def construct(self, x):
        return self.layers(x)


class InstanceNorm(nn.Cell):
    """Written out, as there is no CPU kernel: mean and deviation over each picture's own pixels."""

    def construct(self, x):
        centred = x - ops.mean(x, (2, 3), True)
        return centred / ops.sqrt(ops.mean(ops.square(centred), (2, 3), True) + 1e-5)


class MintLayerNorm(nn.Cell):
    def __init__(self):
        super().__init__()
        self.norm = mint.nn.LayerNorm((16,))

    def construct(self, x):
        return self.norm(x)


class Embedding(nn.Cell):
    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(50, 16)
        self.dense = nn.Dense(16, 4)

    def construct(self, tokens):
        return self.dense(self.table(tokens))


class PixelShuffle(nn.Cell):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3)
        self.shuffle = nn.PixelShuffle(2)

    def construct(self, x):
        return self.shuffle(self.conv(x))


class Half(nn.Cell):
    """A net that computes in a shorter type, its weights kept in float32."""

    def __init__(self, inner, dtype=ms.float16):
        super().__init__()
        self.inner = inner.to_float(dtype)

    def construct(self, x):
        return self.inner(x)
