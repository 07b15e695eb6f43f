/* move.c - the innermost loop typed, or the two that turn a matrix; the others by an odometer. */
#include "kernels/move.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kernels/hot/transpose_u32.h"

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

/* One more turn of the loops: false when they are at their start again. from, to in elements, so that no pointer ever leaves its tensor. */
static bool turn(const struct box *box, size_t *index, ptrdiff_t *from, ptrdiff_t *to) {
    for (size_t i = 0; i < box->loops; i++) {
        *from += box->x_steps[i];
        *to += box->z_steps[i];
        if (++index[i] < box->dims[i])
            return true;
        *from -= (ptrdiff_t)box->dims[i] * box->x_steps[i];
        *to -= (ptrdiff_t)box->dims[i] * box->z_steps[i];
        index[i] = 0;
    }
    return false;
}

/* Takes loop i out of the box. */
static struct box take(struct box *box, size_t i) {
    const struct box loop = {
        .loops = 1, .dims = {box->dims[i]}, .x_steps = {box->x_steps[i]}, .z_steps = {box->z_steps[i]}};
    box->loops--;
    for (; i < box->loops; i++) {
        box->dims[i] = box->dims[i + 1];
        box->x_steps[i] = box->x_steps[i + 1];
        box->z_steps[i] = box->z_steps[i + 1];
    }
    return loop;
}

/* The loop along which the elements of x lie side by side, where those of z do along the innermost; 0: there is none. */
static size_t find_turned(const struct box *box) {
    for (size_t i = 1; i < box->loops; i++)
        if (box->x_steps[i] == 1 && box->z_steps[0] == 1)
            return i;
    return 0;
}

void move_box(const void *x, void *z, const struct box *box, size_t element) {
    struct box outer = *box, inner = {.loops = 1, .dims = {1}}, turned = {0};
    const size_t across = element == 4 ? find_turned(box) : 0;
    const ptrdiff_t bytes = (ptrdiff_t)element;
    size_t index[BOX_MAX_LOOPS] = {0};
    ptrdiff_t from = 0, to = 0;
    if (across > 0)
        turned = take(&outer, across);
    if (outer.loops > 0)
        inner = take(&outer, 0);
    do {
        const void *const source = (const unsigned char *)x + from * bytes;
        void *const target = (unsigned char *)z + to * bytes;
        if (across > 0)
            transpose_u32(source, target, inner.dims[0], turned.dims[0], inner.x_steps[0], turned.z_steps[0]);
        else
            row(source, target, inner.dims[0], inner.x_steps[0], inner.z_steps[0], element);
    } while (turn(&outer, index, &from, &to));
}
