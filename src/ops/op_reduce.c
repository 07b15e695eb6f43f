/* op_reduce.c - operators along rows of one axis, and counting. */
#include <string.h>

#include "base/pool.h"
#include "kernels/cast.h"
#include "kernels/elementwise.h"
#include "kernels/hot/softmax.h"
#include "kernels/reduce.h"
#include "kernels/scan.h"
#include "ops/axis.h"
#include "ops/rows.h"

OP_CHECK(equal_count) {
    const struct msw_type *x = &site->inputs[0], *y = &site->inputs[1];
    if (x->dtype != y->dtype || !type_same_shape(x, y))
        return error_set(err, MSW_INVALID, "inputs must have one data type and one shape, got %t and %t", x, y);
    const int32_t dtype = site_int(site, "like_x", 0) ? x->dtype : MSW_INT64;
    site->outputs[0] = (struct msw_type){.dtype = dtype, .rank = 1, .dims = {1}};
    return true;
}

struct equal_count_params {
    equal_count_kernel kernel;
    size_t n;
    int32_t dtype;
};

static void run_equal_count(const struct step *step) {
    const struct equal_count_params *p = step->params;
    const int64_t count = p->kernel(step->in[0], step->in[1], p->n);
    cast_elements(&count, MSW_INT64, step->out[0], p->dtype, 1);
}

OP_PREPARE(equal_count) {
    const struct equal_count_params p = {.kernel = (equal_count_kernel)site_kernel(site),
                                         .n = type_elements(&site->inputs[0]),
                                         .dtype = site->outputs[0].dtype};
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

struct softmax_params {
    void (*kernel)(const float *x, float *z, size_t n);
    struct axis_view view;
};

/* Elements whose exponentials take some 2 us: what a thread is given at least. */
enum { POOL_ELEMENTS = 2048 };

static void softmax_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct softmax_params *p = step->params;
    const size_t n = p->view.n;
    (void)worker;
    for (size_t o = begin; o < end; o++)
        p->kernel((const float *)step->in[0] + o * n, (float *)step->out[0] + o * n, n);
}

/* Scratch: one row, where the axis is not the last. */
static void run_softmax(const struct step *step) {
    const struct softmax_params *p = step->params;
    const struct axis_view *v = &p->view;
    const float *x = step->in[0];
    float *z = step->out[0], *row = step->scratch;
    if (v->inner == 1) {
        pool_for(v->outer, pool_grain(POOL_ELEMENTS, v->n), softmax_rows, step);
        return;
    }
    for (size_t o = 0; o < v->outer; o++, x += v->n * v->inner, z += v->n * v->inner) {
        for (size_t i = 0; i < v->inner; i++) {
            for (size_t k = 0; k < v->n; k++)
                row[k] = x[k * v->inner + i];
            p->kernel(row, row, v->n);
            for (size_t k = 0; k < v->n; k++)
                z[k * v->inner + i] = row[k];
        }
    }
}

static bool prepare_rows(const struct op_site *site, void (*kernel)(const float *x, float *z, size_t n),
                         struct step *step, struct arena *arena, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    const struct softmax_params p = {.kernel = kernel, .view = view_along(x, axis)};
    step->scratch_bytes = p.view.inner > 1 ? p.view.n * sizeof(float) : 0;
    step->run = run_softmax;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(softmax) {
    return prepare_rows(site, softmax_f32, step, arena, err);
}

OP_PREPARE(log_softmax) {
    return prepare_rows(site, log_softmax_f32, step, arena, err);
}

struct cum_sum_params {
    scan_kernel kernel;
    struct axis_view view;
    size_t element;
    int exclusive;
    bool reverse;
};

static void run_cum_sum(const struct step *step) {
    const struct cum_sum_params *p = step->params;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    const size_t slab = p->view.n * p->view.inner, first = p->reverse ? slab - p->view.inner : 0;
    const ptrdiff_t inner = (ptrdiff_t)p->view.inner;
    for (size_t o = 0; o < p->view.outer; o++)
        for (size_t i = 0; i < p->view.inner; i++) {
            const size_t at = (o * slab + first + i) * p->element;
            p->kernel(x + at, z + at, p->view.n, p->reverse ? -inner : inner, p->exclusive);
        }
}

OP_PREPARE(running) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", -1, x->rank, &axis, err))
        return false;
    const struct cum_sum_params p = {.kernel = (scan_kernel)site_kernel(site),
                                     .view = view_along(x, axis),
                                     .element = dtype_info(x->dtype)->bytes,
                                     .exclusive = site_int(site, "exclusive", 0) != 0,
                                     .reverse = site_int(site, "reverse", 0) != 0};
    step->run = run_cum_sum;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_CHECK(add_n) {
    const struct msw_type *x = &site->inputs[0];
    for (uint32_t i = 1; i < site->input_count; i++)
        if (site->inputs[i].dtype != x->dtype || !type_same_shape(&site->inputs[i], x))
            return error_set(err, MSW_INVALID, "inputs must have one type, got %t and %t", x, &site->inputs[i]);
    site->outputs[0] = *x;
    return true;
}

struct add_n_params {
    binary_kernel kernel;
    size_t n, bytes;
    uint32_t count;
};

static void run_add_n(const struct step *step) {
    const struct add_n_params *p = step->params;
    if (p->bytes > 0)
        memcpy(step->out[0], step->in[0], p->bytes);
    for (uint32_t i = 1; i < p->count; i++)
        p->kernel(step->out[0], step->in[i], step->out[0], p->n, 1, 1);
}

OP_PREPARE(add_n) {
    const size_t n = type_elements(&site->inputs[0]);
    const struct add_n_params p = {.kernel = (binary_kernel)site_kernel(site),
                                   .n = n,
                                   .bytes = n * dtype_info(site->inputs[0].dtype)->bytes,
                                   .count = site->input_count};
    step->run = run_add_n;
    return step_params(step, &p, sizeof p, arena, err);
}
