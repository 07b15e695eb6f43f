/* onnx_quantised.c - what words of onnx.def cannot say of ONNX's operators on 8-bit integers. */
#include "read/onnx_build.h"
#include "read/onnx_rows.h"

/* Padding: all that comes before, then all behind; ours has both of each direction together. */
ONNX_READ(quantised_conv) {
    const int64_t *pads;
    uint32_t count;
    int64_t ours[4];
    if (!onnx_attr_ints(o, source, "pads", &pads, &count))
        return false;
    if (count == 0)
        return true;
    if (count != 4)
        return error_set(o->err, MSW_INVALID, "attribute 'pads' must have 4 numbers, got %d", (int32_t)count);
    for (int i = 0; i < 2; i++) {
        ours[2 * i] = pads[i];
        ours[2 * i + 1] = pads[2 + i];
    }
    return node_set_ints(o->scope->graph, node, "pads", ours, 4, o->err);
}
