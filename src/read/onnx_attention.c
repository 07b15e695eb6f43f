/* onnx_attention.c - ONNX's attention: its caches are put together before our operator, which reads heads wherever they lie. */
#include "read/onnx_attention.h"

#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

uint32_t onnx_split_heads(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t heads) {
    if (x == NO_VALUE || onnx_type(o, x)->rank == 4 || heads == 0)
        return x;
    const uint32_t apart = onnx_reshape(o, source, x, (const int64_t[]){0, 0, heads, -1}, 4);
    return onnx_emit_ints(o, source, "Transpose", apart, "perm", (const int64_t[]){0, 2, 1, 3}, 4);
}

uint32_t onnx_attend(struct onnx *o, const struct onnx_node *source, const struct onnx_attend *a) {
    const uint32_t inputs[] = {
        a->q, a->k, a->v, onnx_optional(o, a->mask), onnx_optional(o, a->past_key), onnx_optional(o, a->lengths)};
    const uint32_t z = onnx_emit(o, source, "ScaledDotProductAttention", 6, inputs, a->outputs);
    struct node *node = z == NO_VALUE ? NULL : onnx_last(o);
    struct graph *g = o->scope->graph;
    if (!node || !node_set_int(g, node, "outputs", a->outputs, o->err) ||
        !node_set_ints(g, node, "heads", a->heads, 2, o->err) ||
        !node_set_ints(g, node, "window", a->window, 2, o->err) ||
        !node_set_int(g, node, "causal", a->causal, o->err) || !node_set_int(g, node, "kept", a->kept, o->err) ||
        !node_set_float(g, node, "softcap", (double)a->softcap, o->err) ||
        (a->scale != 0 && !node_set_float(g, node, "scale", (double)a->scale, o->err)))
        return NO_VALUE;
    onnx_infer(o);
    return z;
}

/* The past and the new ones, heads apart. */
static uint32_t extend_cache(struct onnx *o, const struct onnx_node *source, uint32_t past, uint32_t x, int64_t heads) {
    x = onnx_split_heads(o, source, x, heads);
    return past == NO_VALUE || x == NO_VALUE ? x : onnx_concat(o, source, 2, (const uint32_t[]){past, x}, 2);
}

ONNX_MAKE(attention) {
    struct onnx_attend a = {.q = onnx_input(source, 0),
                            .k = onnx_input(source, 1),
                            .v = onnx_input(source, 2),
                            .mask = onnx_input(source, 3),
                            .past_key = onnx_input(source, 4),
                            .lengths = onnx_input(source, 6),
                            .outputs = onnx_has_output(source, 3) ? 2 : 1};
    const uint32_t past_value = onnx_input(source, 5);
    if (!onnx_attrs_only(o, source,
                         "scale softcap is_causal q_num_heads kv_num_heads qk_matmul_output_mode softmax_precision "
                         "left_window_size right_window_size") ||
        !onnx_attr_int(o, source, "q_num_heads", 0, &a.heads[0]) ||
        !onnx_attr_int(o, source, "kv_num_heads", 0, &a.heads[1]) ||
        !onnx_attr_int(o, source, "is_causal", 0, &a.causal) ||
        !onnx_attr_int(o, source, "qk_matmul_output_mode", 0, &a.kept) ||
        !onnx_attr_int(o, source, "left_window_size", -1, &a.window[0]) ||
        !onnx_attr_int(o, source, "right_window_size", -1, &a.window[1]) ||
        !onnx_attr_float(o, source, "scale", 0, &a.scale) || !onnx_attr_float(o, source, "softcap", 0, &a.softcap))
        return false;
    if ((a.past_key == NO_VALUE) != (past_value == NO_VALUE))
        return error_set(o->err, MSW_INVALID, "past_key and past_value must be given together");
    if (a.past_key != NO_VALUE || onnx_has_output(source, 1) || onnx_has_output(source, 2)) {
        a.k = extend_cache(o, source, a.past_key, a.k, a.heads[1]);
        a.v = extend_cache(o, source, past_value, a.v, a.heads[1]);
    }
    const uint32_t z = onnx_attend(o, source, &a);
    return onnx_output(o, source, 0, z) && (a.outputs < 2 || onnx_output(o, source, 3, onnx_last(o)->outputs[1])) &&
           (!onnx_has_output(source, 1) || onnx_output(o, source, 1, a.k)) &&
           (!onnx_has_output(source, 2) || onnx_output(o, source, 2, a.v));
}
