"""Nets of layers without weights that pictures go through: poolings, resizing, padding."""

from mindspore import nn, ops


class Poolings(nn.Cell):
    def __init__(self):
        super().__init__()
        self.max_same = nn.MaxPool2d(3, 2, pad_mode="same")
        self.max_valid = nn.MaxPool2d((2, 3), (2, 1))
        self.mean_same = nn.AvgPool2d(3, 2, pad_mode="same")
        self.mean_valid = nn.AvgPool2d((3, 2), 1)
        self.mean_padded = nn.AvgPool2d(3, 2, pad_mode="pad", padding=1)
        self.mean_inside = nn.AvgPool2d(3, 2, pad_mode="pad", padding=1, count_include_pad=False)

    def construct(self, x):
        most = self.max_same(x), self.max_valid(x)
        return (*most, self.mean_same(x), self.mean_valid(x), self.mean_padded(x), self.mean_inside(x))


class PaddedMaxPool(nn.Cell):
    """Becomes MaxPool3DWithArgmax between ExpandDims and Squeeze."""

    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(3, 2, pad_mode="pad", padding=1)

    def construct(self, x):
        return self.pool(x)


class AdaptivePoolings(nn.Cell):
    def __init__(self):
        super().__init__()
        self.mean = nn.AdaptiveAvgPool2d((3, 4))
        self.one = nn.AdaptiveAvgPool2d(1)
        self.most = nn.AdaptiveMaxPool2d((2, 3))

    def construct(self, x):
        return self.mean(x), self.one(x), self.most(x)


class GlobalPools(nn.Cell):
    """Poolings of one dimension, and by reduction."""

    def __init__(self):
        super().__init__()
        self.most, self.mean = nn.MaxPool1d(3, 2), nn.AvgPool1d(2, 2)

    def construct(self, x):
        return self.most(x), self.mean(x), ops.mean(x, 2), ops.amax(x, 2)


class Resizes(nn.Cell):
    def construct(self, x):
        bilinear = ops.interpolate(x, size=(11, 7), mode="bilinear", align_corners=False)
        corners = ops.interpolate(x, size=(11, 7), mode="bilinear", align_corners=True)
        smaller = ops.interpolate(x, size=(3, 4), mode="bilinear", align_corners=False)
        return bilinear, corners, smaller


class NearestResizes(nn.Cell):
    def construct(self, x):
        return ops.interpolate(x, size=(11, 7), mode="nearest"), ops.ResizeNearestNeighbor((4, 9))(x)


class Upsample(nn.Cell):
    def __init__(self):
        super().__init__()
        self.double = nn.Upsample(scale_factor=2.0, mode="nearest", recompute_scale_factor=True)
        self.conv = nn.Conv2d(3, 4, 3)

    def construct(self, x):
        return self.conv(self.double(x))


class Pads(nn.Cell):
    def __init__(self):
        super().__init__()
        self.zero = nn.ZeroPad2d((1, 2, 0, 1))
        self.plain = nn.Pad(((0, 0), (0, 1), (2, 0), (1, 1)))
        self.reflect = nn.Pad(((0, 0), (0, 0), (2, 1), (1, 2)), mode="REFLECT")
        self.symmetric = nn.Pad(((0, 0), (0, 0), (2, 1), (1, 2)), mode="SYMMETRIC")

    def construct(self, x):
        constant = ops.pad(x, (1, 0, 2, 1), mode="constant", value=0.5)
        return self.zero(x), self.plain(x), self.reflect(x), self.symmetric(x), constant


class EdgePads(nn.Cell):
    def construct(self, x):
        return ops.pad(x, (1, 2, 2, 1), mode="reflect"), ops.pad(x, (1, 2, 2, 1), mode="replicate")
