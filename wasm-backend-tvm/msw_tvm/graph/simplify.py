"""What is known before a run, done on the ONNX graph in numpy.

Constants are folded, what does nothing is removed, a BatchNorm is put into the convolution before it.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLD_BYTES = 1 << 28  # a constant larger than this is made while running
POOLS = {"MaxPool", "AveragePool", "LpPool"}
RANDOM = {"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Multinomial", "Bernoulli"}


class Weights:
    """The initial values of a graph as arrays; written back once, at the end."""

    def __init__(self, graph: onnx.GraphProto):
        self.arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def write(self, graph: onnx.GraphProto) -> None:
        used = {name for node in graph.node for name in node.input} | {value.name for value in graph.output}
        kept = [numpy_helper.from_array(np.asarray(x), name) for name, x in self.arrays.items() if name in used]
        del graph.initializer[:]
        graph.initializer.extend(kept)
        inputs = [value for value in graph.input if value.name not in self.arrays]
        del graph.input[:]
        graph.input.extend(inputs)


def attribute(node: onnx.NodeProto, name: str, default: object = None) -> object:
    return next((helper.get_attribute_value(a) for a in node.attribute if a.name == name), default)


def _keep(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)


def uses(graph: onnx.GraphProto) -> dict[str, int]:
    """How often a value is read, outputs of the graph included."""
    count: dict[str, int] = {}
    for name in [name for node in graph.node for name in node.input] + [value.name for value in graph.output]:
        count[name] = count.get(name, 0) + 1
    return count


def fixed_shapes(graph: onnx.GraphProto) -> dict[str, list[int]]:
    shapes = {}
    for value in [*graph.input, *graph.value_info, *graph.output]:
        dims = value.type.tensor_type.shape.dim
        if value.type.tensor_type.HasField("shape") and all(dim.HasField("dim_value") for dim in dims):
            shapes[value.name] = [dim.dim_value for dim in dims]
    return shapes


def fold_constants(model: onnx.ModelProto, weights: Weights) -> None:
    """Compute what hangs on nothing but weights, and Shape, since all shapes are known."""
    shapes = fixed_shapes(model.graph)
    nodes = []
    for node in model.graph.node:
        if node.op_type == "Shape" and node.input[0] in shapes:
            first, end = attribute(node, "start", 0), attribute(node, "end")
            weights.arrays[node.output[0]] = np.array(shapes[node.input[0]][first:end], np.int64)
        elif _is_constant(node, weights) and _evaluate(model, node, weights):
            pass
        else:
            nodes.append(node)
    _keep(model.graph, nodes)


def _is_constant(node: onnx.NodeProto, weights: Weights) -> bool:
    has_graph = any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in node.attribute)
    return not has_graph and node.op_type not in RANDOM and all(n in weights.arrays or not n for n in node.input)


def _evaluate(model: onnx.ModelProto, node: onnx.NodeProto, weights: Weights) -> bool:
    inputs = {name: weights.arrays[name] for name in node.input if name}
    graph = helper.make_graph(
        [node],
        "constant",
        [
            helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
            for n, x in inputs.items()
        ],
        [onnx.ValueInfoProto(name=name) for name in node.output],
    )
    one = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    try:
        outputs = [np.asarray(x) for x in ReferenceEvaluator(one).run(None, inputs)]
    except Exception:  # not written for this operator, or its operands are wrong: left to TVM, which says so
        return False
    if any(x.nbytes > FOLD_BYTES for x in outputs):
        return False
    weights.arrays.update(zip(node.output, outputs, strict=True))
    return True


def _does_nothing(node: onnx.NodeProto, weights: Weights) -> bool:
    if node.op_type == "Dropout":
        training = weights.arrays.get(node.input[2]) if len(node.input) > 2 else None
        return len(node.input) < 3 or (training is not None and not training.any())
    return node.op_type == "Identity"


def remove_nothings(graph: onnx.GraphProto, weights: Weights) -> None:
    """Remove Identity and Dropout. Outputs of the graph keep their names: where such a node makes one, it stays."""
    outputs = {value.name for value in graph.output}
    count = uses(graph)
    renamed: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
        masked = len(node.output) > 1 and count.get(node.output[1], 0)
        if _does_nothing(node, weights) and node.output[0] not in outputs and not masked:
            renamed[node.output[0]] = node.input[0]
        else:
            nodes.append(node)
    _keep(graph, nodes)


def fold_batch_norms(graph: onnx.GraphProto, weights: Weights) -> None:
    """conv(x, w) * s + t, s and t being the BatchNorm's, is conv(x, w * s) + t; in float64, rounded once."""
    count = uses(graph)
    makers = {node.output[0]: node for node in graph.node}
    nodes = []
    for node in graph.node:
        conv = makers.get(node.input[0]) if node.op_type == "BatchNormalization" else None
        if conv is not None and count[conv.output[0]] == 1 and _can_fold(conv, node, weights):
            _fold(conv, node, weights)
        else:
            nodes.append(node)
    _keep(graph, nodes)


def _can_fold(conv: onnx.NodeProto, norm: onnx.NodeProto, weights: Weights) -> bool:
    known = all(name in weights.arrays for name in [*list(conv.input)[1:], *list(norm.input)[1:5]])
    return conv.op_type == "Conv" and known and len(norm.output) == 1 and not attribute(norm, "training_mode", 0)


def _fold(conv: onnx.NodeProto, norm: onnx.NodeProto, weights: Weights) -> None:
    gamma, beta, mean, variance = (weights.arrays[name].astype(np.float64) for name in list(norm.input)[1:5])
    kernel = weights.arrays[conv.input[1]]
    bias = weights.arrays[conv.input[2]].astype(np.float64) if len(conv.input) > 2 else 0.0
    scale = gamma / np.sqrt(variance + attribute(norm, "epsilon", 1e-5))
    names = f"{norm.output[0]}:kernel", f"{norm.output[0]}:bias"
    weights.arrays[names[0]] = (kernel * scale.reshape(-1, *[1] * (kernel.ndim - 1))).astype(kernel.dtype)
    weights.arrays[names[1]] = ((bias - mean) * scale + beta).astype(kernel.dtype)
    data = conv.input[0]
    del conv.input[:]
    conv.input.extend([data, *names])
    conv.output[0] = norm.output[0]


def transpose_gemms(graph: onnx.GraphProto, weights: Weights) -> None:
    """Transpose a Gemm's constant second factor here, so that nothing is transposed while running."""
    for node in graph.node:
        if node.op_type == "Gemm" and attribute(node, "transB", 0) and node.input[1] in weights.arrays:
            name = f"{node.input[1]}:transposed"
            weights.arrays[name] = np.ascontiguousarray(weights.arrays[node.input[1]].T)
            node.input[1] = name
            next(a for a in node.attribute if a.name == "transB").i = 0


def spell_out_pads(graph: onnx.GraphProto, weights: Weights) -> None:
    """auto_pad as the numbers it stands for: TVM pads convolutions in a step of its own, and some pools wrongly."""
    shapes = fixed_shapes(graph)
    for node in graph.node:
        mode = attribute(node, "auto_pad", b"NOTSET")
        x, kernel = shapes.get(node.input[0] if node.input else ""), None
        if node.op_type == "Conv" and node.input[1] in weights.arrays:
            kernel = weights.arrays[node.input[1]].shape[2:]
        elif node.op_type in POOLS and all(step == 1 for step in attribute(node, "dilations", [])):
            kernel = attribute(node, "kernel_shape")
        if kernel is None or x is None or mode not in (b"SAME_UPPER", b"SAME_LOWER"):
            continue
        strides, dilations = (attribute(node, name, [1] * len(kernel)) for name in ("strides", "dilations"))
        spans = [(size - 1) * dilation + 1 for size, dilation in zip(kernel, dilations, strict=True)]
        wanted = [max((-(-n // s) - 1) * s + span - n, 0) for n, s, span in zip(x[2:], strides, spans, strict=True)]
        less, more = [n // 2 for n in wanted], [n - n // 2 for n in wanted]
        kept = [a for a in node.attribute if a.name not in ("auto_pad", "pads", "ceil_mode")]
        pads = helper.make_attribute("pads", less + more if mode == b"SAME_UPPER" else more + less)
        del node.attribute[:]
        node.attribute.extend([*kept, pads])


def simplify(model: onnx.ModelProto) -> None:
    """All of it, in place."""
    weights = Weights(model.graph)
    remove_nothings(model.graph, weights)
    fold_constants(model, weights)
    spell_out_pads(model.graph, weights)
    fold_batch_norms(model.graph, weights)
    transpose_gemms(model.graph, weights)
    weights.write(model.graph)
