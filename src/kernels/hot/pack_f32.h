/* pack_f32.h - matrices in the form in which tiles read them: panels of 8 columns, [columns / 8][depth][8], the last panel filled up with zeros. */
#ifndef KERNELS_HOT_PACK_F32_H
#define KERNELS_HOT_PACK_F32_H

#include <stddef.h>

enum { PANEL = 8 };

/* Columns rounded up to whole panels. */
static inline size_t panel_columns(size_t columns) {
    return (columns + PANEL - 1) / PANEL * PANEL;
}

/* A matrix that lies anyhow: element (k, j) at k * depth_step + j * column_step. */
void pack_f32(const float *source, size_t depth_step, size_t column_step, size_t depth, size_t columns, float *packed);

/* Weights whose rows are the product's columns: source [columns][depth * taps], element (j, k, t) at (j * depth + k) * taps + t
 * (a convolution's [O][I][KH*KW], or with taps 1 a transposed matrix). Rows first .. first + count, `source` points to the first of them; packed
 * holds zeros at first. */
void pack_columns_f32(const float *source, size_t first, size_t count, size_t depth, size_t taps, float *packed);

/* Weights whose rows are the depth: source [depth][columns]. Rows first .. first + count, as above. */
void pack_depth_f32(const float *source, size_t first, size_t count, size_t depth, size_t columns, float *packed);

#endif
