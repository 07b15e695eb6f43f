"""How near plans of the exported nets come to what no plan can beat: `python tools/conformance/plans.py [PREFIX...]`.

A line for each net, the worst first: memory of the activations relative to the largest sum of tensors alive at once,
both in bytes. Exit code 1 if one is above what is allowed.
"""

from __future__ import annotations

import os
import sys

import cache
import nets
import report
import zoo
from answer import msw, plan_ratio

WASM = cache.ROOT / "build" / "wasm" / "ms_backend_wasm.wasi.wasm"


def memory_of(net) -> msw.MemoryUse:
    with msw.load(cache.folder(net) / "net.mindir") as model:
        return model.run(*cache.load_arrays(cache.folder(net), "in_0")).memory


def main() -> None:
    os.environ.setdefault("MSW_WASM", str(WASM))
    prefixes = tuple(sys.argv[1:]) or ("",)
    chosen = [net for net in nets.NETS + zoo.NETS if net.name.startswith(prefixes) and "nodes" in cache.meta(net)]
    found = [(plan_ratio(memory := memory_of(net)), net.name, memory) for net in chosen]
    for ratio, name, memory in sorted(found, key=lambda row: -row[0]):
        print(f"{ratio:.4f}  {memory.activations:>12,}  {memory.alive:>12,}  {name}")
    sys.exit(any(ratio > report.MOST_PLAN for ratio, *_ in found))


if __name__ == "__main__":
    main()
