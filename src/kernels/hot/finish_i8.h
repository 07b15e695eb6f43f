/* finish_i8.h - what becomes of the 32-bit sums of a product of integers: themselves, 8-bit numbers of another scale, or floats. */
#ifndef KERNELS_HOT_FINISH_I8_H
#define KERNELS_HOT_FINISH_I8_H

#include <stddef.h>
#include <stdint.h>

enum finish_kind { FINISH_I32, FINISH_BYTES, FINISH_F32 };

/* By column, each readable 8 elements past its end; NULL: none.
 *   zeros   what stands for 0 among the weights: zeros[j] times the sum of the row is taken off
 *   bias    added to the sums
 *   scale   FINISH_BYTES: z = sum * scale, to the nearest, of two the even one, plus zero, no less than lowest, no more than highest;
 *           FINISH_F32: z = sum * scale + float_bias */
struct finish_i8 {
    enum finish_kind kind;
    const int32_t *zeros, *bias;
    const float *scale, *float_bias;
    int32_t zero, lowest, highest;
};

/* Bytes of an element of z. */
static inline size_t finish_bytes(enum finish_kind kind) {
    return kind == FINISH_BYTES ? 1 : 4;
}

/* Columns j .. j + columns of `rows` rows; sums and z point to the first, sums is overwritten. Steps are in elements.
 *   row_sums  NULL where zeros is */
void finish_rows_i8(const struct finish_i8 *f, size_t j, int32_t *sums, size_t lds, size_t rows, size_t columns,
                    const int32_t *row_sums, void *z, size_t ldz);

#endif
