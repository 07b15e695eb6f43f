"""What an ONNX node does at least, counted from shapes as struct msw_step has it.

Two operations for a multiply-add, one for a function such as e^x, none for moving.
"""

from math import prod

import onnx

from .simplify import attribute

MOVING = """
Reshape Flatten Squeeze Unsqueeze Transpose Concat Split Slice Gather GatherElements GatherND Scatter
ScatterElements ScatterND Pad Expand Tile Identity Dropout Constant ConstantOfShape Shape Size DepthToSpace
SpaceToDepth Compress Range OneHot EyeLike Trilu ReverseSequence NonZero Cast
"""
MOVES = set(MOVING.split())
PER_ELEMENT = {
    "Softmax": 4,
    "LogSoftmax": 4,
    "BatchNormalization": 2,
    "InstanceNormalization": 6,
    "LayerNormalization": 6,
    "Sigmoid": 3,
    "HardSigmoid": 4,
    "HardSwish": 5,
    "Gelu": 4,
    "Softplus": 3,
    "Clip": 2,
}


def shapes_of(model: onnx.ModelProto) -> dict[str, list[int]]:
    """Shapes of all values of an inferred model, weights included."""
    shapes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    for value in [*model.graph.input, *model.graph.value_info, *model.graph.output]:
        shapes[value.name] = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    return shapes


def operations(node: onnx.NodeProto, shapes: dict[str, list[int]]) -> int:
    """Of one node; of an operator that is not listed, one for each element it makes."""
    x, *rest = [shapes.get(name, []) for name in node.input] or [[]]
    made = sum(prod(shapes.get(name, [])) for name in node.output if name)
    if node.op_type in MOVES:
        return 0
    if node.op_type == "Conv":
        return made * (2 * prod(rest[0][1:]) + (len(node.input) > 2))
    if node.op_type == "ConvTranspose":
        return 2 * prod(x) * prod(rest[0][1:])
    if node.op_type == "Gemm":
        return made * (2 * x[0 if attribute(node, "transA", 0) else 1] + (len(node.input) > 2))
    if node.op_type == "MatMul":
        return 2 * made * x[-1]
    if node.op_type in ("MaxPool", "AveragePool", "LpPool"):
        return prod(shapes.get(node.output[0], [])) * prod(attribute(node, "kernel_shape"))
    if node.op_type.startswith(("Reduce", "Global", "Arg")):
        return prod(x)
    if node.op_type in ("Sum", "Mean", "Max", "Min"):
        return made * max(len(node.input) - 1, 0)
    return made * PER_ELEMENT.get(node.op_type, 1)
