/* norm.h - normalisation: moments of a row, and the scaling that follows. */
#ifndef KERNELS_HOT_NORM_H
#define KERNELS_HOT_NORM_H

#include <stddef.h>

/* Mean and variance (divided by n) of x[0 .. n), n >= 1, by two walks in double: element i goes to lane i % MOMENT_LANES, and at the end the lanes
 * of the upper half are added to those of the lower until one is left. */
enum { MOMENT_LANES = 8 };
void moments_f32(const float *x, size_t n, double *mean, double *variance);

/* Numbers for each element (step 1) or one for all (step 0). */
struct numbers {
    const float *at;
    size_t step;
};

/* z[i] = (x[i] - mean[i]) * scale[i] * gamma[i] + beta[i] for n elements. z may be x. */
struct normalization {
    struct numbers mean, scale, gamma, beta;
};
void normalize_f32(const float *x, float *z, size_t n, const struct normalization *by);

#endif
