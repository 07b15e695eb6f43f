"""Writes test/models/split_graph.mindir: a small net whose weights MindSpore put in files beside it, with its answer.

Run it with the Python of `make test`, which has MindSpore: .venv/bin/python tools/make_split.py
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import mindspore as ms
import numpy as np
from mindspore import nn

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / "test" / "models"
sys.path.insert(0, str(ROOT / "test"))

from split_models import splitting  # noqa: E402  after the path


def main() -> None:
    random = np.random.default_rng(11)
    net = nn.SequentialCell(nn.Dense(41, 70), nn.ReLU(), nn.Dense(70, 5))
    for parameter in net.get_parameters():
        parameter.set_data(ms.Tensor(random.normal(size=parameter.shape).astype(np.float32) / 4))
    x = random.normal(size=(2, 41)).astype(np.float32)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)  # MindSpore leaves files where it compiles
        with splitting(4096):
            ms.export(net, ms.Tensor(x), file_name="split", file_format="MINDIR")
        for made in (path for path in Path().rglob("split*") if path.is_dir() or path.suffix == ".mindir"):
            for path in [made] if made.is_file() else made.iterdir():
                (MODELS / path).parent.mkdir(exist_ok=True)
                shutil.copyfile(path, MODELS / path)  # not MindSpore's permissions
                print(f"{path}: {path.stat().st_size} bytes")
    answer = {"x": x.ravel().tolist(), "z": net(ms.Tensor(x)).asnumpy().ravel().tolist()}
    (MODELS / "split_answer.json").write_text(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
