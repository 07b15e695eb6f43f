"""Operators that move elements, or make them from their places."""

import numpy as np
from tvm import tirx, topi

from .case import Made, case
from .oracle import onnx_node


@case("adv_index")
def adv_index(random):
    x, i, j = random.floats(4, 5, 3), random.ints(3, 1, low=0, high=4), random.ints(2, low=0, high=5)
    return Made([x, i, j], lambda x, i, j: topi.adv_index(x, [i, j]), x[i, j])


@case("index_tensor")
def index_tensor(random):
    x, i = random.floats(4, 5), random.ints(3, low=0, high=4, dtype="int64")
    return Made([x, i], lambda x, i: topi.index_tensor(x, [i]), x[i])


@case("arange")
def arange(random):
    return Made([], lambda: topi.arange(3, 20, 4, "int32"), np.arange(3, 20, 4, "int32"))


@case("concatenate")
def concatenate(random):
    x, y = random.floats(3, 2), random.floats(3, 5)
    return Made([x, y], lambda x, y: topi.concatenate((x, y), axis=1), np.concatenate((x, y), 1))


@case("dyn_tile")
def dyn_tile(random):
    x = random.floats(2, 3)
    return Made([x], lambda x: topi.dyn_tile(x, [4, 9], 2), np.tile(x, (2, 3)))


@case("dynamic_strided_slice")
def dynamic_strided_slice(random):
    x = random.floats(7, 5)
    begin, end, step = (np.array(row, "int64") for row in ([1, 0], [6, 4], [2, 3]))

    def build(x, begin, end, step):
        return topi.dynamic_strided_slice(x, begin, end, step, [3, 2])

    return Made([x, begin, end, step], build, x[1:6:2, 0:4:3])


@case("expand_dims")
def expand_dims(random):
    x = random.floats(3, 5)
    return Made([x], lambda x: topi.expand_dims(x, 1, 2), x[:, None, None])


@case("expand_like")
def expand_like(random):
    x, y = random.floats(3), random.floats(3, 4)
    return Made([x, y], lambda x, y: topi.expand_like(x, y, [1]), np.broadcast_to(x[:, None], (3, 4)))


@case("flip")
def flip(random):
    x = random.floats(3, 5)
    return Made([x], lambda x: topi.flip(x, 1), x[:, ::-1])


@case("gather")
def gather(random):
    x, i = random.floats(3, 5), random.ints(3, 7, low=0, high=5)
    return Made([x, i], lambda x, i: topi.gather(x, 1, i), np.take_along_axis(x, i, 1))


@case("gather_nd")
def gather_nd(random):
    x, i = random.floats(3, 5, 2), np.stack([random.ints(4, low=0, high=3), random.ints(4, low=0, high=5)])
    return Made([x, i], topi.gather_nd, x[i[0], i[1]])


@case("hamming_window")
def hamming_window(random):
    n = np.arange(9)
    expected = 0.54 - 0.46 * np.cos(2 * np.pi * n / 9)  # periodic: the tenth is left out
    return Made([], lambda: topi.hamming_window(9, True, 0.54, 0.46, "float32"), expected)


@case("layout_transform")
def layout_transform(random):
    x = random.floats(1, 8, 3, 2)
    expected = x.reshape(1, 2, 4, 3, 2).transpose(0, 1, 3, 4, 2)
    return Made([x], lambda x: topi.layout_transform(x, "NCHW", "NCHW4c"), expected)


@case("matrix_set_diag", "loop")
def matrix_set_diag(random):
    x, diagonal = random.floats(2, 3, 4), random.floats(2, 3)
    expected = x.copy()
    for i in range(3):
        expected[:, i, i + 1] = diagonal[:, i]
    return Made([x, diagonal], lambda x, y: topi.matrix_set_diag(x, y, 1), expected)


@case("matrix_set_diag", "loop", "band")
def matrix_set_diag_band(random):
    x, diagonals = random.floats(2, 3, 3), random.floats(2, 3, 3)
    expected = x.copy()
    # The highest diagonal comes first; those above end at the right, those below begin at the left.
    for row, k in enumerate((1, 0, -1)):
        for i in range(3 - abs(k)):
            at = i + max(k, 0) if k > 0 else i
            expected[:, i + max(-k, 0), i + max(k, 0)] = diagonals[:, row, at]
    return Made([x, diagonals], lambda x, y: topi.matrix_set_diag(x, y, (-1, 1)), expected)


@case("meshgrid")
def meshgrid(random):
    x, y = random.floats(3), random.floats(5)
    return Made([x, y], lambda x, y: topi.meshgrid([x, y], "ij"), np.meshgrid(x, y, indexing="ij"))


@case("one_hot")
def one_hot(random):
    x = random.ints(3, 2, low=0, high=5)

    def build(x):
        return topi.one_hot(x, tirx.const(2.0, "float32"), tirx.const(-1.0, "float32"), 5, -1, "float32")

    return Made([x], build, np.where(np.eye(5)[x] > 0, 2, -1).astype("float32"))


@case("repeat")
def repeat(random):
    x = random.floats(3, 5)
    return Made([x], lambda x: topi.repeat(x, 3, 1), np.repeat(x, 3, 1))


@case("reshape")
def reshape(random):
    x = random.floats(3, 4, 5)
    return Made([x], lambda x: topi.reshape(x, (5, 12)), x.reshape(5, 12))


@case("reverse_sequence", "onnxruntime")
def reverse_sequence(random):
    x, lengths = random.floats(3, 5, 2), np.array([2, 5, 1], "int64")
    expected = onnx_node("ReverseSequence", [x, lengths], batch_axis=0, time_axis=1)
    return Made([x, lengths], lambda x, n: topi.reverse_sequence(x, n, 1, 0), expected)


@case("sequence_mask", "loop")
def sequence_mask(random):
    x, lengths = random.floats(5, 3, 2), np.array([1, 5, 2], "int32")
    expected = x.copy()
    for batch, length in enumerate(lengths):
        expected[length:, batch] = -1
    return Made([x, lengths], lambda x, n: topi.sequence_mask(x, n, -1.0, 0), expected)


@case("shape")
def shape(random):
    x = random.floats(3, 1, 5)
    return Made([x], topi.shape, np.array(x.shape, "int32"))


@case("tensor_size")
def tensor_size(random):
    x = random.floats(3, 1, 5)
    return Made([x], topi.tensor_size, np.array(15, "int32"))


@case("sliding_window")
def sliding_window(random):
    x = random.floats(2, 6, 7)
    expected = np.lib.stride_tricks.sliding_window_view(x, (3, 2), (1, 2))[:, ::2, ::3]
    return Made([x], lambda x: topi.sliding_window(x, 1, [3, 2], [2, 3]), expected)


@case("split")
def split(random):
    x = random.floats(3, 7)
    return Made([x], lambda x: topi.split(x, [2, 3], 1), np.split(x, [2, 3], 1))


@case("squeeze")
def squeeze(random):
    x = random.floats(3, 1, 5, 1)
    return Made([x], lambda x: topi.squeeze(x, [1]), x[:, 0])


@case("stack")
def stack(random):
    x, y = random.floats(3, 5), random.floats(3, 5)
    return Made([x, y], lambda x, y: topi.stack([x, y], 1), np.stack([x, y], 1))


@case("strided_set")
def strided_set(random):
    x, v = random.floats(7, 5), random.floats(3, 2)
    begin, end, step = (np.array(row, "int32") for row in ([1, 0], [6, 4], [2, 3]))
    expected = x.copy()
    expected[1:6:2, 0:4:3] = v
    return Made([x, v, begin, end, step], topi.strided_set, expected)


@case("strided_slice")
def strided_slice(random):
    x = random.floats(7, 5)
    return Made([x], lambda x: topi.strided_slice(x, [5, 0], [0, 4], [-2, 3]), x[5:0:-2, 0:4:3])


@case("take")
def take(random):
    x, i = random.floats(5, 3), random.ints(2, 4, low=-2, high=8)
    return Made([x, i], lambda x, i: topi.take(x, i, 0, mode="clip"), np.take(x, i, 0, mode="clip"))


@case("take", variant="wrap")
def take_wrap(random):
    x, i = random.floats(5, 3), random.ints(4, low=-5, high=5, dtype="int64")
    return Made([x, i], lambda x, i: topi.take(x, i, mode="wrap"), np.take(x, i, mode="wrap"))


@case("tile")
def tile(random):
    x = random.floats(3, 2)
    return Made([x], lambda x: topi.tile(x, (2, 1, 3)), np.tile(x, (2, 1, 3)))


@case("transpose")
def transpose(random):
    x = random.floats(3, 4, 5)
    return Made([x], lambda x: topi.transpose(x, (2, 0, 1)), x.transpose(2, 0, 1))


@case("trilu")
def trilu(random):
    x = random.floats(2, 5, 4)
    return Made([x], lambda x: topi.trilu(x, tirx.const(1, "int32"), True), np.triu(x, 1))


@case("trilu", variant="lower")
def trilu_lower(random):
    x = random.floats(4, 5)
    return Made([x], lambda x: topi.trilu(x, tirx.const(-1, "int32"), False), np.tril(x, -1))


@case("unravel_index")
def unravel_index(random):
    i, dims = random.ints(5, low=0, high=60), np.array([3, 4, 5], "int32")
    return Made([i, dims], topi.unravel_index, np.stack(np.unravel_index(i, dims)))


@case("where")
def where(random):
    c, x, y = random.bools(3, 1), random.floats(3, 5), random.floats(5)
    return Made([c, x, y], topi.where, np.where(c, x, y))


@case("slice_scatter")
def slice_scatter(random):
    x, y = random.floats(3, 9), random.floats(3, 3)
    expected = x.copy()
    expected[:, 1:8:3] = y
    return Made([x, y], lambda x, y: topi.slice_scatter(x, y, 1, 8, 3, 1), expected)


@case("sparse_reshape", "loop")
def sparse_reshape(random):
    index = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 2, 3]], "int32")
    before, after = np.array([2, 3, 6], "int32"), np.array([9, -1], "int32")
    expected = [divmod((a * 3 + b) * 6 + c, 4) for a, b, c in index]

    def build(index, before, after):
        return topi.sparse_reshape(index, before, after, (5, 2), (2,))

    return Made([index, before, after], build, [np.array(expected, "int32"), np.array([9, 4], "int32")])


@case("sparse_to_dense", "loop")
def sparse_to_dense(random):
    index, values = np.array([[0, 1], [2, 4], [1, 0]], "int32"), random.floats(3)
    expected = np.full((3, 5), 0.5, "float32")
    for (i, j), value in zip(index, values, strict=True):
        expected[i, j] = value

    def build(index, values, default):
        return topi.sparse_to_dense(index, (3, 5), values, default[()])

    return Made([index, values, np.array(0.5, "float32")], build, expected)
