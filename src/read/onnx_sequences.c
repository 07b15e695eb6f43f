/* onnx_sequences.c - operators on sequences and optionals, which a run computes itself (graph/dynamic_ops.h). */
#include <string.h>

#include "graph/dynamic_ops.h"
#include "read/onnx_build.h"
#include "read/onnx_rows.h"

static bool take_values(struct onnx *o, const struct onnx_node *source, struct node *node) {
    for (uint32_t i = 0; i < source->input_count; i++) {
        const uint32_t value = onnx_input(source, i);
        node->inputs[i] = value == NO_VALUE ? onnx_absent(o) : value;
        if (node->inputs[i] == NO_VALUE)
            return false;
    }
    return true;
}

/* Attributes of the same names and kinds as ours; of an empty sequence the data type, float32 where none is given. */
static bool take_attributes(struct onnx *o, const struct onnx_node *source, struct node *node) {
    const struct msw_operator *about = &node->op->about;
    for (int32_t i = 0; i < about->attr_count; i++) {
        int64_t value;
        int32_t dtype;
        if (!onnx_attribute(source, about->attrs[i].name))
            continue;
        if (!onnx_attr_int(o, source, about->attrs[i].name, 0, &value))
            return false;
        if (strcmp(about->attrs[i].name, "dtype") == 0) {
            if (!onnx_dtype(value, source->at, &dtype, o->err))
                return false;
            value = dtype;
        }
        if (!node_set_int(o->scope->graph, node, about->attrs[i].name, value, o->err))
            return false;
    }
    return true;
}

ONNX_MAKE(sequence) {
    static const struct call call = {.kind = CALL_SEQUENCE};
    const struct op *op = dynamic_op_find(source->spelling);
    if (!onnx_attrs_only(o, source, "axis new_axis keepdims dtype type"))
        return false;
    struct node *node = graph_add_node(o->scope->graph, op, source->title, source->input_count, 1, o->err);
    if (!node)
        return false;
    node->call = &call;
    const uint32_t output = node->outputs[0];
    return take_values(o, source, node) && take_attributes(o, source, node) && onnx_output(o, source, 0, output);
}
