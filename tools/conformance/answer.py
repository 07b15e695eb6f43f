"""Runs one exported net in the module named by MSW_WASM and compares with the reference: `answer.py NAME`.

Prints one line of JSON: what the page needs, or under "failed" the module's own message.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cache
import compare
import numpy as np

sys.path.insert(0, str(cache.ROOT / "bindings" / "python"))
import ms_backend_wasm as msw

WARM_UP = cache.ROOT / "test" / "models" / "digits.mindir"
FRONTEND = Path(os.environ.get("MSW_FRONTEND") or cache.ROOT / "build" / "bin" / "wasm-frontend")
# Runs are repeated until they took this long, at most five times.
SECONDS = 2.0


def resident(field: str) -> float:
    """This process's VmRSS or VmHWM in MB."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def reset_peak() -> float:
    """From now on VmHWM is the peak; what is resident now."""
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


def plan_ratio(memory: msw.MemoryUse) -> float:
    """Memory of the activations relative to what is alive at once."""
    return memory.activations / max(memory.alive, 1)


def timed(model, inputs: list[np.ndarray]) -> float:
    """Milliseconds of the fastest of a few runs: others share the machine."""
    times: list[float] = []
    while len(times) < 5 and sum(times) < SECONDS:
        times.append(model.run(*inputs).seconds)
    return 1000 * min(times)


def frontend(file: Path, inputs: dict[str, np.ndarray], answer: list[np.ndarray]) -> str:
    """What is wrong with the command line's answer, which must be Python's to the bit, or ''."""
    with tempfile.TemporaryDirectory() as folder:
        given = []
        for index, (name, array) in enumerate(inputs.items()):
            np.save(Path(folder, f"{index}.npy"), array)
            given += ["--input", f"{name}={folder}/{index}.npy"]
        out = Path(folder, "out")
        command = [FRONTEND, "run", file, "-c", os.environ["MSW_WASM"], "--timeout", "600", "--output", out, *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"wasm-frontend: exit code {done.returncode}: {done.stderr.strip()}"
        files = sorted(out.glob("*.npy"), key=lambda path: int(path.name.split("_")[0]))
        same = [np.array_equal(np.load(path), z, equal_nan=True) for path, z in zip(files, answer, strict=True)]
    return "" if all(same) else f"wasm-frontend: output {same.index(False)} is not the one that Python gets"


def judge(where: Path) -> dict:
    """Loads the net of a folder, runs every set of inputs, compares."""
    msw.load(WARM_UP).close()  # compiles the module, which is not the net's doing
    before = reset_peak()
    start = time.perf_counter()
    model = msw.load(where / "net.mindir")
    row: dict = {"load_ms": 1000 * (time.perf_counter() - start)}
    errors, wrong, answers, ratios, number = [], "", [], [], 0
    while want := cache.load_arrays(where, f"want_{number}"):
        result = model.run(*cache.load_arrays(where, f"in_{number}"))
        answer = result.outputs
        ratios.append(plan_ratio(result.memory))
        wrong = wrong or compare.difference(answer, want)
        errors += [compare.error(z, w) for z, w in zip(answer, want, strict=False)]
        answers.append(answer)
        row.setdefault("top1", []).append(compare.same_top1(answer[0], want[0]))
        number += 1
    wanted = dict(zip([spec.name for spec in model.inputs], cache.load_arrays(where, "in_0"), strict=True))
    wrong = wrong or frontend(where / "net.mindir", wanted, answers[0])
    row["run_ms"] = timed(model, cache.load_arrays(where, "in_0"))
    row["peak_mb"] = resident("VmHWM") - before
    row |= {"error": max(errors), "change": compare.change(*answers[:2]), "wrong": wrong, "top1": all(row["top1"])}
    row["plan"] = max(ratios)
    return row


def main() -> None:
    try:
        row = judge(cache.CACHE / sys.argv[1])
    except msw.MswError as error:
        row = {"failed": f"{type(error).__name__}: {error}"}
    print(json.dumps(row))


if __name__ == "__main__":
    main()
