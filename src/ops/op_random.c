/* op_random.c - random numbers, and what is drawn with them: RandomUniform, RandomNormal, Bernoulli, Multinomial, Dropout. The same seed gives the same
 * numbers in every run, those of numpy.random.RandomState(seed); without one the seed is 0. */
#include <string.h>

#include "kernels/cast.h"
#include "kernels/twister.h"
#include "kernels/wide.h"
#include "ops/boxes.h"
#include "ops/rows.h"

struct random_params {
    size_t n, classes, samples;
    double a, b; /* low and high, or mean and deviation */
    uint32_t seed;
    int32_t dtype, x_dtype, ratio_dtype;
    bool trains;
};

static uint32_t seed_of(const struct op_site *site) {
    const double seed = site_float(site, "seed", 0);
    return seed >= 0 && seed < 4294967296.0   ? (uint32_t)seed
           : seed < 0 && seed > -2147483648.0 ? (uint32_t)(int32_t)seed
                                              : 0;
}

static void put(const struct random_params *p, double value, void *z, size_t i) {
    cast_elements(&value, MSW_FLOAT64, (unsigned char *)z + i * dtype_info(p->dtype)->bytes, p->dtype, 1);
}

static double number(const void *x, int32_t dtype, size_t i) {
    double value;
    cast_elements((const unsigned char *)x + i * dtype_info(dtype)->bytes, dtype, &value, MSW_FLOAT64, 1);
    return value;
}

static bool random_step(const struct op_site *site, struct random_params p, void (*run)(const struct step *step),
                        struct step *step, struct arena *arena, struct error *err) {
    p.seed = seed_of(site);
    p.dtype = site->outputs[0].dtype;
    p.x_dtype = site->inputs[0].dtype;
    step->run = run;
    return step_scratch(step, sizeof(struct twister), err) && step_params(step, &p, sizeof p, arena, err);
}

/* RandomUniform and RandomNormal: of the shape that the input holds. */

OP_CHECK(random) {
    struct msw_type *z = &site->outputs[0];
    int64_t dims[MSW_MAX_RANK];
    int32_t dtype;
    if (!site_dtype(site, MSW_FLOAT32, &dtype, err))
        return false;
    if (!site_known_ints(site, 0, "shape", MSW_MAX_RANK, dims, &z->rank, err))
        return false;
    z->dtype = dtype;
    for (int32_t i = 0; i < z->rank; i++) {
        if (dims[i] < 0 || dims[i] > INT32_MAX)
            return error_set(err, MSW_INVALID, "dim %d of the shape is %l", i, dims[i]);
        z->dims[i] = (int32_t)dims[i];
    }
    return true;
}

static void run_uniform(const struct step *step) {
    const struct random_params *p = step->params;
    struct twister *t = step->scratch;
    twister_seed(t, p->seed);
    for (size_t i = 0; i < p->n; i++)
        put(p, p->a + (p->b - p->a) * twister_uniform(t), step->out[0], i);
}

static void run_normal(const struct step *step) {
    const struct random_params *p = step->params;
    struct twister *t = step->scratch;
    double next[2] = {0};
    twister_seed(t, p->seed);
    for (size_t i = 0; i < p->n; i++) {
        if (i % 2 == 0)
            twister_normal_pair(t, &next[0], &next[1]);
        put(p, p->a + p->b * next[i % 2], step->out[0], i);
    }
}

OP_PREPARE(random_uniform) {
    const struct random_params p = {
        .n = type_elements(&site->outputs[0]), .a = site_float(site, "low", 0), .b = site_float(site, "high", 1)};
    return random_step(site, p, run_uniform, step, arena, err);
}

OP_PREPARE(random_normal) {
    const struct random_params p = {
        .n = type_elements(&site->outputs[0]), .a = site_float(site, "mean", 0), .b = site_float(site, "scale", 1)};
    return random_step(site, p, run_normal, step, arena, err);
}

/* Bernoulli: 1 with the probability that the input holds. */

OP_CHECK(bernoulli) {
    int32_t dtype;
    if (!site_dtype(site, site->inputs[0].dtype, &dtype, err))
        return false;
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dtype = dtype;
    return true;
}

static void run_bernoulli(const struct step *step) {
    const struct random_params *p = step->params;
    struct twister *t = step->scratch;
    twister_seed(t, p->seed);
    for (size_t i = 0; i < p->n; i++)
        put(p, twister_uniform(t) < number(step->in[0], p->x_dtype, i) ? 1 : 0, step->out[0], i);
}

OP_PREPARE(bernoulli) {
    const struct random_params p = {.n = type_elements(&site->outputs[0])};
    return random_step(site, p, run_bernoulli, step, arena, err);
}

/* Multinomial: places of classes, drawn by the logarithms of their probabilities, which need not sum up to 1. */

OP_CHECK(multinomial) {
    const struct msw_type *x = &site->inputs[0];
    const int64_t samples = site_int(site, "sample_size", 1);
    int32_t dtype;
    if (x->rank != 2 || x->dims[1] < 1)
        return error_set(err, MSW_INVALID, "needs [N,C] with C 1 or more, got %t", x);
    if (samples < 0 || samples > INT32_MAX)
        return error_set(err, MSW_INVALID, "sample_size is %l", samples);
    if (!site_dtype(site, MSW_INT32, &dtype, err))
        return false;
    site->outputs[0] = (struct msw_type){.dtype = dtype, .rank = 2, .dims = {x->dims[0], (int32_t)samples}};
    return true;
}

static size_t draw(const struct random_params *p, const void *x, size_t row, double part) {
    double most = -__builtin_inf(), all = 0, sum = 0;
    size_t likely = 0;
    for (size_t c = 0; c < p->classes; c++) {
        const double score = number(x, p->x_dtype, row * p->classes + c);
        most = score > most ? score : most;
    }
    for (size_t c = 0; c < p->classes; c++)
        all += wide_exp(number(x, p->x_dtype, row * p->classes + c) - most);
    for (size_t c = 0; c < p->classes; c++) {
        const double chance = wide_exp(number(x, p->x_dtype, row * p->classes + c) - most);
        sum += chance;
        if (part * all < sum)
            return c;
        likely = chance > 0 ? c : likely;
    }
    return likely;
}

static void run_multinomial(const struct step *step) {
    const struct random_params *p = step->params;
    struct twister *t = step->scratch;
    twister_seed(t, p->seed);
    for (size_t i = 0; i < p->n; i++)
        put(p, (double)draw(p, step->in[0], i / p->samples, twister_uniform(t)), step->out[0], i);
}

OP_PREPARE(multinomial) {
    const struct random_params p = {.n = type_elements(&site->outputs[0]),
                                    .classes = (size_t)site->inputs[0].dims[1],
                                    .samples = (size_t)site->outputs[0].dims[1]};
    return random_step(site, p, run_multinomial, step, arena, err);
}

/* Dropout: in training, elements become 0 with probability `ratio`, and the others grow by as much as is lost. */

OP_CHECK(dropout) {
    const struct msw_type *x = &site->inputs[0];
    if (site_has(site, 1) && type_elements(&site->inputs[1]) != 1)
        return error_set(err, MSW_INVALID, "the ratio must be one number, got %t", &site->inputs[1]);
    if (site_has(site, 2) && (site->inputs[2].dtype != MSW_BOOL || type_elements(&site->inputs[2]) != 1))
        return error_set(err, MSW_INVALID, "the mode must be one bool, got %t", &site->inputs[2]);
    site->outputs[0] = site->outputs[1] = *x;
    site->outputs[1].dtype = MSW_BOOL;
    return true;
}

static void run_dropout(const struct step *step) {
    const struct random_params *p = step->params;
    struct twister *t = step->scratch;
    const size_t element = dtype_info(p->dtype)->bytes;
    const bool trains = p->trains && *(const unsigned char *)step->in[2];
    const double ratio = p->ratio_dtype ? number(step->in[1], p->ratio_dtype, 0) : 0.5;
    unsigned char *mask = step->out[1];
    twister_seed(t, p->seed);
    for (size_t i = 0; i < p->n; i++) {
        mask[i] = !trains || !(twister_uniform(t) < ratio);
        if (trains && ratio != 0)
            put(p, mask[i] ? number(step->in[0], p->dtype, i) / (1 - ratio) : 0, step->out[0], i);
    }
    if (p->n > 0 && (!trains || ratio == 0))
        memcpy(step->out[0], step->in[0], p->n * element);
}

OP_PREPARE(dropout) {
    const struct random_params p = {.n = type_elements(&site->inputs[0]),
                                    .ratio_dtype = site_has(site, 1) ? site->inputs[1].dtype : 0,
                                    .trains = site_has(site, 2)};
    return random_step(site, p, run_dropout, step, arena, err);
}
