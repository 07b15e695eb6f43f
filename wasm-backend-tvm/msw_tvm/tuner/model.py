"""The workloads of an ONNX file: convolutions and products with constant weights."""

from collections.abc import Iterator
from pathlib import Path

import onnx

from ..errors import BuildError
from ..graph.importer import known_operators
from ..graph.load import Shapes, load
from ..schedules import Conv2d, Depthwise, Matmul, Workload


def _shapes(graph: onnx.GraphProto) -> dict[str, tuple[int, ...]]:
    """Shapes by name; those of the batch or of sizes that are not fixed are left out."""
    found = {value.name: tuple(value.dims) for value in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        dims = tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        if all(dims):
            found.setdefault(value.name, dims)
    return found


def _conv2d(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]], constants: set[str]) -> Workload | None:
    given = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    x, weights, z = (shapes.get(name, ()) for name in (*node.input[:2], node.output[0]))
    if node.input[1] not in constants or len(x) != 4 or len(weights) != 4 or len(z) != 4:
        return None
    (n, c, h, w), (o, _, *kernel), groups = x, weights, given.get("group", 1)
    if groups not in (1, c):
        return None
    strides, dilation = (tuple(given.get(name, (1, 1))) for name in ("strides", "dilations"))
    padding = tuple(given.get("pads", (0, 0, 0, 0)))
    if given.get("auto_pad", b"NOTSET") in (b"SAME_UPPER", b"SAME_LOWER"):  # the importer pads the image before
        spans = zip(z[2:], strides, kernel, dilation, (h, w), strict=True)
        h, w = (max(size, (out - 1) * step + (k - 1) * gap + 1) for out, step, k, gap, size in spans)
    return (Conv2d if groups == 1 else Depthwise)(n, h, w, c, o, tuple(kernel), strides, padding, dilation)


def _matmul(node: onnx.NodeProto, shapes: dict[str, tuple[int, ...]], constants: set[str]) -> Workload | None:
    x, weights, z = (shapes.get(name, ()) for name in (*node.input[:2], node.output[0]))
    if node.input[1] not in constants or len(weights) != 2 or len(x) < 2 or len(z) < 2:
        return None
    rows = 1
    for size in z[:-1]:
        rows *= size
    given = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
    return Matmul(rows, weights[1 if given.get("transB") else 0], z[-1])


def _found(model: onnx.ModelProto) -> Iterator[Workload | None]:
    shapes, constants = _shapes(model.graph), {value.name for value in model.graph.initializer}
    for node in model.graph.node:
        if constants.issuperset(node.input):
            constants.update(node.output)
        if node.op_type == "Conv":
            yield _conv2d(node, shapes, constants)
        elif node.op_type in ("Gemm", "MatMul"):
            yield _matmul(node, shapes, constants)


def workloads(path: Path, shapes: Shapes) -> list[Workload]:
    """The distinct workloads of a model, in the order in which it runs them; `shapes` are of inputs it leaves open."""
    model = load(path, shapes, known_operators())
    found = list(dict.fromkeys(workload for workload in _found(model) if workload))
    if not found:
        raise BuildError(f"{path}: nothing to tune, expected a convolution or a product with constant weights")
    return found
