"""Oracles that several cases share: a model of one node in onnxruntime, and plain loops."""

import itertools
from collections.abc import Sequence

import numpy as np


def onnx_node(operator: str, inputs: Sequence[np.ndarray | None], outputs: int = 1, opset: int = 18, **attributes):
    """What onnxruntime makes of one node: an array, or a list of them. An input of None is not given."""
    import onnx
    import onnxruntime

    names = ["" if array is None else f"x{i}" for i, array in enumerate(inputs)]
    given = {name: array for name, array in zip(names, inputs, strict=True) if name}
    kinds = [
        onnx.helper.make_tensor_value_info(name, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
        for name, array in given.items()
    ]
    results = [f"z{i}" for i in range(outputs)]
    node = onnx.helper.make_node(operator, names, results, **attributes)
    untyped = [onnx.helper.make_empty_tensor_value_info(name) for name in results]
    graph = onnx.helper.make_graph([node], operator, kinds, untyped)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", opset)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    answers = session.run(results, given)
    return answers[0] if outputs == 1 else answers


def convolve(x, w, stride: int = 1, pad: int = 0, dilation: int = 1, groups: int = 1) -> np.ndarray:
    """Convolution by onnxruntime: x (n, c, ...), w (o, c / groups, ...)."""
    rank = x.ndim - 2
    return onnx_node(
        "Conv", [x, w], strides=[stride] * rank, pads=[pad] * 2 * rank, dilations=[dilation] * rank, group=groups
    )


def convolve_integers(x, w, stride: int = 1, pad: int = 0, pad_value: int = 0) -> np.ndarray:
    """The plain loop over images (n, c, h, w) and filters (o, c, h, w), in int64."""
    x = np.pad(x.astype("int64"), ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=pad_value)
    height, width = ((x.shape[i] - w.shape[i]) // stride + 1 for i in (2, 3))
    z = np.zeros((x.shape[0], w.shape[0], height, width), "int64")
    for i, j in itertools.product(range(height), range(width)):
        part = x[:, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
        z[:, :, i, j] = np.tensordot(part, w.astype("int64"), ([1, 2, 3], [1, 2, 3]))
    return z


def convolve_transposed(x, w, stride: int, pad: int, output_pad: int = 0, groups: int = 1) -> np.ndarray:
    """Transposed convolution by onnxruntime: x (n, c, ...), w (c, o / groups, ...)."""
    rank = x.ndim - 2
    sizes = {"strides": [stride] * rank, "pads": [pad] * 2 * rank, "output_padding": [output_pad] * rank}
    return onnx_node("ConvTranspose", [x, w], group=groups, **sizes)
