"""Shows a cat to EfficientNet-Lite0 inside the sandbox and compares its answers with the source model's: `make demo`.

The command line does the work, from the PNG to the labels; the source model is PyTorch's weights in onnxruntime, given
the tensor that numpy makes of the same picture by the same rule. Exits with 1 if a claim that it prints does not hold.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import lite0_onnx
import lite0_source
import make_image_vectors
import numpy as np
from PIL import Image
from torch_state_dict import read_state_dict

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "build" / "bin" / "wasm-frontend"
SHOWN = 5
DIGITS = 3
# What the weights answer for this picture prepared by Pillow; found before this project could run them.
PUBLISHED = {"Egyptian cat": 0.385, "tiger cat": 0.332, "tabby": 0.163}


def run(models: Path, x: Path) -> dict:
    """The command line's answer: the most likely classes, and milliseconds."""
    flags = ["--labels", models / "lite0_labels.txt", "--top", str(SHOWN), "--json"]
    command = [FRONTEND, "run", models / "lite0.mindir", "--input", f"x={x}", *flags]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        sys.exit(f"{FRONTEND.name} {' '.join(map(str, command[1:]))}: exit code {done.returncode}")
    return json.loads(done.stdout)


def by_rule(models: Path, picture: Path) -> np.ndarray:
    """The tensor that docs/IMAGES.md makes of a picture, by numpy."""
    rule = json.loads((models / "lite0.mindir.json").read_text())
    rule["size"] = tuple(map(int, rule["size"].split("x")))
    return make_image_vectors.apply(np.asarray(Image.open(picture).convert("RGB")), rule)


def show(answer: dict, source: np.ndarray) -> None:
    print(f"{'':26}{'wasm':>7}{'source':>9}")
    for place in answer["top"]:
        bar = "#" * round(40 * place["value"])
        print(f"  {place['label']:24}{place['value']:7.{DIGITS}f}{source[place['index']]:9.{DIGITS}f}  {bar}")
    print(f"\n  {answer['ms']['run']:.0f} ms in the sandbox on one thread, {answer['ms']['load']:.0f} ms to load\n")


def same(answer: dict, source: np.ndarray) -> bool:
    """The same classes in the same order, each probability the same to so many digits."""
    order = [place["index"] for place in answer["top"]] == source.argsort()[::-1][:SHOWN].tolist()
    return order and all(abs(place["value"] - source[place["index"]]) < 0.5 * 10**-DIGITS for place in answer["top"])


def check(models: Path, answer: dict, source: np.ndarray, prepared: dict) -> bool:
    """Prints each claim with what was found; true if all hold."""
    cat = answer["top"][0]["label"]
    got = {place["label"]: round(place["value"], DIGITS) for place in prepared["top"][: len(PUBLISHED)]}
    found = ", ".join(f"{label} {value:.{DIGITS}f}" for label, value in got.items())
    claims = [
        (cat.endswith("cat"), f"a cat: {cat}"),
        (same(answer, source), f"{SHOWN} classes and their probabilities as the source model's, to {DIGITS} digits"),
        (got == PUBLISHED, f"prepared by Pillow, in 8 bits, as published: {found}"),
    ]
    for holds, text in claims:
        print(f"  {'ok' if holds else 'FAILED':8}{text}")
    return all(holds for holds, _ in claims)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--models", type=Path, default=lite0_source.MODELS, help="folder with lite0.mindir")
    models = options.parse_args().models
    picture = models / "chelsea.png"
    answer = run(models, picture)
    weights = read_state_dict(lite0_source.weights())
    source = lite0_onnx.session(weights).run(None, {"x": by_rule(models, picture)})[0][0]
    with tempfile.TemporaryDirectory() as folder:
        tensor = Path(folder) / "x.npy"
        np.save(tensor, lite0_source.as_trained(picture))
        prepared = run(models, tensor)
    print("EfficientNet-Lite0, a MindSpore model with its ImageNet weights, sees chelsea.png inside the sandbox:\n")
    show(answer, source)
    if not check(models, answer, source, prepared):
        sys.exit(1)


if __name__ == "__main__":
    main()
