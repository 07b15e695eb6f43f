/* reduce.h - kernels that make one number of many. */
#ifndef KERNELS_REDUCE_H
#define KERNELS_REDUCE_H

#include <stddef.h>
#include <stdint.h>

/* Index of the largest of x[i * step], i < n, n >= 1: the first of equals; step may be below 0. A NaN is never larger, so it is picked only where it is x[0]
 * (MindSpore 2.10 on CPU: [1, NaN, 3] -> 2, [NaN, 1, 3] -> 0). */
typedef int32_t (*argmax_kernel)(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_f32(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_i32(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_i8(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_u8(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_i16(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_i64(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_u16(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_u32(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_u64(const void *x, size_t n, ptrdiff_t step);
int32_t argmax_f64(const void *x, size_t n, ptrdiff_t step);

/* The smallest, likewise. */
int32_t argmin_f32(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_i32(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_i8(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_u8(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_i16(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_i64(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_u16(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_u32(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_u64(const void *x, size_t n, ptrdiff_t step);
int32_t argmin_f64(const void *x, size_t n, ptrdiff_t step);

/* How many i < n have x[i] == y[i]. NaN equals nothing, -0 equals 0. */
typedef int64_t (*equal_count_kernel)(const void *x, const void *y, size_t n);
int64_t equal_count_f32(const void *x, const void *y, size_t n);
int64_t equal_count_i32(const void *x, const void *y, size_t n);
int64_t equal_count_i8(const void *x, const void *y, size_t n);
int64_t equal_count_u8(const void *x, const void *y, size_t n);
int64_t equal_count_i16(const void *x, const void *y, size_t n);
int64_t equal_count_i64(const void *x, const void *y, size_t n);
int64_t equal_count_u16(const void *x, const void *y, size_t n);
int64_t equal_count_u32(const void *x, const void *y, size_t n);
int64_t equal_count_u64(const void *x, const void *y, size_t n);
int64_t equal_count_f64(const void *x, const void *y, size_t n);

#endif
