"""Cases, as in op_cases, for operators on images and volumes, with plain loops in float64 as their oracle.

The oracle of a family gives None where the use makes no sense; `bound` is how far a float32 answer may be from it.
That MindSpore means the same is tested on nets: test_mindir_nets.py.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from op_cases import Case, plain, values

EPSILON = float(np.finfo(np.float32).eps)


def conv3d(rng, dtype) -> Iterator[Case]:
    def conv(x, w, **attributes):
        return Case([plain(rng, *x), plain(rng, *w)], attributes)

    yield conv((1, 1, 1, 1, 1), (1, 1, 1, 1, 1))
    yield conv((2, 3, 4, 5, 6), (5, 3, 2, 3, 2))
    yield conv((1, 4, 5, 6, 5), (6, 2, 3, 2, 3), group=2, strides=[2, 1, 2], pads=[1, 0, 0, 1, 2, 1])
    yield conv((1, 2, 5, 5, 4), (3, 2, 2, 2, 2), pad_mode=1, dilations=[2, 1, 1])
    yield conv((1, 3, 4, 4, 4), (3, 1, 3, 3, 3), pad_mode=1, group=3)
    yield Case([plain(rng, 1, 4, 3, 5, 2), plain(rng, 3, 2, 2, 2, 2)], {"channels_last": 1, "strides": [1, 2, 1]})


def conv3d_bad(rng, dtype) -> Iterator[Case]:
    yield Case([plain(rng, 1, 2, 4, 4), plain(rng, 3, 2, 1, 1, 1)])
    yield Case([plain(rng, 1, 2, 4, 4, 4), plain(rng, 3, 2, 1, 1)])
    yield Case([plain(rng, 1, 2, 2, 4, 4), plain(rng, 3, 2, 3, 1, 1)])
    yield Case([plain(rng, 1, 2, 2, 4, 4), plain(rng, 3, 2, 1, 1, 1)], {"strides": [1, 1]})


def max_pool_3d(rng, dtype) -> Iterator[Case]:
    for more in ({}, {"nan_wins": 1}, {"ceil_mode": 1}):
        x = values(rng, dtype, (2, 3, 4, 5, 6))
        yield Case([x], {"kernel": [2, 3, 2], "strides": [1, 2, 2], **more})
        yield Case([x], {"kernel": [1, 3, 3], "strides": [1, 2, 2], "pads": [0, 0, 1, 1, 1, 1], **more})
        yield Case([values(rng, dtype, (1, 4, 5, 6, 5))], {"kernel": [2, 2, 2], "channels_last": 1, **more})
    yield Case([values(rng, dtype, (1, 2, 5, 5, 4))], {"kernel": [2, 2, 3], "dilations": [2, 1, 1], "pad_mode": 1})


def max_pool_3d_bad(rng, dtype) -> Iterator[Case]:
    x = values(rng, dtype, (1, 1, 4, 4, 4))
    yield Case([x], {"kernel": [2, 2]})
    yield Case([x], {"kernel": [5, 1, 1]})
    yield Case([x], {"kernel": [2, 2, 2], "pads": [2, 0, 0, 0, 0, 0]})
    yield Case([values(rng, dtype, (1, 4, 4, 4))], {"kernel": [2, 2, 2]})


def avg_pool(rng, dtype) -> Iterator[Case]:
    for channels, size in [(1, (5, 7)), (3, (4, 4)), (13, (9, 6))]:
        for kernel, stride in [(2, 2), (3, 2), (3, 1), (1, 1), (2, 3)]:
            window = {"kernel": [kernel] * 2, "strides": [stride] * 2}
            for more in [{"pad_mode": 1}, {"pad_mode": 2}, {"ceil_mode": 1}, {"divisor": 3}]:
                yield Case([plain(rng, 2, channels, *size)], window | more)
            if kernel == 3:
                for count, ceil in itertools.product((0, 1), (0, 1)):
                    more = {"pads": [1, 1, 1, 1], "count_include_pad": count, "ceil_mode": ceil}
                    yield Case([plain(rng, 2, channels, *size)], window | more)
    yield Case([plain(rng, 1, 6, 5, 3)], {"kernel": [2, 3], "channels_last": 1})


def avg_pool_bad(rng, dtype) -> Iterator[Case]:
    x = plain(rng, 1, 1, 4, 4)
    yield Case([x], {"kernel": [5, 1]})
    yield Case([x], {"kernel": [2]})
    yield Case([x], {"kernel": [2, 2], "strides": [0, 1]})
    yield Case([x], {"kernel": [2, 2], "divisor": -1})
    yield Case([x[0]], {"kernel": [2, 2]})


def avg_pool_3d(rng, dtype) -> Iterator[Case]:
    for count, ceil in itertools.product((0, 1), (0, 1)):
        more = {"pads": [0, 1, 1, 1, 1, 0], "count_include_pad": count, "ceil_mode": ceil}
        yield Case([plain(rng, 2, 3, 4, 5, 7)], {"kernel": [2, 3, 2], "strides": [2, 2, 3], **more})


def adaptive_avg_pool(rng, dtype) -> Iterator[Case]:
    for size, out in [((10, 9), [3, 4]), ((10, 9), [1, 1]), ((3, 5), [7, 5]), ((4, 4), [-1, 2]), ((1, 1), [2, 3])]:
        yield Case([plain(rng, 2, 5, *size)], {"size": out})
    yield Case([plain(rng, 1, 6, 5, 3)], {"size": [4, 2], "channels_last": 1})


def adaptive_avg_pool_bad(rng, dtype) -> Iterator[Case]:
    x = plain(rng, 1, 1, 4, 4)
    for out in ([0, 1], [-2, 1], [1], [1, 1, 1]):
        yield Case([x], {"size": out})
    yield Case([x[0]], {"size": [1, 1]})
    yield Case([plain(rng, 1, 1, 0, 4)], {"size": [1, 1]})


adaptive_max_pool, adaptive_max_pool_bad = adaptive_avg_pool, adaptive_avg_pool_bad


def conv_transpose(rng, dtype) -> Iterator[Case]:
    def conv(x, w, **attributes):
        return Case([plain(rng, *x), plain(rng, *w)], attributes)

    yield conv((1, 1, 1, 1), (1, 1, 1, 1))
    yield conv((2, 4, 7, 6), (4, 6, 3, 3), strides=[2, 2], pad_mode=1, size=[14, 12])
    yield conv((2, 6, 5, 4), (6, 5, 4, 4), strides=[2, 2], pads=[1, 1, 1, 1])
    yield conv((1, 6, 5, 4), (6, 4, 3, 5), strides=[1, 2], dilations=[2, 1], pad_mode=2)
    yield conv((1, 4, 4, 5), (4, 4, 3, 3), strides=[2, 2], pads=[1, 1, 1, 1], group=2)
    yield conv((1, 3, 3, 4), (3, 1, 2, 2), strides=[3, 4], group=3)
    yield conv((1, 3, 3, 4), (3, 13, 2, 3), strides=[3, 2], size=[10, 9])
    yield conv((1, 2, 4, 4), (2, 3, 3, 3), strides=[3, 2], dilations=[2, 3], pads=[2, 1, 0, 3])
    yield conv((0, 2, 4, 4), (2, 3, 3, 3))
    yield Case([plain(rng, 1, 4, 3, 6), plain(rng, 6, 2, 3, 3)], {"strides": [2, 1], "channels_last": 1})


def conv_transpose_bad(rng, dtype) -> Iterator[Case]:
    def conv(x, w, **attributes):
        return Case([plain(rng, *x), plain(rng, *w)], attributes)

    yield conv((1, 2, 4, 4), (3, 2, 3, 3))
    yield conv((1, 2, 4), (2, 2, 3, 3))
    yield conv((1, 2, 4, 4), (2, 2, 3, 3), strides=[0, 1])
    yield conv((1, 2, 4, 4), (2, 2, 3, 3), size=[3, 4])
    yield conv((1, 2, 4, 4), (2, 2, 3, 3), pads=[9, 0, 0, 0])
    yield conv((1, 2, 4, 4), (2, 2, 3, 3), group=3)


# Oracles. Images are taken with their channels second.


def windows(size, given, rank, kernel):
    """For each direction the lists of positions that each window sees, and how far the padding goes."""
    strides = given.get("strides", [1] * rank)
    dilations, mode = given.get("dilations", [1] * rank), given.get("pad_mode", 0)
    pads, found = given.get("pads", [0] * 2 * rank), []
    if min(strides) < 1 or len(strides) != rank or len(kernel) != rank:
        raise ValueError
    for d in range(rank):
        reach = dilations[d] * (kernel[d] - 1) + 1
        before, after = (pads[2 * d], pads[2 * d + 1]) if mode == 0 else (0, 0)
        if mode == 1:
            total = max((-(-size[d] // strides[d]) - 1) * strides[d] + reach - size[d], 0)
            before, after = total // 2, total - total // 2
        room = size[d] + before + after - reach
        if room < 0:
            raise ValueError
        starts = list(range(-before, room - before + 1, strides[d]))
        if given.get("ceil_mode") and starts[-1] + reach < size[d] + after and starts[-1] + strides[d] < size[d]:
            starts.append(starts[-1] + strides[d])
        found.append(([[s + k * dilations[d] for k in range(kernel[d])] for s in starts], (before, after, reach)))
    return found


def convolve(x, w, **given):
    rank = w.ndim - 2
    groups = given.get("group", 1)
    if x.ndim != rank + 2 or x.shape[1] != w.shape[1] * groups:
        raise ValueError
    places = [p for p, _ in windows(x.shape[2:], given, rank, w.shape[2:])]
    z = np.zeros((x.shape[0], w.shape[0], *(len(p) for p in places)))
    outs = w.shape[0] // groups
    for at in itertools.product(*(range(len(p)) for p in places)):
        for tap in itertools.product(*(range(k) for k in w.shape[2:])):
            pixel = tuple(p[i][k] for p, i, k in zip(places, at, tap, strict=True))
            if all(0 <= i < n for i, n in zip(pixel, x.shape[2:], strict=True)):
                seen = x[(slice(None), slice(None), *pixel)].reshape(x.shape[0], groups, -1)
                by = w[(slice(None), slice(None), *tap)].reshape(groups, outs, -1)
                z[(slice(None), slice(None), *at)] += np.einsum("bgi,goi->bgo", seen, by).reshape(x.shape[0], -1)
    return z


def spread(x, w, size=None, pad_mode=0, **given):
    """Each point of x times the weights, added where Conv2D would have read it; the padding is then cut off."""
    strides, dilations = given.get("strides", [1, 1]), given.get("dilations", [1, 1])
    pads, groups = given.get("pads", [0] * 4), given.get("group", 1)
    if x.ndim != 4 or x.shape[1] != w.shape[0] or x.shape[1] % groups or min(strides) < 1:
        raise ValueError
    full = [(x.shape[2 + d] - 1) * strides[d] + dilations[d] * (w.shape[2 + d] - 1) + 1 for d in (0, 1)]
    if pad_mode == 1:
        both = [max(full[d] - size[d], 0) for d in (0, 1)]
        pads = [part for n in both for part in (n // 2, n - n // 2)]
    elif pad_mode == 2:
        pads = [0] * 4
    out = [full[d] - pads[2 * d] - pads[2 * d + 1] for d in (0, 1)] if size is None else list(size)
    slack = [out[d] + pads[2 * d] + pads[2 * d + 1] - full[d] for d in (0, 1)]
    if min(out) < 0 or min(slack) < 0 or any(slack[d] >= strides[d] for d in (0, 1)):
        raise ValueError
    z = np.zeros((x.shape[0], w.shape[1] * groups, full[0] + slack[0], full[1] + slack[1]))
    ins, outs = x.shape[1] // groups, w.shape[1]
    for g, i, o in itertools.product(range(groups), range(ins), range(outs)):
        for y, at in itertools.product(range(x.shape[2]), range(x.shape[3])):
            for ky, kx in itertools.product(range(w.shape[2]), range(w.shape[3])):
                row, column = y * strides[0] + ky * dilations[0], at * strides[1] + kx * dilations[1]
                z[:, g * outs + o, row, column] += x[:, g * ins + i, y, at] * w[g * ins + i, o, ky, kx]
    return z[:, :, pads[0] : pads[0] + out[0], pads[2] : pads[2] + out[1]]


def pool(x, rank, kernel, reduce, **given):
    if x.ndim != rank + 2 or given.get("divisor", 0) < 0:
        raise ValueError
    found = windows(x.shape[2:], given, rank, kernel)
    if any(max(before, after) >= reach for _, (before, after, reach) in found):
        raise ValueError
    places = [p for p, _ in found]
    z = np.zeros((*x.shape[:2], *(len(p) for p in places)), x.dtype)
    for at in itertools.product(*(range(len(p)) for p in places)):
        inside = [[i for i in p[a] if 0 <= i < n] for p, a, n in zip(places, at, x.shape[2:], strict=True)]
        padded = 1
        for p, a, n, (_, (_, after, _)) in zip(places, at, x.shape[2:], found, strict=True):
            padded *= sum(i < n + after for i in p[a])
        taps = [x[(slice(None), slice(None), *i)] for i in itertools.product(*inside)]
        z[(slice(None), slice(None), *at)] = reduce(taps, padded)
    return z


def largest(nan_wins):
    def reduce(taps, _):
        best = np.full_like(taps[0], -np.inf if nan_wins else np.finfo(np.float32).min)
        for tap in taps:
            with np.errstate(invalid="ignore"):
                best = (
                    np.where((tap > best) | np.isnan(tap), tap, best) if nan_wins else np.where(best > tap, best, tap)
                )
        return best

    return reduce


def mean(divisor, padded_counts):
    return lambda taps, padded: sum(taps) / (divisor or (padded if padded_counts else len(taps)))


def max_of_windows(x, kernel, nan_wins=0, **given):
    return pool(x, x.ndim - 2 if x.ndim == 5 else 3, kernel, largest(nan_wins), **given)


def mean_of_windows(rank):
    def compute(x, kernel, divisor=0, count_include_pad=0, **given):
        return pool(x, rank, kernel, mean(divisor, count_include_pad), divisor=divisor, **given)

    return compute


def adaptive(reduce):
    def compute(x, size):
        if x.ndim != 4 or len(size) != 2 or 0 in x.shape[2:] or any(n == 0 or n < -1 for n in size):
            raise ValueError
        out = [n if n > 0 else x.shape[2 + d] for d, n in enumerate(size)]
        z = np.zeros((*x.shape[:2], *out), x.dtype)
        for i, j in itertools.product(range(out[0]), range(out[1])):
            spans = [range(k * n // m, -(-(k + 1) * n // m)) for k, n, m in zip((i, j), x.shape[2:], out, strict=True)]
            z[:, :, i, j] = reduce([x[:, :, a, b] for a, b in itertools.product(*spans)], 0)
        return z

    return compute


SUMS = {
    "conv3d": convolve,
    "conv_transpose": spread,
    "avg_pool": mean_of_windows(2),
    "avg_pool_3d": mean_of_windows(3),
    "adaptive_avg_pool": adaptive(mean(0, False)),
}
EXACT = {"max_pool_3d": max_of_windows, "adaptive_max_pool": adaptive(largest(False))}


def compute(function, case):
    last = case.attributes.get("channels_last", 0)
    given = {key: value for key, value in case.attributes.items() if key != "channels_last"}
    image = case.arrays[0]
    try:
        z = function(np.moveaxis(image, -1, 1) if last else image, *case.arrays[1:], **given)
    except (ValueError, IndexError):
        return None
    return np.moveaxis(z, 1, -1) if last else z


def oracle(family, case):
    """None where the use makes no sense."""
    if family in EXACT:
        return compute(EXACT[family], case)
    z = compute(SUMS[family], case.astype(np.dtype(np.float32), np.dtype(np.float64)))
    return None if z is None else z.astype(np.float32)


def bound(family, case):
    """n * epsilon * the sum of the absolute values of n summands, and rounding the oracle."""
    positive = Case([np.abs(x) for x in case.arrays], case.attributes)
    n = 2 + int(np.prod(case.arrays[1].shape) if len(case.arrays) > 1 else case.arrays[0][0].size)
    return n * EPSILON * oracle(family, positive)
