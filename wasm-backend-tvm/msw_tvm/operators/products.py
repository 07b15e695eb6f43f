"""Kernels of sums of products (TVMScript), for any sizes: tiles of 4 rows by 16 columns, of packed columns.

Beyond the last row the last one is computed again, beyond the last column something: neither is stored.
"""

from collections.abc import Callable

from tvm.script import tirx as T

ROWS, COLUMNS, LANES = 4, 16, 4


def matmul(multiply: Callable, dtype: str, transpose_a: bool, transpose_b: bool):
    """z[m,n] = sum over k of multiply(a[m,k], b[k,n]), where a may be [k,m] and b [n,k]."""

    def at_a(a, i, p):
        return a[p, i] if transpose_a else a[i, p]

    def at_b(b, p, j):
        return b[j, p] if transpose_b else b[p, j]

    @T.prim_func
    def kernel(a_in: T.handle, b_in: T.handle, z_out: T.handle):
        m, k, n = T.int32(), T.int32(), T.int32()
        a = T.match_buffer(a_in, (k, m) if transpose_a else (m, k), dtype)
        b = T.match_buffer(b_in, (n, k) if transpose_b else (k, n), dtype)
        z = T.match_buffer(z_out, (m, n), dtype)
        packed = T.alloc_buffer((k, COLUMNS), dtype)
        tile = T.alloc_buffer((ROWS, COLUMNS), dtype)
        for panel in range((n + COLUMNS - 1) // COLUMNS):
            for p in range(k):
                for j in range(COLUMNS):
                    packed[p, j] = at_b(b, p, T.min(panel * COLUMNS + j, n - 1))
            for t in range((m + ROWS - 1) // ROWS):
                for i in T.unroll(ROWS):
                    for j in T.vectorized(COLUMNS):
                        tile[i, j] = T.Cast(dtype, 0)
                for p in range(k):
                    for i in T.unroll(ROWS):
                        for v in T.unroll(COLUMNS // LANES):
                            for j in T.vectorized(v * LANES, v * LANES + LANES):
                                seen = at_a(a, T.min(t * ROWS + i, m - 1), p)
                                tile[i, j] = tile[i, j] + multiply(seen, packed[p, j])
                for i in range(T.min(ROWS, m - t * ROWS)):
                    for j in range(T.min(COLUMNS, n - panel * COLUMNS)):
                        z[t * ROWS + i, panel * COLUMNS + j] = tile[i, j]

    return kernel


def conv2d(multiply: Callable, dtype: str):
    """Weights [o, c * kh * kw] times what the windows of an image [c,h,w] see; columns are points of the output."""

    @T.prim_func
    def kernel(
        x_in: T.handle,
        w_in: T.handle,
        z_out: T.handle,
        stride_h: T.int32,
        stride_w: T.int32,
        dilation_h: T.int32,
        dilation_w: T.int32,
        top: T.int32,
        left: T.int32,
    ):
        c, h, w, o = T.int32(), T.int32(), T.int32(), T.int32()
        kh, kw, oh, ow = T.int32(), T.int32(), T.int32(), T.int32()
        x = T.match_buffer(x_in, (c, h, w), dtype)
        weights = T.match_buffer(w_in, (o, c, kh, kw), dtype)
        z = T.match_buffer(z_out, (o, oh, ow), dtype)
        seen = T.alloc_buffer((c, kh, kw, COLUMNS), dtype)
        tile = T.alloc_buffer((ROWS, COLUMNS), dtype)
        for panel in range((oh * ow + COLUMNS - 1) // COLUMNS):
            for j in range(COLUMNS):
                for p, q, r in T.grid(c, kh, kw):
                    point = T.min(panel * COLUMNS + j, oh * ow - 1)
                    row = point // ow * stride_h - top + q * dilation_h
                    column = point % ow * stride_w - left + r * dilation_w
                    inside = T.And(T.And(row >= 0, row < h), T.And(column >= 0, column < w))
                    seen[p, q, r, j] = T.if_then_else(inside, x[p, row, column], T.Cast(dtype, 0))
            for t in range((o + ROWS - 1) // ROWS):
                for i in T.unroll(ROWS):
                    for j in T.vectorized(COLUMNS):
                        tile[i, j] = T.Cast(dtype, 0)
                for p, q, r in T.grid(c, kh, kw):
                    for i in T.unroll(ROWS):
                        for v in T.unroll(COLUMNS // LANES):
                            for j in T.vectorized(v * LANES, v * LANES + LANES):
                                weight = weights[T.min(t * ROWS + i, o - 1), p, q, r]
                                tile[i, j] = tile[i, j] + multiply(seen[p, q, r, j], weight)
                for i in range(T.min(ROWS, o - t * ROWS)):
                    for j in range(T.min(COLUMNS, oh * ow - panel * COLUMNS)):
                        z[t * ROWS + i, (panel * COLUMNS + j) // ow, (panel * COLUMNS + j) % ow] = tile[i, j]

    return kernel
