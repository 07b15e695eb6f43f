/* op_scatter.c - ScatterElements: GatherD the other way, each update goes to a place of its own along one axis. */
#include "kernels/gather.h"
#include "ops/boxes.h"
#include "ops/joining.h"
#include "ops/rows.h"

OP_CHECK(scatter_elements) {
    const struct msw_type *x = &site->inputs[0], *indices = &site->inputs[1], *updates = &site->inputs[2];
    int32_t axis;
    if (indices->dtype != MSW_INT32 && indices->dtype != MSW_INT64)
        return error_set(err, MSW_INVALID, "indices must be int32 or int64, got %t", indices);
    if (!site_axis(site, "axis", 0, x->rank, &axis, err) || !check_reduction(site, err))
        return false;
    if (updates->dtype != x->dtype || !type_same_shape(updates, indices))
        return error_set(err, MSW_INVALID, "updates must be %k of the indices' shape %x, got %t", x->dtype, indices,
                         updates);
    bool fits = indices->rank == x->rank;
    for (int32_t i = 0; fits && i < x->rank; i++)
        fits = i == axis || indices->dims[i] <= x->dims[i];
    if (!fits)
        return error_set(err, MSW_INVALID, "indices %x do not fit %x but for axis %d", indices, x, axis);
    site->outputs[0] = *x;
    return true;
}

struct scatter_params {
    struct joining joining;
    struct msw_type shape;
    ptrdiff_t steps[MSW_MAX_RANK]; /* of x, 0 along the axis */
    size_t elements, size, along, bytes;
    bool wide;
};

static bool verify_scatter(const struct step *step, struct error *err) {
    const struct scatter_params *p = step->params;
    const size_t bad = bad_index(step->in[1], p->wide, p->elements, (int64_t)p->size);
    return bad == p->elements || error_set(err, MSW_INVALID, "index %l is %l, for %l elements", (int64_t)bad,
                                           index_at(step->in[1], p->wide, bad), (int64_t)p->size);
}

static void run_scatter(const struct step *step) {
    const struct scatter_params *p = step->params;
    const size_t element = p->joining.element;
    const unsigned char *updates = step->in[2];
    unsigned char *z = step->out[0];
    int32_t index[MSW_MAX_RANK] = {0};
    ptrdiff_t to = 0;
    if (p->bytes > 0 && z != step->in[0])
        memcpy(z, step->in[0], p->bytes);
    for (size_t i = 0; i < p->elements; i++) {
        const int64_t at = index_at(step->in[1], p->wide, i);
        const size_t along = (size_t)(at < 0 ? at + (int64_t)p->size : at) * p->along;
        join_elements(&p->joining, z + ((size_t)to + along) * element, updates + i * element, element);
        for (int32_t d = p->shape.rank; d-- > 0;) {
            to += p->steps[d];
            if (++index[d] < p->shape.dims[d])
                break;
            to -= p->steps[d] * p->shape.dims[d];
            index[d] = 0;
        }
    }
}

OP_PREPARE(scatter_elements) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    struct scatter_params p = {.joining = joining_of(site),
                               .shape = site->inputs[1],
                               .elements = type_elements(&site->inputs[1]),
                               .bytes = type_bytes(x),
                               .wide = site->inputs[1].dtype == MSW_INT64};
    if (!site_axis(site, "axis", 0, x->rank, &axis, err))
        return false;
    dense_steps(x, p.steps);
    p.along = (size_t)p.steps[axis];
    p.size = (size_t)x->dims[axis];
    p.steps[axis] = 0;
    step->verify = verify_scatter;
    step->run = run_scatter;
    return step_params(step, &p, sizeof p, arena, err);
}
