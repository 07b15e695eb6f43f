/* onnx_elementwise.c - ONNX's elementwise operators that several of ours spell out. */
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

/* The first input, which must be there. */
static uint32_t need(struct onnx *o, const struct onnx_node *source, uint32_t index) {
    const uint32_t value = onnx_input(source, index);
    if (value == NO_VALUE)
        error_set(o->err, MSW_INVALID, "input %d is missing", (int32_t)index);
    return value;
}

static bool one_to_one(struct onnx *o, const struct onnx_node *source, const char *known, uint32_t *x) {
    *x = need(o, source, 0);
    return *x != NO_VALUE && onnx_attrs_only(o, source, known) &&
           (source->input_count == 1 ||
            error_set(o->err, MSW_INVALID, "takes one input, got %d", (int32_t)source->input_count));
}

/* op over all inputs, from the first on. */
static uint32_t chain(struct onnx *o, const struct onnx_node *source, const char *op) {
    uint32_t z = need(o, source, 0);
    for (uint32_t i = 1; z != NO_VALUE && i < source->input_count; i++) {
        const uint32_t y = need(o, source, i);
        z = y == NO_VALUE ? NO_VALUE : ONNX_EMIT(o, source, op, z, y);
        if (z != NO_VALUE)
            onnx_infer(o);
    }
    if (z != NO_VALUE && source->input_count == 1) {
        z = ONNX_EMIT(o, source, "Identity", z);
        onnx_infer(o);
    }
    return z;
}

static bool make_chain(struct onnx *o, const struct onnx_node *source, const char *op) {
    return onnx_attrs_only(o, source, "") && onnx_output(o, source, 0, chain(o, source, op));
}

ONNX_MAKE(max) {
    return make_chain(o, source, "Maximum");
}

ONNX_MAKE(min) {
    return make_chain(o, source, "Minimum");
}

ONNX_MAKE(sum) {
    return make_chain(o, source, "Add");
}

ONNX_MAKE(mean) {
    const uint32_t sum = chain(o, source, "Add");
    const uint32_t count = sum == NO_VALUE ? NO_VALUE : onnx_number(o, source, sum, (float)source->input_count);
    return count != NO_VALUE && onnx_attrs_only(o, source, "") &&
           onnx_output(o, source, 0, ONNX_EMIT(o, source, "RealDiv", sum, count));
}

/* Bounds that are attributes before version 11; where min is above max, max counts. */
ONNX_MAKE(clip) {
    uint32_t z = need(o, source, 0), bounds[2];
    static const char *const names[] = {"min", "max"}, *const ops[] = {"Maximum", "Minimum"};
    if (z == NO_VALUE || !onnx_attrs_only(o, source, source->opset < 11 ? "min max" : ""))
        return false;
    bool any = false;
    for (uint32_t i = 0; i < 2; i++) {
        float number;
        bounds[i] = source->opset < 11 ? NO_VALUE : onnx_input(source, i + 1);
        if (source->opset < 11 && onnx_attribute(source, names[i])) {
            if (!onnx_attr_float(o, source, names[i], 0, &number))
                return false;
            bounds[i] = onnx_number(o, source, z, number);
        }
        if (bounds[i] == NO_VALUE)
            continue;
        z = ONNX_EMIT(o, source, ops[i], bounds[i], z); /* a NaN, as second input, stays */
        any = true;
        if (z == NO_VALUE)
            return false;
        onnx_infer(o);
    }
    return onnx_output(o, source, 0, any ? z : ONNX_EMIT(o, source, "Identity", z));
}

ONNX_MAKE(mod) {
    int64_t fmod;
    const uint32_t x = need(o, source, 0), y = need(o, source, 1);
    return x != NO_VALUE && y != NO_VALUE && onnx_attrs_only(o, source, "fmod") &&
           onnx_attr_int(o, source, "fmod", 0, &fmod) &&
           onnx_output(o, source, 0, ONNX_EMIT(o, source, fmod ? "Mod" : "FloorMod", x, y));
}

/* The power may be of another type than the base, whose type the answer has. */
ONNX_MAKE(pow) {
    const uint32_t x = need(o, source, 0), y = need(o, source, 1);
    if (x == NO_VALUE || y == NO_VALUE || !onnx_attrs_only(o, source, ""))
        return false;
    const struct msw_type *base = onnx_type(o, x), *power = onnx_type(o, y);
    if (base->dtype == power->dtype && base->dtype != MSW_ANY)
        return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Pow", x, y));
    const bool fraction = power->dtype == MSW_FLOAT32 && base->dtype != MSW_FLOAT64 && !dtype_is_half(base->dtype);
    const uint32_t wide = fraction ? ONNX_EMIT(o, source, "CastLike", x, y) : x;
    const uint32_t z = ONNX_EMIT(o, source, "Pow", wide, fraction ? y : ONNX_EMIT(o, source, "CastLike", y, x));
    return onnx_output(o, source, 0, fraction ? ONNX_EMIT(o, source, "CastLike", z, x) : z);
}

ONNX_MAKE(bit_shift) {
    const char *direction;
    const uint32_t x = need(o, source, 0), y = need(o, source, 1);
    if (x == NO_VALUE || y == NO_VALUE || !onnx_attrs_only(o, source, "direction") ||
        !onnx_attr_text(o, source, "direction", "", &direction))
        return false;
    const bool left = direction[0] == 'L', right = direction[0] == 'R';
    if (!left && !right)
        return error_set(o->err, MSW_INVALID, "attribute 'direction' must be LEFT or RIGHT, got '%s'", direction);
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, left ? "BitShiftLeft" : "BitShiftRight", x, y));
}

ONNX_MAKE(is_nan) {
    uint32_t x;
    return one_to_one(o, source, "", &x) && onnx_output(o, source, 0, ONNX_EMIT(o, source, "NotEqual", x, x));
}

ONNX_MAKE(is_inf) {
    uint32_t x;
    int64_t negative, positive;
    if (!one_to_one(o, source, "detect_negative detect_positive", &x) ||
        !onnx_attr_int(o, source, "detect_negative", 1, &negative) ||
        !onnx_attr_int(o, source, "detect_positive", 1, &positive))
        return false;
    const float bound = positive || !negative ? __builtin_inff() : -__builtin_inff();
    const uint32_t from = positive && negative ? ONNX_EMIT(o, source, "Abs", x) : x;
    if (!positive && !negative) /* what no number is */
        return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Less", x, x));
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Equal", from, onnx_number(o, source, x, bound)));
}

ONNX_MAKE(thresholded_relu) {
    uint32_t x;
    float alpha;
    if (!one_to_one(o, source, "alpha", &x) || !onnx_attr_float(o, source, "alpha", 1, &alpha))
        return false;
    const uint32_t above = ONNX_EMIT(o, source, "Greater", x, onnx_number(o, source, x, alpha));
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Select", above, x, onnx_number(o, source, x, 0)));
}

ONNX_MAKE(shrink) {
    uint32_t x;
    float bias, lambd;
    if (!one_to_one(o, source, "bias lambd", &x) || !onnx_attr_float(o, source, "bias", 0, &bias) ||
        !onnx_attr_float(o, source, "lambd", 0.5f, &lambd))
        return false;
    const uint32_t b = onnx_number(o, source, x, bias), zero = onnx_number(o, source, x, 0);
    const uint32_t below = ONNX_EMIT(o, source, "Less", x, onnx_number(o, source, x, -lambd));
    const uint32_t above = ONNX_EMIT(o, source, "Greater", x, onnx_number(o, source, x, lambd));
    const uint32_t high = ONNX_EMIT(o, source, "Select", above, ONNX_EMIT(o, source, "Sub", x, b), zero);
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Select", below, ONNX_EMIT(o, source, "Add", x, b), high));
}

ONNX_MAKE(hard_sigmoid) {
    uint32_t x;
    float alpha, beta;
    if (!one_to_one(o, source, "alpha beta", &x) || !onnx_attr_float(o, source, "alpha", 0.2f, &alpha) ||
        !onnx_attr_float(o, source, "beta", 0.5f, &beta))
        return false;
    const uint32_t scaled = ONNX_EMIT(o, source, "Mul", x, onnx_number(o, source, x, alpha));
    const uint32_t moved = ONNX_EMIT(o, source, "Add", scaled, onnx_number(o, source, x, beta));
    const uint32_t low = ONNX_EMIT(o, source, "Maximum", onnx_number(o, source, x, 0), moved);
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Minimum", onnx_number(o, source, x, 1), low));
}

ONNX_MAKE(selu) {
    uint32_t x;
    float alpha, gamma;
    if (!one_to_one(o, source, "alpha gamma", &x) || !onnx_attr_float(o, source, "alpha", 1.67326319f, &alpha) ||
        !onnx_attr_float(o, source, "gamma", 1.05070102f, &gamma))
        return false;
    const uint32_t elu = ONNX_EMIT(o, source, "Elu", x);
    if (elu == NO_VALUE || !node_set_float(o->scope->graph, onnx_last(o), "alpha", (double)alpha, o->err))
        return false;
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, "Mul", elu, onnx_number(o, source, x, gamma)));
}

/* x sigmoid(alpha x) */
static uint32_t swish(struct onnx *o, const struct onnx_node *source, uint32_t x, float alpha) {
    if (alpha == 1)
        return ONNX_EMIT(o, source, "SiLU", x);
    const uint32_t scaled = ONNX_EMIT(o, source, "Mul", x, onnx_number(o, source, x, alpha));
    return ONNX_EMIT(o, source, "Mul", x, ONNX_EMIT(o, source, "Sigmoid", scaled));
}

ONNX_MAKE(swish) {
    uint32_t x;
    float alpha;
    return one_to_one(o, source, "alpha", &x) && onnx_attr_float(o, source, "alpha", 1, &alpha) &&
           onnx_output(o, source, 0, swish(o, source, x, alpha));
}

ONNX_MAKE(swiglu) {
    const uint32_t a = need(o, source, 0), b = need(o, source, 1);
    float alpha;
    return a != NO_VALUE && b != NO_VALUE && onnx_attrs_only(o, source, "alpha") &&
           onnx_attr_float(o, source, "alpha", 1, &alpha) &&
           onnx_output(o, source, 0, ONNX_EMIT(o, source, "Mul", swish(o, source, a, alpha), b));
}

ONNX_MAKE(gelu) {
    uint32_t x;
    const char *approximate;
    if (!one_to_one(o, source, "approximate", &x) || !onnx_attr_text(o, source, "approximate", "none", &approximate))
        return false;
    const bool tanh = approximate[0] == 't';
    if (!tanh && approximate[0] != 'n')
        return error_set(o->err, MSW_INVALID, "attribute 'approximate' must be none or tanh, got '%s'", approximate);
    return onnx_output(o, source, 0, ONNX_EMIT(o, source, tanh ? "GeLU" : "GeLUErf", x));
}

/* Slopes broadcast as numpy has it, which our PReLU's do not: max(x, 0) + slope min(x, 0). */
ONNX_MAKE(prelu) {
    const uint32_t x = need(o, source, 0), slope = need(o, source, 1);
    if (x == NO_VALUE || slope == NO_VALUE || !onnx_attrs_only(o, source, ""))
        return false;
    const uint32_t zero = onnx_number(o, source, x, 0);
    const uint32_t negative = ONNX_EMIT(o, source, "Less", x, zero);
    return onnx_output(o, source, 0,
                       ONNX_EMIT(o, source, "Select", negative, ONNX_EMIT(o, source, "Mul", x, slope), x));
}

/* (t + t / (t + 1)) / 2 with t = e^x - 1, which keeps the digits around 0. */
ONNX_MAKE(sinh) {
    uint32_t x;
    if (!one_to_one(o, source, "", &x))
        return false;
    const uint32_t t = ONNX_EMIT(o, source, "Expm1", x), one = onnx_number(o, source, x, 1);
    const uint32_t other = ONNX_EMIT(o, source, "RealDiv", t, ONNX_EMIT(o, source, "Add", t, one));
    return onnx_output(
        o, source, 0,
        ONNX_EMIT(o, source, "Mul", ONNX_EMIT(o, source, "Add", t, other), onnx_number(o, source, x, 0.5f)));
}

ONNX_MAKE(cosh) {
    uint32_t x;
    if (!one_to_one(o, source, "", &x))
        return false;
    const uint32_t up = ONNX_EMIT(o, source, "Exp", x), down = ONNX_EMIT(o, source, "Reciprocal", up);
    return onnx_output(
        o, source, 0,
        ONNX_EMIT(o, source, "Mul", ONNX_EMIT(o, source, "Add", up, down), onnx_number(o, source, x, 0.5f)));
}

ONNX_MAKE(tan) {
    uint32_t x;
    return one_to_one(o, source, "", &x) &&
           onnx_output(o, source, 0,
                       ONNX_EMIT(o, source, "RealDiv", ONNX_EMIT(o, source, "Sin", x), ONNX_EMIT(o, source, "Cos", x)));
}
