/* op_shape.c - operators that give the same elements another shape: nothing is copied. */
#include "ops/boxes.h"
#include "ops/rows.h"

OP_VIEW(always) {
    (void)site, (void)output, (void)first;
    return true;
}

/* For views that a plan makes a step of all the same, since something else needs the memory apart. */
OP_PREPARE(copy) {
    return copy_step(site, step, arena, err);
}

OP_CHECK(identity) {
    (void)err;
    site->outputs[0] = site->inputs[0];
    return true;
}

/* One dim may be -1: what the others leave. 0 is a size like any other, or, with allowzero = 0, that of the input. */
OP_CHECK(reshape) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    int64_t dims[MSW_MAX_RANK];
    int32_t count;
    if (!site_known_ints(site, 1, "shape", MSW_MAX_RANK, dims, &count, err))
        return false;
    *z = (struct msw_type){.dtype = x->dtype, .rank = count};
    const int64_t elements = (int64_t)type_elements(x);
    int64_t known = 1;
    int32_t open = -1;
    for (int32_t i = 0; i < z->rank; i++) {
        if (dims[i] == 0 && site_int(site, "allowzero", 1) == 0) {
            if (i >= x->rank)
                return error_set(err, MSW_INVALID, "dim %d of the new shape is 0, which %x has no dim for", i, x);
            dims[i] = x->dims[i];
        }
        if (dims[i] < -1 || dims[i] > INT32_MAX)
            return error_set(err, MSW_INVALID, "dim %d of the new shape is %l", i, dims[i]);
        if (dims[i] == -1 && open >= 0)
            return error_set(err, MSW_INVALID, "dims %d and %d of the new shape are both -1", open, i);
        z->dims[i] = (int32_t)dims[i];
        if (dims[i] == -1)
            open = i;
        else
            known *= dims[i];
        if (known > (int64_t)TYPE_MAX_BYTES)
            known = (int64_t)TYPE_MAX_BYTES + 1; /* more than any tensor has; a later 0 still makes it 0 */
    }
    if (open >= 0 && known > 0 && elements % known == 0)
        z->dims[open] = (int32_t)(elements / known);
    else if (open >= 0 || known != elements)
        return error_set(err, MSW_INVALID, "%x has %l elements, which do not fit shape %x", x, elements, z);
    return true;
}

OP_CHECK(flatten) {
    const struct msw_type *x = &site->inputs[0];
    const int64_t axis = site_int(site, "axis", 1);
    if (axis == 1 && x->rank == 0)
        return error_set(err, MSW_INVALID, "needs rank 1 or more, got %t", x);
    if (axis < -x->rank || axis > x->rank)
        return error_set(err, MSW_INVALID, "axis %l is outside [%d,%d] for %x", axis, -x->rank, x->rank, x);
    const int32_t cut = (int32_t)(axis < 0 ? axis + x->rank : axis);
    site->outputs[0] = (struct msw_type){
        .dtype = x->dtype, .rank = 2, .dims = {(int32_t)type_extent(x, 0, cut), (int32_t)type_extent(x, cut, x->rank)}};
    return true;
}

OP_CHECK(expand_dims) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    static const int64_t front = 0;
    const struct attr *given = site_attr(site, "axis");
    const struct attr axes = given->given ? *given : (struct attr){.count = 1, .ints = &front};
    uint32_t added = 0;
    if (x->rank + axes.count > MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "%t has no room for %d more dims: %d is the most", x, axes.count,
                         MSW_MAX_RANK);
    *z = (struct msw_type){.dtype = x->dtype, .rank = x->rank + axes.count};
    for (int32_t i = 0; i < axes.count; i++) {
        const int64_t axis = axes.ints[i] < 0 ? axes.ints[i] + z->rank : axes.ints[i];
        if (axis < 0 || axis >= z->rank || (added >> axis & 1))
            return error_set(err, MSW_INVALID, "axis[%d] is %l: axis must hold axes of the answer's %d, each once", i,
                             axes.ints[i], z->rank);
        added |= 1u << axis;
    }
    for (int32_t i = 0, from = 0; i < z->rank; i++)
        z->dims[i] = added >> i & 1 ? 1 : x->dims[from++];
    return true;
}

/* Without axes, or with an empty list: all dims of 1 go. */
OP_CHECK(squeeze) {
    const struct msw_type *x = &site->inputs[0];
    const struct attr *axes = site_attr(site, "axis");
    struct msw_type *z = &site->outputs[0];
    uint32_t drop = 0;
    if (axes->given && axes->count > 0) {
        for (int32_t i = 0; i < axes->count; i++) {
            const int64_t axis = axes->ints[i] < 0 ? axes->ints[i] + x->rank : axes->ints[i];
            if (axis < 0 || axis >= x->rank || x->dims[axis] != 1)
                return error_set(err, MSW_INVALID, "axis[%d] is %l, which is no dim of 1 of %x", i, axes->ints[i], x);
            drop |= 1u << axis;
        }
    } else {
        for (int32_t i = 0; i < x->rank; i++)
            drop |= (x->dims[i] == 1 ? 1u : 0u) << i;
    }
    *z = (struct msw_type){.dtype = x->dtype};
    for (int32_t i = 0; i < x->rank; i++)
        if ((drop >> i & 1) == 0)
            z->dims[z->rank++] = x->dims[i];
    return true;
}

/* Bounds of a list of dims: below 0 they count from the end, and what lies outside is cut off. */
static int32_t shape_bound(const struct op_site *site, const char *name, int32_t absent) {
    const int32_t rank = site->inputs[0].rank;
    int64_t at = site_int(site, name, absent);
    at = at < 0 ? at + rank : at;
    return at < 0 ? 0 : at > rank ? rank : (int32_t)at;
}

OP_CHECK(shape) {
    const int32_t first = shape_bound(site, "start", 0), end = shape_bound(site, "end", site->inputs[0].rank);
    (void)err;
    site->outputs[0] = (struct msw_type){.dtype = MSW_INT64, .rank = 1, .dims = {end > first ? end - first : 0}};
    return true;
}

/* The numbers that a step gives out. */
struct numbers {
    int32_t count;
    int64_t values[MSW_MAX_RANK];
};

static void run_numbers(const struct step *step) {
    const struct numbers *p = step->params;
    int64_t *z = step->out[0];
    for (int32_t i = 0; i < p->count; i++)
        z[i] = p->values[i];
}

OP_PREPARE(shape) {
    const int32_t first = shape_bound(site, "start", 0);
    struct numbers p = {.count = site->outputs[0].dims[0]};
    for (int32_t i = 0; i < p.count; i++)
        p.values[i] = site->inputs[0].dims[first + i];
    step->run = run_numbers;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_CHECK(size) {
    (void)err;
    site->outputs[0] = (struct msw_type){.dtype = MSW_INT64};
    return true;
}

OP_PREPARE(size) {
    const struct numbers p = {.count = 1, .values = {(int64_t)type_elements(&site->inputs[0])}};
    step->run = run_numbers;
    return step_params(step, &p, sizeof p, arena, err);
}
