/* op_norm.c - operators that normalise: by moments that are given, or by those of rows, of groups of channels, of an axis. */
#include <string.h>

#include "base/pool.h"
#include "kernels/hot/norm.h"
#include "ops/boxes.h"
#include "ops/rows.h"
#include "simd/math.h"

static const float one = 1, zero = 0;

static double epsilon_of(const struct op_site *site, double absent) {
    return site_float(site, "epsilon", absent);
}

/* Where the rest must be vectors of the given size, of the data type of input 0. */
static bool check_vectors(const struct op_site *site, int64_t size, const char *what, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    for (uint32_t i = 1; i < site->input_count; i++) {
        const struct msw_type *v = &site->inputs[i];
        if (v->dtype != x->dtype || v->rank != 1 || v->dims[0] != size)
            return error_set(err, MSW_INVALID, "%t needs one number for each of %l %s in input %d, got %t", x, size,
                             what, (int32_t)i, v);
    }
    return true;
}

/* BatchNorm: x, gamma, beta, mean, variance */

OP_CHECK(batch_norm) {
    const struct msw_type *x = &site->inputs[0];
    if (site_int(site, "is_training", 0))
        return error_set(err, MSW_UNSUPPORTED, "is_training must be 0: moments are not computed here");
    if (x->rank < 2)
        return error_set(err, MSW_INVALID, "needs rank 2 or more, got %t", x);
    site->outputs[0] = *x;
    return check_vectors(site, x->dims[site_layout_axis(site, 1, x->rank)], "channels", err);
}

struct batch_norm_params {
    size_t outer, channels, inner;
    float epsilon;
};

/* Scratch: 1 / sqrt(variance + epsilon) of each channel. */
static void run_batch_norm(const struct step *step) {
    const struct batch_norm_params *p = step->params;
    const float *x = step->in[0], *gamma = step->in[1], *beta = step->in[2], *mean = step->in[3], *var = step->in[4];
    float *z = step->out[0], *scale = step->scratch;
    for (size_t c = 0; c < p->channels; c++)
        scale[c] = 1 / f32_sqrt(var[c] + p->epsilon);
    for (size_t o = 0; o < p->outer; o++) {
        if (p->inner == 1) {
            const struct normalization by = {{mean, 1}, {scale, 1}, {gamma, 1}, {beta, 1}};
            normalize_f32(x, z, p->channels, &by);
            x += p->channels;
            z += p->channels;
            continue;
        }
        for (size_t c = 0; c < p->channels; c++, x += p->inner, z += p->inner) {
            const struct normalization by = {{mean + c, 0}, {scale + c, 0}, {gamma + c, 0}, {beta + c, 0}};
            normalize_f32(x, z, p->inner, &by);
        }
    }
}

OP_PREPARE(batch_norm) {
    const struct msw_type *x = &site->inputs[0];
    const int32_t axis = site_layout_axis(site, 1, x->rank);
    const struct batch_norm_params p = {.outer = type_elements(x) ? type_extent(x, 0, axis) : 0,
                                        .channels = (size_t)x->dims[axis],
                                        .inner = type_extent(x, axis + 1, x->rank),
                                        .epsilon = (float)epsilon_of(site, 1e-5)};
    step->run = run_batch_norm;
    return step_scratch(step, (uint64_t)p.channels * sizeof(float), err) && step_params(step, &p, sizeof p, arena, err);
}

/* LayerNorm: x, gamma, beta; the two may be left out together */

static bool trailing_axis(const struct op_site *site, const char *name, int32_t *axis, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const struct attr *shape = site_attr(site, "normalized_shape");
    if (!shape->given)
        return site_axis(site, name, -1, x->rank, axis, err);
    *axis = x->rank - shape->count;
    bool fits = shape->count > 0 && *axis >= 0;
    for (int32_t i = 0; fits && i < shape->count; i++)
        fits = shape->ints[i] == x->dims[*axis + i];
    return fits || error_set(err, MSW_INVALID, "normalized_shape must be the last dims of %t", x);
}

/* The parameters' shape: that of x from an axis on. */
static bool is_tail(const struct msw_type *x, int32_t axis, const struct msw_type *v) {
    bool same = v->dtype == x->dtype && v->rank == x->rank - axis;
    for (int32_t i = 0; same && i < v->rank; i++)
        same = v->dims[i] == x->dims[axis + i];
    return same;
}

OP_CHECK(layer_norm) {
    const struct msw_type *x = &site->inputs[0];
    int32_t begin, params;
    if (!trailing_axis(site, "begin_norm_axis", &begin, err) || !trailing_axis(site, "begin_params_axis", &params, err))
        return false;
    if (site->input_count == 2)
        return error_set(err, MSW_INVALID, "takes scale and offset together, or neither");
    if (params < begin)
        return error_set(err, MSW_UNSUPPORTED, "begin_params_axis must not be before begin_norm_axis");
    for (uint32_t i = 1; i < site->input_count; i++)
        if (!is_tail(x, params, &site->inputs[i]))
            return error_set(err, MSW_INVALID, "scale and offset for %t from axis %d on cannot be %t", x, params,
                             &site->inputs[i]);
    site->outputs[0] = *x;
    return true;
}

/* Rows of n elements; gamma and beta have `parameters` numbers, or are one for all. */
struct layer_norm_params {
    size_t rows, n, parameters;
    double epsilon;
    bool scaled;
};

/* Elements that take some 2 us: what a thread is given at least. */
enum { POOL_ELEMENTS = 4096 };

static void layer_norm_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct layer_norm_params *p = step->params;
    const float *x = (const float *)step->in[0] + begin * p->n;
    float *z = (float *)step->out[0] + begin * p->n;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        double mean, variance;
        moments_f32(x, p->n, &mean, &variance);
        const float centre = (float)mean, scale = (float)(1 / __builtin_sqrt(variance + p->epsilon));
        const struct normalization by = {.mean = {&centre, 0},
                                         .scale = {&scale, 0},
                                         .gamma = {p->scaled ? step->in[1] : &one, p->scaled},
                                         .beta = {p->scaled ? step->in[2] : &zero, p->scaled}};
        for (size_t i = 0; i < p->n; i += p->parameters, x += p->parameters, z += p->parameters)
            normalize_f32(x, z, p->parameters, &by);
    }
}

static void run_layer_norm(const struct step *step) {
    const struct layer_norm_params *p = step->params;
    pool_for(p->rows, pool_grain(POOL_ELEMENTS, p->n), layer_norm_rows, step);
}

OP_PREPARE(layer_norm) {
    const struct msw_type *x = &site->inputs[0];
    int32_t begin, params;
    if (!trailing_axis(site, "begin_norm_axis", &begin, err) || !trailing_axis(site, "begin_params_axis", &params, err))
        return false;
    const struct layer_norm_params p = {.rows = type_elements(x) ? type_extent(x, 0, begin) : 0,
                                        .n = type_extent(x, begin, x->rank),
                                        .parameters = type_extent(x, params, x->rank),
                                        .epsilon = epsilon_of(site, 1e-7),
                                        .scaled = site->input_count == 3};
    step->run = run_layer_norm;
    return step_params(step, &p, sizeof p, arena, err);
}

/* GroupNorm: x, gamma, beta */

OP_CHECK(group_norm) {
    const struct msw_type *x = &site->inputs[0];
    const int64_t groups = site_int(site, "groups", 1);
    if (x->rank < 2)
        return error_set(err, MSW_INVALID, "needs rank 2 or more, got %t", x);
    if (groups < 1 || x->dims[1] % groups != 0)
        return error_set(err, MSW_INVALID, "groups is %l, which does not divide the channels of %t", groups, x);
    site->outputs[0] = *x;
    return check_vectors(site, x->dims[1], "channels", err);
}

struct group_norm_params {
    size_t images, groups, channels, inner; /* channels of a group */
    double epsilon;
};

static void run_group_norm(const struct step *step) {
    const struct group_norm_params *p = step->params;
    const float *x = step->in[0], *gamma = step->in[1], *beta = step->in[2];
    float *z = step->out[0];
    for (size_t i = 0; i < p->images * p->groups; i++) {
        const size_t first = i % p->groups * p->channels;
        double mean, variance;
        moments_f32(x, p->channels * p->inner, &mean, &variance);
        const float centre = (float)mean, scale = (float)(1 / __builtin_sqrt(variance + p->epsilon));
        for (size_t c = first; c < first + p->channels; c++, x += p->inner, z += p->inner) {
            const struct normalization by = {{&centre, 0}, {&scale, 0}, {gamma + c, 0}, {beta + c, 0}};
            normalize_f32(x, z, p->inner, &by);
        }
    }
}

OP_PREPARE(group_norm) {
    const struct msw_type *x = &site->inputs[0];
    const size_t groups = (size_t)site_int(site, "groups", 1);
    const struct group_norm_params p = {.images = type_elements(x) ? (size_t)x->dims[0] : 0,
                                        .groups = groups,
                                        .channels = (size_t)x->dims[1] / groups,
                                        .inner = type_extent(x, 2, x->rank),
                                        .epsilon = epsilon_of(site, 1e-5)};
    step->run = run_group_norm;
    return step_params(step, &p, sizeof p, arena, err);
}

/* L2Normalize: x / sqrt(max(sum of squares along the axis, epsilon)) */

OP_CHECK(l2_normalize) {
    int32_t axis;
    site->outputs[0] = site->inputs[0];
    return site_axis(site, "axis", 0, site->inputs[0].rank, &axis, err);
}

struct l2_normalize_params {
    size_t outer, n, inner;
    double epsilon;
};

static void run_l2_normalize(const struct step *step) {
    const struct l2_normalize_params *p = step->params;
    const float *x = step->in[0];
    float *z = step->out[0];
    for (size_t o = 0; o < p->outer; o++, x += p->n * p->inner, z += p->n * p->inner) {
        for (size_t i = 0; i < p->inner; i++) {
            double sum = 0;
            for (size_t k = 0; k < p->n; k++)
                sum += (double)x[k * p->inner + i] * (double)x[k * p->inner + i];
            const double length = __builtin_sqrt(sum > p->epsilon || sum != sum ? sum : p->epsilon);
            for (size_t k = 0; k < p->n; k++)
                z[k * p->inner + i] = (float)((double)x[k * p->inner + i] / length);
        }
    }
}

OP_PREPARE(l2_normalize) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!site_axis(site, "axis", 0, x->rank, &axis, err))
        return false;
    const struct l2_normalize_params p = {.outer = type_elements(x) ? type_extent(x, 0, axis) : 0,
                                          .n = (size_t)x->dims[axis],
                                          .inner = type_extent(x, axis + 1, x->rank),
                                          .epsilon = epsilon_of(site, 1e-4)};
    step->run = run_l2_normalize;
    return step_params(step, &p, sizeof p, arena, err);
}
