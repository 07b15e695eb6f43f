"""Trains the LeNet-like net of test/models with MindSpore and writes digits.mindir, its scans and its reference logits.

    .venv/bin/python tools/train_digits.py            about a minute; writes test/models
    .venv/bin/python tools/train_digits.py --out DIR  the same somewhere else

The data are scikit-learn's digits (test/models/README.md). Their values 0..16 become grey values round(v * 255 / 16),
and the net itself scales 0..255 down to 0..1, so that a picture is the model's input as it stands. 360 scans, a fifth,
are kept from training, drawn class by class with a fixed seed; the last epoch is exported, nothing is chosen by them.
Weights and logits come out the same to the bit each time. The file may not: MindSpore lists primitives in any order.
"""

import argparse
import math
import pathlib

import mindspore as ms
import numpy as np
from mindspore import nn, ops
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SEED = 1
HELD_OUT = 360
EPOCHS = 30
BATCH = 64
MODELS = pathlib.Path(__file__).resolve().parent.parent / "test" / "models"


class Digits(nn.Cell):
    """Grey values [n, 1, 8, 8] -> (probabilities [n, 10], logits [n, 10]).

    Three convolutions, one of each padding, two dense layers, and a linear short cut from the pixels to the logits.
    """

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, pad_mode="same", has_bias=True)
        self.conv2 = nn.Conv2d(16, 32, 3, pad_mode="pad", padding=1, has_bias=True)
        self.conv3 = nn.Conv2d(32, 48, 3, pad_mode="valid", has_bias=True)
        self.pool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.flatten = nn.Flatten()
        self.dense1 = nn.Dense(192, 64)
        self.dense2 = nn.Dense(64, 10)
        self.shortcut = nn.Dense(64, 10, has_bias=False)

    def construct(self, x):
        x = x * (1.0 / 255.0)
        y = ops.relu(self.conv1(x))
        y = self.pool(ops.relu(self.conv2(y)))
        y = ops.relu(self.conv3(y))
        y = ops.relu(self.dense1(self.flatten(y)))
        logits = self.dense2(y) + self.shortcut(ops.reshape(x, (-1, 64)))
        return ops.softmax(logits, axis=-1), logits


class Loss(nn.Cell):
    """Cross entropy of the logits, with a little label smoothing against over-confidence."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.entropy = nn.CrossEntropyLoss(label_smoothing=0.05)

    def construct(self, x, label):
        return self.entropy(self.net(x)[1], label)


def scans():
    """The digits as grey values: float32 [n, 1, 8, 8] and int32 [n], for training and held out."""
    digits = load_digits()
    grey = np.floor(digits.images * 255 / 16 + 0.5).astype(np.float32)[:, None]
    label = digits.target.astype(np.int32)
    train_x, held_x, train_y, held_y = train_test_split(
        grey, label, test_size=HELD_OUT, stratify=label, random_state=SEED
    )
    return train_x, train_y, held_x, held_y


def shifted(x, rng):
    """Each scan moved by -1, 0 or 1 pixels both ways: pen strokes do not sit on a grid."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    dy, dx = rng.integers(0, 3, (2, len(x)))
    return np.stack([padded[i, :, dy[i] : dy[i] + 8, dx[i] : dx[i] + 8] for i in range(len(x))])


def train(net, x, label):
    rng = np.random.default_rng(SEED)
    steps = EPOCHS * (len(x) // BATCH)
    rate = [0.002 * 0.5 * (1 + math.cos(math.pi * i / steps)) for i in range(steps)]
    step = nn.TrainOneStepCell(Loss(net), nn.Adam(net.trainable_params(), learning_rate=rate, weight_decay=1e-5))
    step.set_train()
    for epoch in range(EPOCHS):
        order = rng.permutation(len(x))
        moved = shifted(x, rng)
        for start in range(0, len(x) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            loss = step(ms.Tensor(moved[batch]), ms.Tensor(label[batch]))
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1:3}: loss {float(loss):.4f}", flush=True)


def export(net, example, model):
    """The trained weights in a fresh net: one that was trained inside a loss cell would carry that cell's names."""
    fresh = Digits().set_train(False)
    weights = {name.removeprefix("net."): weight for name, weight in net.parameters_dict().items()}
    ms.load_param_into_net(fresh, weights)
    model.unlink(missing_ok=True)
    ms.export(fresh, ms.Tensor(example), file_name=str(model), file_format="MINDIR")
    model.chmod(0o644)  # MindSpore writes 0400, which git and other users trip over


def reference_logits(model, x):
    """MindSpore's own answer of the exported file, one scan at a time as the file's shape asks."""
    cell = nn.GraphCell(ms.load(str(model)))
    return np.concatenate([cell(ms.Tensor(scan[None]))[1].asnumpy() for scan in x])


def save_scans(folder, x, label):
    """The first held-out scan of each class, as it is: not the ones that look best."""
    folder.mkdir(exist_ok=True)
    for digit in range(10):
        first = int(np.flatnonzero(label == digit)[0])
        Image.fromarray(x[first, 0].astype(np.uint8)).save(folder / f"{digit}.png")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=pathlib.Path, default=MODELS, help="folder to write (default: test/models)")
    out = options.parse_args().out
    out.mkdir(parents=True, exist_ok=True)

    ms.set_seed(SEED)
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    train_x, train_y, held_x, held_y = scans()
    net = Digits()
    train(net, train_x, train_y)

    model = out / "digits.mindir"
    export(net, held_x[:1], model)
    logits = reference_logits(model, held_x)
    np.save(out / "digits_heldout.npy", held_x)
    np.save(out / "digits_heldout_labels.npy", held_y.astype(np.uint8))
    np.save(out / "digits_logits.npy", logits)
    (out / "digits_labels.txt").write_text("".join(f"{digit}\n" for digit in range(10)))
    save_scans(out / "digits_scans", held_x, held_y)

    right = int((logits.argmax(1) == held_y).sum())
    print(
        f"{model.name}: {model.stat().st_size} bytes, {right} of {len(held_y)} held-out scans right "
        f"({100 * right / len(held_y):.2f} %)"
    )


if __name__ == "__main__":
    main()
