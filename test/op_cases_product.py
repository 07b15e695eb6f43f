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


ORACLES = {"einsum": by_letters, "lstm": through_layers}


def oracle(family, case):
    """None where the use makes no sense."""
    case = case.astype(np.dtype(np.float32), DOUBLE)
    try:
        z = ORACLES[family](*case.arrays, **case.attributes)
    except (ValueError, IndexError):
        return None
    return [part.astype(np.float32) for part in z] if isinstance(z, list) else z.astype(np.float32)


def bound(family, case):
    """Einsum: n * epsilon * the sum of the absolute values of n products.

    LSTM: states are below 1, each gate a sum of a few dozen products that is good to some epsilon, and up to 3 layers
    of 7 steps pass it on.
    """
    if family == "lstm":
        return 100 * EPSILON
    positive = Case([np.abs(x) for x in case.arrays], case.attributes)
    return 2 * max([2, *(x.size for x in case.arrays)]) * EPSILON * oracle(family, positive)
