/* move.c - the innermost dim by a typed loop, the outer ones by an odometer. */
#include "kernels/move.h"

#include <stdint.h>
#include <string.h>

enum { MAX_RANK = 8 };

#define T uint8_t
#define FN row_1
#include "kernels/move_row.h"
#define T uint16_t
#define FN row_2
#include "kernels/move_row.h"
#define T uint32_t
#define FN row_4
#include "kernels/move_row.h"
#define T uint64_t
#define FN row_8
#include "kernels/move_row.h"

static void row(const void *x, void *z, size_t n, size_t step, size_t element) {
    if (step == 1)
        memcpy(z, x, n * element);
    else if (element == 4)
        row_4(x, z, n, step);
    else if (element == 1)
        row_1(x, z, n, step);
    else if (element == 8)
        row_8(x, z, n, step);
    else
        row_2(x, z, n, step);
}

void gather_strided(const void *x, void *z, size_t rank, const size_t *dims, const size_t *steps, size_t element) {
    const size_t inner = dims[rank - 1];
    size_t rows = 1;
    for (size_t i = 0; i + 1 < rank; i++)
        rows *= dims[i];
    size_t index[MAX_RANK] = {0};
    const unsigned char *from = x;
    unsigned char *to = z;
    for (size_t r = 0; r < rows; r++) {
        row(from, to, inner, steps[rank - 1], element);
        to += inner * element;
        for (size_t i = rank - 1; i-- > 0;) { /* the next row: count up from the last outer dim */
            from += steps[i] * element;
            if (++index[i] < dims[i])
                break;
            from -= dims[i] * steps[i] * element;
            index[i] = 0;
        }
    }
}
