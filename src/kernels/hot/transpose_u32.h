/* transpose_u32.h - rows become columns, four bytes at a time. */
#ifndef KERNELS_HOT_TRANSPOSE_U32_H
#define KERNELS_HOT_TRANSPOSE_U32_H

#include <stddef.h>
#include <stdint.h>

/* z[j * z_step + i] = x[i * x_step + j] for i < rows, j < columns. */
void transpose_u32(const uint32_t *x, uint32_t *z, size_t rows, size_t columns, ptrdiff_t x_step, ptrdiff_t z_step);

#endif
