/* op_pad.c - Pad in all its modes, and Roll: each axis of the output is a few pieces of the same axis of the input, and each combination of
 * pieces is a box. */
#include <string.h>

#include "ops/boxes.h"
#include "ops/rows.h"

enum { PAD_CONSTANT = 0, PAD_REFLECT = 1, PAD_EDGE = 2, PAD_SYMMETRIC = 3, PAD_CIRCULAR = 4, PAD_MODES = 5, MOST = 3 };

/* Elements x_at, x_at + x_step ... of the input, `count` of them, lie from z_at on in the output. */
struct piece {
    int64_t x_at, x_step, z_at, count;
};

struct pieces {
    int32_t count;
    struct piece piece[MOST];
};

static void add_piece(struct pieces *p, int64_t x_at, int64_t x_step, int64_t z_at, int64_t count) {
    if (count > 0)
        p->piece[p->count++] = (struct piece){x_at, x_step, z_at, count};
}

/* Boxes for every choice of one piece an axis, in the arena. */
static bool boxes_of_pieces(const struct msw_type *x, const struct msw_type *z, const struct pieces *axes,
                            struct placed_box **boxes, size_t *count, struct arena *arena, struct error *err) {
    ptrdiff_t x_dense[MSW_MAX_RANK], z_dense[MSW_MAX_RANK];
    dense_steps(x, x_dense);
    dense_steps(z, z_dense);
    *count = 1;
    for (int32_t i = 0; i < x->rank; i++)
        *count *= (size_t)axes[i].count;
    *boxes = arena_alloc(arena, *count, sizeof **boxes, err);
    for (size_t b = 0; *boxes && b < *count; b++) {
        struct placed_box *box = &(*boxes)[b];
        size_t choice = b;
        for (int32_t i = x->rank; i-- > 0; choice /= (size_t)axes[i].count) {
            const struct piece *p = &axes[i].piece[choice % (size_t)axes[i].count];
            box->x_at += (size_t)p->x_at * (size_t)x_dense[i];
            box->z_at += (size_t)p->z_at * (size_t)z_dense[i];
            box_add(&box->box, (size_t)p->count, (ptrdiff_t)p->x_step * x_dense[i], z_dense[i]);
        }
    }
    return *boxes != NULL;
}

/* Pad */

/* What is added before and after axis `axis` of the image as it lies here: paddings counts in the model's layout, the last axes of x. */
static void padding_of(const struct op_site *site, int32_t axis, int64_t *before, int64_t *after) {
    const struct attr *paddings = site_attr(site, "paddings");
    const int32_t rank = site->inputs[0].rank, first = rank - paddings->count / 2;
    *before = *after = 0;
    for (int32_t i = first; i < rank; i++) {
        if (site_layout_axis(site, i, rank) == axis) {
            *before = paddings->ints[2 * (i - first)];
            *after = paddings->ints[2 * (i - first) + 1];
        }
    }
}

/* Is there enough to fill the padding from? Less than nothing may be added in mode constant alone. */
static bool check_padding(int32_t axis, int64_t size, int64_t before, int64_t after, int64_t mode, struct error *err) {
    const int64_t most = mode == PAD_REFLECT                             ? size - 1
                         : mode == PAD_SYMMETRIC || mode == PAD_CIRCULAR ? size
                         : mode == PAD_EDGE && size == 0                 ? 0
                                                                         : INT32_MAX;
    const int64_t least = mode == PAD_CONSTANT ? -size : 0;
    if ((before != 0 || after != 0) && (before < least || after < least || before > most || after > most))
        return error_set(err, MSW_INVALID, "padding %l and %l of axis %d must be in %l..%l in mode %l", before, after,
                         axis, least, most > least ? most : least, mode);
    return (size + before + after >= 0 && size + before + after <= INT32_MAX) ||
           error_set(err, MSW_INVALID, "padding %l and %l of axis %d leaves %l elements", before, after, axis,
                     size + before + after);
}

OP_CHECK(pad) {
    const struct msw_type *x = &site->inputs[0];
    const struct attr *paddings = site_attr(site, "paddings");
    const int64_t mode = site_int(site, "mode", PAD_CONSTANT);
    struct msw_type *z = &site->outputs[0];
    if (mode < 0 || mode >= PAD_MODES)
        return error_set(err, MSW_INVALID, "mode must be in 0..%d, got %l", PAD_MODES - 1, mode);
    if (paddings->count % 2 != 0 || paddings->count / 2 > x->rank)
        return error_set(err, MSW_INVALID, "paddings must have two numbers for each of the last axes of %x, got %d", x,
                         paddings->count);
    if (site->input_count > 1 && (site->inputs[1].dtype != x->dtype || type_elements(&site->inputs[1]) != 1))
        return error_set(err, MSW_INVALID, "the padding must be one %k, got %t", x->dtype, &site->inputs[1]);
    *z = *x;
    for (int32_t i = 0; i < x->rank; i++) {
        int64_t before, after;
        padding_of(site, i, &before, &after);
        if (!check_padding(i, x->dims[i], before, after, mode, err))
            return false;
        z->dims[i] = (int32_t)(x->dims[i] + before + after);
    }
    return true;
}

static void pieces_of_padding(int64_t size, int64_t before, int64_t after, int64_t mode, struct pieces *p) {
    const int64_t cut = before < 0 ? -before : 0, kept = size - cut + (after < 0 ? after : 0);
    const int64_t behind = before + size; /* where the padding after begins */
    add_piece(p, cut, 1, before < 0 ? 0 : before, kept);
    switch (mode) {
    case PAD_REFLECT:
        add_piece(p, before, -1, 0, before);
        add_piece(p, size - 2, -1, behind, after);
        break;
    case PAD_SYMMETRIC:
        add_piece(p, before - 1, -1, 0, before);
        add_piece(p, size - 1, -1, behind, after);
        break;
    case PAD_EDGE:
        add_piece(p, 0, 0, 0, before);
        add_piece(p, size - 1, 0, behind, after);
        break;
    case PAD_CIRCULAR:
        add_piece(p, size - before, 1, 0, before);
        add_piece(p, 0, 1, behind, after);
        break;
    default: break;
    }
}

/* Mode constant: fill, then the boxes. */
struct pad_params {
    struct step boxes;
    struct box fill;
    size_t element;
    bool any;
};

static void run_pad(const struct step *step) {
    const struct pad_params *p = step->params;
    static const uint64_t zero = 0;
    struct step boxes = p->boxes;
    if (p->any)
        move_box(step->in[1] ? step->in[1] : &zero, step->out[0], &p->fill, p->element);
    boxes.in = step->in;
    boxes.out = step->out;
    boxes.run(&boxes);
}

static void run_pad_with_zeros(const struct step *step) {
    const void *in[2] = {step->in[0], NULL};
    struct step with_zeros = *step;
    with_zeros.in = in;
    run_pad(&with_zeros);
}

OP_PREPARE(pad) {
    const struct msw_type *x = &site->inputs[0], *z = &site->outputs[0];
    const int64_t mode = site_int(site, "mode", PAD_CONSTANT);
    struct pad_params p = {.element = dtype_info(x->dtype)->bytes, .any = mode == PAD_CONSTANT && type_elements(z) > 0};
    struct pieces pieces[MSW_MAX_RANK] = {0};
    struct placed_box *boxes;
    size_t count;
    for (int32_t i = 0; i < x->rank; i++) {
        int64_t before, after;
        padding_of(site, i, &before, &after);
        pieces_of_padding(x->dims[i], before, after, mode, &pieces[i]);
    }
    if (p.any)
        box_add(&p.fill, type_elements(z), 0, 1);
    if (!boxes_of_pieces(x, z, pieces, &boxes, &count, arena, err) ||
        !boxes_step(site, boxes, count, &p.boxes, arena, err))
        return false;
    step->run = site->input_count > 1 ? run_pad : run_pad_with_zeros;
    return step_params(step, &p, sizeof p, arena, err);
}

/* Roll */

/* Attribute axis lists axes, shifts how far along each; without axis, all elements are one axis. */
static bool rolled_type(const struct op_site *site, struct msw_type *x, struct error *err) {
    const struct attr *shifts = site_attr(site, "shifts"), *axes = site_attr(site, "axis");
    *x = site->inputs[0];
    if (!axes->given) {
        const size_t elements = type_elements(x);
        *x = (struct msw_type){.dtype = x->dtype, .rank = 1, .dims = {(int32_t)elements}};
    }
    if (shifts->count != (axes->given ? axes->count : 1))
        return error_set(err, MSW_INVALID, "needs one shift for each axis, got %d for %d", shifts->count,
                         axes->given ? axes->count : 1);
    for (int32_t i = 0; i < axes->count; i++)
        if (axes->ints[i] < -x->rank || axes->ints[i] >= x->rank)
            return error_set(err, MSW_INVALID, "axis[%d] is %l, for rank %d", i, axes->ints[i], x->rank);
    return true;
}

OP_CHECK(roll) {
    struct msw_type x;
    site->outputs[0] = site->inputs[0];
    return rolled_type(site, &x, err);
}

OP_PREPARE(roll) {
    const struct attr *shifts = site_attr(site, "shifts"), *axes = site_attr(site, "axis");
    struct msw_type x;
    struct pieces pieces[MSW_MAX_RANK] = {0};
    int64_t by[MSW_MAX_RANK] = {0};
    struct placed_box *boxes;
    size_t count;
    if (!rolled_type(site, &x, err))
        return false;
    for (int32_t i = 0; i < shifts->count; i++) { /* an axis may be named twice */
        const int64_t axis = axes->given ? axes->ints[i] + (axes->ints[i] < 0 ? x.rank : 0) : 0;
        const int64_t size = x.dims[axis];
        by[axis] = size ? (by[axis] + shifts->ints[i] % size + size) % size : 0;
    }
    for (int32_t i = 0; i < x.rank; i++) {
        add_piece(&pieces[i], 0, 1, by[i], x.dims[i] - by[i]);
        add_piece(&pieces[i], x.dims[i] - by[i], 1, 0, by[i]);
    }
    return boxes_of_pieces(&x, &x, pieces, &boxes, &count, arena, err) &&
           boxes_step(site, boxes, count, step, arena, err);
}
