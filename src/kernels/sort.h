/* sort.h - the order of elements. */
#ifndef KERNELS_SORT_H
#define KERNELS_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* order[0 .. n): the indices i of x[i * step], so that the elements ascend or, below, descend; equal ones keep their order. NaN is above everything.
 *   spare  n more numbers to work in */
typedef void (*sort_kernel)(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_f32(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_i8(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_u8(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_i16(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_i32(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_i64(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_u16(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_u32(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_u64(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);
void sort_f64(const void *x, size_t n, size_t step, bool descending, int32_t *order, int32_t *spare);

#endif
