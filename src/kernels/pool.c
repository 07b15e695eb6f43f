/* pool.c - pooling kernels: one output point at a time, four channels abreast. */
#include "kernels/pool.h"

#include "simd/simd.h"

void max_pool_point_f32(const float *const *x, size_t taps, size_t channels, float *z) {
    for (size_t c = 0; c < channels; c += 4) {
        f32x4 best = f32x4_splat(-0x1.fffffep127f);
        for (size_t t = 0; t < taps; t++) {
            const f32x4 v = f32x4_read(x[t] + c, channels - c);
            best = f32x4_select(best > v, best, v);
        }
        f32x4_write(z + c, best, channels - c);
    }
}

void max_pool_point_nan_f32(const float *const *x, size_t taps, size_t channels, float *z) {
    for (size_t c = 0; c < channels; c += 4) {
        f32x4 best = f32x4_splat(-__builtin_inff());
        for (size_t t = 0; t < taps; t++) {
            const f32x4 v = f32x4_read(x[t] + c, channels - c);
            best = f32x4_select((v > best) | (v != v), v, best);
        }
        f32x4_write(z + c, best, channels - c);
    }
}

void avg_pool_point_f32(const float *const *x, size_t taps, size_t channels, float divisor, float *z) {
    for (size_t c = 0; c < channels; c += 4) {
        f32x4 sum = f32x4_splat(0);
        for (size_t t = 0; t < taps; t++)
            sum += f32x4_read(x[t] + c, channels - c);
        f32x4_write(z + c, sum / f32x4_splat(divisor), channels - c);
    }
}
