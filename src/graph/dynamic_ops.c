/* dynamic_ops.c - operators on sequences and optionals: no kernels, for what they do is to hand on tensors, or parts of them. */
#include "graph/dynamic_ops.h"

#include <string.h>

#include "graph/dynamic_pieces.h"

/* A node that is being computed: its inputs, and what it gives. */
struct use {
    const struct frame *frame;
    const struct node *node;
    struct slot result;
};

static struct slot input_of(const struct use *u, uint32_t index) {
    if (index >= u->node->input_count)
        return (struct slot){.kind = SLOT_EMPTY};
    struct slot held = frame_value(u->frame, u->node->inputs[index]);
    const bool constant = u->frame->layout->graph->values[u->node->inputs[index]].kind == VALUE_CONSTANT;
    const bool left_out = constant && held.type.dtype == MSW_FLOAT32 && held.type.rank == 1 && held.type.dims[0] == 0;
    return left_out ? (struct slot){.kind = SLOT_EMPTY} : held;
}

static bool sequence_of(const struct use *u, struct sequence **sequence, struct error *err) {
    const struct slot held = input_of(u, 0);
    *sequence = held.sequence;
    return held.kind == SLOT_SEQUENCE || error_set(err, MSW_INVALID, "input 0 is not a sequence");
}

static bool tensor_of(const struct use *u, uint32_t index, struct slot *tensor, struct error *err) {
    *tensor = input_of(u, index);
    return tensor->kind == SLOT_TENSOR || error_set(err, MSW_INVALID, "input %d is not a tensor", (int32_t)index);
}

static int64_t whole_at(const struct slot *tensor, size_t i) {
    return tensor->type.dtype == MSW_INT64 ? ((const int64_t *)tensor->data)[i] : ((const int32_t *)tensor->data)[i];
}

static bool are_whole(const struct slot *tensor) {
    return tensor->kind == SLOT_TENSOR && (tensor->type.dtype == MSW_INT64 || tensor->type.dtype == MSW_INT32);
}

/* A position from 0 to `end`, below 0 counted from `count`; `absent` where it is not given. */
static bool position_of(const struct use *u, uint32_t index, uint32_t count, int64_t absent, int64_t end,
                        uint32_t *position, struct error *err) {
    const struct slot held = input_of(u, index);
    int64_t at = absent;
    if (held.kind != SLOT_EMPTY && (!are_whole(&held) || type_elements(&held.type) != 1))
        return error_set(err, MSW_INVALID, "a position must be one int32 or int64");
    if (held.kind != SLOT_EMPTY) {
        at = whole_at(&held, 0);
        at += at < 0 ? count : 0;
    }
    if (at < 0 || at > end)
        return error_set(err, MSW_INVALID, "position %l is outside a sequence of %d", at, (int32_t)count);
    *position = (uint32_t)at;
    return true;
}

/* A copy of the tensor goes into the sequence, of which the slot is the only owner. */
static bool insert(struct slot *slot, uint32_t at, const struct slot *tensor, struct error *err) {
    struct sequence *s = slot->sequence;
    struct slot item;
    if (s->dtype == MSW_ANY)
        s->dtype = tensor->type.dtype;
    if (tensor->kind != SLOT_TENSOR || s->dtype != tensor->type.dtype)
        return error_set(err, MSW_INVALID, "%k does not go into a sequence of %k", tensor->type.dtype, s->dtype);
    if (!slot_copy(&item, tensor, err))
        return false;
    if (sequence_insert(s, at, &item, err))
        return true;
    slot_drop(&item);
    return false;
}

static bool compute_empty(struct use *u, struct error *err) {
    return slot_new_sequence(&u->result, (int32_t)node_int(u->node, "dtype", MSW_FLOAT32), err);
}

static bool compute_construct(struct use *u, struct error *err) {
    bool ok = slot_new_sequence(&u->result, MSW_ANY, err);
    for (uint32_t i = 0; ok && i < u->node->input_count; i++) {
        const struct slot held = frame_value(u->frame, u->node->inputs[i]);
        ok = insert(&u->result, i, &held, err);
    }
    return ok;
}

/* A sequence that the node may change: the one it is given, where nobody reads that afterwards. */
static bool own_sequence(struct use *u, struct error *err) {
    const uint32_t v = u->node->inputs[0];
    struct slot *given = &u->frame->slots[v];
    if (u->frame->layout->last_use[v] == u->frame->next && given->kind == SLOT_SEQUENCE) {
        u->result = *given;
        *given = (struct slot){.kind = SLOT_EMPTY};
    } else {
        const struct slot held = frame_value(u->frame, v);
        u->result = slot_share(&held);
    }
    return slot_own_sequence(&u->result, err);
}

static bool compute_insert(struct use *u, struct error *err) {
    struct sequence *s;
    struct slot tensor;
    uint32_t at;
    return sequence_of(u, &s, err) && tensor_of(u, 1, &tensor, err) &&
           position_of(u, 2, s->count, s->count, s->count, &at, err) && own_sequence(u, err) &&
           insert(&u->result, at, &tensor, err);
}

static bool compute_erase(struct use *u, struct error *err) {
    struct sequence *s;
    uint32_t at;
    if (!sequence_of(u, &s, err) ||
        !position_of(u, 1, s->count, (int64_t)s->count - 1, (int64_t)s->count - 1, &at, err) || !own_sequence(u, err))
        return false;
    s = u->result.sequence;
    slot_drop(&s->items[at]);
    s->count--;
    memmove(s->items + at, s->items + at + 1, (s->count - at) * sizeof *s->items);
    return true;
}

static bool compute_at(struct use *u, struct error *err) {
    struct sequence *s;
    uint32_t at;
    if (!sequence_of(u, &s, err) || !position_of(u, 1, s->count, -1, (int64_t)s->count - 1, &at, err))
        return false;
    u->result = slot_share(&s->items[at]);
    return true;
}

static bool compute_length(struct use *u, struct error *err) {
    struct sequence *s;
    if (!sequence_of(u, &s, err) || !slot_new(&u->result, &(struct msw_type){.dtype = MSW_INT64}, err))
        return false;
    *(int64_t *)slot_elements(&u->result) = s->count;
    return true;
}

static bool axis_of(const struct use *u, int32_t rank, int32_t *axis, struct error *err) {
    const int64_t given = node_int(u->node, "axis", 0);
    if (given < -rank || given >= rank)
        return error_set(err, MSW_INVALID, "axis %l is outside [%d,%d] for rank %d", given, -rank, rank - 1, rank);
    *axis = (int32_t)(given < 0 ? given + rank : given);
    return true;
}

/* The type of all items together along `axis`, which is new where `stacked`. */
static bool joined_type(const struct sequence *s, bool stacked, int32_t axis, struct msw_type *type,
                        struct error *err) {
    int64_t sum = stacked ? s->count : 0;
    *type = s->items[0].type;
    for (uint32_t i = 0; i < s->count; i++) {
        struct msw_type item = s->items[i].type;
        sum += stacked || item.rank != type->rank ? 0 : item.dims[axis];
        if (!stacked && item.rank == type->rank)
            item.dims[axis] = type->dims[axis];
        if (!type_same_shape(&item, type))
            return error_set(err, MSW_INVALID, "%t and %t cannot be joined", &s->items[0].type, &s->items[i].type);
    }
    if (sum > INT32_MAX)
        return error_set(err, MSW_LIMIT, "%l elements are more than a dimension takes", sum);
    if (stacked) {
        memmove(type->dims + axis + 1, type->dims + axis, (size_t)(type->rank - axis) * sizeof type->dims[0]);
        type->rank++;
    }
    type->dims[axis] = (int32_t)sum;
    return true;
}

static bool compute_concat(struct use *u, struct error *err) {
    struct sequence *s;
    struct msw_type type;
    int32_t axis;
    if (!sequence_of(u, &s, err))
        return false;
    if (s->count == 0)
        return error_set(err, MSW_INVALID, "an empty sequence has nothing to join");
    const bool stacked = node_int(u->node, "new_axis", 0) != 0;
    const int32_t rank = s->items[0].type.rank + stacked;
    if (rank > MSW_MAX_RANK)
        return error_set(err, MSW_LIMIT, "rank %d is more than %d", rank, MSW_MAX_RANK);
    if (!axis_of(u, rank, &axis, err) || !joined_type(s, stacked, axis, &type, err) ||
        !slot_new(&u->result, &type, err))
        return false;
    const size_t element = dtype_info(type.dtype)->bytes, outer = type_extent(&type, 0, axis);
    const size_t row = type_extent(&type, axis, type.rank) * element;
    unsigned char *to = slot_elements(&u->result);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct slot *item = &s->items[i];
        const size_t part = type_extent(&item->type, axis, item->type.rank) * element;
        for (size_t o = 0; o < outer && part > 0; o++)
            memcpy(to + o * row, (const unsigned char *)item->data + o * part, part);
        to += part;
    }
    return true;
}

/* Elements first .. first + count along the axis, as a new last item; the axis goes where count is 1 and it is not kept. */
static bool add_part(struct use *u, const struct slot *from, int32_t axis, int64_t first, int64_t count, bool keeps,
                     struct error *err) {
    struct msw_type type = from->type;
    struct slot part;
    if (u->result.sequence->count >= 1U << 20)
        return error_set(err, MSW_LIMIT, "splits into more than %d parts", 1 << 20);
    type.dims[axis] = (int32_t)count;
    if (!slot_new(&part, &type, err))
        return false;
    const size_t inner = type_extent(&type, axis + 1, type.rank) * dtype_info(type.dtype)->bytes;
    const size_t bytes = (size_t)count * inner, row = (size_t)from->type.dims[axis] * inner;
    unsigned char *to = slot_elements(&part);
    for (size_t o = 0; o < type_extent(&type, 0, axis) && bytes > 0; o++)
        memcpy(to + o * bytes, (const unsigned char *)from->data + o * row + (size_t)first * inner, bytes);
    if (!keeps) {
        part.type.rank--;
        memmove(part.type.dims + axis, part.type.dims + axis + 1,
                (size_t)(part.type.rank - axis) * sizeof part.type.dims[0]);
    }
    if (sequence_insert(u->result.sequence, u->result.sequence->count, &part, err))
        return true;
    slot_drop(&part);
    return false;
}

/* The size of part `index`: of a list the number there, of a number that, without either one. */
static int64_t part_size(const struct slot *split, size_t index, int64_t left) {
    if (split->kind == SLOT_EMPTY)
        return 1;
    if (split->type.rank > 0)
        return index < type_elements(&split->type) ? whole_at(split, index) : -1;
    const int64_t size = whole_at(split, 0);
    return size > 0 && size > left ? left : size;
}

static bool compute_split(struct use *u, struct error *err) {
    struct slot from, split = input_of(u, 1);
    int32_t axis;
    if (!tensor_of(u, 0, &from, err) || !axis_of(u, from.type.rank, &axis, err) ||
        !slot_new_sequence(&u->result, from.type.dtype, err))
        return false;
    if (split.kind != SLOT_EMPTY && (!are_whole(&split) || split.type.rank > 1))
        return error_set(err, MSW_INVALID, "the sizes of parts must be int32 or int64, a number or a list");
    const bool keeps = split.kind != SLOT_EMPTY || node_int(u->node, "keepdims", 1) != 0;
    const int64_t all = from.type.dims[axis];
    const size_t parts = split.kind != SLOT_EMPTY && split.type.rank > 0 ? type_elements(&split.type) : 0;
    int64_t first = 0;
    for (size_t i = 0; first < all || i < parts; i++) {
        const int64_t size = part_size(&split, i, all - first);
        if (size < 0 || size > all - first || (size == 0 && parts == 0))
            return error_set(err, MSW_INVALID, "the sizes of parts do not sum up to %l", all);
        if (!add_part(u, &from, axis, first, size, keeps, err))
            return false;
        first += size;
    }
    return true;
}

static bool compute_optional(struct use *u, struct error *err) {
    const struct slot held = input_of(u, 0);
    (void)err;
    u->result = held.kind == SLOT_EMPTY ? (struct slot){.kind = SLOT_NOTHING} : slot_share(&held);
    return true;
}

static bool compute_has_element(struct use *u, struct error *err) {
    const struct slot held = input_of(u, 0);
    if (!slot_new(&u->result, &(struct msw_type){.dtype = MSW_BOOL}, err))
        return false;
    *(unsigned char *)slot_elements(&u->result) = held.kind == SLOT_TENSOR || held.kind == SLOT_SEQUENCE;
    return true;
}

static bool compute_same(struct use *u, struct error *err) {
    const struct slot held = frame_value(u->frame, u->node->inputs[0]);
    (void)err;
    u->result = slot_share(&held);
    return true;
}

static bool compute_get_element(struct use *u, struct error *err) {
    const struct slot held = input_of(u, 0);
    if (held.kind == SLOT_EMPTY || held.kind == SLOT_NOTHING)
        return error_set(err, MSW_INVALID, "the optional has no element");
    u->result = slot_share(&held);
    return true;
}

static const struct msw_attr_spec attrs_dtype[] = {{"dtype", MSW_ATTR_INT, 0}};
static const struct msw_attr_spec attrs_concat[] = {{"axis", MSW_ATTR_INT, 1}, {"new_axis", MSW_ATTR_INT, 0}};
static const struct msw_attr_spec attrs_split[] = {{"axis", MSW_ATTR_INT, 0}, {"keepdims", MSW_ATTR_INT, 0}};

#define ROW(spelling, least, most, count, specs)                                                                       \
    {                                                                                                                  \
        .about = {                                                                                                     \
            .name = spelling,                                                                                          \
            .inputs_min = least,                                                                                       \
            .inputs_max = most,                                                                                        \
            .outputs = 1,                                                                                              \
            .attr_count = count,                                                                                       \
            .attrs = specs                                                                                             \
        }                                                                                                              \
    }

static const struct {
    struct op op;
    bool (*compute)(struct use *u, struct error *err);
} rows[] = {
    {ROW("SequenceEmpty", 0, 0, 1, attrs_dtype), compute_empty},
    {ROW("SequenceConstruct", 1, OP_MANY, 0, NULL), compute_construct},
    {ROW("SequenceInsert", 2, 3, 0, NULL), compute_insert},
    {ROW("SequenceErase", 1, 2, 0, NULL), compute_erase},
    {ROW("SequenceAt", 2, 2, 0, NULL), compute_at},
    {ROW("SequenceLength", 1, 1, 0, NULL), compute_length},
    {ROW("ConcatFromSequence", 1, 1, 2, attrs_concat), compute_concat},
    {ROW("SplitToSequence", 1, 2, 2, attrs_split), compute_split},
    {ROW("Optional", 0, 1, 0, NULL), compute_optional},
    {ROW("OptionalHasElement", 0, 1, 0, NULL), compute_has_element},
    {ROW("OptionalGetElement", 1, 1, 0, NULL), compute_get_element},
    {ROW("Identity", 1, 1, 0, NULL), compute_same},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static uint32_t row_of(const char *name) {
    uint32_t i = 0;
    while (i < ROW_COUNT && strcmp(rows[i].op.about.name, name) != 0)
        i++;
    return i;
}

const struct op *dynamic_op_find(const char *name) {
    const uint32_t row = row_of(name);
    return row < ROW_COUNT ? &rows[row].op : NULL;
}

bool dynamic_op_takes(const struct node *node) {
    return row_of(node_op(node)->about.name) < ROW_COUNT;
}

bool dynamic_op(struct frame *f, struct error *err) {
    struct use u = {.frame = f, .node = &f->layout->graph->nodes[f->next]};
    const uint32_t row = row_of(node_op(u.node)->about.name);
    if ((int64_t)u.node->input_count < rows[row].op.about.inputs_min ||
        (int64_t)u.node->input_count > rows[row].op.about.inputs_max || u.node->output_count != 1)
        return error_set(err, MSW_INVALID, "has %d inputs and %d outputs", (int32_t)u.node->input_count,
                         (int32_t)u.node->output_count);
    if (!rows[row].compute(&u, err)) {
        slot_drop(&u.result);
        return false;
    }
    if (!frame_set_output(f, u.node, 0, &u.result, err))
        return false;
    frame_pass_node(f);
    return true;
}
