"""Makes one net, sets its weights, exports it, and asks MindSpore for the reference: `export.py NAME`.

Writes into the net's folder of the cache (cache.py); meta.json says what came of it, also where MindSpore refused.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("GLOG_v", "4")

import cache
import census
import mindspore as ms
import numpy as np
import weights
from mindspore import nn
from spec import SEED


def find(name: str):
    if name.startswith("zoo/"):
        import zoo as of
    else:
        import nets as of
    return next(net for net in of.NETS if net.name == name)


def tensor(kind, array: np.ndarray):
    if not kind.open:
        return ms.Tensor(array)
    shape = [None if i in kind.open else size for i, size in enumerate(array.shape)]
    return ms.Tensor(shape=shape, dtype=ms.Tensor(array).dtype)


def export(net, cell: nn.Cell, file: Path) -> None:
    ms.set_context(mode=ms.GRAPH_MODE)
    inputs = [tensor(kind, array) for kind, array in zip(net.inputs, net.draw(0), strict=True)]
    ms.export(cell, *inputs, file_name=str(file), file_format="MINDIR")
    file.chmod(0o644)  # MindSpore writes 0400


def arrays(answer) -> list[np.ndarray]:
    tensors = weights.flat(answer)
    return [(tensor.float() if tensor.dtype == ms.bfloat16 else tensor).asnumpy() for tensor in tensors]


def reference(net, cell: nn.Cell, file: Path) -> list[list[np.ndarray]]:
    """MindSpore's answers of the exported file, or numpy's where it has no kernel."""
    draws = [net.draw(number) for number in range(net.sets)]
    if net.oracle:
        values = {name: value.float().asnumpy() for name, value in cell.parameters_and_names()}
        return [net.oracle(inputs, values) for inputs in draws]
    graph = nn.GraphCell(ms.load(str(file)))
    return [arrays(graph(*(ms.Tensor(x) for x in inputs))) for inputs in draws]


def build(net, where: Path) -> dict:
    """Fills the folder; the facts for meta.json."""
    np.random.seed(SEED)
    ms.set_seed(SEED)
    ms.set_context(device_target="CPU")
    cell = net.make()
    facts = {"calibration": weights.set_up(cell, [net.draw(0), net.draw(1)], net.factors)}
    start = time.perf_counter()
    export(net, cell, where / "net.mindir")
    facts["export_seconds"] = round(time.perf_counter() - start, 1)
    facts |= census.facts(where / "net.mindir")
    answers = reference(net, cell, where / "net.mindir")
    for number, answer in enumerate(answers):
        cache.save_arrays(where, f"in_{number}", net.draw(number))
        cache.save_arrays(where, f"want_{number}", answer)
    return facts


def main() -> None:
    net = find(sys.argv[1])
    cache.CACHE.mkdir(parents=True, exist_ok=True)
    facts = {"key": cache.key(net), "versions": cache.versions(net)}
    with tempfile.TemporaryDirectory(dir=cache.CACHE) as scratch:
        where = Path(scratch) / "net"
        where.mkdir()
        os.chdir(scratch)  # MindSpore leaves files where it compiles
        try:
            facts |= build(net, where)
        except Exception as error:
            facts["failed"] = f"{type(error).__name__}: {error}".strip()
        (where / "meta.json").write_text(json.dumps(facts, indent=1))
        os.chdir(cache.CACHE)
        shutil.rmtree(cache.folder(net), ignore_errors=True)
        cache.folder(net).parent.mkdir(parents=True, exist_ok=True)
        where.rename(cache.folder(net))
    print(facts.get("failed", "exported"), flush=True)
    os._exit(0)  # MindSpore's own ending may hang or crash after a failed compilation


if __name__ == "__main__":
    main()
