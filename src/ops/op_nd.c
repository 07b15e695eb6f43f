/* op_nd.c - GatherNd, and ScatterNdUpdate, the other way: rows of indices name places in the first axes of x. */
#include <string.h>

#include "kernels/gather.h"
#include "ops/along.h"
#include "ops/joining.h"
#include "ops/rows.h"

/* n places, each named by `depth` indices; at each of them lies a row of x. per_batch of them are in each of the first parts of x. */
struct places {
    size_t n, depth, row_bytes, per_batch;
    int32_t dims[MSW_MAX_RANK];
    bool wide, negative;
};

/* Axes that indices and x begin with together, part by part. */
static bool batch_axes(const struct op_site *site, int64_t *batch, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    *batch = op_attr_index(site->op, "batch_dims") >= 0 ? site_int(site, "batch_dims", 0) : 0;
    bool fits = *batch >= 0 && *batch <= x->rank && *batch < (indices->rank > 0 ? indices->rank : 1);
    for (int32_t i = 0; fits && i < *batch; i++)
        fits = x->dims[i] == indices->dims[i];
    return fits || error_set(err, MSW_INVALID, "%l batch dims do not fit %x and %x", *batch, x, indices);
}

/* The type of all rows together, one for each place. counts: how many axes of the indices count the places. */
static bool type_of_rows(const struct op_site *site, int32_t depth, int32_t counts, struct msw_type *rows,
                         struct error *err) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    int64_t batch;
    if (!check_indices(indices, err) || !batch_axes(site, &batch, err))
        return false;
    if (depth < 0 || depth > x->rank - batch)
        return error_set(err, MSW_INVALID, "indices %x name no places in %x: their last dim is at most its rank",
                         indices, x);
    depth += (int32_t)batch;
    if (counts + x->rank - depth > MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "rows of %x at %x would have more than %d dims", x, indices, MSW_MAX_RANK);
    *rows = (struct msw_type){.dtype = x->dtype};
    for (int32_t i = 0; i < counts; i++)
        rows->dims[rows->rank++] = indices->dims[i];
    for (int32_t i = depth; i < x->rank; i++)
        rows->dims[rows->rank++] = x->dims[i];
    return true;
}

static struct places make_places(const struct op_site *site, int32_t depth, int32_t counts) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    const int32_t batch = op_attr_index(site->op, "batch_dims") >= 0 ? (int32_t)site_int(site, "batch_dims", 0) : 0;
    struct places p = {.n = type_extent(indices, 0, counts),
                       .depth = (size_t)depth,
                       .row_bytes = type_extent(x, batch + depth, x->rank) * dtype_info(x->dtype)->bytes,
                       .per_batch = type_extent(indices, batch, counts),
                       .wide = indices->dtype == MSW_INT64,
                       .negative = site_int(site, "negative", 0) != 0};
    for (int32_t i = 0; i < depth; i++)
        p.dims[i] = x->dims[batch + i];
    if (p.row_bytes == 0)
        p.n = 0; /* nothing to move, however often */
    return p;
}

/* The parameters of both steps begin with their places. */
static bool verify_places(const struct step *step, struct error *err) {
    const struct places *p = step->params;
    for (size_t i = 0; i < p->n * p->depth; i++) {
        const int64_t at = index_at(step->in[1], p->wide, i);
        const int32_t size = p->dims[i % p->depth], lowest = p->negative ? -size : 0;
        if (at < lowest || at >= size)
            return error_set(err, MSW_INVALID, "index %l is %l, outside %d..%d", (int64_t)i, at, lowest, size - 1);
    }
    return true;
}

/* Where the row of place i begins, in bytes. */
static size_t place(const struct places *p, const void *indices, size_t i) {
    size_t at = i / p->per_batch;
    for (size_t d = 0; d < p->depth; d++) {
        const int64_t index = index_at(indices, p->wide, i * p->depth + d);
        at = at * (size_t)p->dims[d] + (size_t)(index < 0 ? index + p->dims[d] : index);
    }
    return at * p->row_bytes;
}

static int32_t last_dim(const struct msw_type *indices) {
    return indices->rank > 0 ? indices->dims[indices->rank - 1] : -1;
}

OP_CHECK(gather_nd) {
    const struct msw_type *indices = &site->inputs[1];
    return type_of_rows(site, last_dim(indices), indices->rank - 1, &site->outputs[0], err);
}

static void run_gather_nd(const struct step *step) {
    const struct places *p = step->params;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    for (size_t i = 0; i < p->n; i++)
        memcpy(z + i * p->row_bytes, x + place(p, step->in[1], i), p->row_bytes);
}

OP_PREPARE(gather_nd) {
    const struct msw_type *indices = &site->inputs[1];
    const struct places p = make_places(site, last_dim(indices), indices->rank - 1);
    step->verify = verify_places;
    step->run = run_gather_nd;
    return step_params(step, &p, sizeof p, arena, err);
}

/* With rows=1 each index by itself names a row of x. */
static void scatter_axes(const struct op_site *site, int32_t *depth, int32_t *counts) {
    const struct msw_type *indices = &site->inputs[1];
    const bool rows = site_int(site, "rows", 0) != 0;
    *counts = rows ? indices->rank : indices->rank - 1;
    *depth = rows ? 1 : last_dim(indices);
}

OP_CHECK(scatter_nd) {
    const struct msw_type *updates = &site->inputs[2];
    struct msw_type wanted;
    int32_t depth, counts;
    scatter_axes(site, &depth, &counts);
    if (!type_of_rows(site, depth, counts, &wanted, err) || !check_reduction(site, err))
        return false;
    if (!type_matches(&wanted, updates))
        return error_set(err, MSW_INVALID, "updates must be %t, got %t", &wanted, updates);
    site->outputs[0] = site->inputs[0];
    return true;
}

struct scatter_nd_params {
    struct places places;
    struct joining joining;
    size_t bytes;
};

static void run_scatter_nd(const struct step *step) {
    const struct scatter_nd_params *p = step->params;
    const unsigned char *updates = step->in[2];
    unsigned char *z = step->out[0];
    if (p->bytes > 0)
        memcpy(z, step->in[0], p->bytes);
    for (size_t i = 0; i < p->places.n; i++)
        join_elements(&p->joining, z + place(&p->places, step->in[1], i), updates + i * p->places.row_bytes,
                      p->places.row_bytes);
}

OP_PREPARE(scatter_nd) {
    int32_t depth, counts;
    scatter_axes(site, &depth, &counts);
    const struct scatter_nd_params p = {
        .places = make_places(site, depth, counts), .joining = joining_of(site), .bytes = type_bytes(&site->inputs[0])};
    step->verify = verify_places;
    step->run = run_scatter_nd;
    return step_params(step, &p, sizeof p, arena, err);
}
