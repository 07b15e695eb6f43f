/* pool.c - pooling kernels: one output point at a time, four channels abreast. */
#include "kernels/pool.h"

#include "simd/simd.h"

void max_pool_point_f32(const float *const *x, size_t taps, size_t channels, float *z) {
    for (size_t c = 0; c < channels; c += 4) {
        const size_t left = channels - c;
        f32x4 best = f32x4_splat(-0x1.fffffep127f);
        for (size_t t = 0; t < taps; t++) {
            const f32x4 v = left >= 4 ? f32x4_load(x[t] + c) : f32x4_load_part(x[t] + c, left);
            best = f32x4_select(best > v, best, v);
        }
        if (left >= 4)
            f32x4_store(z + c, best);
        else
            f32x4_store_part(z + c, best, left);
    }
}
