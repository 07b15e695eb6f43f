"""Run in a process of its own before a new shim is trusted: python -m ms_backend_wasm.jit.self_test LIBRARY."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from ..framework import mindspore
from .register import attach, counts
from .settings import settings

ms: Any = mindspore("the wasm backend")


WEIGHT = np.array([[1, -2, 3]], np.float32)
X = np.array([[4, 5, 6], [7, 8, 9]], np.float32)


class Net(ms.nn.Cell):  # type: ignore[misc]
    """An argument, a parameter, and a nested answer: what a shim built for another layout would mix up."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = ms.Parameter(ms.Tensor(WEIGHT), name="weight")

    def construct(self, x: Any) -> Any:
        return x + self.weight, (x * self.weight, x)


def main(library: str) -> None:
    attach(ms, Path(library))
    settings.fallback = "error"
    net = Net()
    graph = ms.jit(net, backend="wasm")
    for weight in (WEIGHT, WEIGHT * 10):
        net.weight.set_data(ms.Tensor(weight))
        total, (product, same) = graph(ms.Tensor(X))
        for got, want in ((total, X + weight), (product, X * weight), (same, X)):
            assert np.array_equal(got.asnumpy(), want), f"{got} instead of {want}"
    assert counts().wasm_runs == 2, f"{counts()}"


if __name__ == "__main__":
    main(*sys.argv[1:])
