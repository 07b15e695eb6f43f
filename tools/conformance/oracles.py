"""Numpy's answers for the nets whose operators have no CPU kernel in MindSpore: (inputs, parameters) -> outputs.

Written from the operators' definitions, in float64 unless rounding is the point.
"""

from __future__ import annotations

import numpy as np


def layer_norm_ext(inputs, weights):
    (x,) = (np.asarray(a, np.float64) for a in inputs)
    x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
    return [(x * weights["norm.weight"] + weights["norm.bias"]).astype(np.float32)]


def roll(inputs, _):
    return [np.roll(inputs[0], (2, -1), (0, 1))]


def einsums(inputs, _):
    a, b = (np.asarray(x, np.float64) for x in inputs)
    return [np.einsum(e, a, b).astype(np.float32) for e in ("bij,bjk->bik", "bij,bjk->ki", "bij,bjk->b")]


def einsum_attention(inputs, _):
    q, k, v = (np.asarray(x, np.float64) for x in inputs)
    scores = np.exp(np.einsum("bihd,bjhd->bhij", q, k))
    return [np.einsum("bhij,bjhd->bihd", scores / scores.sum(-1, keepdims=True), v).astype(np.float32)]


def mint_convolution(inputs, weights):
    """Conv2DExt of stride 2 and padding 1, BatchNormExt, ReLU, mean over the picture, Dense."""
    x = np.pad(np.asarray(inputs[0], np.float64), ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3))[:, :, ::2, ::2]
    x = np.einsum("nchwij,ocij->nohw", windows, weights["conv.weight"])
    x += weights["conv.bias"].reshape(-1, 1, 1)
    mean, var, gamma, beta = (
        weights[f"norm.{name}"].reshape(-1, 1, 1) for name in ("running_mean", "running_var", "weight", "bias")
    )
    x = np.maximum((x - mean) / np.sqrt(var + 1e-5) * gamma + beta, 0).mean((2, 3))
    return [(x @ weights["dense.weight"].T + weights["dense.bias"]).astype(np.float32)]


def bfloat16(x):
    """Rounded to the nearest bfloat16, ties to even, as a float32."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).astype(np.uint32).view(np.float32)


def mlp_bfloat16(inputs, weights):
    """Each result is rounded to bfloat16, each sum before it is exact."""
    x = bfloat16(inputs[0])
    between = {0: lambda v: np.maximum(v, 0), 2: np.tanh, 4: lambda v: 1 / (1 + np.exp(-v)), 6: None}
    for layer, activation in between.items():
        weight, bias = (bfloat16(weights[f"inner.layers.{layer}.{name}"]) for name in ("weight", "bias"))
        x = bfloat16(bfloat16(x.astype(np.float64) @ weight.T.astype(np.float64)) + bias)
        x = bfloat16(activation(x.astype(np.float64))) if activation else x
    return [x]
