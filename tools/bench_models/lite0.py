"""EfficientNet-Lite0 with its trained weights, from what `make demo` makes of it and tests it by."""

from __future__ import annotations

import lite0_onnx
import lite0_source
from make_lite0 import trained_net
from torch_state_dict import read_state_dict

from .onnx_graph import OnnxGraph


def make():
    numbers = read_state_dict(lite0_source.weights())
    return numbers, trained_net(numbers)


def graph(numbers, shapes):
    source = lite0_onnx.Graph(numbers)
    probabilities, logits = source.whole("x")
    made = OnnxGraph(numbers)
    made.nodes, made.constants = source.nodes, source.used
    return made, {"probabilities": probabilities, "logits": logits}
