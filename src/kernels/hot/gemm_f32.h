/* gemm_f32.h - matrix product and convolution in float32: one kernel that finds its rows through pointers serves both.
 * Weights are packed (pack_f32.h), of a convolution with a depth of taps * depth. */
#ifndef KERNELS_HOT_GEMM_F32_H
#define KERNELS_HOT_GEMM_F32_H

#include <stdbool.h>

#include "kernels/hot/epilogue.h"
#include "kernels/hot/pack_f32.h"

/* TILE_ROWS: products whose rows are a multiple of it leave none over. */
enum { TILE_ROWS = 6 };

/* z[r * ldz + j] = sum over t < taps, k < depth of x[t * ldx + r][k] * w(j, t, k), for r < rows, j < columns; then the epilogue.
 *   x    pointers to `depth` elements each
 *   w    packed weights
 *   ldz  row step of z in elements
 *   e    NULL: none */
void gemm_rows_f32(const float *const *x, size_t ldx, size_t rows, size_t taps, size_t depth, const float *w,
                   size_t columns, float *z, size_t ldz, const struct epilogue *e);

/* z[r * ldz + j] = sum over k < depth of x[r * ldx + k] * w(j, k), for r < rows, j < columns; then the epilogue. */
void gemm_f32(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t columns, float *z,
              size_t ldz, const struct epilogue *e);

/* gemm_f32 by all threads of the pool. */
void gemm_split_f32(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t columns, float *z,
                    size_t ldz, const struct epilogue *e);

/* Engines differ in how they like to put one number into all lanes: by a load each (V8), or by shuffles of four that were loaded at once (Cranelift).
 * Results have the same bits. */
void gemm_prefer_shuffles(bool prefer);

#endif
