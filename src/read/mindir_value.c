/* mindir_value.c - from what a file calls a constant, a tuple or a name to values of the graph. */
#include <string.h>

#include "read/mindir_build.h"

uint32_t mindir_constant(struct mindir *m, const struct msw_type *type, const void *data, size_t bytes) {
    void *copy = arena_alloc(m->graph->constants, 1, bytes, m->err);
    if (!copy)
        return NO_VALUE;
    if (bytes > 0)
        memcpy(copy, data, bytes);
    const struct value value = {.type = *type, .kind = VALUE_CONSTANT, .data = copy};
    return graph_add_value(m->graph, &value, m->err);
}

uint32_t mindir_tensor(struct mindir *m, const struct tensor_proto *t, const char *name) {
    size_t elements, bytes;
    if (t->type.dtype == MSW_ANY) {
        error_set_at_byte(m->err, MSW_INVALID, (int64_t)t->at, "constant '%s' has no data type", name);
        return NO_VALUE;
    }
    if (!type_sizes(&t->type, &elements, &bytes)) {
        error_set_at_byte(m->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t is not a shape of at most %l bytes",
                          name, &t->type, (int64_t)TYPE_MAX_BYTES);
        return NO_VALUE;
    }
    if (t->external_at == 0 && bytes != t->raw_length) {
        error_set_at_byte(m->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t needs %z bytes, the file has %l",
                          name, &t->type, bytes, (int64_t)t->raw_length);
        return NO_VALUE;
    }
    const char *kept = arena_string(m->graph->arena, name, strlen(name), m->err);
    if (!kept)
        return NO_VALUE;
    if (t->external_at > 0)
        return mindir_external_tensor(m, t, kept, bytes);
    const unsigned char *data = bytes > 0 ? document_bytes(m->doc, t->raw_offset, bytes) : NULL;
    if (data || bytes == 0) {
        const uint32_t value = mindir_constant(m, &t->type, data, bytes);
        if (value == NO_VALUE)
            return NO_VALUE;
        m->graph->values[value].name = kept;
        m->graph->values[value].offset = t->raw_offset;
        return value;
    }
    const struct value value = {.name = kept, .type = t->type, .kind = VALUE_CONSTANT, .offset = t->raw_offset};
    return graph_add_value(m->graph, &value, m->err);
}

/* A tuple of numbers some of which are computed: a vector of the graph. */
static uint32_t stack_value(struct mindir *m, const struct item *tuple, const char *what) {
    uint32_t *inputs = arena_alloc(m->graph->arena, tuple->count, sizeof *inputs, m->err);
    for (uint32_t i = 0; inputs && i < tuple->count; i++) {
        const struct item *item = &tuple->items[i];
        if (item->kind != ITEM_VALUE && item->kind != ITEM_INT) {
            error_set(m->err, MSW_UNSUPPORTED, "input '%s' is a tuple of other things than whole numbers", what);
            return NO_VALUE;
        }
        inputs[i] = mindir_value(m, item, what);
        if (inputs[i] == NO_VALUE)
            return NO_VALUE;
    }
    const char *name = inputs ? arena_string(m->graph->arena, what, strlen(what), m->err) : NULL;
    struct node *node = name ? graph_add_node(m->graph, op_find("Stack"), name, tuple->count, 1, m->err) : NULL;
    if (!node)
        return NO_VALUE;
    memcpy(node->inputs, inputs, tuple->count * sizeof *inputs);
    return node->outputs[0];
}

static uint32_t ints_value(struct mindir *m, const struct item *tuple, const char *what) {
    const struct msw_type type = {.dtype = MSW_INT64, .rank = 1, .dims = {(int32_t)tuple->count}};
    for (uint32_t i = 0; i < tuple->count; i++)
        if (tuple->items[i].kind == ITEM_VALUE)
            return stack_value(m, tuple, what);
    int64_t *ints = arena_alloc(m->graph->arena, tuple->count, sizeof *ints, m->err);
    for (uint32_t i = 0; ints && i < tuple->count; i++) {
        if (tuple->items[i].kind != ITEM_INT) {
            error_set(m->err, MSW_UNSUPPORTED, "input '%s' is a tuple of other things than whole numbers", what);
            return NO_VALUE;
        }
        ints[i] = tuple->items[i].i;
    }
    return ints ? mindir_constant(m, &type, ints, tuple->count * sizeof *ints) : NO_VALUE;
}

uint32_t mindir_value(struct mindir *m, const struct item *item, const char *what) {
    switch (item->kind) {
    case ITEM_VALUE:
        if (item->function == m->current)
            return mindir_readable(m, item) ? item->value : NO_VALUE;
        error_set(m->err, MSW_UNSUPPORTED, "input '%s' is a value of another function", what);
        return NO_VALUE;
    case ITEM_STATE: return mindir_state_now(m, item->state);
    case ITEM_TENSOR: return mindir_tensor(m, item->tensor, what);
    case ITEM_INT: return mindir_constant(m, &(struct msw_type){.dtype = MSW_INT64}, &item->i, sizeof item->i);
    case ITEM_FLOAT: return mindir_constant(m, &(struct msw_type){.dtype = MSW_FLOAT32}, &item->f, sizeof item->f);
    case ITEM_TUPLE: return ints_value(m, item, what);
    default: error_set(m->err, MSW_INVALID, "input '%s' must be a tensor", what); return NO_VALUE;
    }
}

struct item mindir_item(const struct mindir *m, uint32_t value) {
    return (struct item){.kind = ITEM_VALUE, .function = m->current, .value = value};
}

/* Names */

bool mindir_define(struct mindir *m, struct text name, const struct item *item, uint64_t at) {
    bool taken;
    struct item *items = arena_room(m->graph->arena, m->items, m->item_count, &m->item_room, sizeof *items, m->err);
    if (!items)
        return false;
    m->items = items;
    items[m->item_count] = *item;
    if (names_add(&m->item_names, name.at, name.length, m->item_count, &taken, m->err)) {
        m->item_count++;
        return true;
    }
    if (!taken)
        return false;
    const char *copy = arena_string(m->graph->arena, name.at, name.length, m->err);
    return copy && error_set_at_byte(m->err, MSW_INVALID, (int64_t)at, "name '%s' is used twice", copy);
}

/* A value's name for people: without the "<graph>:" that MindSpore puts before it. */
const char *mindir_short_name(struct mindir *m, struct text name) {
    const struct text graph = m->graphs[m->current].name;
    if (name.length > graph.length + 1 && memcmp(name.at, graph.at, graph.length) == 0 &&
        name.at[graph.length] == ':') {
        name.at += graph.length + 1;
        name.length -= graph.length + 1;
    }
    return arena_string(m->graph->arena, name.at, name.length, m->err);
}

bool mindir_find(struct mindir *m, struct text name, struct item *item) {
    uint32_t number;
    if (names_find(&m->item_names, name.at, name.length, &number)) {
        *item = m->items[number];
        return true;
    }
    const char *copy = arena_string(m->graph->arena, name.at, name.length, m->err);
    return copy && error_set(m->err, MSW_INVALID, "input '%s' is not defined before it is used", copy);
}
