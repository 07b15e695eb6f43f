"""Runners outside of JavaScript in a process of their own, a JSON line in, a JSON line out: native onnxruntime, and the
loop that measures wasmtime's limit."""

import ctypes
import json
import sys
import time
from collections.abc import Callable

import numpy as np

AGREES = 1e-4  # of the reference's largest value, as in session.mjs


def load_arrays(places: dict[str, str]) -> dict[str, np.ndarray]:
    return {name: np.load(path) for name, path in places.items()}


def onnxruntime_runner(options: dict) -> tuple[Callable, float]:
    if "avx2" in options["files"] and not ctypes.CDLL(options["files"]["avx2"]).avx2_only():
        raise RuntimeError("this machine cannot hide instructions from a process")
    import onnxruntime

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options["threads"]
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(options["files"]["model"], settings, providers=["CPUExecutionProvider"])
    feeds = load_arrays(options["inputs"])
    return lambda: session.run(None, feeds), options["meta"]["flops"]


def limit_runner(options: dict) -> tuple[Callable, float]:
    import wasmtime

    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    module = wasmtime.Module.from_file(engine, options["files"]["module"])
    exports = wasmtime.Instance(store, module, []).exports(store)
    return lambda: [exports["loop"](store)], exports["flops"].value(store)


RUNNERS = {"native": onnxruntime_runner, "limit": limit_runner}


def distance(answers: list[np.ndarray], expected: list[np.ndarray]) -> float:
    """Of the output that is furthest off, as a part of the largest value expected."""
    pairs = zip(answers, expected, strict=True)
    return max((float(np.abs(answer - want).max() / np.abs(want).max()) for answer, want in pairs), default=0.0)


class Session:
    def open(self, options: dict) -> dict:
        start = time.perf_counter()
        self.run, flops = RUNNERS[options["name"]](options)
        ready = time.perf_counter() - start
        self.run()
        first = time.perf_counter() - start
        self.expected = list(load_arrays(options["expected"]).values())
        return {"ready": ready * 1e3, "first": first * 1e3, "flops": flops, "distance": self.check()}

    def check(self) -> float:
        off = distance(self.run(), self.expected) if self.expected else 0.0
        if not off <= AGREES:
            raise RuntimeError(f"differs from the reference by {off:.1e} of its largest value")
        return off

    def turn(self, ms: float) -> list[float]:
        times: list[float] = []
        while not times or sum(times) < ms:
            start = time.perf_counter()
            self.run()
            times.append((time.perf_counter() - start) * 1e3)
        return times

    def memory(self) -> None:
        """A native library's memory is no wasm memory."""


def main() -> None:
    session = Session()
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            print(json.dumps({"value": getattr(session, asked["call"])(*asked["args"])}), flush=True)
        except Exception as error:
            print(json.dumps({"error": str(error)}), flush=True)


main()
