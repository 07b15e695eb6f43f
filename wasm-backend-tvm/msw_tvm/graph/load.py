"""Loads an ONNX file and checks all that must hold before TVM sees it: a refusal names the place and what would do."""

from math import prod
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import TensorProto, helper, shape_inference

from ..errors import LIMIT, USAGE, BuildError

# Data types that a module can hold, by their numbers in msw.h.
DTYPES = {
    "float32": 1,
    "int32": 2,
    "int8": 3,
    "uint8": 4,
    "int64": 5,
    "bool": 6,
    "float16": 7,
    "float64": 9,
    "int16": 10,
}
DOMAINS = ("", "ai.onnx")
MAX_RANK = 8
MAX_BYTES = 2**31 - 1  # of a tensor (src/base/type.h)
Shapes = dict[str, list[int]]


def parse_shapes(texts: list[str]) -> Shapes:
    """--shape NAME=1x3x224x224, as often as there are inputs to fix."""
    shapes = {}
    for text in texts:
        name, _, dims = text.rpartition("=")
        if not name or not all(dim.isdecimal() and int(dim) > 0 for dim in dims.split("x")):
            raise BuildError(f"--shape {text}: expected NAME=1x3x224x224", USAGE)
        shapes[name] = [int(dim) for dim in dims.split("x")]
    return shapes


def node_place(node: onnx.NodeProto) -> str:
    return f"node '{node.name or (node.output[0] if node.output else '')}' ({node.op_type})"


def dtype_name(elem_type: int) -> str:
    """numpy's name of an ONNX data type, or ONNX's own where modules do not hold it."""
    try:
        name = np.dtype(helper.tensor_dtype_to_np_dtype(elem_type)).name
    except (KeyError, TypeError, ValueError):
        name = "?"
    if name in DTYPES:
        return name
    known = elem_type in TensorProto.DataType.values()
    return TensorProto.DataType.Name(elem_type).lower() if known else f"number {elem_type}"


def graph_inputs(model: onnx.ModelProto) -> list[onnx.ValueInfoProto]:
    """What a caller must give: inputs without an initial value."""
    given = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in given]


def dims_of(value: onnx.ValueInfoProto) -> list[int | None]:
    return [dim.dim_value if dim.HasField("dim_value") else None for dim in value.type.tensor_type.shape.dim]


def is_fixed(value: onnx.ValueInfoProto) -> bool:
    """All its dimensions are known."""
    return value.type.tensor_type.HasField("shape") and None not in dims_of(value)


def _check_operators(model: onnx.ModelProto, path: Path, known: set[str]) -> None:
    for node in model.graph.node:
        if node.domain not in DOMAINS:
            raise BuildError(f"{path}: {node_place(node)}: operator of '{node.domain}', expected one of ONNX's own")
        if node.op_type not in known:
            raise BuildError(
                f"{path}: {node_place(node)}: unknown operator, expected one of those that TVM imports from ONNX"
            )


def _check_dtype(value: onnx.ValueInfoProto, what: str, path: Path) -> None:
    if value.type.WhichOneof("value") != "tensor_type":
        raise BuildError(f"{path}: {what} '{value.name}' is no tensor, expected a tensor")
    name = dtype_name(value.type.tensor_type.elem_type)
    if name not in DTYPES:
        raise BuildError(f"{path}: {what} '{value.name}' has data type {name}, expected {', '.join(DTYPES)}")


def _check_size(value: onnx.ValueInfoProto, path: Path) -> None:
    """Before TVM: it may take memory for what a module could not hold."""
    dims, name = dims_of(value), dtype_name(value.type.tensor_type.elem_type)
    size = prod(dims) * np.dtype(name).itemsize if None not in dims and name in DTYPES else 0
    if size > MAX_BYTES:
        raise BuildError(f"{path}: value '{value.name}' has {size} bytes, expected at most {MAX_BYTES}", LIMIT)


def _fix_shape(value: onnx.ValueInfoProto, shapes: Shapes, path: Path) -> None:
    """Give an input the shape that the user wants, where it has one already only if they agree."""
    wanted = shapes.get(value.name)
    shape = value.type.tensor_type.shape
    if wanted is not None:
        had = dims_of(value) if value.type.tensor_type.HasField("shape") else [None] * len(wanted)
        if len(had) != len(wanted) or any(x not in (None, y) for x, y in zip(had, wanted, strict=True)):
            declared = "x".join("?" if x is None else str(x) for x in had)
            raise BuildError(f"{path}: input '{value.name}' is {declared}, which --shape cannot change", USAGE)
        del shape.dim[:]
        for size in wanted:
            shape.dim.add().dim_value = size
    if not value.type.tensor_type.HasField("shape"):
        raise BuildError(f"{path}: input '{value.name}' has no shape, expected --shape {value.name}=1x3x224x224")
    for axis, dim in enumerate(shape.dim):
        if not dim.HasField("dim_value") or dim.dim_value <= 0:
            name = f"'{dim.dim_param}'" if dim.dim_param else "unknown"
            example = "x".join(str(x) if x else "1" for x in dims_of(value))
            raise BuildError(
                f"{path}: input '{value.name}': dimension {axis} is {name} (dynamic), "
                f"expected a number: --shape {value.name}={example}"
            )
    if len(shape.dim) > MAX_RANK:
        raise BuildError(f"{path}: input '{value.name}' has rank {len(shape.dim)}, expected at most {MAX_RANK}")


def _read(path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load(str(path))
    except DecodeError:
        model = None
    except (onnx.checker.ValidationError, ValueError) as error:
        raise BuildError(f"{path}: {str(error).splitlines()[0]}, expected the model's weights beside it") from None
    if model is None or not model.graph.node or not model.ir_version:
        raise BuildError(f"{path}: not an ONNX file, expected a model that ONNX can read")
    return model


def _check_text(model: onnx.ModelProto, path: Path) -> None:
    """protobuf hands out names that are no UTF-8 as bytes, which nothing behind it expects."""
    graph = model.graph
    texts = [model.producer_name, model.producer_version, graph.name]
    texts += [named.name for named in (*graph.input, *graph.output, *graph.initializer, *graph.value_info)]
    for node in graph.node:
        texts += [node.name, node.op_type, node.domain, *node.input, *node.output, *(a.name for a in node.attribute)]
    for text in texts:
        if isinstance(text, bytes):
            raise BuildError(f"{path}: the name {text!r} is not UTF-8, expected text")


def load(path: Path, shapes: Shapes, known: set[str]) -> onnx.ModelProto:
    """The model with all shapes inferred; `known` are the operators that can be imported."""
    model = _read(path)
    _check_text(model, path)
    _check_operators(model, path, known)
    inputs = graph_inputs(model)
    for value in inputs:
        _check_dtype(value, "input", path)
        _fix_shape(value, shapes, path)
    for name in sorted(shapes.keys() - {value.name for value in inputs}):
        names = ", ".join(value.name for value in inputs)
        raise BuildError(f"{path}: --shape names input '{name}', expected one of: {names}", USAGE)
    for tensor in model.graph.initializer:
        if dtype_name(tensor.data_type) not in DTYPES:
            raise BuildError(
                f"{path}: weight '{tensor.name}' has data type {dtype_name(tensor.data_type)}, "
                f"expected {', '.join(DTYPES)}"
            )
    try:
        onnx.checker.check_model(model)
        model = shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    except (onnx.checker.ValidationError, shape_inference.InferenceError, UnicodeDecodeError) as error:
        raise BuildError(f"{path}: not a valid ONNX model: {_first_line(error)}") from None
    for value in model.graph.output:
        _check_dtype(value, "output", path)
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        _check_size(value, path)
    return model


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
