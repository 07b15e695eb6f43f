"""EfficientNet-Lite0 as a MindSpore net, for tools/make_lite0.py: the topology of efficientnet/lite in google/automl.

MindSpore compiles a net from its source file, so this one holds the net alone.
"""

from mindspore import nn, ops

EPSILON = 1e-3

# (blocks, kernel, stride of the first, expansion, channels out), as in efficientnet_lite_builder.py.
STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def conv(inputs: int, outputs: int, kernel: int, stride: int = 1, group: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, pad_mode="same", group=group, has_bias=False)


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=EPSILON)


class Block(nn.Cell):
    """Inverted residual: expand to more channels, convolve each, project to few; add the input where it fits."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        wide = inputs * expansion
        self.expands = expansion != 1
        self.adds = stride == 1 and inputs == outputs
        if self.expands:
            self.expand_conv = conv(inputs, wide, 1)
            self.bn0 = norm(wide)
        self.depthwise_conv = conv(wide, wide, kernel, stride, group=wide)
        self.bn1 = norm(wide)
        self.project_conv = conv(wide, outputs, 1)
        self.bn2 = norm(outputs)
        self.relu6 = nn.ReLU6()

    def construct(self, x):
        y = x
        if self.expands:
            y = self.relu6(self.bn0(self.expand_conv(y)))
        y = self.relu6(self.bn1(self.depthwise_conv(y)))
        y = self.bn2(self.project_conv(y))
        if self.adds:
            y = y + x
        return y


class Lite0(nn.Cell):
    """Pictures [n, 3, 224, 224], (value - 127) / 128 -> (probabilities [n, 1000], logits [n, 1000])."""

    def __init__(self):
        super().__init__()
        self.conv_stem = conv(3, 32, 3, 2)
        self.bn0 = norm(32)
        blocks = []
        inputs = 32
        for count, kernel, stride, expansion, outputs in STAGES:
            for i in range(count):
                blocks.append(Block(inputs, outputs, kernel, 1 if i else stride, expansion))
                inputs = outputs
        self.blocks = nn.SequentialCell(*blocks)
        self.conv_head = conv(inputs, 1280, 1)
        self.bn1 = norm(1280)
        self.fc = nn.Dense(1280, 1000)
        self.relu6 = nn.ReLU6()

    def construct(self, x):
        x = self.relu6(self.bn0(self.conv_stem(x)))
        x = self.blocks(x)
        x = self.relu6(self.bn1(self.conv_head(x)))
        logits = self.fc(ops.mean(x, (2, 3)))
        return ops.softmax(logits, axis=-1), logits
