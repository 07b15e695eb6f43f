/* depthwise_block.h - template: four neighbouring output points, whose windows overlap.
 *   FN  function to define    KERNEL, STRIDE  of the windows along the row
 *
 * Each pixel is loaded once for all windows that see it, and a row of weights stays in registers; the fence keeps the compiler from loading all
 * pixels first, for which there are no registers. Channels past the last whole vector are done with those before them once more. */
static void FN(const float *const *x, size_t kernel_rows, size_t channels, const float *w, float *z,
               const struct finish *f) {
    enum { POINTS = DEPTHWISE_POINTS, PIXELS = (POINTS - 1) * STRIDE + KERNEL };
    for (size_t c = 0; c < channels; c += 4) {
        f32x4 sum[POINTS];
        if (c + 4 > channels)
            c = channels - 4;
        for (int p = 0; p < POINTS; p++)
            sum[p] = f32x4_splat(0);
        const float *const *row = x;
        const float *from = w + c;
        for (size_t r = 0; r < kernel_rows; r++, row += PIXELS) {
            f32x4 weights[KERNEL];
            SIMD_UNROLL for (int k = 0; k < KERNEL; k++, from += channels) weights[k] = f32x4_load(from);
            SIMD_UNROLL for (int i = 0; i < PIXELS; i++) {
                const f32x4 v = f32x4_load(row[i] + c);
                SIMD_UNROLL for (int p = 0; p < POINTS; p++) {
                    const int k = i - p * STRIDE;
                    if (k >= 0 && k < KERNEL)
                        sum[p] = f32x4_madd(v, weights[k], sum[p]);
                }
                SIMD_FENCE;
            }
        }
        finish(f, sum, POINTS, c, 0);
        for (int p = 0; p < POINTS; p++)
            f32x4_store(z + (size_t)p * channels + c, sum[p]);
    }
}
#undef FN
#undef KERNEL
#undef STRIDE
