"""What the graph compiler recognises and joins in nets as people write them: the answers stay MindSpore's."""

import mindspore as ms
import ms_backend_wasm as msw
import numpy as np
import pytest
from mindspore import nn, ops


def swish(x):
    return x * ops.sigmoid(x)


def gelu(x):
    return x * 0.5 * (1.0 + ops.erf(x / 1.4142135623730951))


def gelu_by_tanh(x):
    return 0.5 * x * (1 + ops.tanh(0.7978845608 * (x + 0.044715 * x**3)))


def layer_norm(x):
    centred = x - ops.mean(x, -1, True)
    return centred / ops.sqrt(ops.mean(centred**2, -1, True) + 1e-5)


def layer_norm_by_rsqrt(x):
    centred = x - ops.mean(x, -1, True)
    return ops.rsqrt(ops.mean(ops.square(centred), -1, True) + 1e-5) * centred


class Scaled(nn.Cell):
    def __init__(self):
        super().__init__()
        rng = np.random.default_rng(1)
        self.gamma, self.beta = (ms.Parameter(ms.Tensor(rng.normal(size=8), ms.float32)) for _ in range(2))

    def construct(self, x):
        return layer_norm(x) * self.gamma + self.beta


class Feed(nn.Cell):
    """Half a transformer layer, on rank 3; MindSpore spells its GeLU out."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Dense(8, 24, bias_init="normal"), nn.Dense(24, 8, bias_init="normal")

    def construct(self, x):
        return x + self.second(ops.gelu(self.first(x)))


class Block(nn.Cell):
    """A residual block of images."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)

    def construct(self, x):
        x = x.reshape(1, 4, 4, -1)
        return ops.relu(x + self.norm(self.conv(x)))


class Position(nn.Cell):
    """A trained table, looked up in places that are known: of the two, one table of 5 by 8 remains."""

    def __init__(self):
        super().__init__()
        self.table = ms.Parameter(ms.Tensor(np.random.default_rng(1).normal(size=(8, 3)), ms.float32))
        self.places = ms.Tensor([2, 0, 2, 1, 0], ms.int32)

    def construct(self, x):
        return x + ops.gather(self.table.swapaxes(0, 1), self.places, 0)


def ops_of(model):
    return [node.op for node in model.nodes if node.op not in ("Reshape", "Transpose")]


@pytest.mark.parametrize(
    ("net", "wanted"),
    [
        (swish, ["SiLU"]),
        (gelu, ["GeLUErf"]),
        (gelu_by_tanh, ["GeLU"]),
        (layer_norm, ["LayerNorm"]),
        (layer_norm_by_rsqrt, ["LayerNorm"]),
        (Scaled, ["LayerNorm"]),
        (Position, ["Add"]),
        (Feed, ["MatMul + bias + GeLUErf", "MatMul + bias + residual"]),
        (Block, ["Conv2D + bias + residual + ReLU"]),
    ],
)
def test_what_is_spelled_out_becomes_one_node(net, wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it runs
    ms.set_seed(1)
    net = net().set_train(False) if isinstance(net, type) else net
    x = np.random.default_rng(0).normal(size=(2, 5, 8)).astype(np.float32)
    x = x[:, :2] if isinstance(net, Block) else x
    model = msw.compile(net, x)
    assert ops_of(model) == wanted
    want = net(ms.Tensor(x)).asnumpy()
    assert np.abs(model(x)[0] - want).max() <= 1e-5 * np.abs(want).max()
