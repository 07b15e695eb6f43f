"""Nets as people write them, unchanged, under @ms.jit(backend="wasm"): each agrees with MindSpore, and wasm ran.

LeNet is in test_jit.py.
"""

import mindspore as ms
import numpy as np
import pytest
from mindcv import models
from mindspore import nn
from ms_backend_wasm import jit


def transformer():
    layer = nn.TransformerEncoderLayer(d_model=64, nhead=4, dim_feedforward=128, dropout=0.0, batch_first=True)
    return nn.TransformerEncoder(layer, num_layers=2)


NETS = {
    "mobilenet_v2_100": (lambda: models.create_model("mobilenet_v2_100"), (1, 3, 224, 224)),
    "resnet50": (lambda: models.create_model("resnet50"), (1, 3, 224, 224)),
    "transformer encoder": (transformer, (2, 9, 64)),
}


def of_order_one(net):
    """Sets weights and BatchNorm's statistics: fresh ones may answer 1e-10 or -7e4, which says little."""
    rng = np.random.default_rng(0)
    for parameter in net.get_parameters():
        shape = parameter.shape
        if parameter.name.endswith(("moving_variance", "gamma")):
            value = rng.uniform(0.5, 1.5, shape)
        elif len(shape) > 1:
            value = rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
        else:
            value = rng.normal(0, 0.1, shape)
        parameter.set_data(ms.Tensor(value.astype(np.float32)))
    return net.set_train(False)


@pytest.mark.parametrize("name", NETS)
def test_an_unchanged_net_agrees_with_mindspore(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MindSpore leaves files where it runs
    make, shape = NETS[name]
    ms.set_context(mode=ms.PYNATIVE_MODE)  # whatever the tests before have left
    ms.set_seed(0)
    net = of_order_one(make())
    jit.register(fallback="error")
    graph, before, answers = ms.jit(net, backend="wasm"), jit.counts(), []
    for seed in range(2):
        x = ms.Tensor(np.random.default_rng(seed).normal(size=shape).astype(np.float32))
        want, got = net(x).asnumpy(), graph(x).asnumpy()
        assert np.abs(got - want).max() <= 1e-4 * np.abs(want).max()
        answers.append(want)
    assert jit.counts().wasm_runs - before.wasm_runs == 2
    assert np.abs(answers[0] - answers[1]).max() > 1e-2 * np.abs(answers[0]).max()
