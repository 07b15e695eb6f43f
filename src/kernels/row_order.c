/* row_order.c - comparing element by element, and merging ever longer runs. */
#include "kernels/row_order.h"

#include <stdbool.h>
#include <string.h>

#include "base/type.h"
#include "kernels/cast.h"

static int compare_floats(const unsigned char *a, const unsigned char *b, int32_t dtype) {
    double x, y;
    cast_elements(a, dtype, &x, MSW_FLOAT64, 1);
    cast_elements(b, dtype, &y, MSW_FLOAT64, 1);
    if (x != x || y != y)
        return (x != x) - (y != y);
    return (x > y) - (x < y);
}

/* Little endian: from the highest byte on, whose sign bit says the opposite. */
static int compare_wholes(const unsigned char *a, const unsigned char *b, size_t bytes, bool is_signed) {
    const unsigned flip = is_signed ? 0x80 : 0;
    for (size_t i = bytes; i-- > 0;) {
        const unsigned x = a[i] ^ (i + 1 == bytes ? flip : 0), y = b[i] ^ (i + 1 == bytes ? flip : 0);
        if (x != y)
            return x > y ? 1 : -1;
    }
    return 0;
}

int rows_compare(const struct rows *rows, size_t a, size_t b) {
    const struct msw_dtype_info *info = dtype_info(rows->dtype);
    const unsigned char *x = rows->x;
    const bool whole = info->number == 'i' || info->number == 'u' || info->number == 'b';
    const size_t bytes = info->bytes;
    for (size_t k = 0; k < rows->count; k++)
        for (size_t i = 0; i < rows->block; i++) {
            const unsigned char *p = x + (k * rows->stride + a * rows->block + i) * bytes;
            const unsigned char *q = x + (k * rows->stride + b * rows->block + i) * bytes;
            const int way =
                whole ? compare_wholes(p, q, bytes, info->number == 'i') : compare_floats(p, q, rows->dtype);
            if (way != 0)
                return way;
        }
    return 0;
}

static void merge(const struct rows *rows, const int32_t *from, int32_t *to, size_t first, size_t middle, size_t end) {
    size_t a = first, b = middle;
    for (size_t i = first; i < end; i++) {
        const bool take_b = a == middle || (b < end && rows_compare(rows, (size_t)from[b], (size_t)from[a]) < 0);
        to[i] = take_b ? from[b++] : from[a++];
    }
}

void rows_sort(const struct rows *rows, int32_t *order, int32_t *spare) {
    int32_t *from = order, *to = spare;
    const size_t n = rows->n;
    for (size_t i = 0; i < n; i++)
        order[i] = (int32_t)i;
    for (size_t run = 1; run < n; run *= 2) {
        for (size_t first = 0; first < n; first += 2 * run) {
            const size_t middle = n - first < run ? n : first + run, end = n - first < 2 * run ? n : first + 2 * run;
            merge(rows, from, to, first, middle, end);
        }
        int32_t *const sorted = to;
        to = from;
        from = sorted;
    }
    if (from != order && n > 0)
        memcpy(order, from, n * sizeof *order);
}
