"""A convolutional ONNX graph as a list of layers, channels last, for scripts that build the net in another framework.

graph.json has "inputs", "output" and "layers" in order; each layer names what it reads and what it makes:

    conv, depthwise   filter [height, width, in, out] or [height, width, channels, 1], bias, strides, pads, activation
    dense             weights [in, out], bias
    maxpool           size, strides, pads
    mean              of each image, [n, h, w, c] -> [n, c]
    add               two inputs, activation

strides are [down, across], pads [top, left, bottom, right], activation is null, "relu" or "relu6". A tensor has its
shape and, counted in floats, its offset in weights.bin (float32, little endian). Batch norms are in the weights.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

ACTIVATIONS = {"Relu": "relu", "Clip": "relu6"}


class LayerList:
    def __init__(self, model: onnx.ModelProto):
        self.values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
        self.layers: list[dict] = []
        self.made: dict[str, str] = {value.name: value.name for value in model.graph.input}
        self.readers = [name for node in model.graph.node for name in node.input]
        for node in model.graph.node:
            self.append(node)
        self.inputs = [value.name for value in model.graph.input]
        self.output = self.made[model.graph.output[0].name]

    def append(self, node: onnx.NodeProto) -> None:
        """Appends a layer or works the node into the one before it."""
        attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        convert = getattr(self, f"from_{node.op_type}", None)
        if convert is None:
            raise NotImplementedError(f"{node.op_type} has no layer")
        self.made[node.output[0]] = convert(node, attributes)

    def layer(self, node: onnx.NodeProto, op: str, inputs: int = 1, **more: object) -> str:
        names = [self.made[name] for name in node.input[:inputs]]
        self.layers.append({"op": op, "inputs": names, "output": node.output[0], **more})
        return node.output[0]

    def maker(self, node: onnx.NodeProto) -> dict:
        """The layer that makes what a node reads, and nobody else reads."""
        assert self.readers.count(node.input[0]) == 1
        name = self.made[node.input[0]]
        return next(layer for layer in self.layers if layer["output"] == name)

    def from_Conv(self, node: onnx.NodeProto, attributes: dict) -> str:
        weight = self.values[node.input[1]]
        depthwise = attributes["group"] > 1
        assert not depthwise or weight.shape[1] == 1
        bias = self.values[node.input[2]] if len(node.input) > 2 else np.zeros(len(weight), np.float32)
        kernel = weight.transpose((2, 3, 0, 1) if depthwise else (2, 3, 1, 0))
        sizes = {"strides": attributes["strides"], "pads": attributes["pads"], "activation": None}
        return self.layer(node, "depthwise" if depthwise else "conv", filter=kernel, bias=bias, **sizes)

    def from_BatchNormalization(self, node: onnx.NodeProto, attributes: dict) -> str:
        layer = self.maker(node)
        gamma, beta, mean, variance = (self.values[name].astype(np.float64) for name in node.input[1:])
        scale = gamma / np.sqrt(variance + attributes["epsilon"])
        turned = scale[:, None] if layer["op"] == "depthwise" else scale
        layer["filter"] = (layer["filter"] * turned).astype(np.float32)
        layer["bias"] = ((layer["bias"] - mean) * scale + beta).astype(np.float32)
        return layer["output"]

    def activate(self, node: onnx.NodeProto, _: dict) -> str:
        layer = self.maker(node)
        assert layer["activation"] is None
        layer["activation"] = ACTIVATIONS[node.op_type]
        return layer["output"]

    from_Relu = from_Clip = activate

    def from_Add(self, node: onnx.NodeProto, _: dict) -> str:
        return self.layer(node, "add", 2, activation=None)

    def from_MaxPool(self, node: onnx.NodeProto, attributes: dict) -> str:
        sizes = {"strides": attributes["strides"], "pads": attributes["pads"]}
        return self.layer(node, "maxpool", size=attributes["kernel_shape"], **sizes)

    def from_GlobalAveragePool(self, node: onnx.NodeProto, _: dict) -> str:
        return self.layer(node, "mean")

    def from_Flatten(self, node: onnx.NodeProto, _: dict) -> str:
        return self.made[node.input[0]]

    def from_Gemm(self, node: onnx.NodeProto, _: dict) -> str:
        weights, bias = (self.values[name] for name in node.input[1:])
        return self.layer(node, "dense", weights=weights.T, bias=bias)

    def written(self) -> tuple[dict, bytes]:
        """graph.json and weights.bin."""
        parts: list[bytes] = []
        layers = []
        for layer in self.layers:
            said = dict(layer)
            for key in ("filter", "weights", "bias"):
                if key in said:
                    said[key] = {"shape": list(said[key].shape), "offset": sum(map(len, parts)) // 4}
                    parts.append(np.ascontiguousarray(layer[key], "<f4").tobytes())
            layers.append(said)
        return {"inputs": self.inputs, "output": self.output, "layers": layers}, b"".join(parts)
