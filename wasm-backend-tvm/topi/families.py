"""Importing this module makes every case: CASES of case.py by name."""

from . import (  # noqa: F401
    broadcast,
    conv,
    conv_transposed,
    dense,
    elementwise,
    image,
    move,
    norm,
    pad,
    pool,
    reduce,
    scatter,
    signal,
    sort,
    vision,
)
from .case import CASES

__all__ = ["CASES"]
