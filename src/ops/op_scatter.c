/* op_scatter.c - ScatterNdUpdate: GatherNd the other way, into a copy of x. */
#include <string.h>

#include "kernels/gather.h"
#include "ops/rows.h"

/* How many of x's first axes an index names a place in, and how many axes of the indices count the updates. */
static void scatter_axes(const struct op_site *site, int32_t *depth, int32_t *counts) {
    const struct msw_type *indices = &site->inputs[1];
    const bool rows = site_int(site, "rows", 0) != 0;
    *counts = rows ? indices->rank : indices->rank - 1;
    *depth = rows ? 1 : indices->rank > 0 ? indices->dims[indices->rank - 1] : -1;
}

OP_CHECK(scatter_nd) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1], *updates = &site->inputs[2];
    int32_t depth, counts;
    if (indices->dtype != MSW_INT32 && indices->dtype != MSW_INT64)
        return error_set(err, MSW_INVALID, "indices must be int32 or int64, got %t", indices);
    scatter_axes(site, &depth, &counts);
    if (depth < 0 || depth > x->rank)
        return error_set(err, MSW_INVALID, "indices %x name no places in %x", indices, x);
    struct msw_type wanted = {.dtype = x->dtype};
    if (counts + x->rank - depth > MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "updates of %x at %x would have more than %d dims", x, indices,
                         MSW_MAX_RANK);
    for (int32_t i = 0; i < counts; i++)
        wanted.dims[wanted.rank++] = indices->dims[i];
    for (int32_t i = depth; i < x->rank; i++)
        wanted.dims[wanted.rank++] = x->dims[i];
    if (!type_matches(&wanted, updates))
        return error_set(err, MSW_INVALID, "updates must be %t, got %t", &wanted, updates);
    site->outputs[0] = *x;
    return true;
}

struct scatter_nd_params {
    size_t n, depth, row_bytes, bytes;
    int32_t dims[MSW_MAX_RANK];
    bool wide;
};

static bool verify_scatter_nd(const struct step *step, struct error *err) {
    const struct scatter_nd_params *p = step->params;
    for (size_t i = 0; i < p->n * p->depth; i++) {
        const int64_t at = index_at(step->in[1], p->wide, i);
        if (at < 0 || at >= p->dims[i % p->depth])
            return error_set(err, MSW_INVALID, "index %l is %l, outside 0..%d", (int64_t)i, at,
                             p->dims[i % p->depth] - 1);
    }
    return true;
}

static void run_scatter_nd(const struct step *step) {
    const struct scatter_nd_params *p = step->params;
    if (p->bytes > 0)
        memcpy(step->out[0], step->in[0], p->bytes);
    for (size_t i = 0; i < p->n; i++) {
        size_t at = 0;
        for (size_t d = 0; d < p->depth; d++)
            at = at * (size_t)p->dims[d] + (size_t)index_at(step->in[1], p->wide, i * p->depth + d);
        memcpy((unsigned char *)step->out[0] + at * p->row_bytes, (const unsigned char *)step->in[2] + i * p->row_bytes,
               p->row_bytes);
    }
}

OP_PREPARE(scatter_nd) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1];
    int32_t depth, counts;
    scatter_axes(site, &depth, &counts);
    struct scatter_nd_params p = {.n = type_extent(indices, 0, counts),
                                  .depth = (size_t)depth,
                                  .row_bytes = type_extent(x, depth, x->rank) * dtype_info(x->dtype)->bytes,
                                  .bytes = type_bytes(x),
                                  .wide = indices->dtype == MSW_INT64};
    for (int32_t i = 0; i < depth; i++)
        p.dims[i] = x->dims[i];
    if (p.row_bytes == 0)
        p.n = 0; /* nothing to move, however often */
    step->verify = verify_scatter_nd;
    step->run = run_scatter_nd;
    return step_params(step, &p, sizeof p, arena, err);
}
