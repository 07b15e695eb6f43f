"""Nets that are a list of activations."""

from mindspore import nn, ops


class Activations(nn.Cell):
    """Those of a list, each on the same input."""

    def __init__(self, *cells):
        super().__init__()
        self.cells_ = nn.CellList(list(cells))

    def construct(self, x):
        outputs = ()
        for cell in self.cells_:
            outputs = (*outputs, cell(x))
        return outputs


class Function(nn.Cell):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def construct(self, x):
        return self.function(x)


def common():
    return Activations(
        nn.ReLU(), nn.ReLU6(), nn.Sigmoid(), nn.Tanh(), nn.HSwish(), nn.HSigmoid(), nn.SiLU(), nn.LeakyReLU(0.2)
    )


def smooth():
    return Activations(
        nn.GELU(approximate=False), nn.GELU(), nn.FastGelu(), nn.Mish(), nn.ELU(), nn.SeLU(), nn.CELU(0.7)
    )


def rare():
    return Activations(
        nn.Softsign(), nn.HShrink(), nn.SoftShrink(), Function(ops.softplus), nn.LogSigmoid(), nn.PReLU(3), nn.GLU(-1)
    )


def softmaxes():
    return Activations(nn.Softmax(), nn.Softmax(0), nn.LogSoftmax(), nn.LogSoftmax(1), nn.Softmin())
