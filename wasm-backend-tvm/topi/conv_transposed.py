"""Transposed convolutions, and what they are made of."""

import numpy as np
from tvm import topi

from .case import Made, Random, add_case
from .oracle import convolve_transposed

# What makes a transposed convolution of rank 1, 2 and 3: its arguments are x, w, stride, padding, type, output padding.
PLAIN = {
    "nn.conv1d_transpose_ncw": (1, topi.nn.conv1d_transpose_ncw),
    "nn.conv2d_transpose_nchw": (2, topi.nn.conv2d_transpose_nchw),
    "nn.declaration_conv2d_transpose_impl": (2, topi.nn.declaration_conv2d_transpose_impl),
    "nn.conv3d_transpose_ncdhw": (3, topi.nn.conv3d_transpose_ncdhw),
    "nn.declaration_conv3d_transpose_impl": (3, topi.nn.declaration_conv3d_transpose_impl),
}
GROUPED = {
    "nn.group_conv1d_transpose_ncw": (1, topi.nn.group_conv1d_transpose_ncw),
    "nn.group_conv2d_transpose_nchw": (2, topi.nn.group_conv2d_transpose_nchw),
    "nn.group_conv3d_transpose_ncdhw": (3, topi.nn.group_conv3d_transpose_ncdhw),
}
PREPARED = {
    "nn.conv2d_transpose_nchw_preprocess": (2, topi.nn.conv2d_transpose_nchw_preprocess),
    "nn.conv3d_transpose_ncdhw_preprocess": (3, topi.nn.conv3d_transpose_ncdhw_preprocess),
}


def sizes(rank: int) -> tuple:
    return (2,) * rank, (1,) * rank, "float32", (1,) * rank


def add_plain(name: str, rank: int, operator) -> None:
    def make(random: Random) -> Made:
        x, w = random.floats(2, 3, *(5, 4, 3)[:rank]), random.floats(3, 4, *(3,) * rank)
        return Made([x, w], lambda x, w: operator(x, w, *sizes(rank)), convolve_transposed(x, w, 2, 1, 1))

    add_case(name, make, "onnxruntime")


def add_grouped(name: str, rank: int, operator) -> None:
    def make(random: Random) -> Made:
        x, w = random.floats(2, 6, *(5, 4, 3)[:rank]), random.floats(6, 2, *(3,) * rank)
        return Made([x, w], lambda x, w: operator(x, w, *sizes(rank), 2), convolve_transposed(x, w, 2, 1, 1, 2))

    add_case(name, make, "onnxruntime")


def add_prepared(name: str, rank: int, operator) -> None:
    """Elements two apart in zeros, and the filters backwards with their first dimensions swapped."""

    def make(random: Random) -> Made:
        x, w = random.floats(1, 2, *(5, 4, 3)[:rank]), random.floats(2, 3, *(3,) * rank)
        spread = np.zeros((1, 2, *(2 * n - 1 for n in x.shape[2:])), "float32")
        spread[(slice(None), slice(None), *(slice(None, None, 2),) * rank)] = x
        spread = np.pad(spread, [(0, 0), (0, 0), *[(1, 2)] * rank])
        filters = np.flip(w, tuple(range(2, rank + 2))).swapaxes(0, 1)
        return Made([x, w], lambda x, w: operator(x, w, *sizes(rank)), [spread, filters])

    add_case(name, make)


for table, add in ((PLAIN, add_plain), (GROUPED, add_grouped), (PREPARED, add_prepared)):
    for name, (rank, operator) in table.items():
        add(name, rank, operator)
