"""Writes test/vectors/images.json: pictures, rules and the tensors that docs/IMAGES.md makes of them, by numpy.

    .venv/bin/python tools/make_image_vectors.py            writes the file
    .venv/bin/python tools/make_image_vectors.py --check    fails if the file is not what it would write

Each implementation of the rule (C, TypeScript, Python) must give the same bits.  A case holds `width`, `height`,
`channels` and `pixels` of the decoded picture, `image` as --image takes it, and `shape` and `values` of the tensor.
Resizing is written here as two matrix products per axis over explicit weight matrices, unlike the loops it checks.
"""

import argparse
import json
import pathlib
import sys

import numpy as np

PATH = pathlib.Path(__file__).resolve().parent.parent / "test" / "vectors" / "images.json"


def cubic(d: float, a: float) -> float:
    if d <= 1:
        return ((a + 2) * d - (a + 3)) * d * d + 1
    return ((a * d - 5 * a) * d + 8 * a) * d - 4 * a if d < 2 else 0.0


def kernel(filter_name: str, t: float) -> dict[int, float]:
    """Weights by offset from the element at floor(position)."""
    if filter_name == "bilinear":
        return {0: 1 - t, 1: t}
    return {k: cubic(abs(t - k), -0.75) for k in (-1, 0, 1, 2)}


def averaged(n: int, m: int, i: int, filter_name: str) -> list[tuple[int, float]]:
    """As `terms`, for one output, with antialias=1."""
    centre, scale = (i + 0.5) * (n / m), max(n / m, 1.0)
    reach = {"bilinear": 1, "bicubic": 2}[filter_name] * scale
    elements = range(max(0, int(np.floor(centre - reach + 0.5))), min(n, int(np.floor(centre + reach + 0.5))))
    distances = [abs((e + 0.5) - centre) / scale for e in elements]
    weights = [max(0.0, 1 - d) if filter_name == "bilinear" else cubic(d, -0.5) for d in distances]
    total = 0.0
    for weight in weights:
        total += weight
    return [(element, weight / total) for element, weight in zip(elements, weights, strict=True)]


def terms(n: int, m: int, filter_name: str, antialias: int) -> list[list[tuple[int, float]]]:
    """For each output of an axis: (element, weight) in ascending order of offset."""
    rows = []
    for i in range(m):
        if antialias:
            rows.append(averaged(n, m, i, filter_name))
            continue
        centre = (i + 0.5) * (n / m)
        if filter_name == "nearest":
            rows.append([(min(int(np.floor(centre)), n - 1), 1.0)])
            continue
        first = np.floor(centre - 0.5)
        weights = kernel(filter_name, centre - 0.5 - first)
        rows.append([(int(np.clip(first + k, 0, n - 1)), w) for k, w in sorted(weights.items())])
    return rows


def resize_axis(x: np.ndarray, axis: int, m: int, filter_name: str, antialias: int) -> np.ndarray:
    x = np.moveaxis(x, axis, 0)
    out = np.zeros((m, *x.shape[1:]))
    for i, row in enumerate(terms(len(x), m, filter_name, antialias)):
        for element, weight in row:
            out[i] = out[i] + weight * x[element]
    return np.moveaxis(out, 0, axis)


NAMED = {
    "resnet-2020": {
        "size": (224, 224),
        "filter": "nearest",
        "channels": 3,
        "mean": [123.0, 117.0, 104.0],
        "std": [58.395, 57.12, 57.375],
    }
}


def apply(pixels: np.ndarray, rule: dict) -> np.ndarray:
    """[height, width, channels] of uint8 -> the tensor."""
    rule = {**NAMED.get(rule.get("rule"), {}), **rule}
    x = pixels.astype(np.float64)
    if rule.get("crop") == "square":
        side = min(x.shape[:2])
        top, left = ((size - side) // 2 for size in x.shape[:2])
        x = x[top : top + side, left : left + side]
    channels = rule.get("channels", x.shape[2])
    if channels == 1 and x.shape[2] == 3:
        x = ((0.299 * x[..., 0] + 0.587 * x[..., 1]) + 0.114 * x[..., 2])[..., None]
    elif channels == 3 and x.shape[2] == 1:
        x = np.repeat(x, 3, axis=2)
    width, height = rule.get("size", (x.shape[1], x.shape[0]))
    if (height, width) != x.shape[:2]:
        how = rule.get("filter", "bilinear"), rule.get("antialias", 0)
        x = resize_axis(resize_axis(x, 1, width, *how), 0, height, *how)
    x = (x * rule.get("scale", 1) - np.array(rule.get("mean", [0.0]))) / np.array(rule.get("std", [1.0]))
    if rule.get("layout", "nchw") == "nchw":
        x = x.transpose(2, 0, 1)
    return x[None].astype(np.float32)


def text(rule: dict) -> str:
    """As --image takes it."""
    parts = []
    for key, value in rule.items():
        if key == "size":
            value = f"{value[0]}x{value[1]}"
        elif isinstance(value, list):
            value = ":".join(map(repr, value))
        parts.append(f"{key}={value}")
    return ",".join(parts)


def cases() -> list[dict]:
    rng = np.random.default_rng(7)
    imagenet = {"scale": 1 / 255, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    pictures = {"grey": (5, 4, 1), "colour": (3, 7, 3), "dot": (1, 1, 3), "line": (1, 13, 1)}
    rules = [
        ("grey", {}),
        ("colour", {}),
        ("colour", {"layout": "nhwc"}),
        ("colour", {"channels": 1}),
        ("grey", {"channels": 3, "layout": "nhwc"}),
        ("grey", {"scale": 1 / 255}),
        ("colour", imagenet),
        ("colour", {"mean": [127.5], "std": [127.5]}),
        ("dot", {"size": (3, 2), "filter": "bicubic"}),
        ("line", {"size": (5, 1), "filter": "nearest"}),
        ("line", {"size": (40, 2), "filter": "bicubic"}),
        ("grey", {"size": (8, 8)}),
        ("colour", {"channels": 1, "size": (2, 2), "filter": "bilinear", **{"mean": [3.5], "std": [0.3]}}),
        ("colour", {"size": (2, 5), "filter": "bicubic", **imagenet, "layout": "nhwc"}),
    ]
    for filter_name in ("nearest", "bilinear", "bicubic"):
        for size in ((1, 1), (9, 2), (14, 6), (3, 11)):
            rules.append(("colour", {"size": size, "filter": filter_name}))
    rules += [("colour", {"crop": "square"}), ("grey", {"crop": "square"})]
    rules.append(("colour", {"crop": "square", "size": (2, 2), "filter": "bicubic", "antialias": 1, **imagenet}))
    for filter_name in ("bilinear", "bicubic"):
        for size in ((1, 1), (9, 2), (3, 11), (7, 2)):
            rules.append(("colour", {"size": size, "filter": filter_name, "antialias": 1}))
        rules.append(("line", {"size": (3, 1), "filter": filter_name, "antialias": 1}))
    rules.append(("colour", {"rule": "resnet-2020", "size": (4, 3)}))
    rules.append(("grey", {"size": (3, 2), "mean": [7.0], "rule": "resnet-2020", "layout": "nhwc"}))
    made = []
    drawn = {name: rng.integers(0, 256, shape, dtype=np.uint8) for name, shape in pictures.items()}
    for name, rule in rules:
        pixels = drawn[name]
        tensor = apply(pixels, rule)
        made.append(
            {
                "width": pixels.shape[1],
                "height": pixels.shape[0],
                "channels": pixels.shape[2],
                "pixels": pixels.ravel().tolist(),
                "image": text(rule),
                "shape": list(tensor.shape),
                "values": tensor.ravel().astype(float).tolist(),  # exact: every float32 is a double
            }
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    made = "[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]\n"
    if parser.parse_args().check:
        if PATH.read_text() != made:
            sys.exit(f"{PATH.name} is not what make_image_vectors.py writes: run it")
        return
    PATH.write_text(made)


if __name__ == "__main__":
    main()
