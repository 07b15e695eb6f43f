"""Boxes: choosing, decoding, and pooling what is in them."""

import numpy as np
import scipy.special
from tvm import topi

from .case import Made, Random, add_case, case
from .oracle import onnx_node


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Of two boxes (left, top, right, bottom): what they share over what they cover."""
    width = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    height = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    covered = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - width * height
    return width * height / covered if covered > 0 else 0.0


def boxes(random: Random, *shape: int) -> np.ndarray:
    corner, size = random.floats(*shape, 2, low=0, high=4), random.floats(*shape, 2, low=1, high=4)
    return np.concatenate((corner, corner + size), axis=-1)


def detections(random: Random) -> np.ndarray:
    """(batch, boxes, class, score, box)."""
    classes, scores = random.ints(2, 13, 1, low=-1, high=2), random.floats(2, 13, 1, low=0, high=1)
    return np.concatenate((classes.astype("float32"), scores, boxes(random, 2, 13)), axis=-1)


@case("vision.get_valid_counts", "loop")
def get_valid_counts(random):
    x = detections(random)
    counts, out, indices = np.zeros(2, "int32"), np.full_like(x, -1), np.full((2, 13), -1, "int32")
    for batch, row in np.ndindex(2, 13):
        if x[batch, row, 1] > 0.4 and x[batch, row, 0] >= 0:
            out[batch, counts[batch]] = x[batch, row]
            indices[batch, counts[batch]] = row
            counts[batch] += 1
    return Made([x], lambda x: topi.vision.get_valid_counts(x, 0.4), [counts, out, indices])


def suppressed(x: np.ndarray, count: int) -> list[int]:
    """Boxes that are kept, the best first: no other of their class that overlaps half of them is better."""
    kept: list[int] = []
    for at in np.argsort(-x[:count, 1], kind="stable"):
        same = [other for other in kept if x[other, 0] == x[at, 0]]
        if all(overlap(x[other, 2:], x[at, 2:]) < 0.5 for other in same):
            kept.append(int(at))
    return kept


@case("vision.non_max_suppression", "loop")
def non_max_suppression(random):
    x, valid = detections(random), np.array([13, 6], "int32")
    indices = np.tile(np.arange(13, dtype="int32"), (2, 1))
    expected, counts = np.full((2, 13), -1, "int32"), np.zeros((2, 1), "int32")
    for batch in range(2):
        kept = suppressed(x[batch], valid[batch])
        expected[batch, : len(kept)] = kept
        counts[batch] = len(kept)
    return Made([x, valid, indices], topi.vision.non_max_suppression, [expected, counts])


@case("vision.non_max_suppression", "loop", "data")
def non_max_suppression_data(random):
    x, valid = detections(random), np.array([13, 0], "int32")
    indices = np.tile(np.arange(13, dtype="int32"), (2, 1))
    expected = np.full_like(x, -1)
    kept = suppressed(x[0], 13)
    expected[0, : len(kept)] = x[0, kept]

    def build(x, valid, indices):
        return topi.vision.non_max_suppression(x, valid, indices, return_indices=False, invalid_to_bottom=True)

    return Made([x, valid, indices], build, expected)


@case("vision.all_class_non_max_suppression", "onnxruntime")
def all_class_non_max_suppression(random):
    x, scores = boxes(random, 2, 9), random.floats(2, 3, 9, low=0, high=1)
    limits = [np.array([4], "int64"), np.array([0.4], "float32"), np.array([0.3], "float32")]
    chosen = onnx_node("NonMaxSuppression", [x, scores, *limits])
    expected = np.zeros((24, 3), "int64")
    expected[: len(chosen)] = chosen

    def build(x, scores):
        return topi.vision.all_class_non_max_suppression(x, scores, 4, 0.4, 0.3)

    return Made([x, scores], build, [expected, np.array([len(chosen)], "int64")])


@case("vision.multibox_transform_loc", "loop")
def multibox_transform_loc(random):
    scores, places, anchors = random.floats(2, 3, 5), random.floats(2, 20), boxes(random, 1, 5) / 8
    variances = (0.1, 0.1, 0.2, 0.2)
    decoded = np.zeros((2, 5, 4))
    for batch, a in np.ndindex(2, 5):
        left, top, right, bottom = anchors[0, a].astype("float64")
        dx, dy, dw, dh = places[batch].reshape(5, 4)[a] * variances
        x, y = (left + right) / 2 + dx * (right - left), (top + bottom) / 2 + dy * (bottom - top)
        w, h = (right - left) / 2 * np.exp(dw), (bottom - top) / 2 * np.exp(dh)
        decoded[batch, a] = np.clip([y - h, x - w, y + h, x + w], 0, 1)
    soft = scipy.special.softmax(scores.astype("float64"), axis=1)
    soft = np.where(soft >= 0.2, soft, 0)
    soft[:, 0] = 0

    def build(*tensors):
        return topi.vision.multibox_transform_loc(*tensors, variances, True, 0.2, False)

    return Made([scores, places, anchors], build, [decoded, soft])


# Regions

# Batch, left, top, right, bottom.
REGIONS = np.array(
    [[0, 1, 1, 8, 6.5], [1, 0, 2.5, 5, 9], [0, 3, 0, 4, 2]], "float32"
)  # batch, left, top, right, bottom


def add_roi_align(name: str, build, last: bool, aligned: bool = False, variant: str = "") -> None:
    def make(random: Random) -> Made:
        x = random.floats(2, 3, 7, 6)
        mode = "half_pixel" if aligned else "output_half_pixel"
        sizes = {"output_height": 3, "output_width": 2, "sampling_ratio": 2, "spatial_scale": 0.5}
        batches = REGIONS[:, 0].astype("int64")
        # TVM's `aligned` leaves the half pixel where it is, and lets regions be smaller than a pixel.
        regions = REGIONS[:, 1:] + (1.0 if aligned else 0.0)
        expected = onnx_node("RoiAlign", [x, regions, batches], coordinate_transformation_mode=mode, **sizes)
        given = x.transpose(0, 2, 3, 1).copy() if last else x
        return Made([given, REGIONS], build, expected.transpose(0, 2, 3, 1) if last else expected)

    add_case(name, make, "onnxruntime", variant)


add_roi_align("vision.roi_align", lambda x, r: topi.vision.roi_align(x, r, (3, 2), 0.5, "avg", 2), False)
add_roi_align(
    "vision.roi_align",
    lambda x, r: topi.vision.roi_align(x, r, (3, 2), 0.5, "avg", 2, True),
    False,
    True,
    "aligned, as TVM means it: without a shift by half a pixel",
)
add_roi_align("vision.roi_align_nchw", lambda x, r: topi.vision.roi_align_nchw(x, r, (3, 2), 0.5, "avg", 2), False)
add_roi_align("vision.roi_align_nhwc", lambda x, r: topi.vision.roi_align_nhwc(x, r, (3, 2), 0.5, "avg", 2), True)


def add_roi_pool(name: str, operator) -> None:
    def make(random: Random) -> Made:
        x = random.floats(2, 3, 7, 6)
        expected = np.zeros((3, 3, 3, 2), "float32")
        for r, c, i, j in np.ndindex(*expected.shape):
            left, top, right, bottom = (int(np.floor(v * 0.5 + 0.5)) for v in REGIONS[r, 1:])
            height, width = max(bottom - top + 1, 1) / 3, max(right - left + 1, 1) / 2
            rows = slice(top + int(i * height), top + int(np.ceil((i + 1) * height)))
            columns = slice(left + int(j * width), left + int(np.ceil((j + 1) * width)))
            part = x[int(REGIONS[r, 0]), c, rows, columns]
            expected[r, c, i, j] = part.max() if part.size else 0
        return Made([x, REGIONS], lambda x, r: operator(x, r, (3, 2), 0.5), expected)

    add_case(name, make, "loop")


add_roi_pool("vision.roi_pool", topi.vision.roi_pool)
add_roi_pool("vision.roi_pool_nchw", topi.vision.roi_pool_nchw)


@case("cpp.vision.reorg")
def reorg(random):
    # As Darknet does it: the channels of the result are those of the input split by the block, not a space to depth.
    x = random.floats(1, 4, 4, 6)
    expected = np.zeros((1, 16, 2, 3), "float32")
    flat = expected.reshape(-1)
    for k, j, i in np.ndindex(4, 4, 6):
        c, offset = k % 1, k // 1
        at = (i * 2 + offset % 2) + 12 * ((j * 2 + offset // 2) + 8 * c)
        flat[i + 6 * (j + 4 * k)] = x.reshape(-1)[at]
    return Made([x], lambda x: topi.cpp.vision.reorg(x, 2), expected)
