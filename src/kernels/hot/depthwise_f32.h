/* depthwise_f32.h - convolution of each channel by itself, channels last: a row of output points at a time. */
#ifndef KERNELS_HOT_DEPTHWISE_F32_H
#define KERNELS_HOT_DEPTHWISE_F32_H

#include "kernels/hot/epilogue.h"

/* The most output points that are worked on together. */
enum { DEPTHWISE_POINTS = 4 };

/* Along a row: its pixels, and the windows that slide over them. */
struct depthwise {
    size_t channels, kernel_rows, kernel;
    ptrdiff_t size, stride, dilation, pad_before, out;
};

/* How many pointers depthwise_row_f32 wants to work with. */
static inline size_t depthwise_pointers(const struct depthwise *d) {
    return d->kernel_rows * (d->kernel + (size_t)(d->stride == 1 ? 1 : 2) * (DEPTHWISE_POINTS - 1));
}

/* z[o * channels + c] = sum over r < kernel_rows, k < kernel of x(r, o * stride - pad_before + k * dilation)[c] * w[(r * kernel + k) * channels + c]
 * for o < out, r and k rising in one accumulator: the bits of gemm_rows_f32 with a depth of 1; then the epilogue.
 *   rows      the image rows that the kernel's rows lie on, NULL for one in the padding
 *   zeros     what the padding holds: as many as channels
 *   pointers  depthwise_pointers of them, to work with */
void depthwise_row_f32(const struct depthwise *d, const float *const *rows, const float *zeros, const float **pointers,
                       const float *w, float *z, const struct epilogue *e);

#endif
