/* op_argmax.c - the place of the largest or smallest element along an axis, and that element. */
#include <string.h>

#include "kernels/reduce.h"
#include "ops/axis.h"
#include "ops/rows.h"

/* The type without the axis, or with a dim of 1 there; of indices. */
static bool check_places(const struct op_site *site, int64_t absent, bool keep, struct msw_type *z, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const int64_t dtype = site_int(site, "dtype", MSW_INT32);
    int32_t axis;
    if (!site_axis(site, "axis", absent, x->rank, &axis, err))
        return false;
    if (type_elements(x) == 0)
        return error_set(err, MSW_INVALID, "%t has no elements, so none is the largest or smallest", x);
    if (dtype != MSW_INT32 && dtype != MSW_INT64)
        return error_set(err, MSW_UNSUPPORTED, "dtype is %l, indices are int32 (%d) or int64 (%d)", dtype, MSW_INT32,
                         MSW_INT64);
    *z = (struct msw_type){.dtype = (int32_t)dtype};
    for (int32_t i = 0; i < x->rank; i++)
        if (i != axis || keep)
            z->dims[z->rank++] = i == axis ? 1 : x->dims[i];
    return true;
}

OP_CHECK(argmax) {
    return check_places(site, -1, site_int(site, "keep_dims", 0), &site->outputs[0], err);
}

OP_CHECK(arg_with_value) {
    if (!check_places(site, 0, site_int(site, "keep_dims", 0), &site->outputs[0], err))
        return false;
    site->outputs[1] = site->outputs[0];
    site->outputs[1].dtype = site->inputs[0].dtype;
    return true;
}

struct argmax_params {
    argmax_kernel kernel;
    struct axis_view view;
    size_t element;
    bool wide, values, last;
};

/* The last of equals is the first of them from the end. */
static int32_t find(const struct argmax_params *p, const unsigned char *x) {
    const ptrdiff_t inner = (ptrdiff_t)p->view.inner;
    if (!p->last)
        return p->kernel(x, p->view.n, inner);
    const size_t last = p->view.n - 1;
    return (int32_t)last - p->kernel(x + last * p->view.inner * p->element, p->view.n, -inner);
}

static void run_argmax(const struct step *step) {
    const struct argmax_params *p = step->params;
    const unsigned char *x = step->in[0];
    int32_t *narrow = step->out[0];
    int64_t *wide = step->out[0];
    unsigned char *value = p->values ? step->out[1] : NULL;
    for (size_t o = 0; o < p->view.outer; o++, x += p->view.n * p->view.inner * p->element) {
        for (size_t i = 0; i < p->view.inner; i++) {
            const int32_t index = find(p, x + i * p->element);
            if (p->wide)
                *wide++ = index;
            else
                *narrow++ = index;
            if (value) {
                memcpy(value, x + ((size_t)index * p->view.inner + i) * p->element, p->element);
                value += p->element;
            }
        }
    }
}

static bool prepare_places(const struct op_site *site, int64_t absent, struct step *step, struct arena *arena,
                           struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", absent, x->rank, &axis, err))
        return false;
    const struct argmax_params p = {.kernel = (argmax_kernel)site_kernel(site),
                                    .view = view_along(x, axis),
                                    .element = dtype_info(x->dtype)->bytes,
                                    .wide = site->outputs[0].dtype == MSW_INT64,
                                    .values = site->output_count == 2,
                                    .last = op_attr_index(site->op, "last") >= 0 && site_int(site, "last", 0) != 0};
    step->run = run_argmax;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(argmax) {
    return prepare_places(site, -1, step, arena, err);
}

OP_PREPARE(arg_with_value) {
    return prepare_places(site, 0, step, arena, err);
}
