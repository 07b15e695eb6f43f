/* op_reduce.c - operators along one axis, or that make one number of a tensor. */
#include "kernels/reduce.h"
#include "kernels/softmax.h"
#include "ops/rows.h"

/* A tensor seen along one axis: [outer, n, inner]. */
struct axis_view {
    size_t outer, n, inner;
};

static struct axis_view view_along(const struct msw_type *x, int32_t axis) {
    return (struct axis_view){
        .outer = type_extent(x, 0, axis), .n = (size_t)x->dims[axis], .inner = type_extent(x, axis + 1, x->rank)};
}

OP_CHECK(argmax) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    if (type_elements(x) == 0)
        return error_set(err, MSW_INVALID, "%t has no elements, so none is the largest", x);
    *z = (struct msw_type){.dtype = MSW_INT32, .rank = x->rank - 1};
    for (int32_t i = 0; i < z->rank; i++)
        z->dims[i] = x->dims[i < axis ? i : i + 1];
    return true;
}

struct argmax_params {
    argmax_kernel kernel;
    struct axis_view view;
    size_t element;
};

static void run_argmax(const struct step *step) {
    const struct argmax_params *p = step->params;
    const unsigned char *x = step->in[0];
    int32_t *z = step->out[0];
    for (size_t o = 0; o < p->view.outer; o++, x += p->view.n * p->view.inner * p->element)
        for (size_t i = 0; i < p->view.inner; i++)
            *z++ = p->kernel(x + i * p->element, p->view.n, p->view.inner);
}

OP_PREPARE(argmax) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    const struct argmax_params p = {.kernel = (argmax_kernel)site_kernel(site),
                                    .view = view_along(x, axis),
                                    .element = dtype_info(x->dtype)->bytes};
    step->run = run_argmax;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_CHECK(equal_count) {
    const struct msw_type *x = &site->inputs[0], *y = &site->inputs[1];
    if (x->dtype != y->dtype || !type_same_shape(x, y))
        return error_set(err, MSW_INVALID, "inputs must have one data type and one shape, got %t and %t", x, y);
    site->outputs[0] = (struct msw_type){.dtype = MSW_INT64, .rank = 1, .dims = {1}};
    return true;
}

struct equal_count_params {
    equal_count_kernel kernel;
    size_t n;
};

static void run_equal_count(const struct step *step) {
    const struct equal_count_params *p = step->params;
    int64_t *z = step->out[0];
    *z = p->kernel(step->in[0], step->in[1], p->n);
}

OP_PREPARE(equal_count) {
    const struct equal_count_params p = {.kernel = (equal_count_kernel)site_kernel(site),
                                         .n = type_elements(&site->inputs[0])};
    step->run = run_equal_count;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_CHECK(softmax) {
    int32_t axis;
    if (!site_axis(site, "axis", -1, site->inputs[0].rank, &axis, err))
        return false;
    site->outputs[0] = site->inputs[0];
    return true;
}

/* Scratch: one row, where the axis is not the last. */
static void run_softmax(const struct step *step) {
    const struct axis_view *v = step->params;
    const float *x = step->in[0];
    float *z = step->out[0], *row = step->scratch;
    for (size_t o = 0; o < v->outer; o++, x += v->n * v->inner, z += v->n * v->inner) {
        if (v->inner == 1) {
            softmax_f32(x, z, v->n);
            continue;
        }
        for (size_t i = 0; i < v->inner; i++) {
            for (size_t k = 0; k < v->n; k++)
                row[k] = x[k * v->inner + i];
            softmax_f32(row, row, v->n);
            for (size_t k = 0; k < v->n; k++)
                z[k * v->inner + i] = row[k];
        }
    }
}

OP_PREPARE(softmax) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    struct axis_view v = view_along(x, axis);
    if (v.n == 0)
        v.outer = 0; /* rows without elements need no work, however many there are */
    step->scratch_bytes = v.inner > 1 ? v.n * sizeof(float) : 0;
    step->run = run_softmax;
    return step_params(step, &v, sizeof v, arena, err);
}
