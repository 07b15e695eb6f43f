"""Exports the nets of test/test_mindir_nets.py as the seeds of the MindIR fuzz target: one small real file for each.

Run it with the Python of `make test`, which has MindSpore: .venv/bin/python tools/make_corpus.py
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "test" / "corpus" / "mindir_fuzz"
sys.path[:0] = [str(ROOT / "test"), str(ROOT / "bindings" / "python")]

import mindspore as ms  # noqa: E402  after the paths
from test_mindir_nets import NETS, export  # noqa: E402


def main() -> None:
    ms.set_context(mode=ms.GRAPH_MODE, device_target="CPU")
    ms.set_seed(1)
    CORPUS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # MindSpore leaves files where it compiles
        for number, (net, arrays) in enumerate(NETS):
            name = f"{number:02}-{net.__name__.lower()}.mindir"
            file = export(net(), [ms.Tensor(x) for x in arrays], Path(scratch) / name)
            (CORPUS / name).write_bytes(Path(file).read_bytes())
            print(f"{name}: {(CORPUS / name).stat().st_size} bytes")


if __name__ == "__main__":
    main()
