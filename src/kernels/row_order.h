/* row_order.h - rows of elements of any data type in their order: what finding equal ones takes. */
#ifndef KERNELS_ROW_ORDER_H
#define KERNELS_ROW_ORDER_H

#include <stddef.h>
#include <stdint.h>

/* n rows of `count` blocks of `block` elements each: row i's block k begins at element i * block + k * stride. */
struct rows {
    const void *x;
    int32_t dtype;
    size_t n, count, block, stride;
};

/* Below, at or above 0 as row a stands before, with or behind row b; NaN stands behind all numbers, with NaN. */
int rows_compare(const struct rows *rows, size_t a, size_t b);

/* order[0 .. n): the rows in their order, equal ones as they came. spare: n more numbers */
void rows_sort(const struct rows *rows, int32_t *order, int32_t *spare);

#endif
