/* op_sort.c - elements in their order along an axis, with the places where they were. */
#include <string.h>

#include "kernels/sort.h"
#include "ops/axis.h"
#include "ops/rows.h"

static bool check_places(const struct op_site *site, struct error *err) {
    const int64_t dtype = site_int(site, "dtype", MSW_INT32);
    if (dtype != MSW_INT32 && dtype != MSW_INT64)
        return error_set(err, MSW_UNSUPPORTED, "dtype is %l, indices are int32 (%d) or int64 (%d)", dtype, MSW_INT32,
                         MSW_INT64);
    site->outputs[0] = site->outputs[1] = site->inputs[0];
    site->outputs[1].dtype = (int32_t)dtype;
    return true;
}

OP_CHECK(sort) {
    int32_t axis;
    return site_axis(site, "axis", -1, site->inputs[0].rank, &axis, err) && check_places(site, err);
}

OP_CHECK(top_k) {
    const struct msw_type *x = &site->inputs[0];
    const int64_t k = site_int(site, "k", 1);
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err) || !check_places(site, err))
        return false;
    if (k < 1 || k > x->dims[axis])
        return error_set(err, MSW_INVALID, "k is %l, expected 1 to the %d elements along the axis", k, x->dims[axis]);
    site->outputs[0].dims[axis] = site->outputs[1].dims[axis] = (int32_t)k;
    return true;
}

struct sort_params {
    sort_kernel kernel;
    struct axis_view view;
    size_t element, kept; /* the first of the order that are given out */
    bool descending, wide;
};

static void give_out(const struct sort_params *p, const unsigned char *x, const int32_t *order, unsigned char *values,
                     void *places, size_t at) {
    for (size_t k = 0; k < p->kept; k++, at += p->view.inner) {
        memcpy(values + at * p->element, x + (size_t)order[k] * p->view.inner * p->element, p->element);
        if (p->wide)
            ((int64_t *)places)[at] = order[k];
        else
            ((int32_t *)places)[at] = order[k];
    }
}

/* Scratch: the order of one row, and as much to sort in. */
static void run_sort(const struct step *step) {
    const struct sort_params *p = step->params;
    const unsigned char *x = step->in[0];
    int32_t *order = step->scratch;
    for (size_t o = 0; o < p->view.outer; o++, x += p->view.n * p->view.inner * p->element) {
        for (size_t i = 0; i < p->view.inner; i++) {
            const unsigned char *row = x + i * p->element;
            p->kernel(row, p->view.n, p->view.inner, p->descending, order, order + p->view.n);
            give_out(p, row, order, step->out[0], step->out[1], o * p->kept * p->view.inner + i);
        }
    }
}

static bool prepare_order(const struct op_site *site, bool descending, struct step *step, struct arena *arena,
                          struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    const struct sort_params p = {.kernel = (sort_kernel)site_kernel(site),
                                  .view = view_along(x, axis),
                                  .element = dtype_info(x->dtype)->bytes,
                                  .kept = (size_t)site->outputs[0].dims[axis],
                                  .descending = descending,
                                  .wide = site->outputs[1].dtype == MSW_INT64};
    step->run = run_sort;
    return step_scratch(step, 2 * (uint64_t)p.view.n * sizeof(int32_t), err) &&
           step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(sort) {
    return prepare_order(site, site_int(site, "descending", 0), step, arena, err);
}

OP_PREPARE(top_k) {
    return prepare_order(site, site_int(site, "largest", 1), step, arena, err);
}
