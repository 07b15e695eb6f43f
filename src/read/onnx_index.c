/* onnx_index.c - ONNX's operators about places and shapes that become several of ours, or whose attributes became inputs later. */
#include "read/onnx_build.h"
#include "read/onnx_rows.h"

/* Before version 10 all numbers were attributes. */
ONNX_MAKE(slice) {
    const int64_t *starts, *ends, *axes;
    uint32_t start_count, end_count, axis_count;
    if (!onnx_attrs_only(o, source, "starts ends axes") || !onnx_attr_ints(o, source, "starts", &starts, &start_count) ||
        !onnx_attr_ints(o, source, "ends", &ends, &end_count) ||
        !onnx_attr_ints(o, source, "axes", &axes, &axis_count))
        return false;
    const uint32_t z = ONNX_EMIT(o, source, "StridedSlice", onnx_input(source, 0), onnx_ints(o, starts, start_count),
                                 onnx_ints(o, ends, end_count));
    if (z == NO_VALUE || (axis_count > 0 && !node_set_ints(o->scope->graph, onnx_last(o), "axis", axes,
                                                           (int32_t)axis_count, o->err)))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}
