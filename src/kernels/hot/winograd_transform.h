/* winograd_transform.h - what F(m x m, 3 x 3) does to patches, to products and to weights (winograd_f32.h), of one tile or panel at a time. */
#ifndef KERNELS_HOT_WINOGRAD_TRANSFORM_H
#define KERNELS_HOT_WINOGRAD_TRANSFORM_H

#include <stddef.h>

/* Of tiles whose side is m; (i, j) is a point of (m + 2) x (m + 2), and its matrix lies (i * (m + 2) + j) * step floats from the first.
 *   input    v(i, j)[c] = (B^T d B)[i][j] for d[i][j] = x[i * (m + 2) + j][c], c < channels, which is a multiple of 4
 *   output   z[i * row + j * pixel + c] = (A^T m A)[i][j] for m[i][j] = m(i, j)[c], i < rows <= m, j < points <= m, c < channels
 *   weights  u(i, j)[k * PANEL + c] = (G g G^T)[i][j] for g[i][j] = w[((i * 3 + j) * depth + k) * PANEL + c], a panel packed with 9 taps */
struct winograd_transform {
    void (*input)(const float *const *x, size_t channels, float *v, size_t step);
    void (*output)(const float *m, size_t step, size_t channels, float *z, size_t row, size_t pixel, size_t rows,
                   size_t points);
    void (*weights)(const float *w, size_t depth, float *u, size_t step);
};

const struct winograd_transform *winograd_transform(size_t side);

#endif
