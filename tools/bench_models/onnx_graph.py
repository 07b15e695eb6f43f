"""ONNX nodes one after the other, named and spelled as PyTorch's exporter does at opset 17."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
TYPES = {np.dtype(np.float32): TensorProto.FLOAT, np.dtype(np.int64): TensorProto.INT64}


class OnnxGraph:
    """Each method appends nodes; it takes and gives names of values."""

    def __init__(self, numbers: dict[str, np.ndarray]):
        self.numbers = numbers
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def constant(self, value: np.ndarray, name: str | None = None) -> str:
        name = name or f"constant_{len(self.constants)}"
        self.constants[name] = numpy_helper.from_array(np.asarray(value), name)
        return name

    def number(self, name: str) -> str:
        return name if name in self.constants else self.constant(self.numbers[name], name)

    def floats(self, value: float) -> str:
        return self.constant(np.float32(value))

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def nodes_of(self, op: str, inputs: list[str], count: int, **attributes: object) -> list[str]:
        outputs = [f"{op}_{len(self.nodes)}_{index}" for index in range(count)]
        self.nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs

    def node(self, op: str, *inputs: str, **attributes: object) -> str:
        return self.nodes_of(op, list(inputs), 1, **attributes)[0]

    def conv(self, x: str, name: str, stride: int = 1, pad: int = 0, group: int = 1, bias: str | None = None) -> str:
        inputs = [x, self.number(name), *([self.number(bias)] if bias else [])]
        kernel = self.numbers[name].shape[2:]
        sizes = {"kernel_shape": kernel, "strides": [stride] * 2, "pads": [pad] * 4, "dilations": [1, 1]}
        return self.node("Conv", *inputs, group=group, **sizes)

    def batch_norm(self, x: str, name: str, epsilon: float = 1e-5) -> str:
        parts = [self.number(f"{name}.{part}") for part in ("gamma", "beta", "moving_mean", "moving_variance")]
        return self.node("BatchNormalization", x, *parts, epsilon=epsilon)

    def layer_norm(self, x: str, scale: str, offset: str, epsilon: float) -> str:
        return self.node("LayerNormalization", x, self.number(scale), self.number(offset), axis=-1, epsilon=epsilon)

    def relu6(self, x: str) -> str:
        return self.node("Clip", x, self.floats(0), self.floats(6))

    def gelu(self, x: str) -> str:
        """x / 2 (1 + erf(x / sqrt 2)), in smaller nodes: Gelu is an operator only from opset 20 on."""
        erf = self.node("Erf", self.node("Div", x, self.floats(np.sqrt(2))))
        return self.node("Mul", self.node("Mul", x, self.node("Add", erf, self.floats(1))), self.floats(0.5))

    def turned(self, weight: str) -> str:
        return self.constant(self.numbers[weight].T, f"{weight}.T")

    def linear(self, x: str, weight: str, bias: str) -> str:
        """A Linear layer over more than two axes: the exporter turns its weight."""
        return self.node("Add", self.number(bias), self.node("MatMul", x, self.turned(weight)))

    def reshape(self, x: str, *sizes: int) -> str:
        return self.node("Reshape", x, self.integers(*sizes))

    def transpose(self, x: str, *perm: int) -> str:
        return self.node("Transpose", x, perm=perm)

    def classify(self, x: str, weight: str, bias: str | None = None) -> str:
        """Mean over each image, then a Linear layer over the channels."""
        x = self.node("Flatten", self.node("GlobalAveragePool", x), axis=1)
        return self.head(x, weight, bias)

    def head(self, x: str, weight: str, bias: str | None = None) -> str:
        """A Linear layer over two axes."""
        if bias is None:
            return self.node("MatMul", x, self.turned(weight))
        return self.node("Gemm", x, self.number(weight), self.number(bias), transB=1)

    def rename(self, old: str, new: str) -> None:
        for node in self.nodes:
            for names in (node.input, node.output):
                names[:] = [new if name == old else name for name in names]

    def model(self, inputs: dict[str, np.ndarray], outputs: dict[str, str]) -> onnx.ModelProto:
        """The whole, with names for its outputs, whose shapes are inferred."""
        for name, value in outputs.items():
            self.rename(value, name)
        taken = [helper.make_tensor_value_info(name, TYPES[x.dtype], x.shape) for name, x in inputs.items()]
        given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(self.nodes, "model", taken, given, list(self.constants.values()))
        opset = [helper.make_opsetid("", OPSET)]
        made = helper.make_model(graph, opset_imports=opset, ir_version=IR_VERSION, producer_name="make_models")
        return onnx.shape_inference.infer_shapes(made, check_type=True, strict_mode=True, data_prop=True)
