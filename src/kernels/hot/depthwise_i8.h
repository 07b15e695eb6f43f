/* depthwise_i8.h - convolution of each channel by itself, of 8-bit integers, channels last: two rows of a window at once, since two neighbouring products
 * are one addition (i32x4.dot_i16x8_s). */
#ifndef KERNELS_HOT_DEPTHWISE_I8_H
#define KERNELS_HOT_DEPTHWISE_I8_H

#include "kernels/hot/gemm_i8.h"

/* Points that are done together. */
enum { DEPTHWISE_POINTS_I8 = 4 };

/* A row of a band: `width` pixels of channels rounded up to 8, of each channel the number of an image row and that of the row below it.
 *   upper, lower  the image's rows, of `size` pixels of `channels` bytes; NULL: zeros, as around the image
 *   before        pixels of zeros before them */
struct band_row {
    const unsigned char *upper, *lower;
    size_t channels, size, before, width;
};

void band_row_i8(const struct band_row *row, const struct widening *how, int16_t *to);

/* sums[p * whole + c] for `points` points, one or DEPTHWISE_POINTS_I8, and c < whole, a multiple of 8.
 *   bands   of each two rows of the window, the band's row, at the first pixel that the first point sees
 *   pairs   how many; kernel: pixels of a window's row; stride: pixels from point to point
 *   w       [pairs][kernel][whole][2] */
void depthwise_i8(const int16_t *const *bands, size_t pairs, size_t kernel, size_t stride, size_t whole,
                  const int16_t *w, size_t points, int32_t *sums);

#endif
