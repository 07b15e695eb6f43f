"""The numpy rule behind test/vectors/images.json resizes as Pillow does, where it says so (antialias=1)."""

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent.parent / "tools"))
import make_image_vectors

ROUNDING = 1e-4  # of values up to 255: Pillow keeps float32 between the axes, 6e-8 of that


@pytest.mark.parametrize("size", [(1, 1), (5, 3), (13, 40), (100, 7), (31, 29), (64, 64)])
@pytest.mark.parametrize("filter_name", ["bilinear", "bicubic"])
def test_antialias_is_pillows(filter_name, size):
    pixels = np.random.default_rng(3).integers(0, 256, (29, 31, 1), dtype=np.uint8)
    rule = {"size": size, "filter": filter_name, "antialias": 1}
    pillow = Image.fromarray(pixels[..., 0].astype(np.float32)).resize(size, Image.Resampling[filter_name.upper()])
    got = make_image_vectors.apply(pixels, rule)[0, 0]
    np.testing.assert_allclose(got, np.asarray(pillow), rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("shape", [(4, 9), (9, 4), (5, 8), (8, 5), (6, 6), (1, 3)])
def test_the_square_in_the_middle_is_pillows(shape):
    pixels = np.arange(shape[0] * shape[1] * 3, dtype=np.uint8).reshape(*shape, 3)
    side = min(shape)
    top, left = (shape[0] - side) // 2, (shape[1] - side) // 2
    pillow = Image.fromarray(pixels).crop((left, top, left + side, top + side))
    got = make_image_vectors.apply(pixels, {"crop": "square", "layout": "nhwc"})[0]
    np.testing.assert_array_equal(got, np.asarray(pillow))
