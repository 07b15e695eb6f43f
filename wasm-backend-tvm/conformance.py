#!/usr/bin/env python3
"""Builds the four nets of models.py, runs them beside onnxruntime, and writes what it finds to docs/TVM.md."""

import argparse
import itertools
import os
import platform
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime
import tvm
import wasmtime
from models import MODELS, ROOT, model
from msw_tvm.files import write_whole
from msw_tvm.graph.build import Options, build, parameters_path
from msw_tvm.graph.lower import SCHEDULED, TUNED
from msw_tvm.schedules import Records, load

sys.path[:0] = [str(ROOT / "bindings/python"), str(ROOT / "tools")]
from lite0_source import as_trained, chelsea, labels  # noqa: E402
from ms_backend_wasm.backend import Backend  # noqa: E402
from ms_backend_wasm.sandbox import Sandbox  # noqa: E402

RECORDS = Path(__file__).with_name("records.json")
PAGE = ROOT / "docs/TVM.md"
RELATIVE = 1e-4
MARGIN = 10  # the first class leads the second by so many times the largest error
MOST_BYTES = 150_000_000
RUNS = 5
TITLES = {
    "squeezenet": "SqueezeNet",
    "resnet50": "ResNet50",
    "mobilenet_v2": "MobileNetV2",
    "lite0": "EfficientNet-Lite0",
}
INTRO = """<!-- Written by wasm-backend-tvm/conformance.py; edit that instead. -->
# Models built by TVM

`wasm-backend-tvm/build_graph_lib.py` at its default level (`-O 2`: fused, packed and vectorised) and with the shipped
tuning records (`-O 3`), each module in wasmtime, on one thread, beside onnxruntime on the same inputs: two of random
numbers, and for EfficientNet-Lite0, whose weights are the trained ones, also a photograph of a cat. The weights of
SqueezeNet and ResNet50 are made up (`wasm-backend-tvm/models.py`), those of MobileNetV2 by `tools/make_models.py`.

- **largest error**: |ours - onnxruntime| / max |onnxruntime|, over all inputs. Allowed are 1e-4.
- **top-1**: the same class for every input. **margin**: its lead over the second, in largest errors: at least 10.
- **module**, **parameters**: sizes of the two files, in MB. **kernels** of **steps**: functions made by TVM, and their
  calls.
- **memory**: all that the module has taken after its runs, in MB. Allowed are 150.
- **build**: seconds from the ONNX file to the module; **run**: milliseconds, the median of five. On a machine with
  other work: docs/BENCH.md compares speeds.
"""


@dataclass
class Found:
    """What one net gave. seconds: of the build; ms: of a run."""

    name: str
    level: int
    seconds: float
    kernels: int
    steps: int
    module: int
    parameters: int
    memory: int
    error: float
    same_class: bool
    margin: float
    ms: float
    imports: int
    classes: list[int]

    def faults(self) -> list[str]:
        checks = {
            f"error {self.error:.1e} above {RELATIVE}": self.error > RELATIVE,
            "another class than onnxruntime's": not self.same_class,
            f"margin of {self.margin:.1f} errors, expected {MARGIN}": self.margin < MARGIN,
            f"memory of {self.memory} bytes, expected at most {MOST_BYTES}": self.memory > MOST_BYTES,
            f"{self.imports} imports": self.imports > 0,
        }
        return [text for text, wrong in checks.items() if wrong]


def pictures(name: str) -> list[np.ndarray]:
    made = [np.random.default_rng(seed).normal(size=(1, 3, 224, 224)).astype(np.float32) for seed in range(2)]
    return made + ([as_trained(chelsea())] if name == "lite0" else [])


def run_module(path: Path, given: list[np.ndarray]) -> tuple[list[np.ndarray], float, int]:
    """Answers, milliseconds of a run, and the memory taken."""
    sandbox = Sandbox(path)
    with Backend(sandbox).load(path, None, sandbox.close, None, True) as net:
        answers = [net(x)[0] for x in given]
        times = [net.run(given[0]).seconds for _ in range(RUNS)]
        return answers, 1000 * statistics.median(times), sandbox.memory_bytes()


def compare(mine: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """Error relative to the largest value, and by how many errors the first class leads."""
    error = float(np.abs(mine - theirs).max())
    second, first = np.sort(theirs.ravel())[-2:]
    return error / float(np.abs(theirs).max()), float(first - second) / max(error, 1e-30)


def examine(name: str, folder: Path, options: Options) -> Found:
    source, target = model(name), folder / f"{name}.tvm.wasm"
    start = time.monotonic()
    made = build(source, target, options)
    seconds = time.monotonic() - start
    given = pictures(name)
    session = onnxruntime.InferenceSession(str(source), providers=["CPUExecutionProvider"])
    expected = [session.run(None, {made.inputs[0]: x})[0] for x in given]
    answers, ms, memory = run_module(target, given)
    compared = [compare(mine, theirs) for mine, theirs in zip(answers, expected, strict=True)]
    return Found(
        name=name,
        level=options.level,
        seconds=seconds,
        kernels=len({step.kernel for step in made.plan.steps}),
        steps=len(made.plan.steps),
        module=target.stat().st_size,
        parameters=parameters_path(target).stat().st_size,
        memory=memory,
        error=max(error for error, _ in compared),
        same_class=all(x.argmax() == y.argmax() for x, y in zip(answers, expected, strict=True)),
        margin=min(margin for _, margin in compared),
        ms=ms,
        imports=len(wasmtime.Module.from_file(wasmtime.Engine(), str(target)).imports),
        classes=[int(x.argmax()) for x in answers],
    )


def row(found: Found) -> str:
    sizes = f"{found.module / 1e6:.2f} | {found.parameters / 1e6:.1f} | {found.kernels} of {found.steps}"
    costs = f"{found.memory / 1e6:.0f} | {found.seconds:.1f} | {found.ms:.1f}"
    answer = f"{found.error:.1e} | {'yes' if found.same_class else 'NO'} | {found.margin:.0f}"
    return f"| {TITLES[found.name]} `-O {found.level}` | {answer} | {sizes} | {costs} |"


def page(results: list[Found]) -> str:
    passed = sum(not found.faults() for found in results)
    machine = f"{platform.machine()}, {os.cpu_count()} threads"
    versions = f"tvm {tvm.__version__}, onnxruntime {onnxruntime.__version__}, wasmtime {version('wasmtime')}"
    lines = [
        INTRO,
        f"Machine: {machine}. Versions: {versions}.",
        "",
        f"**{passed} of {len(results)} pass.**",
        "",
        "| model | largest error | top-1 | margin | module | parameters | kernels | memory | build s | run ms |",
        "|---|--:|---|--:|--:|--:|--:|--:|--:|--:|",
        *map(row, results),
    ]
    cat = next((found.classes[-1] for found in results if found.name == "lite0"), None)
    if cat is not None:
        lines += ["", f"EfficientNet-Lite0 calls the cat of scikit-image (chelsea.png): {labels()[cat]}."]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="conformance.py", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MODELS, []], help="only these, and write no page")
    parser.add_argument("--relaxed", action="store_true", help="with relaxed SIMD; writes no page")
    given = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, level in itertools.product(given.names or MODELS, (SCHEDULED, TUNED)):
            records = load(RECORDS) if level == TUNED else Records()
            results.append(examine(name, Path(folder), Options(level, relaxed=given.relaxed, records=records)))
            print(row(results[-1]), *results[-1].faults(), flush=True)
    if not given.names and not given.relaxed:
        write_whole(PAGE, page(results).encode())
    if any(found.faults() for found in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
