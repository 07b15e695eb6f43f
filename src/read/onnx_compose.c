/* onnx_compose.c - the words of which operators of ONNX are put together. */
#include "read/onnx_compose.h"

static uint32_t inferred(struct onnx *o, uint32_t value) {
    if (value != NO_VALUE)
        onnx_infer(o);
    return value;
}

uint32_t onnx_unary(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x) {
    return inferred(o, ONNX_EMIT(o, source, op, x));
}

uint32_t onnx_binary(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x, uint32_t y) {
    return inferred(o, ONNX_EMIT(o, source, op, x, y));
}

uint32_t onnx_emit_ints(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t x, const char *attr,
                        const int64_t *ints, int32_t count) {
    const uint32_t z = ONNX_EMIT(o, source, op, x);
    if (z == NO_VALUE || !node_set_ints(o->scope->graph, onnx_last(o), attr, ints, count, o->err))
        return NO_VALUE;
    return inferred(o, z);
}

uint32_t onnx_reshape(struct onnx *o, const struct onnx_node *source, uint32_t x, const int64_t *dims, uint32_t rank) {
    const uint32_t shape = x == NO_VALUE ? NO_VALUE : onnx_ints(o, dims, rank);
    const uint32_t z = ONNX_EMIT(o, source, "Reshape", x, shape);
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "allowzero", 0, o->err))
        return NO_VALUE;
    return inferred(o, z);
}

uint32_t onnx_number(struct onnx *o, const struct onnx_node *source, uint32_t like, float number) {
    const uint32_t plain = onnx_float(o, number);
    const int32_t dtype = like == NO_VALUE ? MSW_FLOAT32 : onnx_type(o, like)->dtype;
    if (dtype == MSW_ANY)
        return onnx_binary(o, source, "CastLike", plain, like);
    return dtype == MSW_FLOAT32 ? plain : onnx_emit_int(o, source, "Cast", plain, "dtype", dtype);
}

uint32_t onnx_scale(struct onnx *o, const struct onnx_node *source, uint32_t x, float factor) {
    return onnx_binary(o, source, "Mul", x, onnx_number(o, source, x, factor));
}

bool onnx_split(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t axis, const int64_t *sizes,
                uint32_t count, uint32_t *parts) {
    struct graph *g = o->scope->graph;
    if (onnx_emit(o, source, "Split", 1, &x, count) == NO_VALUE ||
        !node_set_int(g, onnx_last(o), "axis", axis, o->err) ||
        !node_set_int(g, onnx_last(o), "outputs", count, o->err) ||
        !node_set_ints(g, onnx_last(o), "sizes", sizes, (int32_t)count, o->err))
        return false;
    onnx_infer(o);
    for (uint32_t i = 0; i < count; i++)
        parts[i] = onnx_last(o)->outputs[i];
    return true;
}

uint32_t onnx_concat(struct onnx *o, const struct onnx_node *source, int64_t axis, const uint32_t *values,
                     uint32_t count) {
    const uint32_t z = onnx_emit(o, source, "Concat", count, values, 1);
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "axis", axis, o->err))
        return NO_VALUE;
    return inferred(o, z);
}

uint32_t onnx_optional(struct onnx *o, uint32_t value) {
    return value == NO_VALUE ? onnx_absent(o) : value;
}
