/* norm.c - sums in double, so that rows of a million elements keep their digits. */
#include "kernels/norm.h"

#include "simd/simd.h"

/* Sum of (x[i] - centre)^power, power 1 or 2. */
SIMD_INLINE double moment(const float *x, size_t n, double centre, int power) {
    double lanes[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++) {
            const double d = (double)x[i + k] - centre;
            lanes[k] += power == 1 ? d : d * d;
        }
    }
    for (; i < n; i++) {
        const double d = (double)x[i] - centre;
        lanes[i % 4] += power == 1 ? d : d * d;
    }
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
}

void moments_f32(const float *x, size_t n, double *mean, double *variance) {
    *mean = moment(x, n, 0, 1) / (double)n;
    *variance = moment(x, n, *mean, 2) / (double)n;
}

static f32x4 four(const struct numbers *numbers, size_t i, size_t left) {
    if (numbers->step == 0)
        return f32x4_splat(*numbers->at);
    return f32x4_read(numbers->at + i, left);
}

void normalize_f32(const float *x, float *z, size_t n, const struct normalization *by) {
    for (size_t i = 0; i < n; i += 4) {
        const size_t left = n - i;
        f32x4 v = f32x4_read(x + i, left);
        v = (v - four(&by->mean, i, left)) * four(&by->scale, i, left) * four(&by->gamma, i, left);
        v += four(&by->beta, i, left);
        f32x4_write(z + i, v, left);
    }
}
