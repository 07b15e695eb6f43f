"""ONNX's recurrent networks and com.microsoft's transformer operators on random numbers, against onnxruntime."""

import ms_backend_wasm
import numpy as np
import onnxruntime
import pytest
from onnx import helper, numpy_helper

DTYPES = {np.dtype(np.float32): 1, np.dtype(np.int32): 6, np.dtype(np.int64): 7, np.dtype(bool): 9}


def check(op_type, inputs, outputs, domain="com.microsoft", constants=(), tolerance=2e-5, keys=None, **attributes):
    """A model of one node, run here and by onnxruntime; inputs whose numbers are in constants are initializers."""
    names = ["" if x is None else f"x{i}" for i, x in enumerate(inputs)]
    given = {n: x for i, (n, x) in enumerate(zip(names, inputs, strict=True)) if x is not None and i not in constants}
    node = helper.make_node(op_type, names, outputs, domain=domain, **attributes)
    graph = helper.make_graph(
        [node],
        "g",
        [helper.make_tensor_value_info(n, DTYPES[x.dtype], x.shape) for n, x in given.items()],
        [helper.make_tensor_value_info(n, 1 if "mask" not in n else 6, None) for n in outputs if n],
        [numpy_helper.from_array(inputs[i], names[i]) for i in constants],
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    expected = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, given)
    got = ms_backend_wasm.load(model)(*given.values())
    got = got if isinstance(got, (list, tuple)) else [got]
    assert len(got) == len(expected)
    for mine, theirs in zip(got, expected, strict=True):
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype)
        for item in range(len(mine) if keys is not None and mine.ndim == 4 else 0):
            mine[item, :, keys[item] :] = theirs[item, :, keys[item] :] = 0  # behind an item's last key anything may be
        np.testing.assert_allclose(mine, theirs, rtol=tolerance, atol=tolerance)


@pytest.fixture
def numbers():
    generator = np.random.default_rng(11)
    return lambda *shape: generator.standard_normal(shape).astype(np.float32)


RECURRENT = {"RNN": 1, "GRU": 3, "LSTM": 4}
MORE_ACTIVATIONS = {
    "RNN": ["LeakyRelu"],
    "GRU": ["HardSigmoid", "Softsign"],
    "LSTM": ["Sigmoid", "ScaledTanh", "Elu"],
}


@pytest.mark.parametrize("cell", RECURRENT)
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(
    "extra",
    ["plain", "constant weights", "bias", "states", "lengths", "variant", "clip", "activations", "peepholes"],
)
def test_recurrent_networks(cell, direction, extra, numbers):
    t, b, i, h, gates = 5, 3, 6, 7, RECURRENT[cell]
    d = 2 if direction == "bidirectional" else 1
    x, w, r = numbers(t, b, i), numbers(d, gates * h, i), numbers(d, gates * h, h)
    attributes, bias, lengths, states, peepholes = {}, numbers(d, 2 * gates * h), None, [], []
    if extra in ("plain", "constant weights"):
        bias = None if extra == "plain" else bias
    elif extra == "states":
        states = [numbers(d, b, h)] + ([numbers(d, b, h)] if cell == "LSTM" else [])
    elif extra == "lengths":
        lengths = np.array([5, 2, 3], np.int32)
    elif extra == "variant":
        attributes = {"GRU": {"linear_before_reset": 1}, "LSTM": {"input_forget": 1}}.get(cell, {})
    elif extra == "clip":
        attributes = {"clip": 0.7}
    elif extra == "activations":
        attributes = {"activations": MORE_ACTIVATIONS[cell] * d}
        if cell == "LSTM":
            attributes |= {"activation_alpha": [0.8, 0.6] * d, "activation_beta": [0.9] * d}
    elif cell == "LSTM":
        peepholes = [numbers(d, 3 * h)]
        states = [numbers(d, b, h), numbers(d, b, h)]
    inputs = [x, w, r, bias, lengths, *states, *peepholes]
    outputs = ["Y", "Y_h"] + (["Y_c"] if cell == "LSTM" else [])
    constants = [1, 2, 3] if extra == "constant weights" else []
    check(cell, inputs, outputs, "", constants, direction=direction, hidden_size=h, **attributes)


def test_gelus(numbers):
    x, bias = numbers(3, 5, 8), numbers(8)
    check("Gelu", [x], ["y"])
    check("BiasGelu", [x, bias], ["y"])
    check("FastGelu", [x], ["y"], tolerance=1e-4)
    check("FastGelu", [x, bias], ["y"], tolerance=1e-4)
    check("QuickGelu", [x], ["y"])
    check("QuickGelu", [x], ["y"], alpha=1.3)


@pytest.mark.parametrize("bias", [False, True])
def test_skip_layer_norms(bias, numbers):
    x, skip, gamma, beta = numbers(2, 5, 8), numbers(2, 5, 8), numbers(8), numbers(8)
    more = [numbers(8)] if bias else []
    sums = ["y", "", "", "sum"]
    check("SkipLayerNormalization", [x, skip, gamma, beta, *more], sums, epsilon=1e-5)
    check("SkipLayerNormalization", [x, skip, gamma, None, *more], ["y"])
    check("SkipSimplifiedLayerNormalization", [x, skip, gamma, *more], sums, epsilon=1e-6)


@pytest.mark.parametrize("segments", [False, True])
def test_embed_layer_norm(segments, numbers):
    ids = np.array([[1, 4, 2, 0], [3, 3, 1, 2]], np.int32)
    tables = [numbers(5, 8), numbers(6, 8), numbers(2, 8) if segments else None]
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], np.int32)
    kinds = ids % 2 if segments else None
    check("EmbedLayerNormalization", [ids, kinds, *tables, numbers(8), numbers(8), mask], ["y", "mask"])


MASKS = {"none": None, "lengths": [5, 3], "keys": [[1, 1, 1, 1, 0], [1, 1, 0, 1, 0]]}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize("added", [False, True])
def test_attention(mask, past, added, numbers):
    b, s, width, heads = 2, 5, 8, 2
    x, w, bias = numbers(b, s, width), numbers(width, 3 * width), numbers(3 * width)
    keys = s + 3 * past
    given = None if MASKS[mask] is None else np.array(MASKS[mask], np.int32)
    if past and mask == "keys":
        given = np.concatenate([np.ones((b, 3), np.int32), given], 1)
    if past and mask == "lengths":
        given = None  # onnxruntime takes no lengths with a past
    inputs = [x, w, bias, given, numbers(2, b, heads, 3, width // heads) if past else None]
    inputs += [numbers(b, heads, s, keys)] if added and not past else []  # nor what is added
    check("Attention", inputs, ["y", "present"] if past else ["y"], num_heads=heads)
    if mask == "none":
        check("Attention", inputs, ["y"] + (["present"] if past else []), num_heads=heads, unidirectional=1, scale=0.3)


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_multi_head_attention(past, masked, numbers):
    b, s, keys, width, heads = 2, 4, 6, 8, 2
    if past:
        keys = s
    total = keys + 3 * past
    mask = (np.arange(total) < np.array([[total], [total - 2]])).astype(np.int32) if masked else None
    inputs = [numbers(b, s, width), numbers(b, keys, width), numbers(b, keys, width), numbers(3 * width), mask]
    inputs += [numbers(b, heads, s, total)]
    inputs += [numbers(b, heads, 3, width // heads), numbers(b, heads, 3, width // heads)] if past else []
    check("MultiHeadAttention", inputs, ["y", "present_key", "present_value"] if past else ["y"], num_heads=heads)


@pytest.mark.parametrize("interleaved", [0, 1])
def test_rotary_embedding(interleaved, numbers):
    x, angles = numbers(2, 3, 16), numbers(9, 4)
    for positions in ([4], [[0, 1, 2], [5, 3, 8]]):
        inputs = [x, np.array(positions, np.int64), np.cos(angles), np.sin(angles)]
        check("RotaryEmbedding", inputs, ["y"], interleaved=interleaved)


@pytest.mark.parametrize("alpha", [1.0, 0.5])
def test_fused_matmul(alpha, numbers):
    check("FusedMatMul", [numbers(2, 4, 3), numbers(2, 5, 4)], ["y"], transA=1, transB=1, alpha=alpha)


@pytest.mark.parametrize("rotary", [0, 1])
@pytest.mark.parametrize("window", [-1, 3])
@pytest.mark.parametrize("state", ["prompt", "grows", "shared"])
def test_group_query_attention(rotary, window, state, numbers):
    b, heads, kv, depth = 2, 4, 2, 16
    s, past = (5, 0) if state == "prompt" else (1, 6)
    total = {"prompt": s, "grows": past + s, "shared": 5}[state]
    last = np.array([total - 1, total - 1 if state == "prompt" else total - 3], np.int32)
    angles = numbers(16, depth // 2)
    inputs = [numbers(b, s, heads * depth), numbers(b, s, kv * depth), numbers(b, s, kv * depth)]
    inputs += [numbers(b, kv, past, depth), numbers(b, kv, past, depth), last, np.array(total, np.int32)]
    inputs += [np.cos(angles), np.sin(angles)] if rotary else []
    check(
        "GroupQueryAttention",
        inputs,
        ["y", "present_key", "present_value"],
        num_heads=heads,
        kv_num_heads=kv,
        do_rotary=rotary,
        local_window_size=window,
        keys=last + 1,
    )
