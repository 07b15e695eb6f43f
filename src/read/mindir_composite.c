/* mindir_composite.c - one node of the file as other nodes of ours. */
#include "read/mindir_composite.h"

#include <string.h>

#include "read/mindir_attributes.h"

/* A node of operator `op` for the file's node, with its declared type where it is the last one. NULL with err. */
static struct node *add(struct mindir *m, const struct mindir_node *source, const char *op, const uint32_t *inputs,
                        uint32_t count, bool last) {
    for (uint32_t i = 0; i < count; i++)
        if (inputs[i] == NO_VALUE)
            return NULL;
    struct node *node = graph_add_node(m->graph, op_find(op), source->title, count, 1, m->err);
    if (!node)
        return NULL;
    memcpy(node->inputs, inputs, count * sizeof *inputs);
    struct value *value = &m->graph->values[node->outputs[0]];
    value->name = source->title;
    if (last && source->declared.kind == ITEM_TENSOR)
        value->type = source->declared.tensor->type;
    return node;
}

static bool finish(const struct mindir *m, const struct node *node, struct item *result) {
    if (node)
        *result = mindir_item(m, node->outputs[0]);
    return node != NULL;
}

static uint32_t int_vector(struct mindir *m, const int64_t *ints, int32_t count) {
    const struct msw_type type = {.dtype = MSW_INT64, .rank = 1, .dims = {count}};
    return mindir_constant(m, &type, ints, (size_t)count * sizeof *ints);
}

static bool need_ints(struct mindir *m, const struct mindir_node *source, uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; i++)
        if (i >= source->input_count || source->inputs[i].kind != ITEM_INT)
            return error_set(m->err, MSW_UNSUPPORTED, "input %d must be a constant whole number", (int32_t)i);
    return true;
}

/* FlattenExt(x, start_dim, end_dim): to the shape that the file declares, in which one size may be open. */
MAKE(flatten_range) {
    int64_t dims[MSW_MAX_RANK];
    int32_t open = 0;
    if (!need_ints(m, source, 1, 2))
        return false;
    const struct msw_type *type = source->declared.kind == ITEM_TENSOR ? &source->declared.tensor->type : NULL;
    for (int32_t i = 0; type && i < type->rank; i++) {
        dims[i] = type->dims[i];
        open += dims[i] < 0;
    }
    if (!type || type->rank < 0 || open > 1)
        return error_set(m->err, MSW_UNSUPPORTED, "the file must declare all sizes of the result but one");
    const uint32_t inputs[2] = {mindir_value(m, &source->inputs[0], "x"), int_vector(m, dims, type->rank)};
    return finish(m, add(m, source, "Reshape", inputs, 2, true), result);
}

/* NarrowView(x, axis, start, length): a slice of all the other axes. A start below 0 counts from the end, where the file says how long the axis is. */
MAKE(narrow) {
    int64_t begin[MSW_MAX_RANK] = {0}, size[MSW_MAX_RANK];
    if (!need_ints(m, source, 1, 3))
        return false;
    const uint32_t x = mindir_value(m, &source->inputs[0], "x");
    const int32_t rank = source->declared.kind == ITEM_TENSOR ? source->declared.tensor->type.rank : -1;
    int64_t start = source->inputs[2].i;
    const int64_t length = source->inputs[3].i;
    int32_t axis;
    if (x == NO_VALUE)
        return false;
    const struct msw_type *type = &m->graph->values[x].type;
    const bool known = axis_from_front(source->inputs[1].i, rank, &axis);
    if (known && start < 0 && start >= INT32_MIN && type->rank == rank && type->dims[axis] >= 0)
        start += type->dims[axis];
    if (!known || start < 0 || length < 0)
        return error_set(m->err, MSW_INVALID, "axis %l, start %l and length %l name no part of a tensor of rank %d",
                         source->inputs[1].i, source->inputs[2].i, length, rank);
    for (int32_t i = 0; i < rank; i++)
        size[i] = i == axis ? length : -1;
    begin[axis] = start;
    const uint32_t inputs[3] = {x, int_vector(m, begin, rank), int_vector(m, size, rank)};
    return finish(m, add(m, source, "Slice", inputs, 3, true), result);
}

/* A node with a bias behind it, unless input `input` of the file's node is None or missing. */
static bool finish_with_bias(struct mindir *m, const struct mindir_node *source, const struct node *node,
                             uint32_t input, const char *op, struct item *result) {
    const struct item *bias = input < source->input_count ? &source->inputs[input] : NULL;
    if (!node || !bias || bias->kind == ITEM_NONE || bias->kind == ITEM_MONAD)
        return finish(m, node, result);
    const uint32_t inputs[2] = {node->outputs[0], mindir_value(m, bias, "bias")};
    return finish(m, add(m, source, op, inputs, 2, true), result);
}

static bool has_tensors(struct mindir *m, const struct mindir_node *source, uint32_t *inputs) {
    if (source->input_count < 2)
        return error_set(m->err, MSW_INVALID, "takes at least 2 inputs, got %d", (int32_t)source->input_count);
    inputs[0] = mindir_value(m, &source->inputs[0], "x");
    inputs[1] = mindir_value(m, &source->inputs[1], "weight");
    return inputs[0] != NO_VALUE && inputs[1] != NO_VALUE;
}

/* Dense(x, weight, bias): x times the transposed weights. */
MAKE(dense) {
    uint32_t inputs[2];
    if (!has_tensors(m, source, inputs))
        return false;
    struct node *node = add(m, source, "MatMul", inputs, 2, false);
    return node && node_set_int(m->graph, node, "transpose_b", 1, m->err) &&
           finish_with_bias(m, source, node, 2, "Add", result);
}

static bool take_pair(struct mindir *m, const struct item *item, const char *name, int64_t pair[2]) {
    const bool list = item->kind == ITEM_TUPLE && (item->count == 1 || item->count == 2);
    for (uint32_t i = 0; i < 2; i++) {
        const struct item *one = list ? &item->items[i % item->count] : item;
        if (one->kind != ITEM_INT)
            return error_set(m->err, MSW_UNSUPPORTED, "input '%s' must be one or two constant whole numbers", name);
        pair[i] = one->i;
    }
    return true;
}

/* Conv2DExt(x, weight, bias, stride, padding, dilation, groups): padding stands for both sides. */
MAKE(conv2d_ext) {
    uint32_t inputs[2];
    int64_t strides[2], pads[2], dilations[2];
    if (source->input_count < 7 || source->inputs[6].kind != ITEM_INT)
        return error_set(m->err, MSW_INVALID, "takes 7 inputs, the last a constant whole number");
    if (!has_tensors(m, source, inputs) || !take_pair(m, &source->inputs[3], "stride", strides) ||
        !take_pair(m, &source->inputs[4], "padding", pads) || !take_pair(m, &source->inputs[5], "dilation", dilations))
        return false;
    const int64_t sides[4] = {pads[0], pads[0], pads[1], pads[1]};
    struct node *node = add(m, source, "Conv2D", inputs, 2, false);
    return node && node_set_ints(m->graph, node, "strides", strides, 2, m->err) &&
           node_set_ints(m->graph, node, "pads", sides, 4, m->err) &&
           node_set_ints(m->graph, node, "dilations", dilations, 2, m->err) &&
           node_set_int(m->graph, node, "group", source->inputs[6].i, m->err) &&
           finish_with_bias(m, source, node, 2, "BiasAdd", result);
}
