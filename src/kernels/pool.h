/* pool.h - pooling over windows of an image whose channels lie last. */
#ifndef KERNELS_POOL_H
#define KERNELS_POOL_H

#include <stddef.h>

/* z[c] = largest of x[t][c] over t < taps, for c < channels, beginning with the lowest finite float.
 * As MindSpore 2.10 on CPU: best = best > v ? best : v, so that a NaN wins only as the last of its window, and of 0 and -0 the later one;
 * a window of nothing but -inf gives the lowest finite float. */
void max_pool_point_f32(const float *const *x, size_t taps, size_t channels, float *z);

#endif
