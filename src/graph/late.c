/* late.c - attributes whose values are elements of tensors: converted to the numbers that attributes are made of, once these elements are known. */
#include <string.h>

#include "graph/check.h"
#include "kernels/cast.h"

enum { MAX_LATE_NUMBERS = 65536 };

static bool is_whole(int32_t dtype) {
    return dtype == MSW_INT32 || dtype == MSW_INT16 || dtype == MSW_INT8 || dtype == MSW_INT64 || dtype == MSW_UINT8 ||
           dtype == MSW_UINT16 || dtype == MSW_UINT32 || dtype == MSW_UINT64 || dtype == MSW_BOOL;
}

static bool is_float(int32_t dtype) {
    return dtype == MSW_FLOAT32 || dtype == MSW_FLOAT64 || dtype_is_half(dtype);
}

/* As double or int64_t, which attributes keep alike. NULL: out of memory. */
static const void *numbers_of(const struct msw_type *type, const void *data, bool floats, struct arena *arena,
                              struct error *err) {
    const size_t count = type_elements(type);
    int64_t *numbers = arena_alloc(arena, count, sizeof *numbers, err);
    if (numbers)
        cast_elements(data, type->dtype, numbers, floats ? MSW_FLOAT64 : MSW_INT64, count);
    return numbers;
}

static bool takes_floats(const struct msw_attr_spec *spec) {
    return spec->kind == MSW_ATTR_FLOAT || spec->kind == MSW_ATTR_FLOATS;
}

static bool check_numbers(const struct msw_attr_spec *spec, const struct msw_type *type, struct error *err) {
    const bool floats = takes_floats(spec);
    const bool list = spec->kind == MSW_ATTR_INTS || spec->kind == MSW_ATTR_FLOATS;
    const size_t count = type_elements(type);
    if (type->rank > 1 || (!list && count != 1) || !(is_whole(type->dtype) || (floats && is_float(type->dtype))))
        return error_set(err, MSW_INVALID, "%s must be %s, got %t", spec->name,
                         floats ? (list ? "a list of numbers" : "a number")
                                : (list ? "a list of whole numbers" : "a whole number"),
                         type);
    if (count > MAX_LATE_NUMBERS)
        return error_set(err, MSW_LIMIT, "%s has %z numbers, at most %d", spec->name, count, (int32_t)MAX_LATE_NUMBERS);
    return true;
}

bool node_set_known(struct graph *graph, struct node *node, const char *name, const struct msw_type *type,
                    const void *data, struct error *err) {
    const int32_t index = op_attr_index(node_op(node), name);
    const struct msw_attr_spec *spec = &node_op(node)->about.attrs[index];
    if (!check_numbers(spec, type, err))
        return false;
    const void *numbers = numbers_of(type, data, takes_floats(spec), graph->arena, err);
    if (!numbers)
        return false;
    node->attrs[index] = (struct attr){.given = true, .count = (int32_t)type_elements(type), .ints = numbers};
    return true;
}

static bool know(const struct node *node, uint32_t i, struct knowledge *k, struct error *err) {
    const uint32_t input = node->input_count - node->late_count + i, value = node->inputs[input];
    const struct msw_attr_spec *spec = &node_op(node)->about.attrs[node->late[i]];
    const bool floats = takes_floats(spec);
    if (k->numbers[floats][value])
        return check_numbers(spec, &k->types[value], err);
    if (!k->known[value]) {
        k->asked[input] = true;
        return error_set(err, MSW_MORE, "a %s that is computed while the model runs is not supported", spec->name);
    }
    if (!check_numbers(spec, &k->types[value], err))
        return false;
    k->numbers[floats][value] = numbers_of(&k->types[value], k->known[value], floats, k->arena, err);
    return k->numbers[floats][value] != NULL;
}

bool late_know(const struct node *node, struct knowledge *k, struct error *err) {
    for (uint32_t i = 0; i < node->late_count; i++)
        if (!know(node, i, k, err))
            return false;
    return true;
}

static struct attr attr_of(const struct node *node, uint32_t i, const struct knowledge *k) {
    const uint32_t value = node->inputs[node->input_count - node->late_count + i];
    const void *numbers = k->numbers[takes_floats(&node_op(node)->about.attrs[node->late[i]])][value];
    if (!numbers)
        return (struct attr){0};
    return (struct attr){.given = true, .count = (int32_t)type_elements(&k->types[value]), .ints = numbers};
}

const struct attr *late_attrs(const struct node *node, const struct knowledge *k) {
    const int32_t count = node_op(node)->about.attr_count;
    if (count > 0)
        memcpy(k->attrs, node->attrs, (size_t)count * sizeof *k->attrs);
    for (uint32_t i = 0; i < node->late_count; i++)
        k->attrs[node->late[i]] = attr_of(node, i, k);
    return k->attrs;
}

/* The node with its attributes as any other has them. */
static bool settle(struct graph *graph, struct node *node, const struct knowledge *k, struct error *err) {
    struct attr *attrs = arena_alloc(graph->arena, (size_t)node_op(node)->about.attr_count, sizeof *node->attrs, err);
    if (!attrs)
        return false;
    memcpy(attrs, late_attrs(node, k), (size_t)node_op(node)->about.attr_count * sizeof *attrs);
    for (uint32_t i = 0; i < node->late_count; i++) {
        struct attr *attr = &attrs[node->late[i]];
        int64_t *copy = arena_alloc(graph->arena, (size_t)attr->count, sizeof *copy, err);
        if (!copy)
            return false;
        if (attr->count > 0)
            memcpy(copy, attr->ints, (size_t)attr->count * sizeof *copy);
        attr->ints = copy;
    }
    node->attrs = attrs;
    node->op = node->late_op;
    node->input_count -= node->late_count;
    node->late_count = 0;
    node->late_op = NULL;
    return true;
}

bool late_settle(struct graph *graph, struct knowledge *k, struct error *err) {
    for (uint32_t n = 0; n < graph->node_count; n++) {
        struct error unheard = {0};
        struct node *node = &graph->nodes[n];
        bool known = node->late_count > 0;
        for (uint32_t i = 0; i < node->late_count; i++)
            known &= k->known[node->inputs[node->input_count - node->late_count + i]] != NULL;
        if (known && late_know(node, k, &unheard) && !settle(graph, node, k, err))
            return false;
    }
    return true;
}
