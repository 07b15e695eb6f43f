/* select.c - the loop of select_row.h for each size of an element. */
#include "kernels/select.h"

#include <stdint.h>

#define T uint8_t
#define FN select_1
#include "kernels/select_row.h"
#define T uint16_t
#define FN select_2
#include "kernels/select_row.h"
#define T uint32_t
#define FN select_4
#include "kernels/select_row.h"
#define T uint64_t
#define FN select_8
#include "kernels/select_row.h"

void select_elements(const void *mask, const void *x, const void *y, void *z, size_t n, size_t sm, size_t sx, size_t sy,
                     size_t element) {
    if (element == 1)
        select_1(mask, x, y, z, n, sm, sx, sy);
    else if (element == 2)
        select_2(mask, x, y, z, n, sm, sx, sy);
    else if (element == 4)
        select_4(mask, x, y, z, n, sm, sx, sy);
    else
        select_8(mask, x, y, z, n, sm, sx, sy);
}
