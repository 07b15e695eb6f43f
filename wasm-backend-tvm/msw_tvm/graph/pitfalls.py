"""Refuses what TVM would import without a word, but otherwise than ONNX means it."""

from collections.abc import Callable

import numpy as np
import onnx

from ..errors import BuildError
from .load import Shapes, dtype_name, node_place
from .simplify import POOLS, attribute, fixed_shapes

WHOLE = 1e-3  # TVM takes the ratio of sizes as scale; a size that is rounded further down makes other pixels


def _resize(node: onnx.NodeProto, arrays: dict[str, np.ndarray], shapes: Shapes, dtype: str) -> str | None:
    if attribute(node, "antialias", 0):
        return "antialias is 1, expected 0"
    policy = attribute(node, "keep_aspect_ratio_policy", b"stretch").decode()
    if policy != "stretch":
        return f"keep_aspect_ratio_policy is {policy}, expected stretch"
    shape = shapes.get(node.input[0], [])
    scales = arrays.get(node.input[2], np.array([])) if len(node.input) > 2 else np.array([])
    axes = list(attribute(node, "axes", range(len(shape))))
    if axes != list(range(len(shape))):
        return f"axes are {axes}, expected all of them in order"
    for axis, (size, scale) in enumerate(zip(shape, scales.astype(np.float32), strict=False)):
        made = np.float32(size) * scale
        if made - np.floor(made) > WHOLE:
            return f"scale {scale:.6g} of dimension {axis} makes {made:.6g} of {size}, expected a whole number"
    return None


def _mod(node: onnx.NodeProto, arrays: dict[str, np.ndarray], shapes: Shapes, dtype: str) -> str | None:
    floats = dtype.startswith("float") and not attribute(node, "fmod", 0)
    return f"fmod is 0 with {dtype}, expected integers or fmod 1" if floats else None


def _bit_shift(node: onnx.NodeProto, arrays: dict[str, np.ndarray], shapes: Shapes, dtype: str) -> str | None:
    """Shifts by too much or by less than nothing have an answer in ONNX, for numbers with a sign."""
    return None if dtype.startswith("uint") else f"data type {dtype}, expected an unsigned one"


def _pool(node: onnx.NodeProto, arrays: dict[str, np.ndarray], shapes: Shapes, dtype: str) -> str | None:
    """onnxruntime, ONNX's reference and ONNX's shapes disagree."""
    dilated = any(step != 1 for step in attribute(node, "dilations", []))
    mode = attribute(node, "auto_pad", b"NOTSET").decode()
    return f"auto_pad is {mode} with dilations, expected pads" if dilated and mode.startswith("SAME") else None


def _mode(wanted: bytes) -> Callable:
    def check(node: onnx.NodeProto, arrays: dict[str, np.ndarray], shapes: Shapes, dtype: str) -> str | None:
        mode = attribute(node, "mode", wanted)
        return None if mode == wanted else f"mode is {mode.decode()}, expected {wanted.decode()}"

    return check


CHECKS = {
    "Resize": _resize,
    "Mod": _mod,
    "BitShift": _bit_shift,
    **dict.fromkeys(POOLS, _pool),
    "RoiAlign": _mode(b"avg"),
    "SpaceToDepth": _mode(b"DCR"),
}


def refuse_pitfalls(model: onnx.ModelProto) -> None:
    """Of a model that has been simplified."""
    graph = model.graph
    shapes = fixed_shapes(graph)
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    values = [*graph.input, *graph.value_info, *graph.output]
    dtypes = {value.name: dtype_name(value.type.tensor_type.elem_type) for value in values}
    for node in graph.node:
        if node.op_type in CHECKS and node.input:
            trouble = CHECKS[node.op_type](node, arrays, shapes, dtypes.get(node.output[0], ""))
            if trouble:
                raise BuildError(f"{node_place(node)}: {trouble}")
