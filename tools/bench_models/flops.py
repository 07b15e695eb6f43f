"""Counts a graph's arithmetic from its shapes: two operations for each multiplication of a product or convolution."""

from __future__ import annotations

import math

import onnx


def with_sizes(model: onnx.ModelProto, sizes: dict[str, int]) -> onnx.ModelProto:
    """The model with its open sizes set, and every shape inferred anew."""
    closed = onnx.ModelProto()
    closed.CopyFrom(model)
    del closed.graph.value_info[:]
    for value in closed.graph.input:
        for dim in value.type.tensor_type.shape.dim:
            if dim.dim_param:
                dim.dim_value = sizes[dim.dim_param]
    for value in closed.graph.output:
        value.type.tensor_type.ClearField("shape")
    return onnx.shape_inference.infer_shapes(closed, strict_mode=True, data_prop=True)


def shapes(model: onnx.ModelProto) -> dict[str, list[int]]:
    graph = model.graph
    found = {tensor.name: list(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        found[value.name] = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
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


def gflop(model: onnx.ModelProto, sizes: dict[str, int]) -> float:
    closed = with_sizes(model, sizes)
    known = shapes(closed)
    return 2 * sum(multiplications(node, known) for node in closed.graph.node) / 1e9
