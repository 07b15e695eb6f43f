/* scan.h - running sums and products. */
#ifndef KERNELS_SCAN_H
#define KERNELS_SCAN_H

#include <stddef.h>

/* z[i * step] = x[0] + ... + x[i * step], i < n; exclusive: without x[i * step] itself. step may be below 0. Floats add up in double and are rounded
 * once; integers wrap. z may be x. */
typedef void (*scan_kernel)(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_sum_f32(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_sum_f64(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_sum_u8(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_sum_u16(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_sum_u32(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_sum_u64(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);

/* The same with products; the empty one is 1. */
void running_product_f32(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_product_f64(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_product_u8(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_product_u16(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_product_u32(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);
void running_product_u64(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive);

#endif
