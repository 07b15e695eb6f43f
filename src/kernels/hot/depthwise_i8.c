/* depthwise_i8.c - four points of eight channels at a time. */
#include "kernels/hot/depthwise_i8.h"

#include "simd/integers.h"

SIMD_INLINE i16x8 eight(const unsigned char *x, size_t n, const struct widening *how) {
    unsigned char part[8];
    if (n < 8) {
        for (size_t i = 0; i < 8; i++)
            part[i] = i < n ? x[i] : 0;
        x = part;
    }
    return (how->is_unsigned ? i16x8_load_u8(x) : i16x8_load_i8(x)) - i16x8_splat((int16_t)how->zero);
}

/* Both rows of one pixel; what lies behind the last channel is of no account. */
static int16_t *pixel(const unsigned char *upper, const unsigned char *lower, size_t channels,
                      const struct widening *how, int16_t *to) {
    const i16x8 none = i16x8_splat(0);
    for (size_t c = 0; c < channels; c += 8, to += 16) {
        const i16x8 a = upper ? eight(upper + c, channels - c, how) : none,
                    b = lower ? eight(lower + c, channels - c, how) : none;
        i16x8_store(to, i16x8_zip_low(a, b));
        i16x8_store(to + 8, i16x8_zip_high(a, b));
    }
    return to;
}

void band_row_i8(const struct band_row *row, const struct widening *how, int16_t *to) {
    const size_t step = (row->channels + 7) / 8 * 16;
    const size_t end =
        row->before < row->width && row->size < row->width - row->before ? row->before + row->size : row->width;
    for (size_t x = 0; x < row->width; x++, to += step) {
        const bool inside = x >= row->before && x < end;
        const size_t at = inside ? (x - row->before) * row->channels : 0;
        if (!inside || (!row->upper && !row->lower))
            memset(to, 0, step * sizeof *to);
        else
            pixel(row->upper ? row->upper + at : NULL, row->lower ? row->lower + at : NULL, row->channels, how, to);
    }
}

#define DEPTHWISE(FN, POINTS)                                                                                          \
    static void FN(const int16_t *const *bands, size_t pairs, size_t kernel, size_t stride, size_t whole,              \
                   const int16_t *w, int32_t *sums) {                                                                  \
        for (size_t c = 0; c < whole; c += 8) {                                                                        \
            u32x4 low[POINTS], high[POINTS];                                                                           \
            const int16_t *weights = w + 2 * c;                                                                        \
            SIMD_UNROLL for (int p = 0; p < (POINTS); p++) low[p] = high[p] = (u32x4){0};                              \
            for (size_t j = 0; j < pairs; j++) {                                                                       \
                const int16_t *x = bands[j] + 2 * c;                                                                   \
                for (size_t k = 0; k < kernel; k++, x += 2 * whole, weights += 2 * whole) {                            \
                    const i16x8 w_low = i16x8_load(weights), w_high = i16x8_load(weights + 8);                         \
                    SIMD_UNROLL for (size_t p = 0; p < (POINTS); p++) {                                                \
                        low[p] += i16x8_dot(i16x8_load(x + p * stride * 2 * whole), w_low);                            \
                        high[p] += i16x8_dot(i16x8_load(x + p * stride * 2 * whole + 8), w_high);                      \
                        SIMD_PIN(low[p]);                                                                              \
                        SIMD_PIN(high[p]);                                                                             \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
            SIMD_UNROLL for (size_t p = 0; p < (POINTS); p++) {                                                        \
                i32x4_store(sums + p * whole + c, (i32x4)low[p]);                                                      \
                i32x4_store(sums + p * whole + c + 4, (i32x4)high[p]);                                                 \
            }                                                                                                          \
        }                                                                                                              \
    }

DEPTHWISE(four_points, DEPTHWISE_POINTS_I8)
DEPTHWISE(one_point, 1)

void depthwise_i8(const int16_t *const *bands, size_t pairs, size_t kernel, size_t stride, size_t whole,
                  const int16_t *w, size_t points, int32_t *sums) {
    if (points == DEPTHWISE_POINTS_I8)
        four_points(bands, pairs, kernel, stride, whole, w, sums);
    else
        one_point(bands, pairs, kernel, stride, whole, w, sums);
}
