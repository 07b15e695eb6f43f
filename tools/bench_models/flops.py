"""Counts a graph's arithmetic from its shapes: two operations for each multiplication of a product or convolution."""

from __future__ import annotations

import math

import onnx


def shapes(graph: onnx.GraphProto) -> dict[str, list[int]]:
    """Of every value. A size that is not known is an error, not 0."""
    found = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        dims = value.type.tensor_type.shape.dim
        if not all(dim.HasField("dim_value") for dim in dims):
            raise ValueError(f"{value.name} has an open size, expected a graph with none")
        found[value.name] = [dim.dim_value for dim in dims]
    return found


def multiplications(node: onnx.NodeProto, shape: dict[str, list[int]]) -> int:
    """For each element of the output, as many as the sum is long; a transposed convolution's are its input's."""
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        return 0
    first, second, output = (shape[name] for name in (*node.input[:2], node.output[0]))
    if node.op_type == "Conv":
        return math.prod(output) * math.prod(second[1:])
    if node.op_type == "ConvTranspose":
        return math.prod(first) * math.prod(second[1:])
    return math.prod(output) * first[-1]


def gflop(model: onnx.ModelProto) -> float:
    """Of a model whose shapes are inferred."""
    known = shapes(model.graph)
    return 2 * sum(multiplications(node, known) for node in model.graph.node) / 1e9
