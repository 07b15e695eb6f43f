/* winograd_pack_f32.c - weights are transformed once, in double, and rounded once. */
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/winograd_f32.h"
#include "simd/simd.h"

#define NUMBER double
#define FACTOR double
#include "kernels/hot/winograd_spread.h"

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
