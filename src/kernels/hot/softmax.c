/* softmax.c - the largest element is taken off first, so that no exponential overflows. */
#include "kernels/hot/softmax.h"

#include "simd/math.h"
#include "simd/simd_relaxed.h"

/* NaN where there is one. Four vectors at a time, so that none waits for the one before it. */
static float largest(const float *x, size_t n) {
    const size_t whole = n / 16 * 16;
    f32x4 best[4];
    i32x4 nan = i32x4_splat(0);
    for (int k = 0; k < 4; k++)
        best[k] = f32x4_splat(x[0]);
    for (size_t i = 0; i < whole; i += 16) {
        SIMD_UNROLL for (int k = 0; k < 4; k++) {
            const f32x4 v = f32x4_load(x + i + 4 * (size_t)k);
            best[k] = f32x4_max(best[k], v);
            nan |= v != v;
        }
    }
    const f32x4 four = f32x4_max(f32x4_max(best[0], best[1]), f32x4_max(best[2], best[3]));
    float one = nan[0] | nan[1] | nan[2] | nan[3] ? __builtin_nanf("") : four[0];
    for (int k = 1; k < 4; k++)
        one = four[k] > one ? four[k] : one;
    for (size_t i = whole; i < n; i++)
        one = x[i] > one || x[i] != x[i] ? x[i] : one; /* a NaN wins, and then stays */
    return one;
}

typedef f32x4 vector_function(f32x4 x);

/* Writes e^(x[i] - top) for n elements, a multiple of four, and returns their sum added to `sum`. A step of 0 writes them all to one place. */
SIMD_INLINE f32x4 exponentials(vector_function *exp, const float *x, f32x4 top, size_t n, f32x4 sum, float *z,
                               size_t step) {
    for (size_t i = 0; i < n; i += 4, z += step) {
        const f32x4 e = exp(f32x4_load(x + i) - top);
        sum += e;
        f32x4_store(z, e);
    }
    return sum;
}

/* The same for any n: the last vector is filled up with -inf, whose exponential is 0. */
SIMD_INLINE float exponentials_sum(vector_function *exp, const float *x, f32x4 top, size_t n, float *z, size_t step) {
    const size_t whole = n / 4 * 4;
    float ending[4] = {-__builtin_inff(), -__builtin_inff(), -__builtin_inff(), -__builtin_inff()};
    for (size_t i = whole; i < n; i++)
        ending[i - whole] = x[i];
    f32x4 sum = exponentials(exp, x, top, whole, f32x4_splat(0), z, step);
    if (whole < n)
        sum = exponentials(exp, ending, top, 4, sum, ending, 4);
    for (size_t i = whole; step && i < n; i++)
        z[i] = ending[i - whole];
    /* Where top is not finite the sum is NaN, which e^x makes of no NaN here for sure. */
    return f32x4_sum(sum) + (top[0] - top[0]);
}

SIMD_INLINE void softmax(vector_function *exp, const float *x, float *z, size_t n) {
    const f32x4 top = f32x4_splat(largest(x, n));
    const f32x4 scale = f32x4_splat(1.0f / exponentials_sum(exp, x, top, n, z, 4));
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        f32x4_store(z + i, f32x4_load(z + i) * scale);
    for (; i < n; i++)
        z[i] *= scale[0];
}

void softmax_f32(const float *x, float *z, size_t n) {
    softmax(f32x4_exp, x, z, n);
}

void softmax_weights_f32(float *x, size_t n) {
    softmax(f32x4_exp_weight, x, x, n);
}

void log_softmax_f32(const float *x, float *z, size_t n) {
    float unused[4];
    const f32x4 top = f32x4_splat(largest(x, n));
    const f32x4 log = f32x4_log(f32x4_splat(exponentials_sum(f32x4_exp_weight, x, top, n, unused, 0)));
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        f32x4_store(z + i, (f32x4_load(x + i) - top) - log);
    for (; i < n; i++)
        z[i] = (x[i] - top[0]) - log[0];
}
