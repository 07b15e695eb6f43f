/* mindir_folds.c - attributes of operators that fold axes, normalise, or put in order, as mindir_attributes.c has the others. */
#include "read/mindir_attributes.h"

/* The layout as a constant input, the last but monads: 0 is NCHW, 1 NHWC, 14 NCDHW. */
READ(layout) {
    uint32_t last = source->input_count;
    while (last > 0 && source->inputs[last - 1].kind == ITEM_MONAD)
        last--;
    const struct item *format = &source->inputs[last - 1];
    if (format->kind != ITEM_INT || (format->i != 0 && format->i != 1 && format->i != 14))
        return error_set(m->err, MSW_UNSUPPORTED, "the layout must be the constant NCHW, NHWC or NCDHW");
    return node_set_int(m->graph, node, "channels_last", format->i == 1, m->err);
}

/* Input `index`, if it is there, must be None or the constant 0. */
static bool need_nothing(struct mindir *m, const struct mindir_node *source, uint32_t index, const char *name) {
    const struct item *item = index < source->input_count ? &source->inputs[index] : NULL;
    return !item || item->kind == ITEM_NONE || item->kind == ITEM_MONAD || (item->kind == ITEM_INT && item->i == 0) ||
           error_set(m->err, MSW_UNSUPPORTED, "input '%s' must be left out", name);
}

READ(reduce_sum) {
    (void)node;
    return need_nothing(m, source, 3, "skip_mode");
}

READ(mean_ext) {
    (void)node;
    return need_nothing(m, source, 3, "dtype");
}

READ(cum_sum_ext) {
    (void)node;
    return need_nothing(m, source, 2, "dtype");
}

/* Whole numbers are added up in int64 unless told otherwise: the file declares what comes out. */
READ(sum_ext) {
    const struct attr *dtype = node_attr(node, "dtype");
    const struct item *declared = &source->declared;
    if (dtype->given || declared->kind != ITEM_TENSOR || declared->tensor->type.dtype != MSW_INT64)
        return true;
    return node_set_int(m->graph, node, "dtype", MSW_INT64, m->err);
}

/* The places come first, as int32 or int64. */
READ(places_first) {
    const struct item *declared = &source->declared;
    if (declared->kind != ITEM_TUPLE || declared->count != 2 || declared->items[0].kind != ITEM_TENSOR)
        return true;
    return node_set_int(m->graph, node, "dtype", declared->items[0].tensor->type.dtype, m->err);
}

READ(sort) {
    return copy_int(m, source, "axis", node, "axis") && copy_int(m, source, "descending", node, "descending");
}

/* A list of axes, and a number that is whole. */
static bool copy_axes(struct mindir *m, const struct mindir_node *source, struct node *node) {
    const struct item *axis = need_attribute(m, source, "axis");
    int64_t ints[MSW_MAX_RANK];
    const bool one = axis && axis->kind == ITEM_INT;
    bool fits = one || (axis && axis->kind == ITEM_TUPLE && axis->count <= MSW_MAX_RANK);
    const uint32_t count = fits && !one ? axis->count : 1;
    for (uint32_t i = 0; fits && i < count; i++) {
        const struct item *element = one ? axis : &axis->items[i];
        fits = element->kind == ITEM_INT;
        ints[i] = element->i;
    }
    if (!fits)
        return axis && error_set(m->err, MSW_INVALID, "attribute 'axis' must be whole numbers");
    return node_set_ints(m->graph, node, "axis", ints, (int32_t)count, m->err);
}

READ(lp_norm) {
    return copy_axes(m, source, node) && copy_int(m, source, "p", node, "p") &&
           copy_int(m, source, "keep_dims", node, "keep_dims");
}

READ(l2_normalize) {
    const struct item *epsilon = need_attribute(m, source, "epsilon");
    if (!epsilon || !copy_axes(m, source, node))
        return false;
    if (node_attr(node, "axis")->count != 1)
        return error_set(m->err, MSW_UNSUPPORTED, "attribute 'axis' must be one axis");
    if (epsilon->kind != ITEM_FLOAT)
        return error_set(m->err, MSW_INVALID, "attribute 'epsilon' must be a number");
    return node_set_float(m->graph, node, "epsilon", (double)epsilon->f, m->err);
}

/* Scale and offset are there together, or not at all. */
READ(layer_norm_ext) {
    (void)node;
    return (source->inputs[2].kind == ITEM_NONE) == (source->inputs[3].kind == ITEM_NONE) ||
           error_set(m->err, MSW_UNSUPPORTED, "takes scale and offset together, or neither");
}

READ(like_x) {
    (void)source;
    return node_set_int(m->graph, node, "like_x", 1, m->err);
}
