"""Makes .cache/models/lite0.mindir: EfficientNet-Lite0 with its trained ImageNet weights, exported by MindSpore.

    .venv/bin/python tools/make_lite0.py             seconds; `make demo` fetches what it needs and calls it
    .venv/bin/python tools/make_lite0.py --out DIR   the same somewhere else

Beside it: lite0.mindir.json (from picture to tensor, docs/IMAGES.md), lite0_labels.txt and chelsea.png. The weights
are PyTorch's, the net is tools/lite0_net.py; what MindSpore answers from the exported file is compared with onnxruntime
over the weights as they came (tools/lite0_onnx.py), and nothing is left behind where they differ.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import lite0_onnx
import lite0_source
import mindspore as ms
import numpy as np
from lite0_net import Lite0
from mindspore import nn
from torch_state_dict import read_state_dict

LARGEST_ERROR = 1e-4
NORM_NAMES = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}


def mindspore_name(name: str) -> str | None:
    """`_blocks.1._bn0.weight` is blocks.1.bn0.gamma in lite0_net.py; None for a count that only training uses."""
    *cells, leaf = (part.removeprefix("_") for part in name.split("."))
    if leaf == "num_batches_tracked":
        return None
    return ".".join([*cells, NORM_NAMES[leaf] if cells[-1].startswith("bn") else leaf])


def trained_net(weights: dict[str, np.ndarray]) -> Lite0:
    """The net with the weights; every one of both sides is used."""
    net = Lite0().set_train(False)
    named = {mindspore_name(name): value for name, value in weights.items()}
    named.pop(None)
    shapes = {parameter.name: parameter.shape for parameter in net.get_parameters()}
    if shapes != {name: value.shape for name, value in named.items()}:
        sys.exit("the weights do not fit tools/lite0_net.py")
    ms.load_param_into_net(net, {name: ms.Parameter(value) for name, value in named.items()}, strict_load=True)
    return net


def export(net: Lite0, model: Path) -> None:
    example = np.zeros((1, 3, lite0_source.SIDE, lite0_source.SIDE), np.float32)
    ms.export(net, ms.Tensor(example), file_name=str(model), file_format="MINDIR")
    model.chmod(0o644)  # MindSpore writes 0400


def check(model: Path, weights: dict[str, np.ndarray]) -> float:
    """The largest difference to the reference, of probabilities and of logits relative to the largest of them."""
    x = lite0_source.as_trained(lite0_source.chelsea())
    answers = [output.asnumpy() for output in nn.GraphCell(ms.load(str(model)))(ms.Tensor(x))]
    expected = lite0_onnx.session(weights).run(None, {"x": x})
    errors = [np.abs(got - want).max() / np.abs(want).max() for got, want in zip(answers, expected, strict=True)]
    worst = float(max(errors))
    if not worst <= LARGEST_ERROR:
        sys.exit(f"MindSpore's answer is {worst:.1e} from onnxruntime's, expected at most {LARGEST_ERROR:.0e}")
    return worst


def write_beside(folder: Path) -> None:
    (folder / "lite0.mindir.json").write_text(json.dumps(lite0_source.PICTURE_RULE) + "\n")
    (folder / "lite0_labels.txt").write_text("".join(f"{label}\n" for label in lite0_source.labels()))
    shutil.copyfile(lite0_source.chelsea(), folder / "chelsea.png")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--out", type=Path, default=lite0_source.MODELS, help="folder (default: .cache/models)")
    out = options.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    ms.set_context(mode=ms.GRAPH_MODE)
    weights = read_state_dict(lite0_source.weights())
    with tempfile.TemporaryDirectory(dir=out) as made:
        model = Path(made) / "lite0.mindir"
        export(trained_net(weights), model)
        worst = check(model, weights)
        write_beside(Path(made))
        for file in sorted(Path(made).glob("*")):
            if file != model and file.is_file():
                os.replace(file, out / file.name)
        os.replace(model, out / model.name)  # last: who finds it finds the rest
    size = (out / "lite0.mindir").stat().st_size
    print(f"lite0.mindir: {size} bytes, MindSpore's answers within {worst:.1e} of onnxruntime's")


if __name__ == "__main__":
    main()
