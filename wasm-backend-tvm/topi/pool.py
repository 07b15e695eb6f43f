"""Pooling."""

import numpy as np
from tvm import topi

from .case import Made, Random, add_case, case
from .oracle import onnx_node

POOLS = {1: topi.nn.pool1d, 2: topi.nn.pool2d, 3: topi.nn.pool3d}
ADAPTIVE = {
    "nn.adaptive_pool1d": (1, topi.nn.adaptive_pool1d),
    "nn.adaptive_pool": (2, topi.nn.adaptive_pool),
    "nn.adaptive_pool3d": (3, topi.nn.adaptive_pool3d),
}


def add_pool(rank: int, kind: str, ceil: bool, counted: bool, variant: str) -> None:
    def make(random: Random) -> Made:
        x = random.floats(2, 3, *(7, 6, 8)[:rank])
        sizes = {"kernel_shape": [3] * rank, "strides": [2] * rank, "pads": [1] * 2 * rank, "ceil_mode": int(ceil)}
        extra = {} if kind == "max" else {"count_include_pad": int(counted)}
        expected = onnx_node("MaxPool" if kind == "max" else "AveragePool", [x], **sizes, **extra)

        def build(x):
            ones, pads = [1] * rank, [1] * 2 * rank
            return POOLS[rank](x, [3] * rank, [2] * rank, ones, pads, kind, ceil, count_include_pad=counted)

        return Made([x], build, expected)

    add_case(f"nn.pool{rank}d", make, "onnxruntime", variant)


for rank in POOLS:
    add_pool(rank, "max", False, True, "")
    add_pool(rank, "avg", False, True, "average")
add_pool(2, "avg", False, False, "average, padding not counted")
add_pool(2, "max", True, True, "rounded up")


def add_adaptive(name: str, rank: int, operator, kind: str) -> None:
    def make(random: Random) -> Made:
        x, out = random.floats(2, 3, *(7, 6, 5)[:rank]), (3, 4, 2)[:rank]
        expected = np.zeros((2, 3, *out))
        for at in np.ndindex(*out):
            window = tuple(
                slice(i * n // m, -(-(i + 1) * n // m)) for i, n, m in zip(at, x.shape[2:], out, strict=True)
            )
            part = x[(slice(None), slice(None), *window)].reshape(2, 3, -1)
            expected[(slice(None), slice(None), *at)] = part.mean(-1) if kind == "avg" else part.max(-1)
        return Made([x], lambda x: operator(x, list(out), kind), expected)

    add_case(name, make, "loop", "average" if kind == "avg" else "")


for name, (rank, operator) in ADAPTIVE.items():
    add_adaptive(name, rank, operator, "max")
    add_adaptive(name, rank, operator, "avg")


@case("nn.global_pool")
def global_pool(random):
    x = random.floats(2, 3, 5, 7)
    return Made([x], lambda x: topi.nn.global_pool(x, "avg"), x.mean(axis=(2, 3), keepdims=True))


def add_gradient(kind: str) -> None:
    def make(random: Random) -> Made:
        x, grad = random.floats(1, 2, 6, 6), random.floats(1, 2, 3, 3)
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
        expected = np.zeros(padded.shape)
        for c, i, j in np.ndindex(2, 3, 3):
            rows, columns = slice(2 * i, 2 * i + 3), slice(2 * j, 2 * j + 3)
            if kind == "avg":
                expected[0, c, rows, columns] += grad[0, c, i, j] / 9
            else:
                at = np.unravel_index(padded[0, c, rows, columns].argmax(), (3, 3))
                expected[0, c, 2 * i + at[0], 2 * j + at[1]] += grad[0, c, i, j]

        def build(grad, x):
            return topi.nn.pool_grad(grad, x, [3, 3], [2, 2], [1, 1, 1, 1], kind)

        return Made([grad, x], build, expected[:, :, 1:-1, 1:-1])

    add_case("nn.pool_grad", make, "loop", "average" if kind == "avg" else "")


add_gradient("max")
add_gradient("avg")
