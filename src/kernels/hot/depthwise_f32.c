/* depthwise_f32.c - one output point at a time: the pixel loop is outermost, so that no stride of the image can meet itself in the cache. Sixteen
 * channels abreast keep four sums in registers. */
#include "kernels/hot/depthwise_f32.h"

#include "simd/simd_relaxed.h"

static void channels_16(const float *const *x, size_t taps, size_t channels, const float *w, size_t c, float *z) {
    f32x4 sum[4];
    for (int i = 0; i < 4; i++)
        sum[i] = f32x4_splat(0);
    for (size_t t = 0; t < taps; t++) {
        const float *from = x[t] + c, *by = w + t * channels + c;
        for (int i = 0; i < 4; i++)
            sum[i] = f32x4_madd(f32x4_load(from + 4 * i), f32x4_load(by + 4 * i), sum[i]);
    }
    for (int i = 0; i < 4; i++)
        f32x4_store(z + c + 4 * i, sum[i]);
}

void depthwise_point_f32(const float *const *x, size_t taps, size_t channels, const float *w, float *z) {
    size_t c = 0;
    for (; c + 16 <= channels; c += 16)
        channels_16(x, taps, channels, w, c, z);
    for (; c + 4 <= channels; c += 4) {
        f32x4 sum = f32x4_splat(0);
        for (size_t t = 0; t < taps; t++)
            sum = f32x4_madd(f32x4_load(x[t] + c), f32x4_load(w + t * channels + c), sum);
        f32x4_store(z + c, sum);
    }
    for (; c < channels; c++) {
        float sum = 0;
        for (size_t t = 0; t < taps; t++)
            sum += x[t][c] * w[t * channels + c];
        z[c] = sum;
    }
}
