/* depthwise_f32.h - convolution of each channel by itself, channels last. */
#ifndef KERNELS_HOT_DEPTHWISE_F32_H
#define KERNELS_HOT_DEPTHWISE_F32_H

#include <stddef.h>

/* z[c] = sum over t < taps of x[t][c] * w[t * channels + c], t rising in one accumulator: the bits of gemm_rows_f32 with a depth of 1. */
void depthwise_point_f32(const float *const *x, size_t taps, size_t channels, const float *w, float *z);

#endif
