"""Products of matrices, also of bits."""

import numpy as np
from tvm import topi

from .case import Made, case
from .oracle import convolve_integers


@case("matmul")
def matmul(random):
    x, y = random.floats(7, 3), random.floats(7, 5)
    return Made([x, y], lambda x, y: topi.matmul(x, y, True), x.T @ y)


@case("nn.matmul")
def nn_matmul(random):
    x, y, bias = random.floats(2, 3, 7), random.floats(2, 7, 5), random.floats(5)
    return Made([x, y, bias], lambda x, y, b: topi.nn.matmul(x, y, b), x @ y + bias)


@case("nn.dense")
def dense(random):
    x, w, bias = random.floats(3, 7), random.floats(5, 7), random.floats(5)
    return Made([x, w, bias], topi.nn.dense, x @ w.T + bias)


@case("nn.dense", variant="int8")
def dense_int8(random):
    x, w = random.ints(3, 7, low=-128, high=128, dtype="int8"), random.ints(5, 7, low=-128, high=128, dtype="int8")
    expected = x.astype("int32") @ w.T.astype("int32")
    return Made([x, w], lambda x, w: topi.nn.dense(x, w, out_dtype="int32"), expected)


@case("nn.dense_pack")
def dense_pack(random):
    x, w = random.floats(3, 7), random.floats(8, 7)
    return Made([x, w.reshape(2, 4, 7).transpose(0, 2, 1).copy()], topi.nn.dense_pack, x @ w.T)


@case("nn.batch_matmul")
def batch_matmul(random):
    x, y = random.floats(4, 3, 7), random.floats(1, 5, 7)
    return Made([x, y], topi.nn.batch_matmul, x @ y.swapaxes(1, 2))


@case("nn.batch_matmul", variant="transposed")
def batch_matmul_transposed(random):
    x, y = random.floats(2, 7, 3), random.floats(2, 7, 5)

    def build(x, y):
        return topi.nn.batch_matmul(x, y, transpose_a=True, transpose_b=False)

    return Made([x, y], build, x.swapaxes(1, 2) @ y)


@case("tensordot")
def tensordot(random):
    x, y = random.floats(3, 4, 5), random.floats(5, 4, 2)
    return Made([x, y], lambda x, y: topi.tensordot(x, y, ((1, 2), (1, 0))), np.tensordot(x, y, ((1, 2), (1, 0))))


@case("einsum")
def einsum(random):
    x, y = random.floats(2, 3, 4), random.floats(4, 5)
    return Made([x, y], lambda x, y: topi.einsum("bij,jk->bik", x, y), np.einsum("bij,jk->bik", x, y))


@case("nn.bitpack", "loop")
def bitpack(random):
    x = random.ints(2, 64, low=0, high=4, dtype="uint8")
    expected = np.zeros((2, 2, 2), "uint32")
    for row, bit, word in np.ndindex(expected.shape):
        for value in x[row, word * 32 : word * 32 + 32]:  # the first is the highest
            expected[row, bit, word] = (int(expected[row, bit, word]) << 1) | (int(value) >> bit & 1)
    return Made([x], lambda x: topi.nn.bitpack(x, 2, 1, 1, "uint32"), expected)


@case("nn.binarize_pack", "loop")
def binarize_pack(random):
    x = random.floats(3, 64)
    expected = np.zeros((3, 2), "uint32")
    for row, word in np.ndindex(3, 2):
        for value in x[row, word * 32 : word * 32 + 32]:
            expected[row, word] = (int(expected[row, word]) << 1) | int(value >= 0)
    return Made([x], topi.nn.binarize_pack, expected)


def signs(words: np.ndarray) -> np.ndarray:
    """Bits of each row as +1 and -1."""
    return np.unpackbits(words.view("uint8"), axis=1).astype("int32") * 2 - 1


@case("nn.binary_dense")
def binary_dense(random):
    x, w = (random.ints(n, 3, low=0, high=1 << 32, dtype="uint32") for n in (4, 5))
    return Made([x, w], topi.nn.binary_dense, (signs(x) @ signs(w).T).astype("float32"))


def unipolar(w: np.ndarray, bits: int) -> np.ndarray:
    """Each bit counts as +1 or -1 instead of 1 or 0."""
    return 2 * w.astype("int64") - ((1 << bits) - 1)


@case("nn.bitserial_dense")
def bitserial_dense(random):
    x, w = random.ints(3, 64, low=0, high=4, dtype="uint8"), random.ints(5, 64, low=0, high=2, dtype="uint8")
    expected = x.astype("int64") @ unipolar(w, 1).T
    return Made([x, w], lambda x, w: topi.nn.bitserial_dense(x, w, 2, 1), expected.astype("int16"))


@case("nn.bitserial_dense", variant="bipolar")
def bitserial_dense_bipolar(random):
    x, w = random.ints(3, 64, low=0, high=4, dtype="uint8"), random.ints(5, 64, low=0, high=4, dtype="uint8")
    expected = x.astype("int64") @ w.T.astype("int64")

    def build(x, w):
        return topi.nn.bitserial_dense(x, w, 2, 2, unipolar=False)

    return Made([x, w], build, expected.astype("int16"))


@case("nn.bitserial_conv2d_nchw", "loop")
def bitserial_conv2d_nchw(random):
    x = random.ints(1, 32, 5, 6, low=0, high=4, dtype="uint8")
    w = random.ints(3, 32, 3, 3, low=0, high=2, dtype="uint8")

    def build(x, w):
        return topi.nn.bitserial_conv2d_nchw(x, w, 1, 1, 2, 1)

    return Made([x, w], build, convolve_integers(x, unipolar(w, 1), 1, 1).astype("int16"))


@case("nn.bitserial_conv2d_nhwc", "loop")
def bitserial_conv2d_nhwc(random):
    x = random.ints(1, 32, 5, 6, low=0, high=4, dtype="uint8")
    w = random.ints(3, 32, 3, 3, low=0, high=4, dtype="uint8")

    def build(x, w):
        return topi.nn.bitserial_conv2d_nhwc(x, w, 2, 1, 2, 2, unipolar=False)

    inputs = [x.transpose(0, 2, 3, 1).copy(), w.transpose(2, 3, 1, 0).copy()]
    return Made(inputs, build, convolve_integers(x, w, 2, 1).transpose(0, 2, 3, 1).astype("int16"))
