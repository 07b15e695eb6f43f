/* mindir_attributes.c - what older primitives of MindIR hold as attributes, as attributes of our operators. */
#include "read/mindir_attributes.h"

#include <string.h>

/* Attribute `name` of a primitive, or NULL. */
static const struct item *find_attribute(const struct mindir_node *source, const char *name) {
    for (uint32_t i = 0; i < source->attribute_count; i++)
        if (text_is(source->attributes[i].name, name))
            return &source->attributes[i].item;
    return NULL;
}

const struct item *need_attribute(struct mindir *m, const struct mindir_node *source, const char *name) {
    const struct item *item = find_attribute(source, name);
    if (!item)
        error_set(m->err, MSW_INVALID, "attribute '%s' is missing", name);
    return item;
}

bool axis_from_front(int64_t value, int32_t rank, int32_t *axis) {
    if (value < -rank || value >= rank)
        return false;
    *axis = (int32_t)(value < 0 ? value + rank : value);
    return true;
}

/* Set `target` to elements [first, end) of a tuple of `count` whole numbers. */
static bool set_part(struct mindir *m, const struct mindir_node *source, const char *name, struct node *node,
                     const char *target, uint32_t count, uint32_t first, uint32_t end) {
    int64_t ints[8];
    const struct item *item = need_attribute(m, source, name);
    if (!item)
        return false;
    bool fits = item->kind == ITEM_TUPLE && item->count == count;
    for (uint32_t i = first; fits && i < end; i++) {
        fits = item->items[i].kind == ITEM_INT;
        ints[i - first] = item->items[i].i;
    }
    if (!fits)
        return error_set(m->err, MSW_INVALID, "attribute '%s' must be a tuple of %d whole numbers", name,
                         (int32_t)count);
    return node_set_ints(m->graph, node, target, ints, (int32_t)(end - first), m->err);
}

static char lower_case(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_word(const struct item *item, const char *word) {
    if (item->kind != ITEM_TEXT || item->text.length != strlen(word))
        return false;
    for (size_t i = 0; i < item->text.length; i++)
        if (lower_case(item->text.at[i]) != word[i])
            return false;
    return true;
}

/* pad_mode as our number (op window.h: 0 explicit, 1 same, 2 valid); pads only where they count. Convolutions write it in small letters,
 * pooling in capitals. count: two pads for each direction. */
static bool read_padding(struct mindir *m, const struct mindir_node *source, struct node *node, uint32_t count) {
    const struct item *mode = need_attribute(m, source, "pad_mode");
    if (!mode)
        return false;
    if (is_word(mode, "pad"))
        return node_set_int(m->graph, node, "pad_mode", 0, m->err) &&
               set_part(m, source, find_attribute(source, "pad_list") ? "pad_list" : "pad", node, "pads", count, 0,
                        count);
    if (is_word(mode, "same"))
        return node_set_int(m->graph, node, "pad_mode", 1, m->err);
    if (is_word(mode, "valid"))
        return node_set_int(m->graph, node, "pad_mode", 2, m->err);
    return error_set(m->err, MSW_INVALID, "attribute 'pad_mode' must be pad, same or valid");
}

static bool read_format(struct mindir *m, const struct mindir_node *source) {
    const struct item *format = find_attribute(source, "format");
    return !format || is_word(format, "nchw") || is_word(format, "ncdhw") ||
           error_set(m->err, MSW_UNSUPPORTED, "attribute 'format' must be NCHW or NCDHW");
}

READ(plain) {
    (void)m;
    (void)source;
    (void)node;
    return true;
}

/* log(scale x + shift) to a base; only the natural logarithm of x is ever written by the front end. */
READ(log) {
    (void)node;
    static const struct {
        const char *name;
        float value;
    } plain[] = {{"base", -1}, {"scale", 1}, {"shift", 0}};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        const struct item *item = find_attribute(source, plain[i].name);
        if (item && (item->kind != ITEM_FLOAT || item->f != plain[i].value))
            return error_set(m->err, MSW_UNSUPPORTED, "attribute '%s' must be as for the natural logarithm",
                             plain[i].name);
    }
    return true;
}

/* To a whole number, not to a number of decimals. */
READ(round) {
    (void)node;
    const struct item *decimals = source->input_count > 1 ? &source->inputs[1] : NULL;
    return !decimals || decimals->kind == ITEM_MONAD || decimals->kind == ITEM_NONE ||
           (decimals->kind == ITEM_INT && decimals->i == 0) ||
           error_set(m->err, MSW_UNSUPPORTED, "input 'decimals' must be 0");
}

static bool read_group(struct mindir *m, const struct mindir_node *source, struct node *node) {
    const struct item *group = find_attribute(source, "group");
    if (group && group->kind != ITEM_INT)
        return error_set(m->err, MSW_INVALID, "attribute 'group' must be a whole number");
    return node_set_int(m->graph, node, "group", group ? group->i : 1, m->err);
}

READ(conv2d) {
    return read_format(m, source) && read_padding(m, source, node, 4) &&
           set_part(m, source, "stride", node, "strides", 4, 2, 4) &&
           set_part(m, source, "dilation", node, "dilations", 4, 2, 4) && read_group(m, source, node);
}

READ(conv3d) {
    return read_format(m, source) && read_padding(m, source, node, 6) &&
           set_part(m, source, "strides", node, "strides", 5, 2, 5) &&
           set_part(m, source, "dilations", node, "dilations", 5, 2, 5) && read_group(m, source, node);
}

/* Input 2 is the shape of the answer, of which height and width say something new. */
READ(conv_transpose) {
    const struct item *shape = &source->inputs[2];
    const bool known = shape->kind == ITEM_TUPLE && shape->count == 4 && shape->items[2].kind == ITEM_INT &&
                       shape->items[3].kind == ITEM_INT;
    if (!known)
        return error_set(m->err, MSW_UNSUPPORTED, "height and width of the answer must be constants");
    return read_conv2d(m, source, node) &&
           node_set_ints(m->graph, node, "size", (const int64_t[]){shape->items[2].i, shape->items[3].i}, 2, m->err);
}

READ(max_pool) {
    return read_format(m, source) && read_padding(m, source, node, 4) &&
           set_part(m, source, "kernel_size", node, "kernel", 4, 2, 4) &&
           set_part(m, source, "strides", node, "strides", 4, 2, 4);
}

bool copy_int(struct mindir *m, const struct mindir_node *source, const char *name, struct node *node,
              const char *target) {
    const struct item *item = need_attribute(m, source, name);
    if (!item)
        return false;
    if (item->kind != ITEM_INT)
        return error_set(m->err, MSW_INVALID, "attribute '%s' must be a whole number", name);
    return node_set_int(m->graph, node, target, item->i, m->err);
}

/* A number or bool that may be missing. */
static bool copy_optional(struct mindir *m, const struct mindir_node *source, const char *name, struct node *node,
                          const char *target) {
    return !find_attribute(source, name) || copy_int(m, source, name, node, target);
}

READ(avg_pool_3d) {
    return read_format(m, source) && read_padding(m, source, node, 6) &&
           set_part(m, source, "kernel_size", node, "kernel", 5, 2, 5) &&
           set_part(m, source, "strides", node, "strides", 5, 2, 5) &&
           copy_optional(m, source, "ceil_mode", node, "ceil_mode") &&
           copy_optional(m, source, "count_include_pad", node, "count_include_pad") &&
           copy_optional(m, source, "divisor_override", node, "divisor");
}

/* Its pads stand for both sides, and NaN wins always, unlike MaxPool's. The places of the largest are no result of ours. */
READ(max_pool_3d_with_argmax) {
    const struct item *pads = need_attribute(m, source, "pads");
    int64_t both[6];
    bool fits = pads && pads->kind == ITEM_TUPLE && pads->count == 3;
    for (uint32_t i = 0; fits && i < 3; i++) {
        fits = pads->items[i].kind == ITEM_INT;
        both[2 * i] = both[2 * i + 1] = pads->items[i].i;
    }
    if (!fits)
        return error_set(m->err, MSW_INVALID, "attribute 'pads' must be a tuple of 3 whole numbers");
    return read_format(m, source) && set_part(m, source, "ksize", node, "kernel", 3, 0, 3) &&
           set_part(m, source, "strides", node, "strides", 3, 0, 3) &&
           set_part(m, source, "dilation", node, "dilations", 3, 0, 3) &&
           node_set_ints(m->graph, node, "pads", both, 6, m->err) &&
           copy_optional(m, source, "ceil_mode", node, "ceil_mode") &&
           node_set_int(m->graph, node, "nan_wins", 1, m->err);
}

READ(output_size) {
    return set_part(m, source, "output_size", node, "size", 2, 0, 2);
}

READ(axis) {
    return copy_int(m, source, "axis", node, "axis");
}

/* Each index is a place along the first axis. */
READ(rows) {
    (void)source;
    return node_set_int(m->graph, node, "rows", 1, m->err);
}

READ(diagonal) {
    return copy_int(m, source, "diagonal", node, "diagonal");
}

/* paddings: a pair for each axis. */
READ(pad) {
    const struct item *pairs = need_attribute(m, source, "paddings");
    int64_t ints[2 * MSW_MAX_RANK];
    if (!pairs)
        return false;
    bool fits = pairs->kind == ITEM_TUPLE && pairs->count <= MSW_MAX_RANK;
    for (uint32_t i = 0; fits && i < pairs->count; i++) {
        const struct item *pair = &pairs->items[i];
        fits = pair->kind == ITEM_TUPLE && pair->count == 2 && pair->items[0].kind == ITEM_INT &&
               pair->items[1].kind == ITEM_INT;
        ints[2 * i] = fits ? pair->items[0].i : 0;
        ints[2 * i + 1] = fits ? pair->items[1].i : 0;
    }
    if (!fits)
        return error_set(m->err, MSW_INVALID, "attribute 'paddings' must be pairs of whole numbers");
    return node_set_ints(m->graph, node, "paddings", ints, 2 * (int32_t)pairs->count, m->err);
}

/* mode as our number (op_pad.c). */
static bool set_pad_mode(struct mindir *m, const struct mindir_node *source, struct node *node) {
    static const char *const modes[] = {"constant", "reflect", "edge", "symmetric", "circular"};
    const struct item *mode = need_attribute(m, source, "mode");
    for (int64_t i = 0; mode && i < (int64_t)(sizeof modes / sizeof modes[0]); i++)
        if (is_word(mode, modes[i]))
            return node_set_int(m->graph, node, "mode", i, m->err);
    return error_set(m->err, MSW_UNSUPPORTED,
                     "attribute 'mode' must be constant, reflect, edge, symmetric or circular");
}

READ(mirror_pad) {
    return set_pad_mode(m, source, node);
}

/* Pairs begin with the last axis; ours end with it. */
READ(pad_v3) {
    const struct item *contiguous = find_attribute(source, "paddings_contiguous");
    struct attr *paddings = &node->attrs[op_attr_index(node->op, "paddings")];
    int64_t ints[2 * MSW_MAX_RANK];
    if (contiguous && (contiguous->kind != ITEM_INT || contiguous->i == 0))
        return error_set(m->err, MSW_UNSUPPORTED, "attribute 'paddings_contiguous' must be true");
    if (paddings->count % 2 != 0 || paddings->count > 2 * MSW_MAX_RANK)
        return error_set(m->err, MSW_INVALID, "input 'paddings' must be pairs for at most %d axes", MSW_MAX_RANK);
    for (int32_t i = 0; i < paddings->count; i++)
        ints[i] = paddings->ints[paddings->count - 2 - i / 2 * 2 + i % 2];
    return set_pad_mode(m, source, node) && node_set_ints(m->graph, node, "paddings", ints, paddings->count, m->err);
}

/* Sizes of the parts: as the file declares them along the axis. */
READ(declared_sizes) {
    const struct item *declared = &source->declared;
    const int64_t axis = node_int(node, "axis", 0);
    int64_t *sizes = arena_alloc(m->graph->arena, declared->count, sizeof *sizes, m->err);
    for (uint32_t i = 0; sizes && i < declared->count; i++) {
        const struct msw_type *type = declared->items[i].kind == ITEM_TENSOR ? &declared->items[i].tensor->type : NULL;
        int32_t at;
        if (!type || !axis_from_front(axis, type->rank, &at) || type->dims[at] < 0)
            return error_set(m->err, MSW_UNSUPPORTED, "the file must declare the sizes of the parts along axis %l",
                             axis);
        sizes[i] = type->dims[at];
    }
    return sizes && node_set_ints(m->graph, node, "sizes", sizes, (int32_t)declared->count, m->err);
}

/* Inputs 1 and 2 are the axes that change places. */
READ(swapped_axes) {
    const int32_t rank = source->declared.kind == ITEM_TENSOR ? source->declared.tensor->type.rank : -1;
    int64_t perm[MSW_MAX_RANK];
    int32_t axes[2];
    for (int i = 0; i < 2; i++) {
        const struct item *item = &source->inputs[i + 1];
        if (item->kind != ITEM_INT || !axis_from_front(item->i, rank, &axes[i]))
            return error_set(m->err, MSW_INVALID, "input %d must be an axis of rank %d", i + 1, rank);
    }
    for (int32_t i = 0; i < rank; i++)
        perm[i] = i == axes[0] ? axes[1] : i == axes[1] ? axes[0] : i;
    return node_set_ints(m->graph, node, "perm", perm, rank, m->err);
}

/* Numbers of MindSpore's formats: all but NHWC have their channels second. */
READ(bias_add) {
    (void)source;
    enum { NCHW = 0, NHWC = 1, NCDHW = 14 };
    const struct attr *format = &node->attrs[op_attr_index(node->op, "channels_last")];
    if (format->given && format->ints[0] != NCHW && format->ints[0] != NHWC && format->ints[0] != NCDHW)
        return error_set(m->err, MSW_UNSUPPORTED, "format must be 0 (NCHW), 1 (NHWC) or 14 (NCDHW), got %l",
                         format->ints[0]);
    return !format->given || format->ints[0] != NCDHW || node_set_int(m->graph, node, "channels_last", 0, m->err);
}

READ(lstm) {
    const struct item *projection = find_attribute(source, "proj_size");
    if (projection && (projection->kind != ITEM_INT || projection->i != 0))
        return error_set(m->err, MSW_UNSUPPORTED, "attribute 'proj_size' must be 0");
    return copy_int(m, source, "num_layers", node, "num_layers") &&
           copy_int(m, source, "bidirectional", node, "bidirectional") &&
           copy_int(m, source, "has_bias", node, "has_bias");
}

/* The equation as the numbers of its characters. */
READ(einsum) {
    const struct item *text = need_attribute(m, source, "equation");
    if (!text || text->kind != ITEM_TEXT || text->text.length > INT16_MAX)
        return error_set(m->err, MSW_INVALID, "attribute 'equation' must be a short text");
    int64_t *characters = arena_alloc(m->graph->arena, text->text.length, sizeof *characters, m->err);
    for (size_t i = 0; characters && i < text->text.length; i++)
        characters[i] = (unsigned char)text->text.at[i];
    return characters && node_set_ints(m->graph, node, "equation", characters, (int32_t)text->text.length, m->err);
}
