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

/* One dim may be -1: what the others leave. 0 is a size like any other (MindSpore; ONNX's "copy" is resolved by its reader). */
OP_CHECK(reshape) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    const int64_t *dims;
    int32_t count;
    if (!site_known_ints(site, 1, "shape", MSW_MAX_RANK, &dims, &count, err))
        return false;
    *z = (struct msw_type){.dtype = x->dtype, .rank = count};
    const int64_t elements = (int64_t)type_elements(x);
    int64_t known = 1;
    int32_t open = -1;
    for (int32_t i = 0; i < z->rank; i++) {
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
    if (x->rank == 0)
        return error_set(err, MSW_INVALID, "needs rank 1 or more, got %t", x);
    site->outputs[0] =
        (struct msw_type){.dtype = x->dtype, .rank = 2, .dims = {x->dims[0], (int32_t)type_extent(x, 1, x->rank)}};
    return true;
}

OP_CHECK(expand_dims) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    int32_t axis;
    if (x->rank == MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "%t has no room for another dim: %d is the most", x, MSW_MAX_RANK);
    if (!site_axis(site, "axis", 0, x->rank + 1, &axis, err))
        return false;
    *z = (struct msw_type){.dtype = x->dtype, .rank = x->rank + 1};
    for (int32_t i = 0; i < z->rank; i++)
        z->dims[i] = i < axis ? x->dims[i] : i == axis ? 1 : x->dims[i - 1];
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

OP_CHECK(shape) {
    (void)err;
    site->outputs[0] = (struct msw_type){.dtype = MSW_INT64, .rank = 1, .dims = {site->inputs[0].rank}};
    return true;
}

static void run_shape(const struct step *step) {
    const struct msw_type *x = step->params;
    int64_t *z = step->out[0];
    for (int32_t i = 0; i < x->rank; i++)
        z[i] = x->dims[i];
}

OP_PREPARE(shape) {
    step->run = run_shape;
    return step_params(step, &site->inputs[0], sizeof site->inputs[0], arena, err);
}
