/* onnx_flex_attention.c - ONNX's FlexAttention: both products and a softmax, with subgraphs of the model that change the scores and the weights between. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

/* x by the subgraph that attribute `name` holds; as it is where there is none. dtype: what the subgraph takes. */
static uint32_t modified(struct onnx *o, const struct onnx_node *source, const char *name, uint32_t x, int32_t dtype) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    if (!a || x == NO_VALUE)
        return x;
    struct call *call = arena_alloc(o->arena, 1, sizeof *call, o->err);
    const struct onnx_scope *body = NULL;
    if (a->kind != ONNX_GRAPH_VALUE)
        error_set(o->err, MSW_INVALID, "attribute '%s' must be a graph", name);
    else if (call)
        body = onnx_subgraph(o, a->message, &call->branches[0].function);
    const struct msw_type type = *onnx_type(o, x);
    if (dtype != MSW_FLOAT32)
        x = onnx_emit_int(o, source, "Cast", x, "dtype", dtype);
    if (!body || x == NO_VALUE)
        return NO_VALUE;
    const uint32_t captured = body->captured.count;
    if (body->graph->inputs.count != 1 + captured || body->graph->outputs.count != 1) {
        error_set(o->err, MSW_INVALID, "'%s' must have one input and one output", name);
        return NO_VALUE;
    }
    struct node *node = graph_add_node(o->scope->graph, &op_call, source->title, 1 + captured, 1, o->err);
    if (!node)
        return NO_VALUE;
    call->branches[0].count = 1 + captured;
    node->call = call;
    node->inputs[0] = x;
    for (uint32_t i = 0; i < captured; i++)
        node->inputs[1 + i] = body->captured.at[i];
    const uint32_t z = node->outputs[0];
    o->scope->graph->values[z].type = type;
    o->scope->graph->values[z].type.dtype = dtype;
    return dtype == MSW_FLOAT32 ? z : onnx_emit_int(o, source, "Cast", z, "dtype", MSW_FLOAT32);
}

/* All is computed in float32. */
static uint32_t as_float(struct onnx *o, const struct onnx_node *source, uint32_t x) {
    return x == NO_VALUE || onnx_type(o, x)->dtype == MSW_FLOAT32
               ? x
               : onnx_emit_int(o, source, "Cast", x, "dtype", MSW_FLOAT32);
}

static uint32_t product(struct onnx *o, const struct onnx_node *source, uint32_t x, uint32_t y, bool transpose) {
    const uint32_t z = ONNX_EMIT(o, source, "MatMul", x, y);
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "transpose_b", transpose, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return z;
}

ONNX_MAKE(flex_attention) {
    float scale;
    int64_t precision;
    if (!onnx_attrs_only(o, source, "scale softmax_precision score_mod prob_mod") || source->input_count != 3 ||
        !onnx_attr_float(o, source, "scale", 0, &scale) ||
        !onnx_attr_int(o, source, "softmax_precision", 1, &precision))
        return o->err->about.status == MSW_OK ? error_set(o->err, MSW_INVALID, "needs three inputs") : false;
    const uint32_t k = as_float(o, source, onnx_input(source, 1)), v = as_float(o, source, onnx_input(source, 2));
    uint32_t q = as_float(o, source, onnx_input(source, 0));
    if (q == NO_VALUE || k == NO_VALUE || v == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "an input is missing");
    const struct msw_type x = *onnx_type(o, onnx_input(source, 0)), kt = *onnx_type(o, k);
    if (x.rank != 4 || kt.rank != 4 || x.dims[1] < 1 || kt.dims[1] < 1 || x.dims[3] < 1 || x.dims[1] % kt.dims[1] != 0)
        return error_set(o->err, MSW_UNSUPPORTED,
                         "needs to know heads and depth of its inputs [B,H,S,D], got %t and %t", &x, &kt);
    const int64_t heads = x.dims[1], kv_heads = kt.dims[1];
    int32_t dtype = x.dtype == MSW_FLOAT64 ? MSW_FLOAT64 : MSW_FLOAT32;
    if (onnx_attribute(source, "softmax_precision") && !onnx_dtype(precision, source->at, &dtype, o->err))
        return false;
    /* Heads that share keys are rows of one matrix, so that no key is copied. */
    if (heads != kv_heads)
        q = onnx_reshape(o, source, q, (const int64_t[]){0, kv_heads, -1, x.dims[3]}, 4);
    uint32_t w = product(o, source, q, k, true);
    w = onnx_scale(o, source, w, scale != 0 ? scale : 1 / __builtin_sqrtf((float)x.dims[3]));
    const int64_t rows = x.dims[2], keys = kt.dims[2];
    if (heads != kv_heads && (rows < 1 || keys < 1))
        return error_set(o->err, MSW_UNSUPPORTED, "needs to know the rows of heads that share keys, got %t and %t", &x,
                         &kt);
    if (heads != kv_heads)
        w = onnx_reshape(o, source, w, (const int64_t[]){0, heads, rows, keys}, 4);
    w = modified(o, source, "score_mod", w, dtype);
    w = onnx_emit_int(o, source, "Softmax", w, "axis", -1);
    w = modified(o, source, "prob_mod", w, dtype);
    if (heads != kv_heads)
        w = onnx_reshape(o, source, w, (const int64_t[]){0, kv_heads, heads / kv_heads * rows, keys}, 4);
    uint32_t z = product(o, source, w, v, false);
    const int64_t width = z == NO_VALUE ? 0 : onnx_type(o, v)->dims[3];
    if (heads != kv_heads)
        z = onnx_reshape(o, source, z, (const int64_t[]){0, heads, rows, width}, 4);
    if (z != NO_VALUE && x.dtype != MSW_FLOAT32)
        z = onnx_emit_int(o, source, "Cast", z, "dtype", x.dtype);
    return onnx_output(o, source, 0, z);
}
