/* onnx_random.c - ONNX's operators of random numbers: shapes that are attributes become inputs, and a Dropout that does not train is its input. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_rows.h"

/* Attribute `name` as ours of the last node, where the file has it. */
static bool pass_float(struct onnx *o, const struct onnx_node *source, const char *name) {
    float value;
    if (!onnx_attribute(source, name))
        return true;
    return onnx_attr_float(o, source, name, 0, &value) &&
           node_set_float(o->scope->graph, onnx_last(o), name, (double)value, o->err);
}

static bool make_random(struct onnx *o, const struct onnx_node *source, uint32_t shape, int32_t absent) {
    const bool normal =
        strcmp(source->spelling, "RandomNormal") == 0 || strcmp(source->spelling, "RandomNormalLike") == 0;
    const uint32_t z = ONNX_EMIT(o, source, normal ? "RandomNormal" : "RandomUniform", shape);
    const struct onnx_attribute *a = onnx_attribute(source, "dtype");
    int32_t dtype = absent;
    int64_t number;
    if (z == NO_VALUE ||
        (a && (!onnx_attr_int(o, source, "dtype", 0, &number) || !onnx_dtype(number, a->at, &dtype, o->err))))
        return false;
    if (!node_set_int(o->scope->graph, onnx_last(o), "dtype", dtype, o->err) || !pass_float(o, source, "seed") ||
        !pass_float(o, source, normal ? "mean" : "low") || !pass_float(o, source, normal ? "scale" : "high"))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

ONNX_MAKE(random) {
    const int64_t *shape;
    uint32_t count;
    return onnx_attrs_only(o, source, "shape dtype seed mean scale low high") &&
           onnx_attr_ints(o, source, "shape", &shape, &count) &&
           make_random(o, source, onnx_ints(o, shape, count), MSW_FLOAT32);
}

ONNX_MAKE(random_like) {
    const uint32_t x = onnx_input(source, 0);
    if (!onnx_attrs_only(o, source, "dtype seed mean scale low high"))
        return false;
    const uint32_t shape = ONNX_EMIT(o, source, "Shape", x);
    if (shape == NO_VALUE)
        return false;
    onnx_infer(o);
    const int32_t dtype = onnx_type(o, x)->dtype;
    return make_random(o, source, shape, dtype == MSW_ANY ? MSW_FLOAT32 : dtype);
}

/* What a run cannot make train: the mode is left out, or a constant false. */
static bool never_trains(const struct onnx *o, uint32_t mode) {
    const struct value *v = mode == NO_VALUE ? NULL : &o->scope->graph->values[mode];
    return !v || (v->kind == VALUE_CONSTANT && v->data && v->type.dtype == MSW_BOOL && *(const uint8_t *)v->data == 0);
}

static bool make_identity(struct onnx *o, const struct onnx_node *source) {
    const uint8_t yes = 1;
    const struct msw_type type = {.dtype = MSW_BOOL};
    const uint32_t x = onnx_input(source, 0), z = ONNX_EMIT(o, source, "Identity", x);
    if (z == NO_VALUE)
        return false;
    onnx_infer(o);
    if (!onnx_output(o, source, 0, z) || !onnx_has_output(source, 1))
        return o->err->about.status == MSW_OK;
    const uint32_t shape = ONNX_EMIT(o, source, "Shape", x);
    if (shape == NO_VALUE)
        return false;
    onnx_infer(o);
    const uint32_t mask = ONNX_EMIT(o, source, "FillV2", shape, onnx_copy(o, &type, &yes, sizeof yes));
    if (mask == NO_VALUE)
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 1, mask);
}

ONNX_MAKE(dropout) {
    const uint32_t ratio = onnx_input(source, 1), mode = onnx_input(source, 2);
    int64_t seed;
    if (!onnx_attrs_only(o, source, "ratio seed") || !onnx_attr_int(o, source, "seed", 0, &seed))
        return false;
    if (never_trains(o, mode))
        return make_identity(o, source);
    const uint32_t inputs[] = {onnx_input(source, 0), ratio == NO_VALUE ? onnx_absent(o) : ratio, mode};
    const uint32_t z = onnx_emit(o, source, "Dropout", 3, inputs, 2);
    if (z == NO_VALUE || !node_set_float(o->scope->graph, onnx_last(o), "seed", (double)seed, o->err))
        return false;
    onnx_infer(o);
    const uint32_t mask = onnx_last(o)->outputs[1];
    return onnx_output(o, source, 0, z) && onnx_output(o, source, 1, mask);
}
