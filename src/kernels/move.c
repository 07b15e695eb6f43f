/* move.c - the innermost loop typed, the others by an odometer. */
#include "kernels/move.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

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

void box_add(struct box *box, size_t dim, ptrdiff_t x_step, ptrdiff_t z_step) {
    const size_t last = box->loops - 1;
    if (dim == 1)
        return;
    if (box->loops > 0 && x_step == box->x_steps[last] * (ptrdiff_t)box->dims[last] &&
        z_step == box->z_steps[last] * (ptrdiff_t)box->dims[last]) {
        box->dims[last] *= dim;
        return;
    }
    assert(box->loops < BOX_MAX_LOOPS);
    box->dims[box->loops] = dim;
    box->x_steps[box->loops] = x_step;
    box->z_steps[box->loops++] = z_step;
}

static void row(const void *x, void *z, size_t n, ptrdiff_t x_step, ptrdiff_t z_step, size_t element) {
    if (x_step == 1 && z_step == 1)
        memcpy(z, x, n * element);
    else if (element == 4)
        row_4(x, z, n, x_step, z_step);
    else if (element == 1)
        row_1(x, z, n, x_step, z_step);
    else if (element == 8)
        row_8(x, z, n, x_step, z_step);
    else
        row_2(x, z, n, x_step, z_step);
}

void move_box(const void *x, void *z, const struct box *box, size_t element) {
    static const struct box single = {.loops = 1, .dims = {1}};
    const struct box *b = box->loops ? box : &single;
    const ptrdiff_t bytes = (ptrdiff_t)element;
    size_t index[BOX_MAX_LOOPS] = {0};
    ptrdiff_t from = 0, to = 0, i; /* in elements, so that no pointer ever leaves its tensor */
    do {
        row((const unsigned char *)x + from * bytes, (unsigned char *)z + to * bytes, b->dims[0], b->x_steps[0],
            b->z_steps[0], element);
        for (i = 1; i < (ptrdiff_t)b->loops; i++) {
            from += b->x_steps[i];
            to += b->z_steps[i];
            if (++index[i] < b->dims[i])
                break;
            from -= (ptrdiff_t)b->dims[i] * b->x_steps[i];
            to -= (ptrdiff_t)b->dims[i] * b->z_steps[i];
            index[i] = 0;
        }
    } while (i < (ptrdiff_t)b->loops);
}
