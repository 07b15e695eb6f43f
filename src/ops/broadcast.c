/* broadcast.c - dims of 1 vanish, and neighbours that both operands walk through evenly become one loop. */
#include "ops/broadcast.h"

static void prepend(struct broadcast *b, size_t dim, size_t x_step, size_t y_step) {
    if (dim == 1)
        return;
    if (b->loops > 0 && x_step == b->x_steps[0] * b->dims[0] && y_step == b->y_steps[0] * b->dims[0]) {
        b->dims[0] *= dim;
        return;
    }
    for (size_t i = b->loops; i > 0; i--) {
        b->dims[i] = b->dims[i - 1];
        b->x_steps[i] = b->x_steps[i - 1];
        b->y_steps[i] = b->y_steps[i - 1];
    }
    b->loops++;
    b->dims[0] = dim;
    b->x_steps[0] = x_step;
    b->y_steps[0] = y_step;
}

/* The step of the dim that is i-th from the end, and the unit of the dim before it. */
static size_t take_step(const int32_t *dims, int32_t rank, int32_t i, size_t *unit) {
    const size_t dim = i < rank ? (size_t)dims[rank - 1 - i] : 1;
    const size_t step = dim == 1 ? 0 : *unit;
    *unit *= dim;
    return step;
}

void broadcast_make(const int32_t *x, int32_t x_rank, size_t x_unit, const int32_t *y, int32_t y_rank, size_t y_unit,
                    const int32_t *z, int32_t rank, struct broadcast *b) {
    *b = (struct broadcast){0};
    for (int32_t i = 0; i < rank; i++) {
        const size_t x_step = take_step(x, x_rank, i, &x_unit);
        const size_t y_step = take_step(y, y_rank, i, &y_unit);
        prepend(b, (size_t)z[rank - 1 - i], x_step, y_step);
    }
    if (b->loops == 0) {
        b->loops = 1;
        b->dims[0] = 1;
    }
}

bool broadcast_next(const struct broadcast *b, size_t loops, struct broadcast_at *at) {
    for (size_t i = loops; i-- > 0;) {
        at->x += b->x_steps[i];
        at->y += b->y_steps[i];
        if (++at->index[i] < b->dims[i])
            return true;
        at->x -= b->x_steps[i] * b->dims[i];
        at->y -= b->y_steps[i] * b->dims[i];
        at->index[i] = 0;
    }
    return false;
}

struct msw_type broadcast_as_matrix(const struct msw_type *x, bool left) {
    struct msw_type m = *x;
    if (m.rank == 1) {
        m.rank = 2;
        m.dims[0] = left ? 1 : x->dims[0];
        m.dims[1] = left ? x->dims[0] : 1;
    }
    return m;
}
