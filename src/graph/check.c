/* check.c - shape inference by the operators' own rules. */
#include "graph/check.h"

bool site_room_make(const struct graph *graph, struct arena *arena, struct site_room *room, struct error *err) {
    uint32_t inputs = 1;
    int32_t outputs = 1;
    for (uint32_t i = 0; i < graph->node_count + graph->open_count; i++) {
        const struct node *node = i < graph->node_count ? &graph->nodes[i] : &graph->open_nodes[i - graph->node_count];
        inputs = node->input_count > inputs ? node->input_count : inputs;
        outputs = node->op->about.outputs > outputs ? node->op->about.outputs : outputs;
    }
    room->inputs = arena_alloc(arena, inputs, sizeof *room->inputs, err);
    room->outputs = arena_alloc(arena, (size_t)outputs, sizeof *room->outputs, err);
    room->constants = arena_alloc(arena, inputs, sizeof *room->constants, err);
    room->packed = arena_alloc(arena, inputs, sizeof *room->packed, err);
    return room->inputs && room->outputs && room->constants && room->packed;
}

struct op_site site_of(const struct graph *graph, uint32_t index, const struct msw_type *types,
                       const struct site_room *room) {
    const struct node *node = &graph->nodes[index];
    for (uint32_t i = 0; i < node->input_count; i++) {
        const struct value *value = &graph->values[node->inputs[i]];
        room->inputs[i] = types[node->inputs[i]];
        room->packed[i] = value->packing != NULL;
        room->constants[i] = value->packing ? NULL : value->data;
    }
    for (int32_t i = 0; i < node->op->about.outputs; i++)
        room->outputs[i] = types[node->outputs[i]];
    return (struct op_site){.op = node->op,
                            .attrs = node->attrs,
                            .input_count = node->input_count,
                            .inputs = room->inputs,
                            .constants = room->constants,
                            .packed = room->packed,
                            .outputs = room->outputs};
}

static bool check_output(const struct graph *graph, const struct node *node, int32_t i, const struct msw_type *type,
                         struct error *err) {
    const struct msw_type *declared = &graph->values[node->outputs[i]].type;
    size_t elements, bytes;
    if (!type_sizes(type, &elements, &bytes))
        return error_set(err, MSW_LIMIT, "output %t is larger than %l bytes", type, (int64_t)TYPE_MAX_BYTES);
    if (!type_matches(declared, type))
        return error_set(err, MSW_INVALID, "the output is %t, but the model declares %t", type, declared);
    return true;
}

static bool check_node(const struct graph *graph, uint32_t index, struct msw_type *types, const struct site_room *room,
                       struct error *err) {
    const struct node *node = &graph->nodes[index];
    const struct op_site site = site_of(graph, index, types, room);
    const uint32_t dtypes = node->op->about.dtypes;
    if (node->input_count > 0 && (dtypes >> site.inputs[0].dtype & 1) == 0)
        return error_set(err, MSW_USAGE, "%k is not supported (%K)", site.inputs[0].dtype, dtypes);
    if (!node->op->check(&site, err))
        return false;
    for (int32_t i = 0; i < node->op->about.outputs; i++) {
        if (!check_output(graph, node, i, &site.outputs[i], err))
            return false;
        types[node->outputs[i]] = site.outputs[i];
    }
    return true;
}

static bool check_nodes(const struct graph *graph, struct msw_type *types, const struct site_room *room,
                        struct error *err) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (check_node(graph, i, types, room, err))
            continue;
        error_add_node(err, (int32_t)i, graph->nodes[i].name, graph->nodes[i].op->about.name);
        return false;
    }
    return true;
}

bool graph_check(const struct graph *graph, struct msw_type *types, const struct site_room *room, struct error *err) {
    if (graph->open_nodes) {
        struct graph before = *graph;
        before.nodes = graph->open_nodes;
        before.node_count = graph->open_count;
        if (!check_nodes(&before, types, room, err)) {
            err->about.node = -1; /* hosts count the nodes after the passes */
            return false;
        }
    }
    return check_nodes(graph, types, room, err);
}

bool graph_inputs_are_static(const struct graph *graph) {
    for (uint32_t i = 0; i < graph->inputs.count; i++)
        if (!type_is_static(&graph->values[graph->inputs.at[i]].type))
            return false;
    return true;
}

static bool check_into_values(struct graph *graph, struct arena *arena, struct error *err) {
    struct site_room room;
    struct msw_type *types = arena_alloc(arena, graph->value_count, sizeof *types, err);
    if (!types || !site_room_make(graph, arena, &room, err))
        return false;
    for (uint32_t i = 0; i < graph->value_count; i++)
        types[i] = graph->values[i].type;
    if (!graph_check(graph, types, &room, err))
        return false;
    for (uint32_t i = 0; i < graph->value_count; i++)
        graph->values[i].type = types[i];
    return true;
}

bool graph_check_declared(struct graph *graph, struct error *err) {
    if (!graph_inputs_are_static(graph))
        return true;
    struct arena arena = {0};
    const bool ok = check_into_values(graph, &arena, err);
    arena_free(&arena);
    return ok;
}
