"""MindSpore's nets go by ONNX: what MindSpore exports builds, and answers as MindSpore does."""

import subprocess
import sys

import mindspore as ms
import numpy as np
from graphs import ROOT, msw, random, same
from mindspore import nn, ops

sys.path.insert(0, str(ROOT / "tools"))
from train_digits import Digits

PROGRAM = ROOT / "wasm-backend-tvm/build_graph_lib.py"


class Block(nn.Cell):
    """Convolutions with BatchNorm, one of them depthwise, a residual sum, an average and a dense layer."""

    def __init__(self):
        super().__init__()
        self.wide = nn.SequentialCell(nn.Conv2d(3, 16, 3, stride=2, pad_mode="pad", padding=1), nn.BatchNorm2d(16))
        self.each = nn.Conv2d(16, 16, 3, pad_mode="pad", padding=1, group=16)
        self.norm = nn.BatchNorm2d(16)
        self.relu6 = nn.ReLU6()
        self.dense = nn.Dense(16, 5)

    def construct(self, x):
        y = self.relu6(self.wide(x))
        y = y + self.norm(self.each(y))
        return self.dense(ops.mean(y, (2, 3)))


def answers(net: nn.Cell, x: np.ndarray, folder) -> None:
    """Export, build in a process of its own (MindSpore brings an LLVM, too), and compare."""
    net.set_train(False)
    ms.export(net, ms.Tensor(x), file_name=str(folder / "net"), file_format="ONNX")
    target = folder / "net.tvm.wasm"
    command = [sys.executable, str(PROGRAM), "-o", str(target), str(folder / "net.onnx")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = net(ms.Tensor(x))
    expected = expected if isinstance(expected, tuple) else (expected,)
    for mine, theirs in zip(msw.load(target)(x), expected, strict=True):
        same(mine, theirs.asnumpy())


def test_the_digits_net(tmp_path):
    ms.set_seed(1)
    answers(Digits(), random(1, 1, 8, 8), tmp_path)


def test_a_block_with_batch_norm(tmp_path):
    ms.set_seed(2)
    net = Block()
    for parameter in net.get_parameters():
        drawn = random(*parameter.shape, seed=len(parameter.name)) / 4
        parameter.set_data(ms.Tensor(np.abs(drawn) + 0.5 if "variance" in parameter.name else drawn))
    answers(net, random(1, 3, 20, 18), tmp_path)
