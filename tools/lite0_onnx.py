"""The reference for EfficientNet-Lite0: the weights as PyTorch saved them, as an ONNX graph for onnxruntime.

Written from the shapes in the state dict and PyTorch's own definition (EfficientNet-PyTorch with the lite parameters),
not from tools/lite0_net.py, so that a slip in one of them shows as a difference.
"""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

STRIDES = {0: 1, 1: 2, 3: 2, 5: 2, 11: 2}  # of the blocks that begin a stage; the rest have 1
BLOCKS = 16


class Graph:
    """ONNX nodes one after the other; each method takes and gives a value's name."""

    def __init__(self, weights: dict[str, np.ndarray]):
        self.weights = weights
        self.nodes = []
        self.used = {}

    def constant(self, name: str) -> str:
        self.used[name] = numpy_helper.from_array(self.weights[name], name)
        return name

    def node(self, op: str, inputs: list[str], **attributes: object) -> str:
        output = f"{op}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def conv(self, x: str, name: str, stride: int = 1) -> str:
        weight = self.weights[f"{name}.weight"]
        group = len(weight) if weight.shape[1] == 1 else 1  # depthwise, all that Lite0 has
        inputs = [x, self.constant(f"{name}.weight")]
        return self.node("Conv", inputs, auto_pad="SAME_UPPER", strides=[stride] * 2, group=group)

    def norm(self, x: str, name: str) -> str:
        inputs = [self.constant(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]
        return self.node("BatchNormalization", [x, *inputs], epsilon=1e-3)

    def relu6(self, x: str) -> str:
        self.used["zero"] = numpy_helper.from_array(np.float32(0), "zero")
        self.used["six"] = numpy_helper.from_array(np.float32(6), "six")
        return self.node("Clip", [x, "zero", "six"])

    def block(self, x: str, index: int) -> str:
        name = f"_blocks.{index}."
        stride = STRIDES.get(index, 1)
        y = x
        if f"{name}_expand_conv.weight" in self.weights:
            y = self.relu6(self.norm(self.conv(y, f"{name}_expand_conv"), f"{name}_bn0"))
        y = self.relu6(self.norm(self.conv(y, f"{name}_depthwise_conv", stride), f"{name}_bn1"))
        y = self.norm(self.conv(y, f"{name}_project_conv"), f"{name}_bn2")
        first = self.weights.get(f"{name}_expand_conv.weight", self.weights[f"{name}_depthwise_conv.weight"])
        inputs = first.shape[1] if first.shape[1] > 1 else len(first)
        adds = stride == 1 and inputs == len(self.weights[f"{name}_project_conv.weight"])
        return self.node("Add", [y, x]) if adds else y

    def whole(self, x: str) -> tuple[str, str]:
        x = self.relu6(self.norm(self.conv(x, "_conv_stem", 2), "_bn0"))
        for index in range(BLOCKS):
            x = self.block(x, index)
        x = self.relu6(self.norm(self.conv(x, "_conv_head"), "_bn1"))
        x = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        logits = self.node("Gemm", [x, self.constant("_fc.weight"), self.constant("_fc.bias")], transB=1)
        return self.node("Softmax", [logits]), logits


def session(weights: dict[str, np.ndarray]) -> onnxruntime.InferenceSession:
    """Takes "x", float32 [1, 3, 224, 224]; gives probabilities and logits, each [1, 1000]."""
    graph = Graph(weights)
    outputs = [helper.make_tensor_value_info(y, TensorProto.FLOAT, [1, 1000]) for y in graph.whole("x")]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 224, 224])]
    made = helper.make_graph(graph.nodes, "lite0", inputs, outputs, list(graph.used.values()))
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
