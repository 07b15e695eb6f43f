/* pool.c - pooling kernels: one output point at a time, sixteen channels abreast, then four, then what is left. */
#include "kernels/pool.h"

#include "simd/simd.h"

/* What a step does: `sum` so far and the next number `v`. */
typedef f32x4 fold_vector(f32x4 sum, f32x4 v);

SIMD_INLINE f32x4 largest(f32x4 best, f32x4 v) {
    return f32x4_max(v, best); /* best > v ? best : v */
}

SIMD_INLINE f32x4 largest_nan(f32x4 best, f32x4 v) {
    return f32x4_select((v > best) | (v != v), v, best);
}

SIMD_INLINE f32x4 add(f32x4 sum, f32x4 v) {
    return sum + v;
}

/* `vectors` vectors of channels from c on, of which the last has `left` channels. */
SIMD_INLINE void some(const float *const *x, size_t taps, size_t c, int vectors, size_t left, f32x4 first,
                      fold_vector *fold, float divisor, float *z) {
    f32x4 sum[4];
    SIMD_UNROLL for (int k = 0; k < vectors; k++) sum[k] = first;
    for (size_t t = 0; t < taps; t++) {
        const float *from = x[t] + c;
        SIMD_UNROLL for (int k = 0; k < vectors; k++) sum[k] = fold(sum[k], f32x4_read(from + 4 * k, left));
    }
    SIMD_UNROLL for (int k = 0; k < vectors; k++) f32x4_write(z + c + 4 * k, sum[k] / f32x4_splat(divisor), left);
}

SIMD_INLINE void point(const float *const *x, size_t taps, size_t channels, f32x4 first, fold_vector *fold,
                       float divisor, float *z) {
    size_t c = 0;
    for (; c + 16 <= channels; c += 16)
        some(x, taps, c, 4, 4, first, fold, divisor, z);
    for (; c + 4 <= channels; c += 4)
        some(x, taps, c, 1, 4, first, fold, divisor, z);
    if (c < channels)
        some(x, taps, c, 1, channels - c, first, fold, divisor, z);
}

void max_pool_point_f32(const float *const *x, size_t taps, size_t channels, float *z) {
    point(x, taps, channels, f32x4_splat(-0x1.fffffep127f), largest, 1, z);
}

void max_pool_point_nan_f32(const float *const *x, size_t taps, size_t channels, float *z) {
    point(x, taps, channels, f32x4_splat(-__builtin_inff()), largest_nan, 1, z);
}

void avg_pool_point_f32(const float *const *x, size_t taps, size_t channels, float divisor, float *z) {
    point(x, taps, channels, f32x4_splat(0), add, divisor, z);
}
