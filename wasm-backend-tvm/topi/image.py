"""Operators on pictures: resizing, cutting out and sampling."""

import numpy as np
from tvm import topi

from .case import Made, Random, add_case, case
from .oracle import onnx_node

RESIZES = {1: topi.image.resize1d, 2: topi.image.resize2d, 3: topi.image.resize3d}
METHODS = {"linear": "linear", "nearest_neighbor": "nearest", "cubic": "cubic"}


def add_resize(rank: int, method: str, mode: str, variant: str) -> None:
    def make(random: Random) -> Made:
        x, out = random.floats(1, 2, *(5, 6, 4)[:rank]), (8, 9, 7)[:rank]
        attributes = {"mode": METHODS[method], "coordinate_transformation_mode": mode, "cubic_coeff_a": -0.75}
        if method == "nearest_neighbor":
            attributes["nearest_mode"] = "floor"
        # onnxruntime resizes by cubics only what has two dimensions.
        lines = method == "cubic" and rank == 1
        given = x[:, :, None] if lines else x
        sizes = np.array([1, 2, *((1,) if lines else ()), *out], "int64")
        expected = onnx_node("Resize", [given, None, None, sizes], **attributes).reshape(1, 2, *out)
        rounding = "floor" if method == "nearest_neighbor" else ""

        def build(x):
            region = [0.0] * 2 * rank
            return RESIZES[rank](
                x, region, out, method=method, coordinate_transformation_mode=mode, rounding_method=rounding
            )

        return Made([x], build, expected)

    add_case(f"image.resize{rank}d", make, "onnxruntime", variant)


for rank in RESIZES:
    add_resize(rank, "linear", "half_pixel", "")
    add_resize(rank, "nearest_neighbor", "asymmetric", "nearest")
add_resize(2, "linear", "align_corners", "corners aligned")
for rank in (1, 2):  # onnxruntime has no cubic resizing of volumes
    add_resize(rank, "cubic", "half_pixel", "cubic")


@case("nn.upsampling", "onnxruntime")
def upsampling(random):
    x = random.floats(1, 2, 3, 4)
    expected = onnx_node(
        "Resize",
        [x, None, np.array([1, 1, 2, 3], "float32")],
        mode="linear",
        coordinate_transformation_mode="asymmetric",
    )
    return Made([x], lambda x: topi.nn.upsampling(x, 2.0, 3.0, method="bilinear"), expected)


@case("nn.upsampling", variant="nearest")
def upsampling_nearest(random):
    x = random.floats(1, 2, 3, 4)
    return Made([x], lambda x: topi.nn.upsampling(x, 2.0, 3.0), x.repeat(2, 2).repeat(3, 3))


@case("nn.upsampling3d", "onnxruntime")
def upsampling3d(random):
    x = random.floats(1, 2, 3, 4, 2)
    expected = onnx_node(
        "Resize",
        [x, None, np.array([1, 1, 2, 3, 2], "float32")],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
    return Made([x], lambda x: topi.nn.upsampling3d(x, 2.0, 3.0, 2.0, method="trilinear"), expected)


def sampled(image: np.ndarray, y: float, x: float) -> float:
    """Bilinear, at a place inside."""
    i, j = min(int(y), image.shape[0] - 2), min(int(x), image.shape[1] - 2)
    top = image[i, j] * (1 - (x - j)) + image[i, j + 1] * (x - j)
    bottom = image[i + 1, j] * (1 - (x - j)) + image[i + 1, j + 1] * (x - j)
    return top * (1 - (y - i)) + bottom * (y - i)


@case("image.crop_and_resize", "loop")
def crop_and_resize(random):
    x, index = random.floats(2, 3, 7, 6), np.array([1, 0, 1], "int32")
    boxes = np.array([[0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], [0.5, 0.25, 0.75, 1]], "float32")
    expected = np.zeros((3, 3, 4, 5))
    for box, c, i, j in np.ndindex(*expected.shape):
        y1, x1, y2, x2 = boxes[box].astype("float64")
        y, across = (y1 + (y2 - y1) * i / 3) * 6, (x1 + (x2 - x1) * j / 4) * 5
        expected[box, c, i, j] = sampled(x[index[box], c], min(y, 6), min(across, 5))

    def build(x, boxes, index):
        return topi.image.crop_and_resize(x, boxes, index, (4, 5), extrapolation_value=0.0)

    return Made([x, boxes, index], build, expected)


def dilated(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The largest sum of each window with the filter: stride 2, dilation 2, no padding."""
    expected = np.zeros((*x.shape[:2], 2, 3), "float32")
    for n, c, i, j in np.ndindex(*expected.shape):
        expected[n, c, i, j] = (x[n, c, 2 * i : 2 * i + 5 : 2, 2 * j : 2 * j + 3 : 2] + w[c]).max()
    return expected


@case("image.dilation2d_nchw", "loop")
def dilation2d_nchw(random):
    x, w = random.floats(2, 3, 7, 8), random.floats(3, 3, 2)
    return Made([x, w], lambda x, w: topi.image.dilation2d_nchw(x, w, 2, 0, 2), dilated(x, w))


@case("image.dilation2d_nhwc", "loop")
def dilation2d_nhwc(random):
    x, w = random.floats(2, 3, 7, 8), random.floats(3, 3, 2)
    inputs = [x.transpose(0, 2, 3, 1).copy(), w.transpose(1, 2, 0).copy()]
    expected = dilated(x, w).transpose(0, 2, 3, 1)
    return Made(inputs, lambda x, w: topi.image.dilation2d_nhwc(x, w, 2, 0, 2), expected)


def add_grid(method: str, padding: str, corners: bool, rank: int = 2) -> None:
    def make(random: Random) -> Made:
        x = random.floats(2, 3, *(6, 5, 4)[:rank])
        grid = random.floats(2, rank, *(4, 3, 5)[:rank], low=-1.3, high=1.3)
        names = {"bilinear": "linear", "nearest": "nearest", "bicubic": "cubic"}
        last = np.moveaxis(grid, 1, -1).copy()
        expected = onnx_node(
            "GridSample", [x, last], opset=20, mode=names[method], padding_mode=padding, align_corners=int(corners)
        )
        layout = "NCHW" if rank == 2 else "NCDHW"
        return Made([x, grid], lambda x, g: topi.image.grid_sample(x, g, method, layout, padding, corners), expected)

    variant = f"{method}, {padding}" + (", volume" if rank == 3 else "")
    add_case("image.grid_sample", make, "onnxruntime", variant)


add_grid("bilinear", "zeros", True)
add_grid("bilinear", "border", False)
add_grid("bilinear", "reflection", True)
add_grid("nearest", "zeros", False)
add_grid("bicubic", "border", True)
add_grid("bilinear", "zeros", False, 3)


@case("image.affine_grid", "onnxruntime")
def affine_grid(random):
    theta = random.floats(2, 2, 3)
    size = np.array([2, 1, 4, 5], "int64")
    expected = onnx_node("AffineGrid", [theta, size], opset=20, align_corners=1)
    return Made([theta], lambda t: topi.image.affine_grid(t, (4, 5)), np.moveaxis(expected, -1, 1))
