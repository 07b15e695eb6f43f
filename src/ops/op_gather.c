/* op_gather.c - elements by their indices: Gather, GatherD, and OneHot, which goes the other way. */
#include <string.h>

#include "kernels/gather.h"
#include "kernels/move.h"
#include "ops/along.h"
#include "ops/rows.h"

/* Axis `axis` of x, seen as [outer, size, inner] elements; n indices for each of `batches` equal parts of outer. */
struct gather_params {
    size_t outer, size, row_bytes, n, batches;
    bool wide;
};

/* The first batch_dims axes of x and indices go together. */
static bool gather_axes(const struct op_site *site, int32_t *axis, int32_t *batch_dims, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    const int64_t batch = site_int(site, "batch_dims", 0);
    if (!check_indices(indices, err) || !site_axis(site, "axis", 0, x->rank, axis, err))
        return false;
    *batch_dims = (int32_t)batch;
    bool fits = batch >= 0 && batch <= *axis && batch <= indices->rank;
    for (int32_t i = 0; fits && i < *batch_dims; i++)
        fits = x->dims[i] == indices->dims[i];
    return fits || error_set(err, MSW_INVALID, "%l batch dims do not fit %x, %x and axis %d", batch, x, indices, *axis);
}

OP_CHECK(gather) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    struct msw_type *z = &site->outputs[0];
    int32_t axis, batch;
    if (!gather_axes(site, &axis, &batch, err))
        return false;
    if (x->rank - 1 + indices->rank - batch > MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "the result of %x and %x would have more than %d dims", x, indices,
                         MSW_MAX_RANK);
    *z = (struct msw_type){.dtype = x->dtype};
    for (int32_t i = 0; i < axis; i++)
        z->dims[z->rank++] = x->dims[i];
    for (int32_t i = batch; i < indices->rank; i++)
        z->dims[z->rank++] = indices->dims[i];
    for (int32_t i = axis + 1; i < x->rank; i++)
        z->dims[z->rank++] = x->dims[i];
    return true;
}

static bool verify_gather(const struct step *step, struct error *err) {
    const struct gather_params *p = step->params;
    return verify_range(step->in[1], p->wide, p->n * p->batches, (int64_t)p->size, err);
}

static void run_gather(const struct step *step) {
    const struct gather_params *p = step->params;
    const size_t outer = p->batches ? p->outer / p->batches : 0, index_bytes = p->wide ? 8 : 4;
    for (size_t b = 0; b < p->batches; b++)
        gather_rows((const unsigned char *)step->in[0] + b * outer * p->size * p->row_bytes, outer, p->size,
                    p->row_bytes, (const unsigned char *)step->in[1] + b * p->n * index_bytes, p->wide, p->n,
                    (unsigned char *)step->out[0] + b * outer * p->n * p->row_bytes);
}

OP_PREPARE(gather) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    int32_t axis, batch;
    if (!gather_axes(site, &axis, &batch, err))
        return false;
    struct gather_params p = {.outer = type_extent(x, 0, axis),
                              .size = (size_t)x->dims[axis],
                              .row_bytes = type_extent(x, axis + 1, x->rank) * dtype_info(x->dtype)->bytes,
                              .n = type_extent(indices, batch, indices->rank),
                              .batches = type_extent(indices, 0, batch),
                              .wide = indices->dtype == MSW_INT64};
    if (p.row_bytes == 0)
        p.outer = 0; /* nothing to move, however often */
    step->verify = verify_gather;
    step->run = run_gather;
    return step_params(step, &p, sizeof p, arena, err);
}

/* GatherD: z has the shape of the indices, and z[i, j, k] = x[i, index[i, j, k], k] along axis 1, say. */

OP_CHECK(gather_d) {
    if (!along_check(site, err))
        return false;
    site->outputs[0] = site->inputs[1];
    site->outputs[0].dtype = site->inputs[0].dtype;
    return true;
}

struct gather_d_params {
    struct along along;
    size_t element;
};

static bool verify_gather_d(const struct step *step, struct error *err) {
    const struct gather_d_params *p = step->params;
    return along_verify(&p->along, step->in[1], err);
}

static void run_gather_d(const struct step *step) {
    const struct gather_d_params *p = step->params;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    struct along_at at = {0};
    for (size_t i = 0; i < p->along.elements; i++)
        memcpy(z + i * p->element, x + along_next(&p->along, step->in[1], &at) * p->element, p->element);
}

OP_PREPARE(gather_d) {
    struct gather_d_params p = {.element = dtype_info(site->inputs[0].dtype)->bytes};
    if (!along_make(site, &p.along, err))
        return false;
    step->verify = verify_gather_d;
    step->run = run_gather_d;
    return step_params(step, &p, sizeof p, arena, err);
}

/* OneHot */

static bool one_hot_axis(const struct op_site *site, int32_t *axis, int64_t *depth, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    *depth = site_int(site, "depth", 0);
    if (*depth < 0 || *depth > INT32_MAX)
        return error_set(err, MSW_INVALID, "depth must be in 0..%d, got %l", INT32_MAX, *depth);
    if (x->rank == MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "%t has no room for another dim: %d is the most", x, MSW_MAX_RANK);
    return site_axis(site, "axis", -1, x->rank + 1, axis, err);
}

OP_CHECK(one_hot) {
    const struct msw_type *x = &site->inputs[0], *on = &site->inputs[1], *off = &site->inputs[site->input_count - 1];
    const size_t numbers = site->input_count == 3 ? 1 : 2;
    struct msw_type *z = &site->outputs[0];
    int32_t axis;
    int64_t depth;
    if (!one_hot_axis(site, &axis, &depth, err))
        return false;
    if (on->dtype != off->dtype || type_elements(on) != numbers || type_elements(off) != numbers)
        return error_set(err, MSW_INVALID, "needs one number for on and one for off, of one data type, got %t and %t",
                         on, off);
    *z = (struct msw_type){.dtype = on->dtype, .rank = x->rank + 1};
    for (int32_t i = 0; i < z->rank; i++)
        z->dims[i] = i < axis ? x->dims[i] : i == axis ? (int32_t)depth : x->dims[i - 1];
    return true;
}

struct one_hot_params {
    size_t outer, inner, depth, element;
    struct box fill;
    bool wide, wrap, pair; /* pair: off and on are in one tensor */
};

static void run_one_hot(const struct step *step) {
    const struct one_hot_params *p = step->params;
    const unsigned char *off = p->pair ? step->in[1] : step->in[2];
    const unsigned char *on = p->pair ? off + p->element : step->in[1];
    unsigned char *z = step->out[0];
    move_box(off, z, &p->fill, p->element);
    for (size_t o = 0; o < p->outer; o++)
        for (size_t i = 0; i < p->inner; i++) {
            int64_t at = index_at(step->in[0], p->wide, o * p->inner + i);
            at += p->wrap && at < 0 ? (int64_t)p->depth : 0;
            if (at >= 0 && (uint64_t)at < p->depth) /* any other index gives a row of off */
                memcpy(z + ((o * p->depth + (size_t)at) * p->inner + i) * p->element, on, p->element);
        }
}

static void run_nothing(const struct step *step) {
    (void)step;
}

OP_PREPARE(one_hot) {
    const struct msw_type *x = &site->inputs[0], *z = &site->outputs[0];
    int32_t axis;
    int64_t depth;
    if (!one_hot_axis(site, &axis, &depth, err))
        return false;
    struct one_hot_params p = {.outer = type_extent(x, 0, axis),
                               .inner = type_extent(x, axis, x->rank),
                               .depth = (size_t)depth,
                               .element = dtype_info(z->dtype)->bytes,
                               .wide = x->dtype == MSW_INT64,
                               .wrap = site_int(site, "negative", 0) != 0,
                               .pair = site->input_count == 2};
    box_add(&p.fill, type_elements(z), 0, 1);
    step->run = type_elements(z) > 0 ? run_one_hot : run_nothing;
    return step_params(step, &p, sizeof p, arena, err);
}
