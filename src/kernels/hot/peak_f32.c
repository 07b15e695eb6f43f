/* peak_f32.c - sums enough to hide the latency of a multiplication and an addition behind each other (4 + 4 cycles at one of each a cycle, and
 * one and a half on machines with more adders), and few enough for sixteen registers. */
#include "kernels/hot/peak_f32.h"

#include "simd/simd_relaxed.h"

float peak_f32(uint32_t rounds) {
    const f32x4 a = f32x4_splat(0.75f), b = f32x4_splat(0.25f); /* sums go to 1: neither infinite nor denormal */
    f32x4 sum[PEAK_SUMS], all = f32x4_splat(0);
    for (int i = 0; i < PEAK_SUMS; i++)
        sum[i] = f32x4_splat((float)(i + 1));
    for (; rounds > 0; rounds--)
        for (int i = 0; i < PEAK_SUMS; i++)
            sum[i] = f32x4_madd(sum[i], a, b);
    for (int i = 0; i < PEAK_SUMS; i++)
        all += sum[i];
    return f32x4_sum(all);
}
