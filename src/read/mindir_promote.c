/* mindir_promote.c - MindSpore converts operands when it runs; a graph of ours says so: numbers take the tensor's data type, and where two tensors
 * differ, a Cast stands before one of them. */
#include "kernels/half.h"
#include "read/mindir_build.h"

static bool is_float(int32_t dtype) {
    return dtype == MSW_FLOAT32 || dtype == MSW_FLOAT64 || dtype_is_half(dtype);
}

static uint32_t float_scalar(struct mindir *m, double number, int32_t dtype) {
    const struct msw_type type = {.dtype = dtype};
    const float single = (float)number;
    const uint16_t float16 = f32_to_float16(single), bfloat16 = f32_to_bfloat16(single);
    switch (dtype) {
    case MSW_FLOAT64: return mindir_constant(m, &type, &number, sizeof number);
    case MSW_FLOAT16: return mindir_constant(m, &type, &float16, sizeof float16);
    case MSW_BFLOAT16: return mindir_constant(m, &type, &bfloat16, sizeof bfloat16);
    default: return mindir_constant(m, &type, &single, sizeof single);
    }
}

uint32_t mindir_scalar_like(struct mindir *m, const struct item *item, int32_t dtype) {
    if (item->kind != ITEM_INT && item->kind != ITEM_FLOAT) {
        error_set(m->err, MSW_UNSUPPORTED, "the second input must be a constant number");
        return NO_VALUE;
    }
    if (is_float(dtype))
        return float_scalar(m, item->kind == ITEM_FLOAT ? (double)item->f : (double)item->i, dtype);
    if (item->kind == ITEM_FLOAT)
        return float_scalar(m, (double)item->f, MSW_FLOAT32);
    const struct msw_type type = {.dtype = dtype == MSW_ANY || dtype == MSW_BOOL ? MSW_INT64 : dtype};
    return mindir_constant(m, &type, &item->i, dtype_info(type.dtype)->bytes); /* little endian: it wraps */
}

/* The data type in which two meet: a float before an integer, the larger of a kind; the two 16-bit floats meet in float32. */
static int32_t meeting(int32_t x, int32_t y) {
    if (is_float(x) != is_float(y))
        return is_float(x) ? x : y;
    if (dtype_is_half(x) && dtype_is_half(y))
        return MSW_FLOAT32;
    return dtype_info(x)->bytes >= dtype_info(y)->bytes ? x : y;
}

static bool cast(struct mindir *m, const struct mindir_node *source, uint32_t *value, int32_t dtype) {
    const struct msw_type *from = &m->graph->values[*value].type;
    struct msw_type to = *from;
    if (from->dtype == dtype)
        return true;
    to.dtype = dtype;
    struct node *node = graph_add_node(m->graph, op_find("Cast"), source->title, 1, 1, m->err);
    if (!node)
        return false;
    node->inputs[0] = *value;
    *value = node->outputs[0];
    m->graph->values[*value].type = to;
    return node_set_int(m->graph, node, "dtype", dtype, m->err);
}

bool mindir_promote(struct mindir *m, const struct op *op, const struct mindir_node *source, uint32_t *values,
                    uint32_t count) {
    if (count != 2 || op->about.inputs_max != 2 || (op->flags & OP_ELEMENTWISE) == 0)
        return true;
    const int32_t x = m->graph->values[values[0]].type.dtype, y = m->graph->values[values[1]].type.dtype;
    if (x == y || x == MSW_ANY || y == MSW_ANY)
        return true;
    const struct item *declared = &source->declared;
    int32_t dtype = declared->kind == ITEM_TENSOR ? declared->tensor->type.dtype : MSW_ANY;
    if (dtype == MSW_ANY || dtype == MSW_BOOL) /* a comparison: the result does not tell */
        dtype = meeting(x, y);
    return cast(m, source, &values[0], dtype) && cast(m, source, &values[1], dtype);
}
