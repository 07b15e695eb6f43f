/* weight_list.c - a sort by place and form. A weight that two functions hold, or that a graph names twice, has one place in a file. */
#include "graph/weight_list.h"

#include <string.h>

#include "base/order.h"

size_t weight_bytes(const struct value *value) {
    return value->packing ? value->packing->bytes : type_bytes(&value->type);
}

static bool find_read(const struct graph *graph, struct arena *arena, bool **read, struct error *err) {
    *read = arena_alloc(arena, graph->value_count, sizeof **read, err);
    if (!*read)
        return false;
    for (uint32_t i = 0; i < graph->outputs.count; i++)
        (*read)[graph->outputs.at[i]] = true;
    for (uint32_t i = graph_visible_inputs(graph); i < graph->inputs.count; i++)
        (*read)[graph->inputs.at[i]] = true;
    for (uint32_t n = 0; n < graph->node_count; n++)
        for (uint32_t i = 0; i < graph->nodes[n].input_count; i++)
            (*read)[graph->nodes[n].inputs[i]] = true;
    return true;
}

static int compare_numbers(uint64_t x, uint64_t y) {
    return (x > y) - (x < y);
}

/* Where the elements are: in a file, or else in memory. */
static int compare_places(const struct value *x, const struct value *y) {
    const int files = compare_numbers(x->file, y->file);
    const int order = files != 0 ? files : compare_numbers(x->offset, y->offset);
    return order != 0 || x->offset != 0 ? order : compare_numbers((uintptr_t)x->data, (uintptr_t)y->data);
}

static int compare_packings(const struct packing *x, const struct packing *y) {
    if (!x || !y)
        return (x != NULL) - (y != NULL);
    const int order = compare_numbers((uintptr_t)x->pack, (uintptr_t)y->pack);
    return order != 0 ? order : memcmp(x->shape, y->shape, sizeof x->shape);
}

static int compare_types(const struct msw_type *x, const struct msw_type *y) {
    int order = compare_numbers((uint32_t)x->dtype, (uint32_t)y->dtype);
    if (order == 0)
        order = compare_numbers((uint32_t)x->rank, (uint32_t)y->rank);
    for (int32_t d = 0; order == 0 && d < x->rank; d++)
        order = compare_numbers((uint32_t)x->dims[d], (uint32_t)y->dims[d]);
    return order;
}

/* By what they hold: a pass that works on one function after the other makes a scale for each. The types are the same. */
static int compare_scales(const struct value *x, const struct value *y) {
    if (!x->scale || !y->scale)
        return (x->scale != NULL) - (y->scale != NULL);
    const int axes = compare_numbers((uint32_t)x->scale_axis, (uint32_t)y->scale_axis);
    const size_t count = (size_t)x->type.dims[x->scale_axis == 0 ? 0 : x->type.rank - 1];
    return axes != 0 ? axes : memcmp(x->scale, y->scale, count * sizeof *x->scale);
}

static int compare(const struct value *x, const struct value *y) {
    int order = compare_places(x, y);
    if (order == 0)
        order = compare_numbers((uintptr_t)x->data, (uintptr_t)y->data);
    if (order == 0)
        order = compare_packings(x->packing, y->packing);
    if (order == 0)
        order = compare_types(&x->type, &y->type);
    return order != 0 ? order : compare_scales(x, y);
}

static bool precedes(const void *context, uint32_t x, uint32_t y) {
    const struct weight *list = context;
    return compare(list[x].value, list[y].value) < 0;
}

/* In order, from a list as it was found. */
static bool arrange(struct weight_list *list, struct arena *arena, struct error *err) {
    struct weight *sorted = arena_alloc(arena, list->count, sizeof *sorted, err);
    uint32_t *order = arena_alloc(arena, list->count, sizeof *order, err);
    uint32_t *spare = arena_alloc(arena, list->count, sizeof *spare, err);
    if (!sorted || !order || !spare)
        return false;
    order_indices(order, spare, list->count, precedes, list->at);
    for (uint32_t i = 0; i < list->count; i++) {
        sorted[i] = list->at[order[i]];
        sorted[i].same = i > 0 && compare(sorted[i - 1].value, sorted[i].value) == 0;
    }
    list->at = sorted;
    return true;
}

bool weight_list_make(struct graph *model, bool (*wanted)(const struct value *value, bool read), struct arena *arena,
                      struct weight_list *list, struct error *err) {
    uint32_t room = 0;
    *list = (struct weight_list){0};
    for (uint32_t i = 0; i < graph_total(model); i++) {
        const struct graph *graph = graph_at(model, i);
        bool *read;
        if (!find_read(graph, arena, &read, err))
            return false;
        for (uint32_t v = 0; v < graph->value_count; v++) {
            struct value *value = &graph->values[v];
            if (!value_has_data(value) || !wanted(value, read[v]))
                continue;
            struct weight *at = arena_room(arena, list->at, list->count, &room, sizeof *at, err);
            if (!at)
                return false;
            list->at = at;
            at[list->count++] = (struct weight){.value = value};
        }
    }
    return arrange(list, arena, err);
}

static bool is_in_memory(const struct value *value, bool read) {
    (void)read;
    return value->data != NULL || value->temporary;
}

bool weight_sums(struct graph *model, struct weight_sums *sums, struct error *err) {
    struct arena arena = {0};
    struct weight_list list;
    const bool made = weight_list_make(model, is_in_memory, &arena, &list, err);
    *sums = (struct weight_sums){0};
    for (uint32_t i = 0; made && i < list.count; i++) {
        const struct value *value = list.at[i].value, *before = i > 0 ? list.at[i - 1].value : NULL;
        if (value->data && (!before || before->data != value->data))
            sums->bytes += weight_bytes(value);
        if (value->offset == 0 || (before && value_same_place(before, value))) /* made here, or another form */
            continue;
        sums->parameters += type_elements(&value->type);
        sums->parameter_bytes += type_bytes(&value->type);
    }
    arena_free(&arena);
    return made;
}
