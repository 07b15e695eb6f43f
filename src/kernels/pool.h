/* pool.h - pooling over windows of an image whose channels lie last. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

#include <stddef.h>

/* z[c] = largest of x[t][c] over t < taps, for c < channels, beginning with the lowest finite float.
 * As MindSpore 2.10 on CPU: best = best > v ? best : v, so that a NaN wins only as the last of its window, and of 0 and -0 the later one;
 * a window of nothing but -inf gives the lowest finite float. */
void max_pool_point_f32(const float *const *x, size_t taps, size_t channels, float *z);

/* The same where NaN wins and -inf counts: best = v > best or v is NaN ? v : best, beginning with -inf; of several NaN the last. */
void max_pool_point_nan_f32(const float *const *x, size_t taps, size_t channels, float *z);

/* z[c] = (sum of x[t][c] over t < taps, t rising in one accumulator) / divisor. */
void avg_pool_point_f32(const float *const *x, size_t taps, size_t channels, float divisor, float *z);

#endif
