"""Cases, as in op_cases, for operators made of matrix products, with numpy in float64 as their oracle.

The oracle of a family gives None where the use makes no sense; `bound` is how far a float32 answer may be from it.
That MindSpore means the same is tested on nets: test_mindir_nets.py.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from op_cases import Case, plain

EPSILON = float(np.finfo(np.float32).eps)
DOUBLE = np.dtype(np.float64)


def einsum(rng, dtype) -> Iterator[Case]:
    sizes = {"a": 2, "b": 3, "c": 4, "d": 5, "e": 1}
    for equation in [
        "ab,bc->ac",
        "ab,cb->ca",
        "abc,acd->abd",
        "abc,acd->db",
        "abc,acd->a",
        "abc,acd->",
        "abcd,aecd->aceb",
        "a,b->ab",
        "ab,ab->ab",
        "ab,cd->dbac",
        "abc,b->ca",
        "abc->cab",
        "abc->b",
        "ab->",
        "ab , bc",
        ",ab->ba",
    ]:
        operands = equation.replace(" ", "").split("->")[0].split(",")
        arrays = [plain(rng, *(sizes[letter] for letter in letters)) for letters in operands]
        yield Case(arrays, {"equation": [ord(c) for c in equation]})
    for x, y in [((2, 0), (0, 3)), ((0, 2), (2, 3)), ((2, 2), (2, 0))]:
        yield Case([plain(rng, *x), plain(rng, *y)], {"equation": [ord(c) for c in "ab,bc->ac"]})


def einsum_bad(rng, dtype) -> Iterator[Case]:
    x, y = plain(rng, 2, 3), plain(rng, 3, 4)
    for equation in [
        "ab,bc->ad",
        "ab,bc->aac",
        "aab,bc->c",
        "ab,ac->bc",
        "abd,bc->a",
        "ab,b->a",
        "a!,bc->a",
        "ab->a",
        "",
    ]:
        yield Case([x, y], {"equation": [ord(c) for c in equation]})
    yield Case([x], {"equation": [ord(c) for c in "ab,bc->ac"]})
    yield Case([x], {"equation": [2**40, 98]})


def lstm_weights(rng, width, hidden, layers, directions, bias):
    widths = [width] * directions + [hidden * directions] * directions * (layers - 1)
    count = layers * directions
    parts = [plain(rng, 4 * hidden * n) for n in widths] + [plain(rng, 4 * hidden * hidden) for _ in range(count)]
    parts += [plain(rng, 4 * hidden) for _ in range(count * bias)]
    return 0.3 * np.concatenate(parts).reshape(-1, 1, 1)


def lstm(rng, dtype) -> Iterator[Case]:
    for steps, batch, width, hidden in [(1, 1, 1, 1), (5, 2, 3, 4), (7, 3, 6, 13), (0, 2, 3, 4), (3, 0, 2, 5)]:
        for layers, both, bias in itertools.product((1, 2, 3), (0, 1), (0, 1)):
            count = layers * (1 + both)
            state = [plain(rng, count, batch, hidden) for _ in range(2)]
            weights = lstm_weights(rng, width, hidden, layers, 1 + both, bias)
            given = {"num_layers": layers, "bidirectional": both, "has_bias": bias}
            yield Case([plain(rng, steps, batch, width), *state, weights], given)


def lstm_bad(rng, dtype) -> Iterator[Case]:
    x, state, weights = plain(rng, 5, 2, 3), plain(rng, 1, 2, 4), lstm_weights(rng, 3, 4, 1, 1, 1)
    yield Case([x[0], state, state, weights])
    yield Case([x, state[0], state, weights])
    yield Case([x, plain(rng, 1, 3, 4), plain(rng, 1, 3, 4), weights])
    yield Case([x, state, state, weights[1:]])
    yield Case([x, state, state, weights], {"has_bias": 0})
    for count in (0, 2, -1, 2**31):
        yield Case([x, state, state, weights], {"num_layers": count})


def places(dims, order, first=0):
    """The first element of a tensor and its steps along four axes, which lie in memory in another order."""
    steps, step = [0] * 4, 1
    for axis in reversed(order):
        steps[axis], step = step, step * dims[axis]
    return [first, *steps]


def attention(rng, dtype) -> Iterator[Case]:
    for b, h, s, t, d, e in [(1, 1, 1, 1, 1, 1), (2, 3, 5, 7, 4, 6), (1, 2, 33, 17, 13, 8), (2, 1, 3, 130, 8, 9)]:
        q, k, v = plain(rng, b, h, s, d), plain(rng, b, h, t, d), plain(rng, b, h, t, e)
        yield Case([q, k, v])
        scale, mask = np.float32(0.25), np.where(rng.random((b, 1, s, t)) < 0.3, np.float32(-10000), np.float32(0))
        yield Case([q, k, v, scale, mask], {"score": [2, 0], "perm": [0, 2, 1, 3]})
        yield Case([q, k, v, np.array([4], np.float32), plain(rng, h, 1, 1)], {"score": [3, 1]})
        yield Case([q, k, v, scale, np.array([[3]], np.float32)], {"score": [6, 11]})
        dims = [b, h, s, t, d, e]
        for order in [(0, 2, 1, 3), (2, 0, 1, 3), (0, 1, 3, 2)]:
            lies = [places(sizes, order) for sizes in ((b, h, s, d), (b, h, t, d), (b, h, t, e))]
            flat = [x.reshape(-1) for x in (q, k, v)]
            yield Case(flat, {"dims": dims, **dict(zip("qkv", lies, strict=True)), "perm": [2, 0, 1, 3]})
        one = [places((b, h, t, e), (0, 1, 2, 3), first) for first in (0, 1, 2)]
        together = plain(rng, b * h * t * e + 2)
        yield Case([together] * 3, {"dims": [b, h, t, t, e, e], **dict(zip("qkv", one, strict=True))})
    for b, h, s, t, d, e in [(0, 3, 5, 7, 4, 6), (2, 3, 0, 7, 4, 6), (2, 3, 5, 0, 4, 6), (2, 3, 5, 7, 0, 6)]:
        yield Case([plain(rng, b, h, s, d), plain(rng, b, h, t, d), plain(rng, b, h, t, e)])


def attention_bad(rng, dtype) -> Iterator[Case]:
    q, k, v = plain(rng, 2, 3, 5, 4), plain(rng, 2, 3, 7, 4), plain(rng, 2, 3, 7, 6)
    yield Case([q, k[:1], v])
    yield Case([q, k, v[:, :, 1:]])
    yield Case([q[0], k, v])
    yield Case([q, k, v, q])
    yield Case([q, k, v, np.float32(1)], {"score": [12]})
    yield Case([q, k, v, plain(rng, 3, 6, 7)], {"score": [0]})
    yield Case([q, k, v], {"perm": [0, 1, 3, 2]})
    yield Case([q, k, v], {"dims": [2, 3, 5, 7, 4]})
    yield Case([q, k, v], {"q": places((2, 3, 5, 4), (0, 1, 2, 3), 1)})


def conv_depthwise(rng, dtype) -> Iterator[Case]:
    def pair(x, w, v, **attributes):
        return Case([plain(rng, *x), plain(rng, *w), plain(rng, *v)], attributes)

    yield pair((1, 1, 1, 1), (2, 1, 1, 1), (2, 1, 1, 1))
    yield pair((2, 9, 11, 3), (8, 3, 1, 1), (8, 1, 3, 3), pads=[0, 0, 0, 0, 1, 1, 1, 1])
    yield pair((1, 30, 56, 5), (40, 5, 1, 1), (40, 1, 3, 3), strides=[1, 1, 2, 2], pad_mode=[0, 1])
    yield pair((1, 33, 20, 3), (17, 3, 3, 3), (17, 1, 5, 5), strides=[2, 2, 1, 2], pad_mode=[1, 1])
    yield pair((2, 12, 13, 4), (6, 4, 2, 3), (6, 1, 3, 2), dilations=[2, 1, 1, 3], pads=[1, 0, 2, 1, 0, 3, 1, 0])
    yield pair((1, 9, 9, 2), (3, 2, 3, 3), (3, 1, 3, 3), pad_mode=[2, 2], dilations=[1, 1, 2, 2])
    yield pair((0, 9, 9, 2), (3, 2, 3, 3), (3, 1, 3, 3))


def conv_depthwise_bad(rng, dtype) -> Iterator[Case]:
    def pair(w, v, **attributes):
        return Case([plain(rng, 1, 5, 5, 3), plain(rng, *w), plain(rng, *v)], attributes)

    yield pair((4, 2, 1, 1), (4, 1, 3, 3))
    yield pair((4, 3, 1, 1), (3, 1, 3, 3))
    yield pair((4, 3, 1, 1), (4, 2, 3, 3))
    yield pair((4, 3, 1, 1), (4, 1, 6, 3))
    yield pair((4, 3, 1), (4, 1, 3, 3))
    yield pair((4, 3, 1, 1), (4, 1, 3))
    yield pair((4, 3, 1, 1), (4, 1, 3, 3), strides=[1, 1])
    yield pair((4, 3, 1, 1), (4, 1, 3, 3), pads=[0, 0, 0, 0])
    yield pair((4, 3, 1, 1), (4, 1, 3, 3), dilations=[1, 1, 1, 0])


# Oracles


def by_letters(*arrays, equation):
    text = "".join(chr(c) if 0 <= c < 128 else "!" for c in equation)
    if "!" in text or len(text.split("->")[0].split(",")) != len(arrays) or not text:
        raise ValueError
    for letters in text.replace("->", ",").replace(" ", "").split(","):
        if len(set(letters)) != len(letters):
            raise ValueError
    return np.asarray(np.einsum(text, *arrays))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def through_cells(x, h, c, of_input, of_state, bias):
    answers = []
    for step in x:
        i, f, g, o = np.split(step @ of_input.T + h @ of_state.T + bias, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        answers.append(h)
    return np.array(answers).reshape(len(x), *h.shape), h, c


def through_layers(x, h, c, w, num_layers=1, bidirectional=0, has_bias=1):
    if x.ndim != 3 or h.ndim != 3 or h.shape != c.shape or h.shape[1] != x.shape[1] or num_layers < 1:
        raise ValueError
    directions, hidden = 1 + bidirectional, h.shape[2]
    count = num_layers * directions
    if h.shape[0] != count:
        raise ValueError
    widths = [x.shape[2]] * directions + [hidden * directions] * (count - directions)
    sizes = [4 * hidden * n for n in widths] + [4 * hidden * hidden] * count + [4 * hidden] * count * has_bias
    if w.size != sum(sizes):
        raise ValueError
    parts = np.split(w.reshape(-1), np.cumsum(sizes)[:-1])
    states = []
    for layer in range(num_layers):
        answers = []
        for direction in range(directions):
            n = layer * directions + direction
            weights = parts[n].reshape(4 * hidden, -1), parts[count + n].reshape(4 * hidden, hidden)
            bias = parts[2 * count + n] if has_bias else 0
            z, *state = through_cells(x[::-1] if direction else x, h[n], c[n], *weights, bias)
            answers.append(z[::-1] if direction else z)
            states.append(state)
        x = np.concatenate(answers, -1)
    return [x, *(np.array(kind) for kind in zip(*states, strict=True))]


OPERATIONS = (np.add, np.subtract, np.multiply, np.divide)


def lying(x, dims, place):
    if place is None:
        if x.shape != tuple(dims):
            raise ValueError
        return x
    at = place[0] + sum(np.ix_(*(np.arange(n) * step for n, step in zip(dims, place[1:], strict=True))))
    return x.reshape(-1)[at]


def of_attention(x0, x1, x2, *operands, dims=None, q=None, k=None, v=None, perm=(0, 1, 2, 3), score=()):
    if dims is None:
        (b, h, s, d), (_, _, t, _), (_, _, _, e) = x0.shape, x1.shape, x2.shape
        dims = b, h, s, t, d, e
    b, h, s, t, d, e = dims
    x0, x1, x2 = lying(x0, (b, h, s, d), q), lying(x1, (b, h, t, d), k), lying(x2, (b, h, t, e), v)
    if tuple(perm)[-1] != 3:
        raise ValueError
    for number, y in zip(score, operands, strict=True):
        if number // 4 == 1:
            x0 = OPERATIONS[number % 4](x0, y)
        if number // 4 == 2:
            x1 = OPERATIONS[number % 4](x1, y)
    scores = x0 @ np.swapaxes(x1, 2, 3)
    for number, y in zip(score, operands, strict=True):
        if number >= 4 * 3 or np.broadcast_shapes(np.shape(y), scores.shape) != scores.shape:
            raise ValueError
        if number // 4 == 0:
            scores = OPERATIONS[number % 4](scores, y)
    powers = np.exp(scores - scores.max(-1, keepdims=True, initial=-np.inf))
    return np.transpose(powers / powers.sum(-1, keepdims=True) @ x2, perm)


def windows(x, kernel, strides, dilations, pads, pad_mode):
    """For each tap what all output points see, channels last."""
    reach = [d * (k - 1) + 1 for d, k in zip(dilations, kernel, strict=True)]
    if pad_mode == 1:
        total = [max((-(-n // s) - 1) * s + r - n, 0) for n, s, r in zip(x.shape[1:3], strides, reach, strict=True)]
        pads = [total[0] // 2, -(-total[0] // 2), total[1] // 2, -(-total[1] // 2)]
    x = np.pad(x, [(0, 0), pads[:2], pads[2:], (0, 0)])
    last = [n - r for n, r in zip(x.shape[1:3], reach, strict=True)]
    if min(last) < 0 or min(strides) < 1 or min(dilations) < 1:
        raise ValueError
    for at in itertools.product(*map(range, kernel)):
        first = [i * d for i, d in zip(at, dilations, strict=True)]
        rows, columns = (slice(f, f + n + 1, s) for f, n, s in zip(first, last, strides, strict=True))
        yield at, x[:, rows, columns]


def of_conv_depthwise(x0, x1, x2, strides=(1,) * 4, dilations=(1,) * 4, pads=(0,) * 8, pad_mode=(0, 0)):
    if (len(strides), len(dilations), len(pads), len(pad_mode)) != (4, 4, 8, 2) or x1.ndim != 4:
        raise ValueError
    if x2.ndim != 4 or x2.shape[:2] != (x1.shape[0], 1):
        raise ValueError
    taps = windows(x0, x1.shape[2:], strides[:2], dilations[:2], pads[:4], pad_mode[0])
    middle = sum(part @ x1[:, :, y, x].T for (y, x), part in taps)
    taps = windows(middle, x2.shape[2:], strides[2:], dilations[2:], pads[4:], pad_mode[1])
    return sum(part * x2[:, 0, y, x] for (y, x), part in taps)


ORACLES = {
    "einsum": by_letters,
    "lstm": through_layers,
    "attention": of_attention,
    "conv_depthwise": of_conv_depthwise,
}


def oracle(family, case):
    """None where the use makes no sense."""
    case = case.astype(np.dtype(np.float32), DOUBLE)
    try:
        z = ORACLES[family](*case.arrays, **case.attributes)
    except (ValueError, IndexError):
        return None
    return [part.astype(np.float32) for part in z] if isinstance(z, list) else z.astype(np.float32)


def attention_bound(case):
    """A score, d <= 13 products of at most largest^2 in a sum, is off by d^2 largest^2 epsilon; so is its weight, in
    parts of itself, and the answer is a mean of values of at most largest.
    """
    largest = max(1.0, *(float(np.abs(x).max(initial=0)) for x in case.arrays[:3]))
    return 13 * 13 * largest**3 * EPSILON


def bound(family, case):
    """Einsum and convolutions: n * epsilon * the sum of the absolute values of n products.

    LSTM: states are below 1, each gate a sum of a few dozen products that is good to some epsilon, and up to 3 layers
    of 7 steps pass it on.
    """
    if family == "lstm":
        return 100 * EPSILON
    if family == "attention":
        return attention_bound(case)
    positive = Case([np.abs(x) for x in case.arrays], case.attributes)
    return 2 * max([2, *(x.size for x in case.arrays)]) * EPSILON * oracle(family, positive)
