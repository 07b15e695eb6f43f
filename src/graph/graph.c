/* graph.c - building a graph. Lists that outgrow their room move to twice the room; the old one stays in the arena, which dies with the model. */
#include "graph/graph.h"

#include <string.h>

#include "simd/simd.h"

const struct op op_call = {.about = {.name = "Call", .inputs_max = OP_MANY, .outputs = OP_MANY}};
const struct op op_late = {.about = {.name = "Late", .inputs_max = OP_MANY, .outputs = OP_MANY}};

uint32_t graph_add_value(struct graph *graph, const struct value *value, struct error *err) {
    struct value *values =
        arena_room(graph->arena, graph->values, graph->value_count, &graph->value_room, sizeof *values, err);
    if (!values)
        return NO_VALUE;
    graph->values = values;
    values[graph->value_count] = *value;
    return graph->value_count++;
}

static bool add_outputs(struct graph *graph, struct node *node, struct error *err) {
    const struct value result = {.kind = VALUE_RESULT, .type = {.dtype = MSW_ANY, .rank = -1}};
    for (uint32_t i = 0; i < node->output_count; i++)
        if ((node->outputs[i] = graph_add_value(graph, &result, err)) == NO_VALUE)
            return false;
    return true;
}

bool graph_append_node(struct graph *graph, const struct node *node, struct error *err) {
    struct node *nodes =
        arena_room(graph->arena, graph->nodes, graph->node_count, &graph->node_room, sizeof *nodes, err);
    if (!nodes)
        return false;
    graph->nodes = nodes;
    nodes[graph->node_count++] = *node;
    return true;
}

struct node *graph_add_node(struct graph *graph, const struct op *op, const char *name, uint32_t input_count,
                            uint32_t output_count, struct error *err) {
    struct node node = {.name = name, .op = op, .input_count = input_count, .output_count = output_count};
    node.attrs = arena_alloc(graph->arena, (size_t)op->about.attr_count, sizeof *node.attrs, err);
    node.inputs = arena_alloc(graph->arena, input_count, sizeof *node.inputs, err);
    node.outputs = arena_alloc(graph->arena, node.output_count, sizeof *node.outputs, err);
    if (!node.attrs || !node.inputs || !node.outputs || !add_outputs(graph, &node, err) ||
        !graph_append_node(graph, &node, err))
        return NULL;
    return &graph->nodes[graph->node_count - 1];
}

bool value_list_add(struct graph *graph, struct value_list *list, uint32_t value, struct error *err) {
    uint32_t *at = arena_room(graph->arena, list->at, list->count, &list->room, sizeof *at, err);
    if (!at)
        return false;
    list->at = at;
    at[list->count++] = value;
    return true;
}

bool node_add_late(struct graph *graph, struct node *node, const char *attr, uint32_t value, struct error *err) {
    uint32_t *inputs = arena_alloc(graph->arena, (size_t)node->input_count + 1, sizeof *inputs, err);
    uint32_t *late = arena_alloc(graph->arena, (size_t)node->late_count + 1, sizeof *late, err);
    if (!inputs || !late)
        return false;
    if (node->input_count > 0)
        memcpy(inputs, node->inputs, node->input_count * sizeof *inputs);
    if (node->late_count > 0)
        memcpy(late, node->late, node->late_count * sizeof *late);
    late[node->late_count++] = (uint32_t)op_attr_index(node_op(node), attr);
    inputs[node->input_count++] = value;
    node->inputs = inputs;
    node->late = late;
    node->late_op = node_op(node);
    node->op = &op_late;
    return true;
}

void graph_drop_nodes(struct graph *graph, const bool *dropped) {
    uint32_t kept = 0;
    for (uint32_t n = 0; n < graph->node_count; n++)
        if (!dropped[n])
            graph->nodes[kept++] = graph->nodes[n];
    graph->node_count = kept;
}

bool node_is_channels_last(const struct node *node) {
    const int32_t index = op_attr_index(node_op(node), "channels_last");
    return index >= 0 && node->attrs[index].given && node->attrs[index].ints[0] != 0;
}

const struct attr *node_attr(const struct node *node, const char *name) {
    return &node->attrs[op_attr_index(node_op(node), name)];
}

int64_t node_int(const struct node *node, const char *name, int64_t absent) {
    const struct attr *attr = node_attr(node, name);
    return attr->given ? attr->ints[0] : absent;
}

bool node_set_ints(struct graph *graph, struct node *node, const char *name, const int64_t *ints, int32_t count,
                   struct error *err) {
    int64_t *copy = arena_alloc(graph->arena, (size_t)count, sizeof *copy, err);
    if (!copy)
        return false;
    if (count > 0)
        memcpy(copy, ints, (size_t)count * sizeof *copy);
    node->attrs[op_attr_index(node_op(node), name)] = (struct attr){.given = true, .count = count, .ints = copy};
    return true;
}

bool node_set_float(struct graph *graph, struct node *node, const char *name, double value, struct error *err) {
    double *copy = arena_alloc(graph->arena, 1, sizeof *copy, err);
    if (!copy)
        return false;
    *copy = value;
    node->attrs[op_attr_index(node_op(node), name)] = (struct attr){.given = true, .count = 1, .floats = copy};
    return true;
}

bool node_set_int(struct graph *graph, struct node *node, const char *name, int64_t value, struct error *err) {
    return node_set_ints(graph, node, name, &value, 1, err);
}

const char *node_name(const struct node *node) {
    return node->name ? node->name : node_op(node)->about.name;
}

static uint32_t parts_of(const struct node *node) {
    return node->parts ? node->part_count : 1;
}

bool node_set_parts(struct graph *graph, struct node *node, const struct node *const *from, uint32_t count,
                    struct error *err) {
    uint32_t total = 0, at = 0;
    for (uint32_t i = 0; i < count; i++)
        total += parts_of(from[i]);
    const char **parts = arena_alloc(graph->arena, total, sizeof *parts, err);
    if (!parts)
        return false;
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < parts_of(from[i]); k++)
            parts[at++] = from[i]->parts ? from[i]->parts[k] : node_name(from[i]);
    node->parts = parts;
    node->part_count = total;
    return true;
}

bool value_has_data(const struct value *value) {
    return value->kind == VALUE_CONSTANT || value->kind == VALUE_STATE;
}

static void scale_row(float *row, size_t n, float by) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        f32x4_store(row + i, f32x4_load(row + i) * f32x4_splat(by));
    for (; i < n; i++)
        row[i] *= by;
}

void value_scale_rows(const struct value *value, size_t first, size_t count, float *rows) {
    const size_t row = type_extent(&value->type, 1, value->type.rank);
    const size_t last = (size_t)value->type.dims[value->type.rank - 1];
    for (size_t r = 0; r < count; r++, rows += row) {
        if (value->scale_axis == 0)
            scale_row(rows, row, value->scale[first + r]);
        for (size_t i = 0; value->scale_axis != 0 && i < row; i++)
            rows[i] *= value->scale[i % last];
    }
}

uint32_t graph_total(const struct graph *main_graph) {
    return main_graph->function_count + 1;
}

struct graph *graph_at(struct graph *main_graph, uint32_t index) {
    return index == 0 ? main_graph : &main_graph->functions[index - 1];
}

uint32_t graph_first_node(const struct graph *main_graph, const struct graph *graph) {
    if (main_graph->part_of)
        main_graph = main_graph->model;
    if (graph->part_of)
        return graph_first_node(main_graph, graph->part_of) + graph->part_first;
    if (graph == main_graph)
        return 0;
    uint32_t count = main_graph->node_count;
    for (const struct graph *function = main_graph->functions; function != graph; function++)
        count += function->node_count;
    return count;
}

bool value_same_place(const struct value *x, const struct value *y) {
    return x->file == y->file && x->offset == y->offset;
}

uint32_t graph_visible_inputs(const struct graph *graph) {
    return graph->inputs.count - graph->state_count;
}

uint32_t graph_visible_outputs(const struct graph *graph) {
    return graph->outputs.count - graph->state_count;
}

const char *graph_output_name(const struct graph *graph, uint32_t index) {
    return graph->output_names ? graph->output_names[index] : value_name(graph, graph->outputs.at[index]);
}

const char *value_name(const struct graph *graph, uint32_t value) {
    const char *name = graph->values[value].name;
    return name ? name : "?";
}
