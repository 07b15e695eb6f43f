"""Cases, as in op_cases, for operators that fold axes, normalise, or put in order; with numpy in float64 as the oracle.

An oracle gives the answer, or None where the use makes no sense, and how far from it an answer in float32 may be: those
that sum do so in double and round once. That MindSpore means the same is tested on nets: nets_of_functions.py.
"""

from collections.abc import Iterator

import numpy as np
from op_cases import Case, plain, values

EPSILON = float(np.finfo(np.float32).eps)
FOLDED = [
    ((13,), None),
    ((13,), [0]),
    ((), None),
    ((127,), []),
    ((1000,), [-1]),
    ((3, 5), [0]),
    ((3, 5), [1]),
    ((3, 17), [0]),
    ((40, 3), [1]),
    ((2, 3, 4, 5), [2, 3]),
    ((2, 3, 4, 5), [0, -2]),
    ((2, 3, 4, 5), [1, 3]),
    ((2, 3, 4, 50), [0, 1, 2]),
    ((2, 3, 4, 5), [3, 2, 1, 0]),
    ((1, 3, 1, 5), [0, 2]),
    ((2,) * 8, [0, 2, 4, 6]),
    ((2, 0, 3), [0]),
]


def fold(rng, dtype) -> Iterator[Case]:
    for shape, axis in FOLDED:
        given = {} if axis is None else {"axis": axis}
        for keep in (0, 1):
            yield Case([values(rng, dtype, shape)], {**given, "keep_dims": keep})
    for axis in ([2, 3], [1], [2], [0, 1]):
        yield Case([values(rng, dtype, (2, 4, 5, 3))], {"axis": axis, "channels_last": 1})
    if dtype.kind == "f":
        yield Case([plain(rng, 1000, 1001)])
        yield Case([1000 + plain(rng, 300, 40)], {"axis": [0]})


def fold_to(rng, dtype) -> Iterator[Case]:
    for case in fold(rng, dtype):
        big = dtype.kind == "f" and case.arrays[0].size > 100  # products of many would be inf or 0
        arrays = [np.exp(0.01 * plain(rng, *case.arrays[0].shape))] if big else case.arrays
        wide = {"dtype": 5} if dtype.kind != "f" else {}
        if dtype.kind != "b":
            yield Case(arrays, case.attributes)
        if wide:
            yield Case(arrays, {**case.attributes, **wide})


def fold_bad(rng, dtype) -> Iterator[Case]:
    for shape, axis in [((3,), [1]), ((3,), [-2]), ((3, 4), [0, 0]), ((3, 4), [1, -1]), ((), [1])]:
        yield Case([values(rng, dtype, shape)], {"axis": axis})


fold_to_bad = fold_bad


def fold_std(rng, dtype) -> Iterator[Case]:
    for shape, axis in FOLDED[:-1]:
        for unbiased in (0, 1):
            yield Case([plain(rng, *shape)], {"axis": axis or [], "unbiased": unbiased, "keep_dims": unbiased})
    yield Case([100 + plain(rng, 400, 40)], {"axis": [0]})


def lp_norm(rng, dtype) -> Iterator[Case]:
    for shape, axis in FOLDED:
        for p in (1, 2):
            yield Case([values(rng, dtype, shape)], {"axis": axis or [], "p": p, "keep_dims": p - 1})


def lp_norm_bad(rng, dtype) -> Iterator[Case]:
    yield Case([plain(rng, 3)], {"p": 0})
    yield Case([plain(rng, 3)], {"p": 3})
    yield Case([plain(rng, 3)], {"axis": [1]})


def per_channel(rng, channels, count):
    return [plain(rng, channels) for _ in range(count)]


def batch_norm(rng, dtype) -> Iterator[Case]:
    for shape in [(2, 3), (1, 13), (2, 3, 5), (2, 3, 4, 5), (1, 5, 1, 1), (0, 3, 2, 2), (2, 3, 2, 1, 2)]:
        variance = [np.abs(plain(rng, shape[1]))]
        yield Case([plain(rng, *shape), *per_channel(rng, shape[1], 3), *variance], {"epsilon": 1e-3})
        x = plain(rng, *shape)
        x[..., -1:] = np.inf  # stays where it is
        yield Case([x, *per_channel(rng, shape[1], 3), *variance])
    yield Case([plain(rng, 2, 4, 5, 3), *per_channel(rng, 3, 3), np.ones(3, np.float32)], {"channels_last": 1})


def batch_norm_bad(rng, dtype) -> Iterator[Case]:
    yield Case([plain(rng, 3), *per_channel(rng, 3, 4)])
    yield Case([plain(rng, 2, 3), *per_channel(rng, 3, 3), plain(rng, 2)])
    yield Case([plain(rng, 2, 3), *per_channel(rng, 2, 4)])
    yield Case([plain(rng, 2, 3), *per_channel(rng, 3, 4)], {"is_training": 1})


def layer_norm(rng, dtype) -> Iterator[Case]:
    for shape, begin in [((13,), 0), ((3, 127), 1), ((2, 3, 4), 1), ((2, 3, 4), -1), ((2, 3, 4, 5), 2), ((0, 3), -1)]:
        tail = shape[begin:]
        axes = {"begin_norm_axis": begin, "begin_params_axis": begin}
        yield Case([plain(rng, *shape), plain(rng, *tail), plain(rng, *tail)], axes)
        yield Case([5 + 3 * plain(rng, *shape)], {"normalized_shape": list(tail), "epsilon": 1e-5})
    x = plain(rng, 2, 3, 4)
    yield Case([x, plain(rng, 4), plain(rng, 4)], {"begin_norm_axis": 1, "begin_params_axis": 2})
    yield Case([values(rng, dtype, (4, 6))])


def layer_norm_bad(rng, dtype) -> Iterator[Case]:
    x = plain(rng, 2, 3, 4)
    yield Case([x, plain(rng, 3), plain(rng, 3)])
    yield Case([x, plain(rng, 4)])
    yield Case([x, plain(rng, 4), plain(rng, 3, 4)])
    yield Case([x], {"begin_norm_axis": 3})
    yield Case([x], {"normalized_shape": [3]})
    yield Case([x], {"normalized_shape": [1, 2, 3, 4]})
    yield Case([x, plain(rng, 3, 4), plain(rng, 3, 4)], {"begin_norm_axis": 2, "begin_params_axis": 1})


def group_norm(rng, dtype) -> Iterator[Case]:
    for shape, groups in [((2, 4), 2), ((1, 6, 5), 3), ((2, 8, 3, 4), 4), ((2, 8, 3, 4), 8), ((2, 5, 7), 1)]:
        yield Case([plain(rng, *shape), *per_channel(rng, shape[1], 2)], {"groups": groups, "epsilon": 1e-4})
    yield Case([plain(rng, 2, 3), *per_channel(rng, 3, 2)])


def group_norm_bad(rng, dtype) -> Iterator[Case]:
    for groups in (0, -1, 3, 5):
        yield Case([plain(rng, 2, 4), *per_channel(rng, 4, 2)], {"groups": groups})
    yield Case([plain(rng, 4), *per_channel(rng, 4, 2)])


def l2_normalize(rng, dtype) -> Iterator[Case]:
    for shape in [(3,), (13,), (3, 5), (2, 3, 4), (2, 0)]:
        for axis in {0, -1, len(shape) // 2}:
            yield Case([plain(rng, *shape)], {"axis": axis})
    yield Case([1e-3 * plain(rng, 4, 5)], {"axis": 1, "epsilon": 1e-4})


def log_softmax(rng, dtype) -> Iterator[Case]:
    for shape in [(1,), (3,), (13,), (1000,), (0,), (3, 5), (2, 3, 4)]:
        for axis in {0, -1, len(shape) // 2}:
            yield Case([10 * plain(rng, *shape)], {"axis": axis})
    for row in ([100, 200], [0, -104], [-np.inf, 0, 1], [-np.inf] * 2, [np.inf, 0], [np.nan, 1]):
        yield Case([np.array(row, np.float32)])


def cum_sum(rng, dtype) -> Iterator[Case]:
    for shape in [(1,), (13,), (1000,), (3, 5), (2, 3, 4), (2, 0)]:
        for axis in {0, -1, len(shape) // 2}:
            for exclusive, reverse in [(0, 0), (1, 0), (0, 1), (1, 1)]:
                x = plain(rng, *shape) if dtype.kind == "f" else values(rng, dtype, shape)
                yield Case([x], {"axis": axis, "exclusive": exclusive, "reverse": reverse})


def axis_bad(rng, dtype) -> Iterator[Case]:
    for shape, axis in [((), 0), ((3,), 1), ((3,), -2)]:
        yield Case([values(rng, dtype, shape)], {"axis": axis})


l2_normalize_bad = log_softmax_bad = cum_sum_bad = sort_bad = axis_bad


def argmin(rng, dtype) -> Iterator[Case]:
    few = np.array([np.nan, 0, -0.0, np.inf, -1] if dtype.kind == "f" else [0, 1, 2], dtype)
    for shape in [(1,), (13,), (3, 5), (2, 3, 4, 5), (60, 5)]:
        for axis in {0, -1, len(shape) // 2}:
            yield Case([values(rng, dtype, shape)], {"axis": axis})
            yield Case([rng.choice(few, shape)], {"axis": axis, "dtype": 5})


def argmin_bad(rng, dtype) -> Iterator[Case]:
    for shape, axis in [((), 0), ((0,), 0), ((2, 0), 0), ((2, 3), 2)]:
        yield Case([values(rng, dtype, shape)], {"axis": axis})
    yield Case([values(rng, dtype, (3,))], {"dtype": 1})


def arg_with_value(rng, dtype) -> Iterator[Case]:
    for case in argmin(rng, dtype):
        yield Case(case.arrays, {key: value for key, value in case.attributes.items() if key == "axis"})
    yield Case([values(rng, dtype, (3, 5))], {"keep_dims": 1})


arg_with_value_bad = argmin_bad


def sort(rng, dtype) -> Iterator[Case]:
    for shape in [(1,), (2,), (13,), (127,), (0,), (3, 5), (2, 3, 4), (5, 64)]:
        for axis in {0, -1, len(shape) // 2}:
            for descending in (0, 1):
                yield Case([values(rng, dtype, shape)], {"axis": axis, "descending": descending})


def top_k(rng, dtype) -> Iterator[Case]:
    for shape in [(1,), (13,), (127,), (3, 5), (2, 3, 4)]:
        for axis in {0, -1}:
            for k in {1, (shape[axis] + 1) // 2, shape[axis]}:
                for largest in (0, 1):
                    yield Case([values(rng, dtype, shape)], {"axis": axis, "k": k, "largest": largest})


def top_k_bad(rng, dtype) -> Iterator[Case]:
    for shape, k in [((3,), 0), ((3,), 4), ((), 1), ((3,), -1)]:
        yield Case([values(rng, dtype, shape)], {"k": k})


def add_n(rng, dtype) -> Iterator[Case]:
    for shape in [(), (13,), (2, 3), (0,)]:
        for count in (1, 2, 5):
            yield Case([values(rng, dtype, shape) for _ in range(count)])


def add_n_bad(rng, dtype) -> Iterator[Case]:
    yield Case([values(rng, dtype, (3,)), values(rng, dtype, (1,))])
    yield Case([values(rng, dtype, (3,)), np.ones(3, np.float32 if dtype != np.float32 else np.int32)])


# Oracles: the answer and the bound of its error.


def axes_of(x, axis):
    axes = axis if axis else range(x.ndim)
    if x.ndim == 0 and all(a in (0, -1) for a in axes):
        return ()
    return tuple(axes)


def rows_of(x, axes):
    """What is folded together as the last axis, in the order of its elements."""
    places = sorted(a % x.ndim for a in axes)
    kept = [a for a in range(x.ndim) if a not in places]
    moved = np.transpose(x, kept + places)
    shape = [x.shape[a] for a in kept]
    return moved.reshape(*shape, int(np.prod([x.shape[a] for a in places])))


def extreme(better):
    def fold(rows):
        """The first element, and then whatever is better: no comparison with NaN is true."""
        best = rows[..., 0]
        for i in range(1, rows.shape[-1]):
            best = np.where(better(rows[..., i], best), rows[..., i], best)
        return best

    return fold


def product(rows):
    return np.prod(rows, -1)


FOLDS = {
    "ReduceSum": lambda rows: np.sum(rows, -1),
    "ReduceProd": product,
    "ReduceMean": lambda rows: np.sum(rows, -1) / rows.shape[-1],
    "ReduceMax": extreme(np.greater),
    "ReduceMin": extreme(np.less),
    "ReduceAll": lambda rows: np.all(rows, -1),
    "ReduceAny": lambda rows: np.any(rows, -1),
}


def folded(name, x, axis=None, keep_dims=0, channels_last=0, dtype=None):
    x = np.moveaxis(x, -1, 1) if channels_last else x
    axes = axes_of(x, axis)
    np.zeros(x.shape, np.int8).sum(axes)  # refuses what is no axis, or one twice
    integer = np.int64 if dtype else x.dtype
    rows = rows_of(x, axes)
    if rows.shape[-1] == 0 and rows.size == 0 and name in ("ReduceMax", "ReduceMin"):
        answer = np.zeros(rows.shape[:-1])
    elif x.dtype.kind == "f":
        answer = FOLDS[name](rows.astype(np.float64))
    else:
        answer = FOLDS[name](rows.astype(integer))
    answer = np.asarray(answer).astype(x.dtype if x.dtype.kind == "f" else integer)
    size = (
        np.sum(np.abs(rows.astype(np.float64)), -1) if name in ("ReduceSum", "ReduceMean") else np.zeros(answer.shape)
    )
    shape = [1 if a in {b % max(x.ndim, 1) for b in axes} else n for a, n in enumerate(x.shape)]
    shape = shape if keep_dims else answer.shape
    return answer.reshape(shape), (2 * EPSILON * np.abs(answer) + 1e-12 * size).reshape(shape)


def fold_std_oracle(name, x, axis, keep_dims=0, unbiased=1):
    x = x.astype(np.float64)
    axes = axes_of(x, axis)
    deviation = np.std(x, axes, ddof=unbiased, keepdims=bool(keep_dims)).astype(np.float32)
    centre = np.mean(x, axes, keepdims=bool(keep_dims)).astype(np.float32)
    return [deviation, centre], [2 * EPSILON * deviation, 2 * EPSILON * np.abs(centre) + 1e-7 * EPSILON]


def lp_norm_oracle(name, x, axis=None, p=2, keep_dims=0):
    if p not in (1, 2):
        raise ValueError(p)
    power = np.abs(x.astype(np.float64)) ** p
    answer = (np.sum(power, axes_of(x, axis), keepdims=bool(keep_dims)) ** (1 / p)).astype(x.dtype)
    return answer, 2 * EPSILON * np.abs(answer)


def normalised(x, mean, variance, gamma, beta, epsilon):
    """Four roundings of the centred numbers, after one of the mean; the last of their sum with beta."""
    scale = 1 / np.sqrt(variance + epsilon)
    size = ((np.abs(x - mean) + np.abs(mean)) * np.abs(gamma) * scale) + np.abs(beta)
    return ((x - mean) * scale * gamma + beta).astype(np.float32), 6 * EPSILON * size


def batch_norm_oracle(name, x, gamma, beta, mean, variance, epsilon=1e-5, channels_last=0, is_training=0):
    if (
        x.ndim < 2
        or is_training
        or {len(v) for v in (gamma, beta, mean, variance)} != {x.shape[-1 if channels_last else 1]}
    ):
        raise ValueError
    shape = [-1 if a == (x.ndim - 1 if channels_last else 1) else 1 for a in range(x.ndim)]
    vectors = (v.astype(np.float64).reshape(shape) for v in (mean, variance, gamma, beta))
    return normalised(x.astype(np.float64), *vectors, epsilon)


def layer_norm_oracle(name, x, *given, begin_norm_axis=-1, begin_params_axis=-1, normalized_shape=None, epsilon=1e-7):
    begin, params = (range(x.ndim)[a] for a in (begin_norm_axis, begin_params_axis))
    if normalized_shape is not None:
        begin = params = x.ndim - len(normalized_shape)
        if begin < 0 or list(x.shape[begin:]) != normalized_shape:
            raise ValueError
    if len(given) == 1 or params < begin or any(v.shape != x.shape[params:] for v in given):
        raise ValueError
    wide, axes = x.astype(np.float64), tuple(range(begin, x.ndim))
    gamma, beta = (v.astype(np.float64) for v in given) if given else (1.0, 0.0)
    mean, variance = np.mean(wide, axes, keepdims=True), np.var(wide, axes, keepdims=True)
    return normalised(wide, mean, variance, gamma, beta, epsilon)


def group_norm_oracle(name, x, gamma, beta, groups=1, epsilon=1e-5):
    if x.ndim < 2 or groups < 1 or x.shape[1] % groups:
        raise ValueError
    grouped = x.astype(np.float64).reshape(x.shape[0], groups, -1)
    moments = (np.mean(grouped, 2, keepdims=True), np.var(grouped, 2, keepdims=True))
    mean, variance = (np.broadcast_to(m, grouped.shape).reshape(x.shape) for m in moments)
    shape = (-1, *(1,) * (x.ndim - 2))
    vectors = (v.astype(np.float64).reshape(shape) for v in (gamma, beta))
    return normalised(x.astype(np.float64), mean, variance, *vectors, epsilon)


def l2_normalize_oracle(name, x, axis=0, epsilon=1e-4):
    if x.ndim == 0:
        raise ValueError
    wide = x.astype(np.float64)
    answer = (wide / np.sqrt(np.maximum(np.sum(wide**2, axis, keepdims=True), epsilon))).astype(np.float32)
    return answer, 2 * EPSILON * np.abs(answer)


def log_softmax_oracle(name, x, axis=-1):
    """x - max is rounded, the sum of n powers and its logarithm are off by a few roundings each."""
    if x.ndim == 0 or not -x.ndim <= axis < x.ndim:
        raise ValueError
    wide = x.astype(np.float64)
    below = wide - np.max(wide, axis, keepdims=True, initial=-np.inf)
    answer = (below - np.log(np.sum(np.exp(below), axis, keepdims=True))).astype(np.float32)
    return answer, EPSILON * (2 * np.abs(answer) + 8 + x.shape[axis] / 4)


def cum_sum_oracle(name, x, axis=-1, exclusive=0, reverse=0):
    if x.ndim == 0:
        raise ValueError
    wide = x.astype(np.float64) if x.dtype.kind == "f" else x
    wide = np.flip(wide, axis) if reverse else wide
    sums = np.cumsum(wide, axis, dtype=wide.dtype)
    sums = sums - wide if exclusive else sums
    answer = (np.flip(sums, axis) if reverse else sums).astype(x.dtype)
    return answer, 1e-12 * np.cumsum(np.abs(x.astype(np.float64)), axis).max(initial=0) + 2 * EPSILON * np.abs(answer)


def places(x, axis, better):
    """Where the first element is after which nothing is better."""
    rows = np.moveaxis(x, axis, -1)
    at = np.zeros(rows.shape[:-1], np.int64)
    best = rows[..., 0]
    for i in range(1, rows.shape[-1]):
        wins = better(rows[..., i], best)
        at, best = np.where(wins, i, at), np.where(wins, rows[..., i], best)
    return at, best


def argmin_oracle(name, x, axis=-1, dtype=2):
    if x.size == 0 or x.ndim == 0 or dtype not in (2, 5):
        raise ValueError
    at, _ = places(x, axis, np.less if name == "Argmin" else np.greater)
    return at.astype(np.int32 if dtype == 2 else np.int64), None


def arg_with_value_oracle(name, x, axis=0, keep_dims=0, dtype=2):
    if x.size == 0 or x.ndim == 0 or dtype not in (2, 5):
        raise ValueError
    at, best = places(x, axis, np.less if "Min" in name else np.greater)
    answers = [at.astype(np.int32), best]
    return [np.expand_dims(z, axis) for z in answers] if keep_dims else answers, [None, None]


def order(x, axis, descending):
    """Stable; NaN is above everything."""
    keys = x.astype(np.float64) if x.dtype.kind == "f" else x.astype(object)
    if descending:
        if x.dtype.kind == "f":
            keys = np.where(np.isnan(keys), -np.inf, -keys)
            keys = np.stack((~np.isnan(x), keys), 0)  # NaN first, even before inf
            return np.lexsort((keys[1], keys[0]), axis).astype(np.int32)
        keys = -keys
    return np.argsort(keys, axis, kind="stable").astype(np.int32)


def sort_oracle(name, x, axis=-1, descending=0):
    if x.ndim == 0 or not -x.ndim <= axis < x.ndim:
        raise ValueError
    at = order(x, axis, descending)
    return [np.take_along_axis(x, at, axis), at], [None, None]


def top_k_oracle(name, x, k=1, axis=-1, largest=1):
    if x.ndim == 0 or not 1 <= k <= x.shape[axis]:
        raise ValueError
    at = np.take(order(x, axis, largest), range(k), axis)
    return [np.take_along_axis(x, at, axis), at], [None, None]


def add_n_oracle(name, *arrays):
    first = arrays[0]
    if any(x.dtype != first.dtype or x.shape != first.shape for x in arrays):
        raise ValueError
    total = first
    for x in arrays[1:]:
        total = total + x
    return np.asarray(total), None


ORACLES = {
    "fold": folded,
    "fold_to": folded,
    "fold_std": fold_std_oracle,
    "lp_norm": lp_norm_oracle,
    "batch_norm": batch_norm_oracle,
    "layer_norm": layer_norm_oracle,
    "group_norm": group_norm_oracle,
    "l2_normalize": l2_normalize_oracle,
    "log_softmax": log_softmax_oracle,
    "cum_sum": cum_sum_oracle,
    "argmin": argmin_oracle,
    "arg_with_value": arg_with_value_oracle,
    "sort": sort_oracle,
    "top_k": top_k_oracle,
    "add_n": add_n_oracle,
}


def answer_and_bound(name, family, case):
    """Lists of each, or None; a bound of None asks for the very bits."""
    try:
        with np.errstate(all="ignore"):
            answer, bound = ORACLES[family](name, *case.arrays, **case.attributes)
    except (ValueError, IndexError):  # AxisError is both
        return None
    return (answer, bound) if isinstance(answer, list) else ([answer], [bound])


def bounds(name, family, case):
    return answer_and_bound(name, family, case)[1] if family in ORACLES else None
