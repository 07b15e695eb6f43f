/* op_elementwise.c - operators of one or two tensors that work element by element: shapes broadcast as in numpy. */
#include <string.h>

#include "base/pool.h"
#include "kernels/elementwise.h"
#include "ops/broadcast.h"
#include "ops/rows.h"

OP_CHECK(unary) {
    (void)err;
    site->outputs[0] = site->inputs[0];
    return true;
}

/* Elements that take some 2 us: what a thread is given at least. */
enum { POOL_ELEMENTS = 4096 };

struct unary_params {
    unary_kernel kernel;
    size_t n, element;
};

static void unary_part(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct unary_params *p = step->params;
    const size_t at = begin * p->element;
    (void)worker;
    p->kernel((const unsigned char *)step->in[0] + at, (unsigned char *)step->out[0] + at, end - begin);
}

static void run_unary(const struct step *step) {
    const struct unary_params *p = step->params;
    pool_for(p->n, POOL_ELEMENTS, unary_part, step);
}

OP_PREPARE(unary) {
    const struct unary_params p = {.kernel = (unary_kernel)site_kernel(site),
                                   .n = type_elements(&site->inputs[0]),
                                   .element = dtype_info(site->inputs[0].dtype)->bytes};
    step->run = run_unary;
    return step_params(step, &p, sizeof p, arena, err);
}

/* A float attribute as the kernel's number. Defaults go by name, as MindSpore has them. */
static float number_of(const struct op_site *site, const char *name) {
    static const struct {
        const char *name;
        float absent;
    } defaults[] = {
        {"alpha", 1}, {"lambd", 0.5f}, {"min", -__builtin_inff()}, {"max", __builtin_inff()}, {"slope", 0.01f}};
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (strcmp(name, defaults[i].name) == 0)
            return (float)site_float(site, name, (double)defaults[i].absent);
    return (float)site_float(site, name, 0);
}

OP_CHECK(celu) {
    if (number_of(site, "alpha") == 0)
        return error_set(err, MSW_INVALID, "alpha must not be 0");
    return check_unary(site, err);
}

enum { MAX_NUMBERS = 3 };

struct unary_with_params {
    unary_with_kernel kernel;
    size_t n;
    float numbers[MAX_NUMBERS];
};

static void unary_with_part(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct unary_with_params *p = step->params;
    (void)worker;
    p->kernel((const float *)step->in[0] + begin, (float *)step->out[0] + begin, end - begin, p->numbers);
}

static void run_unary_with(const struct step *step) {
    const struct unary_with_params *p = step->params;
    pool_for(p->n, POOL_ELEMENTS, unary_with_part, step);
}

/* The kernel's numbers are the row's attributes, in their order. */
OP_PREPARE(unary_with) {
    struct unary_with_params p = {.kernel = (unary_with_kernel)site_kernel(site), .n = type_elements(&site->inputs[0])};
    for (int32_t i = 0; i < site->op->about.attr_count; i++)
        p.numbers[i] = number_of(site, site->op->about.attrs[i].name);
    step->run = run_unary_with;
    return step_params(step, &p, sizeof p, arena, err);
}

/* NaN becomes min, or max where there is no min; min above max gives max: as the maximum and minimum of MindSpore that it stands for. */
OP_PREPARE(clamp) {
    struct unary_with_params p = {.kernel = (unary_with_kernel)site_kernel(site), .n = type_elements(&site->inputs[0])};
    const float min = number_of(site, "min"), max = number_of(site, "max");
    p.numbers[0] = min < max ? min : max;
    p.numbers[1] = max;
    p.numbers[2] = site_attr(site, "min")->given ? p.numbers[0] : max;
    step->run = run_unary_with;
    return step_params(step, &p, sizeof p, arena, err);
}

static bool same_dtype(const struct op_site *site, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *y = &site->inputs[1];
    if (x->dtype != y->dtype)
        return error_set(err, MSW_INVALID, "inputs must have one data type, got %t and %t", x, y);
    return true;
}

OP_CHECK(binary) {
    const struct msw_type *x = &site->inputs[0], *y = &site->inputs[1];
    struct msw_type *z = &site->outputs[0];
    if (!same_dtype(site, err))
        return false;
    z->dtype = x->dtype;
    if (!type_broadcast(x, y, z))
        return error_set(err, MSW_INVALID, "shapes %x and %x cannot be broadcast to one", x, y);
    return true;
}

OP_CHECK(compare) {
    const bool ok = check_binary(site, err);
    site->outputs[0].dtype = MSW_BOOL;
    return ok;
}

/* A quotient is a float, also of integers. */
OP_CHECK(divide) {
    const bool ok = check_binary(site, err);
    const int32_t dtype = site->inputs[0].dtype;
    site->outputs[0].dtype = dtype_info(dtype)->number == 'i' || dtype_info(dtype)->number == 'u' ? MSW_FLOAT32 : dtype;
    return ok;
}

struct binary_params {
    binary_kernel kernel;
    size_t element_bytes, z_bytes, turn; /* elements of one turn of the outermost loop */
    bool empty;
    struct broadcast shape; /* the innermost loop is the kernel's */
};

/* Turns begin .. end of the outermost loop. */
static void binary_part(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct binary_params *p = step->params;
    struct broadcast b = p->shape;
    b.dims[0] = end - begin;
    const size_t outer = b.loops - 1, n = b.dims[outer];
    const unsigned char *x = (const unsigned char *)step->in[0] + begin * b.x_steps[0] * p->element_bytes;
    const unsigned char *y = (const unsigned char *)step->in[1] + begin * b.y_steps[0] * p->element_bytes;
    unsigned char *z = (unsigned char *)step->out[0] + begin * p->turn * p->z_bytes;
    struct broadcast_at at = {0};
    (void)worker;
    do {
        p->kernel(x + at.x * p->element_bytes, y + at.y * p->element_bytes, z, n, b.x_steps[outer], b.y_steps[outer]);
        z += n * p->z_bytes;
    } while (broadcast_next(&b, outer, &at));
}

static void run_binary(const struct step *step) {
    const struct binary_params *p = step->params;
    pool_for(p->empty ? 0 : p->shape.dims[0], pool_grain(POOL_ELEMENTS, p->turn), binary_part, step);
}

/* y_dims: the shape under which the second input broadcasts, which for a bias is not its own. */
static bool prepare_pair(const struct op_site *site, const int32_t *y_dims, int32_t y_rank, struct step *step,
                         struct arena *arena, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *z = &site->outputs[0];
    struct binary_params p = {.kernel = (binary_kernel)site_kernel(site),
                              .element_bytes = dtype_info(x->dtype)->bytes,
                              .z_bytes = dtype_info(z->dtype)->bytes,
                              .empty = type_elements(z) == 0};
    broadcast_make(x->dims, x->rank, 1, y_dims, y_rank, 1, z->dims, z->rank, &p.shape);
    p.turn = p.empty ? 1 : type_elements(z) / p.shape.dims[0];
    step->run = run_binary;
    return step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(binary) {
    const struct msw_type *y = &site->inputs[1];
    return prepare_pair(site, y->dims, y->rank, step, arena, err);
}

static int32_t bias_axis(const struct op_site *site) {
    return site_int(site, "channels_last", 0) ? site->inputs[0].rank - 1 : 1;
}

OP_CHECK(bias) {
    const struct msw_type *x = &site->inputs[0], *b = &site->inputs[1];
    if (!same_dtype(site, err))
        return false;
    if (x->rank < 2)
        return error_set(err, MSW_INVALID, "needs rank 2 or more, got %t", x);
    const int32_t channels = x->dims[bias_axis(site)];
    if (b->rank != 1 || b->dims[0] != channels)
        return error_set(err, MSW_INVALID, "bias for %t must have shape [%d], got %x", x, channels, b);
    site->outputs[0] = *x;
    return true;
}

/* One slope for all, or one for each channel; below rank 2 there is one channel. */
OP_CHECK(prelu) {
    const struct msw_type *x = &site->inputs[0], *w = &site->inputs[1];
    if (!same_dtype(site, err))
        return false;
    const int32_t channels = x->rank < 2 ? 1 : x->dims[bias_axis(site)];
    if (w->rank != 1 || (w->dims[0] != 1 && w->dims[0] != channels))
        return error_set(err, MSW_INVALID, "slopes for %t must have shape [1] or [%d], got %x", x, channels, w);
    site->outputs[0] = *x;
    return true;
}

OP_PREPARE(bias) {
    const int32_t rank = site->inputs[0].rank, axis = bias_axis(site);
    int32_t dims[MSW_MAX_RANK];
    for (int32_t i = 0; i < rank; i++)
        dims[i] = i == axis ? site->inputs[1].dims[0] : 1;
    return prepare_pair(site, dims, rank, step, arena, err);
}
