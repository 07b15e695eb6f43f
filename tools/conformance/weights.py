"""Sets a net's weights on purpose: activations of order one, statistics that are not trivial, nothing left at 0 or 1.

Fresh weights test little: a residual branch that starts at 0 is never seen, and the logits of a deep net fade to 1e-10
or grow to 1e5. So each trained parameter is drawn anew from its name's own seed; then one forward pass over calibration
inputs scales each layer's output to deviation one and sets each BatchNorm near what it sees.
"""

from __future__ import annotations

import zlib

import mindspore as ms
import numpy as np
from mindspore import mint, nn
from spec import SEED

LINEAR = (
    nn.Conv1d,
    nn.Conv2d,
    nn.Conv3d,
    nn.Conv1dTranspose,
    nn.Conv2dTranspose,
    nn.Conv3dTranspose,
    nn.Dense,
    mint.nn.Conv2d,
    mint.nn.Linear,
)
BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, mint.nn.BatchNorm2d)
LEAST_DEVIATION = 1e-3
LEAST_PLACES = 16


def named_rng(name: str) -> np.random.Generator:
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def fresh(name: str, value: np.ndarray) -> np.ndarray:
    """A parameter's new value: its old one tells whether it is a matrix, an offset or a factor."""
    rng = named_rng(name)
    if value.size > 1 and value.std() > 0:
        return rng.normal(0, 1 / np.sqrt(max(1, np.prod(value.shape[1:]))), value.shape)
    if value.size and abs(value.flat[0]) == 1:
        return value.flat[0] * rng.uniform(0.7, 1.3, value.shape)
    if np.any(value):  # a layer's scale, often 1e-6
        return rng.uniform(0.3, 0.7, value.shape)
    return rng.normal(0, 0.1, value.shape)


def draw_all(net: nn.Cell, factors: tuple) -> None:
    for name, parameter in net.parameters_and_names():
        if parameter.requires_grad and parameter.dtype in (ms.float32, ms.float16):
            value = parameter.asnumpy()
            factor = next((factor for end, factor in factors if name.endswith(end)), 1)
            parameter.set_data(ms.Tensor((factor * fresh(name, value.astype(np.float64))).astype(value.dtype)))


def scale_linear(cell, inputs, output):
    """Forward hook: the layer's output gets deviation one by its weight, and each channel a mean near 0 by its bias.

    Without the second, what the activations before it have in common grows from layer to layer where no BatchNorm takes
    it away, until all inputs give one answer. A mean over a few numbers is left alone: to take it away would magnify
    what little is left, rounding included: efficientnet_v2_s answered a change of 1e-6 by one of 4e-3.
    """
    out = output.asnumpy().astype(np.float64)
    bias = getattr(cell, "bias", None) if getattr(cell, "has_bias", True) else None
    axes = tuple(range(out.ndim - 1)) if cell.weight.ndim == 2 else (0, *range(2, out.ndim))
    mean = out.mean(axes, keepdims=True) if bias is not None and out.size >= LEAST_PLACES * bias.size else 0
    deviation = float((out - mean).std())
    if deviation < LEAST_DEVIATION:
        return output
    cell.weight.set_data(ms.Tensor((cell.weight.asnumpy() / deviation).astype(np.float32)))
    if bias is not None:
        rng = named_rng(bias.name)
        moved = (bias.asnumpy() - np.reshape(mean, -1)) / deviation + rng.normal(0, 0.1, bias.shape)
        bias.set_data(ms.Tensor(moved.astype(np.float32)))
    return cell.construct(*inputs)


def statistics(cell) -> tuple:
    """A BatchNorm's mean and variance, in whichever names its kind keeps them."""
    if hasattr(cell, "moving_mean"):
        return cell.moving_mean, cell.moving_variance
    return cell.running_mean, cell.running_var


def set_statistics(cell, inputs):
    """Hook before a BatchNorm: its statistics become the input's, each off by some tenths."""
    x = inputs[0].asnumpy().astype(np.float64)
    axes = (0, *range(2, x.ndim))
    rng = named_rng(statistics(cell)[0].name)
    # A channel may be constant over a few pictures; the layer's own spread is a fair floor.
    variance = np.maximum(x.var(axes), 0.1 * x.var() + 1e-6)
    mean = x.mean(axes) + 0.2 * np.sqrt(variance) * rng.normal(size=variance.shape)
    variance = variance * rng.uniform(0.6, 1.6, variance.shape)
    for parameter, value in zip(statistics(cell), (mean, variance), strict=True):
        parameter.set_data(ms.Tensor(value.astype(np.float32)))


def flat(answer) -> list[ms.Tensor]:
    """The tensors of a nested answer, in order."""
    if isinstance(answer, (tuple, list)):
        return [tensor for part in answer for tensor in flat(part)]
    return [answer]


def calibrate(net: nn.Cell, inputs: list) -> None:
    hooks = []
    for _, cell in net.cells_and_names():
        if isinstance(cell, BATCH_NORMS):
            hooks.append(cell.register_forward_pre_hook(set_statistics))
        elif isinstance(cell, LINEAR):
            hooks.append(cell.register_forward_hook(scale_linear))
    try:
        for output in flat(net(*inputs)):
            output.asnumpy()  # errors come late, with the first that needs the numbers
    finally:
        for hook in hooks:
            hook.remove()


def batch(drawn: list[list[np.ndarray]]) -> list[ms.Tensor]:
    """Several draws as one batch, for statistics over more than one picture."""
    return [ms.Tensor(np.concatenate(same)) for same in zip(*drawn, strict=True)]


def set_up(net: nn.Cell, drawn: list[list[np.ndarray]], factors: tuple = ()) -> str:
    """Draws and calibrates; says how. Nets made for one batch size are calibrated with one draw."""
    ms.set_context(mode=ms.PYNATIVE_MODE)
    net.set_train(False)
    draw_all(net, factors)
    if not any(isinstance(cell, LINEAR + BATCH_NORMS) for _, cell in net.cells_and_names()):
        return "nothing to calibrate"
    tried = [lambda: batch(drawn), lambda: [ms.Tensor(x) for x in drawn[0]]]
    for how, inputs in zip(("several inputs", "one input"), tried, strict=True):
        draw_all(net, factors)  # also what a failed pass has changed
        try:
            calibrate(net, inputs())
            return how
        except Exception as error:
            reason = str(error).strip().splitlines()
    draw_all(net, factors)
    return f"not calibrated: {(reason or ['?'])[0]}"
