/* softmax.c - the largest element is taken off first, so that no exponential overflows. */
#include "kernels/softmax.h"

#include "simd/math.h"

static float largest(const float *x, size_t n) {
    float best = x[0];
    for (size_t i = 1; i < n; i++)
        best = x[i] > best || x[i] != x[i] ? x[i] : best; /* a NaN wins, and then stays */
    return best;
}

void softmax_f32(const float *x, float *z, size_t n) {
    const f32x4 top = f32x4_splat(largest(x, n));
    f32x4 sum = f32x4_splat(0);
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const f32x4 e = f32x4_exp(f32x4_load(x + i) - top);
        sum += e;
        f32x4_store(z + i, e);
    }
    if (i < n) {
        const f32x4 e = f32x4_exp(f32x4_load_part(x + i, n - i) - top);
        f32x4_store_part(z + i, e, n - i);
        sum += f32x4_load_part(z + i, n - i); /* zeros past the end, where e is not 0 */
    }
    const f32x4 scale = f32x4_splat(1.0f / f32x4_sum(sum));
    for (i = 0; i + 4 <= n; i += 4)
        f32x4_store(z + i, f32x4_load(z + i) * scale);
    if (i < n)
        f32x4_store_part(z + i, f32x4_load_part(z + i, n - i) * scale, n - i);
}

void log_softmax_f32(const float *x, float *z, size_t n) {
    const f32x4 top = f32x4_splat(largest(x, n));
    f32x4 sum = f32x4_splat(0);
    for (size_t i = 0; i < n; i += 4) {
        const size_t left = n - i;
        f32x4 e = f32x4_exp(f32x4_read(x + i, left) - top);
        for (size_t k = left; k < 4; k++)
            e[k] = 0;
        sum += e;
    }
    const f32x4 log = f32x4_log(f32x4_splat(f32x4_sum(sum)));
    for (size_t i = 0; i < n; i++)
        z[i] = (x[i] - top[0]) - log[0];
}
