"""Numbers for nets without trained weights: drawn and scaled as those of the conformance nets are."""

from __future__ import annotations

import numpy as np
import weights  # tools/conformance
from mindspore import nn

from .spec import Pictures


def numbers(cell: nn.Cell) -> dict[str, np.ndarray]:
    return {name: parameter.asnumpy() for name, parameter in cell.parameters_and_names()}


def on_pictures(cell: nn.Cell, size: int) -> tuple[dict[str, np.ndarray], nn.Cell]:
    """The numbers and the cell that holds them, after each layer has seen two pictures.

    Batch norm has statistics near what it sees and no activation fades or grows, so the answers say something.
    """
    drawn = [list(Pictures(size, batch).arrays().values()) for batch in (1, 2)]
    how = weights.set_up(cell, drawn)
    if how != "several inputs":
        raise RuntimeError(f"{type(cell).__name__}: {how}")
    return numbers(cell), cell
