/* winograd_pack_f32.c - weights are transformed once, in double, and rounded once. */
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/winograd_f32.h"
#include "simd/simd.h"

/* G of one direction, at the points that winograd_f32.c transforms images to: g[0] + x g[1] + x^2 g[2], over the product of x's differences to the other points. */
SIMD_INLINE void spread_4(const double *g, double *u) {
    static const double over_0 = 1 / 0.87890625, over_a = 1 / -1.45263671875, over_b = 1 / 8.3671875;
    const double even_a = over_a * (g[0] + 0.390625 * g[2]), odd_a = over_a * 0.625 * g[1];
    const double even_b = over_b * (g[0] + 2.25 * g[2]), odd_b = over_b * 1.5 * g[1];
    u[0] = over_0 * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

SIMD_INLINE void spread_2(const double *g, double *u) {
    const double even = 0.5 * (g[0] + g[2]), odd = 0.5 * g[1];
    u[0] = g[0];
    u[1] = even + odd;
    u[2] = even - odd;
    u[3] = g[2];
}

size_t winograd_weights(size_t side, size_t depth, size_t columns) {
    return (side + 2) * (side + 2) * depth * panel_columns(columns);
}

/* u[i * points + j] = (G g G^T)[i][j] */
SIMD_INLINE void transform_weights(size_t points, void (*spread)(const double *, double *), const float *g, float *u) {
    double rows[3][WINOGRAD_POINTS], all[WINOGRAD_POINTS];
    for (size_t y = 0; y < 3; y++)
        spread((const double[3]){(double)g[3 * y], (double)g[3 * y + 1], (double)g[3 * y + 2]}, rows[y]);
    for (size_t j = 0; j < points; j++) {
        spread((const double[3]){rows[0][j], rows[1][j], rows[2][j]}, all);
        for (size_t i = 0; i < points; i++)
            u[i * points + j] = (float)all[i];
    }
}

/* Some channels at once, so that what is written point by point lies close together. */
void winograd_pack_f32(size_t side, const float *source, size_t first, size_t count, size_t depth, size_t columns,
                       float *packed) {
    enum { CHANNELS = 32 };
    const size_t points = side + 2, matrix = depth * panel_columns(columns);
    float u[CHANNELS][WINOGRAD_POINTS * WINOGRAD_POINTS];
    for (size_t o = first; o < first + count; o++) {
        float *column = packed + o / PANEL * PANEL * depth + o % PANEL;
        for (size_t k = 0; k < depth; k += CHANNELS) {
            const size_t some = depth - k < CHANNELS ? depth - k : CHANNELS;
            for (size_t i = 0; i < some; i++, source += 9) {
                if (side == 4)
                    transform_weights(6, spread_4, source, u[i]);
                else
                    transform_weights(4, spread_2, source, u[i]);
            }
            for (size_t p = 0; p < points * points; p++)
                for (size_t i = 0; i < some; i++)
                    column[p * matrix + (k + i) * PANEL] = u[i][p];
        }
    }
}
