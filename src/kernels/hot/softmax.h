/* softmax.h - softmax over one row. */
#ifndef KERNELS_HOT_SOFTMAX_H
#define KERNELS_HOT_SOFTMAX_H

#include <stddef.h>

/* z[i] = e^(x[i] - max) / sum of e^(x[j] - max), n >= 1. z may be x.
 * The sum runs over four lanes (element i in lane i % 4), then (0 + 1) + (2 + 3). A row with NaN or +inf becomes NaN. */
void softmax_f32(const float *x, float *z, size_t n);

/* The same in place for weights of a sum: powers below the smallest normal float, with which products take long, are 0. */
void softmax_weights_f32(float *x, size_t n);

/* The logarithm of the same: (x[i] - max) - log(sum of e^(x[j] - max)). */
void log_softmax_f32(const float *x, float *z, size_t n);

#endif
