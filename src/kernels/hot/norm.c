/* norm.c - sums in double, so that rows of a million elements keep their digits. */
#include "kernels/hot/norm.h"

#include "simd/simd.h"

enum { SUMS = MOMENT_LANES / 2 };

/* Sum of x[i] - centre, or of its square. */
SIMD_INLINE double moment(const float *x, size_t n, double centre, int power) {
    const f64x2 c = {centre, centre};
    f64x2 sums[SUMS] = {{0}};
    size_t i = 0;
    for (; i + MOMENT_LANES <= n; i += MOMENT_LANES) {
        SIMD_UNROLL for (int k = 0; k < SUMS; k++) {
            const f64x2 d = f64x2_load_f32(x + i + 2 * k) - c;
            sums[k] += power == 1 ? d : d * d;
        }
    }
    for (; i < n; i++) {
        const double d = (double)x[i] - centre;
        sums[i % MOMENT_LANES / 2][i % 2] += power == 1 ? d : d * d;
    }
    for (size_t half = SUMS / 2; half > 0; half /= 2)
        for (size_t k = 0; k < half; k++)
            sums[k] += sums[k + half];
    return sums[0][0] + sums[0][1];
}

void moments_f32(const float *x, size_t n, double *mean, double *variance) {
    *mean = moment(x, n, 0, 1) / (double)n;
    *variance = moment(x, n, *mean, 2) / (double)n;
}

/* As whole vectors: in place, or in a buffer where there is one number for all or where fewer than four are left. */
static const float *four(const struct numbers *numbers, size_t i, size_t left, float buffer[4]) {
    if (numbers->step && left >= 4)
        return numbers->at + i;
    f32x4_store(buffer, numbers->step ? f32x4_load_part(numbers->at + i, left) : f32x4_splat(*numbers->at));
    return buffer;
}

/* Elements i to i + n: n is below 4, or a multiple of it. */
static void normalize(const float *x, float *z, size_t i, size_t n, const struct normalization *by) {
    float buffers[5][4];
    const struct numbers elements = {x, 1};
    const float *from = four(&elements, i, n, buffers[4]);
    const float *mean = four(&by->mean, i, n, buffers[0]), *scale = four(&by->scale, i, n, buffers[1]);
    const float *gamma = four(&by->gamma, i, n, buffers[2]), *beta = four(&by->beta, i, n, buffers[3]);
    float *to = n < 4 ? buffers[4] : z + i;
    for (size_t k = 0; k < n; k += 4) {
        const f32x4 v = f32x4_load(from + k) - f32x4_load(mean + k * by->mean.step);
        const f32x4 scaled = v * f32x4_load(scale + k * by->scale.step) * f32x4_load(gamma + k * by->gamma.step);
        f32x4_store(to + k, scaled + f32x4_load(beta + k * by->beta.step));
    }
    if (n < 4)
        f32x4_store_part(z + i, f32x4_load(to), n);
}

void normalize_f32(const float *x, float *z, size_t n, const struct normalization *by) {
    const size_t whole = n / 4 * 4;
    if (whole > 0)
        normalize(x, z, 0, whole, by);
    if (n > whole)
        normalize(x, z, whole, n - whole, by);
}
