/* op_shape.c - operators that change a shape: Reshape and Flatten copy nothing, Transpose moves elements where it must. */
#include <string.h>

#include "kernels/move.h"
#include "ops/rows.h"

OP_VIEW(always) {
    (void)site;
    return true;
}

/* For views that a plan makes a step of all the same, since something else needs the memory apart. */
static void run_copy(const struct step *step) {
    const size_t *bytes = step->params;
    memcpy(step->out[0], step->in[0], *bytes);
}

OP_PREPARE(copy) {
    const size_t bytes = type_elements(&site->outputs[0]) * dtype_info(site->outputs[0].dtype)->bytes;
    step->run = run_copy;
    return step_params(step, &bytes, sizeof bytes, arena, err);
}

/* One dim may be -1: what the others leave. 0 is a size like any other (MindSpore; ONNX's "copy" is resolved by its reader). */
OP_CHECK(reshape) {
    const struct msw_type *x = &site->inputs[0], *shape = &site->inputs[1];
    struct msw_type *z = &site->outputs[0];
    const int64_t *dims = site->constants[1];
    if (shape->dtype != MSW_INT64 || shape->rank != 1 || shape->dims[0] > MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "the shape must be int64[n], n at most %d, got %t", MSW_MAX_RANK, shape);
    if (!dims)
        return error_set(err, MSW_UNSUPPORTED, "a shape that is computed while the model runs is not supported");
    *z = (struct msw_type){.dtype = x->dtype, .rank = shape->dims[0]};
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

/* From axis i of the output to the axis of the input: attribute perm, or all axes backwards. An axis below 0 counts from the end. */
static int32_t source_axis(const struct op_site *site, int32_t i) {
    const int32_t rank = site->inputs[0].rank;
    const int32_t axis = site_int_at(site, "perm", i, rank - 1 - i);
    return axis < 0 ? axis + rank : axis;
}

static bool check_perm(const struct attr *perm, const struct msw_type *x, struct error *err) {
    uint32_t seen = 0;
    if (perm->count != x->rank)
        return error_set(err, MSW_INVALID, "perm must have %d numbers for %t, got %d", x->rank, x, perm->count);
    for (int32_t i = 0; i < x->rank; i++) {
        const int64_t axis = perm->ints[i] < 0 ? perm->ints[i] + x->rank : perm->ints[i];
        if (axis < 0 || axis >= x->rank || (seen >> axis & 1))
            return error_set(err, MSW_INVALID, "perm[%d] is %l: perm must hold each axis of %t once", i, perm->ints[i],
                             x);
        seen |= 1u << axis;
    }
    return true;
}

OP_CHECK(transpose) {
    const struct msw_type *x = &site->inputs[0];
    const struct attr *perm = site_attr(site, "perm");
    struct msw_type *z = &site->outputs[0];
    if (perm->given && !check_perm(perm, x, err))
        return false;
    *z = (struct msw_type){.dtype = x->dtype, .rank = x->rank};
    for (int32_t i = 0; i < x->rank; i++)
        z->dims[i] = x->dims[source_axis(site, i)];
    return true;
}

/* Dims larger than 1 keep their order: the elements lie as before. */
OP_VIEW(transpose) {
    const struct msw_type *x = &site->inputs[0];
    int32_t last = -1;
    for (int32_t i = 0; i < x->rank; i++) {
        const int32_t from = source_axis(site, i);
        if (x->dims[from] == 1)
            continue;
        if (from < last)
            return false;
        last = from;
    }
    return true;
}

struct transpose_params {
    size_t rank, element;
    size_t dims[MSW_MAX_RANK], steps[MSW_MAX_RANK];
};

static void run_transpose(const struct step *step) {
    const struct transpose_params *p = step->params;
    gather_strided(step->in[0], step->out[0], p->rank, p->dims, p->steps, p->element);
}

OP_PREPARE(transpose) {
    const struct msw_type *x = &site->inputs[0];
    struct transpose_params p = {.rank = (size_t)x->rank, .element = dtype_info(x->dtype)->bytes};
    if (view_transpose(site))
        return prepare_copy(site, step, arena, err);
    for (int32_t i = 0; i < x->rank; i++) {
        const int32_t from = source_axis(site, i);
        p.dims[i] = (size_t)x->dims[from];
        p.steps[i] = type_extent(x, from + 1, x->rank);
    }
    step->run = run_transpose;
    return step_params(step, &p, sizeof p, arena, err);
}
