/* gemm_i8.h - matrix product of 8-bit integers with exact 32-bit sums: left rows widened to 16 bits less their zero point, weights in 8 bits.
 *
 * Two neighbouring products are one addition (i32x4.dot_i16x8_s). Depths are rounded up to DEPTH_I8 with zeros on the left, columns to PANEL_I8, so
 * that no loop has a rest. Sums wrap; int32 is exact below 2^15 products of any numbers. */
#ifndef KERNELS_HOT_GEMM_I8_H
#define KERNELS_HOT_GEMM_I8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PANEL_I8 = 8, DEPTH_I8 = 8, TILE_ROWS_I8 = 4 };

static inline size_t panels_i8(size_t columns) {
    return (columns + PANEL_I8 - 1) / PANEL_I8 * PANEL_I8;
}

static inline size_t depth_i8(size_t depth) {
    return (depth + DEPTH_I8 - 1) / DEPTH_I8 * DEPTH_I8;
}

/* What x is before it meets the weights: its elements are unsigned or signed, and zero stands for 0. */
struct widening {
    bool is_unsigned;
    int32_t zero;
};

/* z[i] = x[i] - zero for i < n. */
void widen_i8(const void *x, size_t n, const struct widening *how, int16_t *z);

/* The sum of n numbers. */
int32_t sum_i16(const int16_t *x, size_t n);

/* Packed weights: [columns/8][depth/8][4][8][2] signed bytes; bytes of them. Unsigned ones are packed less 128: flip is 0x80, else 0. */
static inline size_t packed_i8(size_t columns, size_t depth) {
    return panels_i8(columns) * depth_i8(depth);
}

/* Columns first .. first + count of a matrix whose rows in memory are columns: [columns][depth][taps], which becomes a depth of taps * depth. */
void pack_columns_i8(const unsigned char *w, size_t first, size_t count, size_t depth, size_t taps, unsigned char flip,
                     int8_t *packed);

/* Rows first .. first + count of a matrix [depth][columns]. */
void pack_depth_i8(const unsigned char *w, size_t first, size_t count, size_t depth, size_t columns, unsigned char flip,
                   int8_t *packed);

/* z[r * ldz + j] = sum over k < depth of x[r * depth + k] * w(j, k), for r < rows and j < columns, both and depth rounded up: x has whole tiles of
 * TILE_ROWS_I8 rows, or one row. */
void gemm_i8(const int16_t *x, size_t rows, size_t depth, const int8_t *w, size_t columns, int32_t *z, size_t ldz);

/* Engines differ, as for gemm_prefer_shuffles; results are the same. */
void gemm_i8_prefer_shuffles(bool prefer);

#endif
