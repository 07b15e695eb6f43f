/* onnx_index.c - ONNX's operators about places and shapes that become several of ours, or whose attributes became inputs later. */
#include "read/onnx_build.h"
#include "read/onnx_rows.h"

/* Before version 10 all numbers were attributes. */
ONNX_MAKE(slice) {
    const int64_t *starts, *ends, *axes;
    uint32_t start_count, end_count, axis_count;
    if (!onnx_attrs_only(o, source, "starts ends axes") ||
        !onnx_attr_ints(o, source, "starts", &starts, &start_count) ||
        !onnx_attr_ints(o, source, "ends", &ends, &end_count) || !onnx_attr_ints(o, source, "axes", &axes, &axis_count))
        return false;
    const uint32_t z = ONNX_EMIT(o, source, "StridedSlice", onnx_input(source, 0), onnx_ints(o, starts, start_count),
                                 onnx_ints(o, ends, end_count));
    if (z == NO_VALUE ||
        (axis_count > 0 && !node_set_ints(o->scope->graph, onnx_last(o), "axis", axes, (int32_t)axis_count, o->err)))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

/* A tensor of one element says what fills the shape; a float32 0 where the node lacks it. */
ONNX_MAKE(constant_of_shape) {
    const struct onnx_attribute *a = onnx_attribute(source, "value");
    struct onnx_tensor tensor;
    if (!onnx_attrs_only(o, source, "value"))
        return false;
    if (a && (a->kind != ONNX_TENSOR_VALUE || !onnx_tensor_read(a->message, &tensor)))
        return error_set(o->err, MSW_INVALID, "attribute 'value' must be a tensor");
    const uint32_t value = a ? onnx_constant(o, &tensor, source->title) : onnx_float(o, 0);
    const uint32_t z = ONNX_EMIT(o, source, "FillV2", onnx_input(source, 0), value);
    if (z == NO_VALUE)
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}

/* Input `index` as whole numbers: files may give indices and depths as floats. */
static uint32_t whole_input(struct onnx *o, const struct onnx_node *source, uint32_t index) {
    const uint32_t value = onnx_input(source, index);
    if (value == NO_VALUE || onnx_type(o, value)->dtype == MSW_INT64 || onnx_type(o, value)->dtype == MSW_INT32)
        return value;
    return onnx_emit_int(o, source, "Cast", value, "dtype", MSW_INT64);
}

ONNX_MAKE(one_hot) {
    int64_t axis;
    if (!onnx_attrs_only(o, source, "axis") || !onnx_attr_int(o, source, "axis", -1, &axis))
        return false;
    const uint32_t indices = whole_input(o, source, 0), depth = whole_input(o, source, 1);
    const uint32_t z = ONNX_EMIT(o, source, "OneHot", indices, onnx_input(source, 2));
    if (z == NO_VALUE || depth == NO_VALUE || !onnx_late(o, "depth", depth) ||
        !node_set_int(o->scope->graph, onnx_last(o), "axis", axis, o->err) ||
        !node_set_int(o->scope->graph, onnx_last(o), "negative", 1, o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}
