/* onnx_training.c - ONNX's steps of gradient descent, out of operators that work element by element. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

/* Inputs are the rate R, the count of updates T, then for each of n tensors the tensor, for each its gradient, and for each what is remembered. */
struct descent {
    struct onnx *o;
    const struct onnx_node *source;
    uint32_t n, rate, count; /* count: as a float */
    float norm, alpha, beta, epsilon;
};

static uint32_t one(const struct descent *d, const char *op, uint32_t x) {
    return onnx_unary(d->o, d->source, op, x);
}

static uint32_t two(const struct descent *d, const char *op, uint32_t x, uint32_t y) {
    return onnx_binary(d->o, d->source, op, x, y);
}

static uint32_t times(const struct descent *d, uint32_t x, float factor) {
    return factor == 1 ? x : onnx_scale(d->o, d->source, x, factor);
}

static uint32_t number(const struct descent *d, float x) {
    return onnx_number(d->o, d->source, d->rate, x);
}

static uint32_t input(const struct descent *d, uint32_t kind, uint32_t i) {
    return onnx_input(d->source, 2 + kind * d->n + i);
}

static bool output(const struct descent *d, uint32_t kind, uint32_t i, uint32_t value) {
    return onnx_output(d->o, d->source, kind * d->n + i, value);
}

/* kinds: how many inputs each tensor has */
static bool begin(struct descent *d, struct onnx *o, const struct onnx_node *source, uint32_t kinds) {
    *d = (struct descent){.o = o, .source = source};
    if (source->input_count < 2 + kinds || (source->input_count - 2) % kinds != 0)
        return error_set(o->err, MSW_INVALID, "has %d inputs, expected 2 and a multiple of %d",
                         (int32_t)source->input_count, (int32_t)kinds);
    d->n = (source->input_count - 2) / kinds;
    d->rate = source->values[0];
    for (uint32_t i = 0; i < source->input_count; i++)
        if (source->values[i] == NO_VALUE)
            return error_set(o->err, MSW_INVALID, "input %d is missing", (int32_t)i);
    d->count = onnx_emit_int(o, source, "Cast", source->values[1], "dtype", MSW_FLOAT32);
    return d->count != NO_VALUE && onnx_attr_float(o, source, "norm_coefficient", 0, &d->norm);
}

/* The gradient, with that of norm / 2 |x|^2. */
static uint32_t gradient(const struct descent *d, uint32_t i) {
    const uint32_t g = input(d, 1, i);
    return d->norm == 0 ? g : two(d, "Add", times(d, input(d, 0, i), d->norm), g);
}

/* With T > 0 x, else y. */
static uint32_t after_first(const struct descent *d, uint32_t x, uint32_t y) {
    const uint32_t later = two(d, "Greater", d->count, onnx_float(d->o, 0));
    const uint32_t z = ONNX_EMIT(d->o, d->source, "Select", later, x, y);
    if (z != NO_VALUE)
        onnx_infer(d->o);
    return z;
}

ONNX_MAKE(adagrad) {
    struct descent d;
    float decay;
    if (!onnx_attrs_only(o, source, "norm_coefficient decay_factor epsilon") || !begin(&d, o, source, 3) ||
        !onnx_attr_float(o, source, "decay_factor", 0, &decay) ||
        !onnx_attr_float(o, source, "epsilon", 1e-6f, &d.epsilon))
        return false;
    const uint32_t slower = two(&d, "Add", times(&d, d.count, decay), onnx_float(o, 1));
    const uint32_t rate = two(&d, "RealDiv", d.rate, slower);
    for (uint32_t i = 0; i < d.n; i++) {
        const uint32_t g = gradient(&d, i), h = two(&d, "Add", input(&d, 2, i), two(&d, "Mul", g, g));
        const uint32_t by = two(&d, "Add", one(&d, "Sqrt", h), number(&d, d.epsilon));
        const uint32_t x = two(&d, "Sub", input(&d, 0, i), two(&d, "RealDiv", two(&d, "Mul", rate, g), by));
        if (!output(&d, 0, i, x) || !output(&d, 1, i, h))
            return false;
    }
    return true;
}

ONNX_MAKE(momentum) {
    struct descent d;
    const char *mode;
    if (!onnx_attrs_only(o, source, "norm_coefficient alpha beta mode") || !begin(&d, o, source, 3) ||
        !onnx_attr_float(o, source, "alpha", 0, &d.alpha) || !onnx_attr_float(o, source, "beta", 0, &d.beta) ||
        !onnx_attr_text(o, source, "mode", "standard", &mode))
        return false;
    const bool nesterov = strcmp(mode, "nesterov") == 0;
    if (!nesterov && strcmp(mode, "standard") != 0)
        return error_set(o->err, MSW_INVALID, "mode is '%s', expected standard or nesterov", mode);
    const uint32_t beta = after_first(&d, onnx_float(o, d.beta), onnx_float(o, 1));
    for (uint32_t i = 0; i < d.n; i++) {
        const uint32_t g = gradient(&d, i);
        const uint32_t v = two(&d, "Add", times(&d, input(&d, 2, i), d.alpha), two(&d, "Mul", beta, g));
        const uint32_t by = nesterov ? two(&d, "Add", g, times(&d, v, d.alpha)) : v;
        const uint32_t x = two(&d, "Sub", input(&d, 0, i), two(&d, "Mul", d.rate, by));
        if (!output(&d, 0, i, x) || !output(&d, 1, i, v))
            return false;
    }
    return true;
}

/* alpha x + (1 - alpha) y */
static uint32_t average(const struct descent *d, float alpha, uint32_t x, uint32_t y) {
    return two(d, "Add", times(d, x, alpha), times(d, y, 1 - alpha));
}

/* R sqrt(1 - beta^T) / (1 - alpha^T), in the first update R */
static uint32_t adam_rate(const struct descent *d) {
    const uint32_t unit = onnx_float(d->o, 1);
    const uint32_t a = two(d, "Sub", unit, two(d, "Pow", onnx_float(d->o, d->alpha), d->count));
    const uint32_t b = two(d, "Sub", unit, two(d, "Pow", onnx_float(d->o, d->beta), d->count));
    return after_first(d, two(d, "RealDiv", two(d, "Mul", d->rate, one(d, "Sqrt", b)), a), d->rate);
}

ONNX_MAKE(adam) {
    struct descent d;
    float after;
    if (!onnx_attrs_only(o, source, "norm_coefficient norm_coefficient_post alpha beta epsilon") ||
        !begin(&d, o, source, 4) || !onnx_attr_float(o, source, "alpha", 0.9f, &d.alpha) ||
        !onnx_attr_float(o, source, "beta", 0.999f, &d.beta) ||
        !onnx_attr_float(o, source, "epsilon", 1e-6f, &d.epsilon) ||
        !onnx_attr_float(o, source, "norm_coefficient_post", 0, &after))
        return false;
    const uint32_t rate = adam_rate(&d);
    for (uint32_t i = 0; i < d.n; i++) {
        const uint32_t g = gradient(&d, i), v = average(&d, d.alpha, input(&d, 2, i), g);
        const uint32_t h = average(&d, d.beta, input(&d, 3, i), two(&d, "Mul", g, g));
        const uint32_t by = two(&d, "RealDiv", v, two(&d, "Add", one(&d, "Sqrt", h), number(&d, d.epsilon)));
        const uint32_t x = two(&d, "Sub", input(&d, 0, i), two(&d, "Mul", rate, by));
        if (!output(&d, 0, i, times(&d, x, 1 - after)) || !output(&d, 1, i, v) || !output(&d, 2, i, h))
            return false;
    }
    return true;
}
