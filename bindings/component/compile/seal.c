/* seal.c - a model's constants lie in an arena of their own, so what is to be kept besides is copied, and the other arena is freed whole. This file knows the
 * engine's inside; it is part of the template of compiled modules and of nothing else. */
#include "compile/seal.h"

#include <string.h>

#include "api/model.h"

static struct arena kept; /* lives as long as the module */

static bool keep_text(const char **text, struct error *err) {
    if (*text)
        *text = arena_string(&kept, *text, strlen(*text), err);
    return err->about.status == MSW_OK;
}

static void *keep_copy(const void *from, size_t count, size_t size, struct error *err) {
    void *copy = arena_alloc(&kept, count, size, err);
    return copy && count > 0 ? memcpy(copy, from, count * size) : copy;
}

static bool keep_tensors(struct msw_tensor **tensors, uint32_t count, struct error *err) {
    *tensors = keep_copy(*tensors, count, sizeof **tensors, err);
    for (uint32_t i = 0; *tensors && i < count; i++)
        if (!keep_text(&(*tensors)[i].name, err))
            return false;
    return *tensors != NULL;
}

/* A node's only part may be its own name (model.c). */
static bool keep_parts(struct msw_node *node, const struct msw_node *old, struct error *err) {
    if (old->parts == &old->name) {
        node->parts = &node->name;
        return true;
    }
    const char **parts = keep_copy(old->parts, (size_t)old->part_count, sizeof *parts, err);
    for (int32_t i = 0; parts && i < old->part_count; i++)
        if (!keep_text(&parts[i], err))
            return false;
    node->parts = parts;
    return parts != NULL;
}

static bool keep_nodes(struct msw_model *model, struct error *err) {
    const struct msw_node *old = model->nodes;
    model->nodes = keep_copy(old, (size_t)model->info.nodes, sizeof *old, err);
    for (int32_t i = 0; model->nodes && i < model->info.nodes; i++) {
        struct msw_node *node = &model->nodes[i];
        if (!keep_text(&node->name, err) || !keep_text(&node->op, err) || !keep_parts(node, &old[i], err))
            return false;
    }
    return model->nodes != NULL;
}

/* A row with nothing but the operator's name: the one that a node before has got, or a new one. */
static const struct op *name_alone(const struct op *op, const struct node *nodes, uint32_t before, struct error *err) {
    for (uint32_t n = 0; n < before; n++)
        if (strcmp(nodes[n].op->about.name, op->about.name) == 0)
            return nodes[n].op;
    struct op *row = arena_alloc(&kept, 1, sizeof *row, err);
    if (row)
        row->about.name = op->about.name;
    return row && keep_text(&row->about.name, err) ? row : NULL;
}

/* What execution reads of a graph: how many inputs and outputs, and the names in its messages. */
static bool keep_graph(struct graph *graph, struct error *err) {
    struct node *nodes = arena_alloc(&kept, graph->node_count, sizeof *nodes, err);
    for (uint32_t n = 0; nodes && n < graph->node_count; n++) {
        nodes[n] = (struct node){.name = graph->nodes[n].name};
        nodes[n].op = name_alone(graph->nodes[n].op, nodes, n, err);
        if (!nodes[n].op || !keep_text(&nodes[n].name, err))
            return false;
    }
    *graph = (struct graph){.functions = graph->functions,
                            .function_count = graph->function_count,
                            .nodes = nodes,
                            .node_count = graph->node_count,
                            .inputs.count = graph->inputs.count,
                            .outputs.count = graph->outputs.count,
                            .state_count = graph->state_count};
    return nodes != NULL;
}

/* A plan's graph where it lies now. */
static const struct graph *moved(const struct graph *graph, const struct graph *old, const struct graph *functions,
                                 uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (graph == &old[i])
            return &functions[i];
    return graph;
}

static bool keep_plan(struct plan *plan, const struct graph *old, const struct msw_model *model, struct error *err) {
    const struct graph *main_graph = &model->graph;
    plan->graph = moved(plan->graph, old, main_graph->functions, main_graph->function_count);
    for (uint32_t i = 0; i < plan->graph->inputs.count; i++)
        if (!keep_text(&plan->inputs[i].name, err))
            return false;
    for (uint32_t i = 0; i < plan->graph->outputs.count; i++)
        if (!keep_text(&plan->outputs[i].name, err))
            return false;
    return true;
}

static bool keep_graphs(struct msw_model *model, struct msw_run *run, struct error *err) {
    const struct graph *old = model->graph.functions;
    struct graph *functions = keep_copy(old, model->graph.function_count, sizeof *functions, err);
    if (!functions)
        return false;
    model->graph.functions = functions;
    for (uint32_t i = 0; i < graph_total(&model->graph); i++) {
        struct graph *graph = graph_at(&model->graph, i);
        graph->functions = functions;
        if (!keep_graph(graph, err))
            return false;
    }
    bool done = keep_plan(&run->plan, old, model, err);
    for (struct plan *plan = run->plan.functions; done && plan; plan = plan->next)
        done = keep_plan(plan, old, model, err);
    return done;
}

/* Which values of a graph nodes read or the graph answers. NULL with err. */
static bool *values_read(const struct graph *graph, struct arena *arena, struct error *err) {
    bool *read = arena_alloc(arena, graph->value_count, sizeof *read, err);
    for (uint32_t n = 0; read && n < graph->node_count; n++)
        for (uint32_t i = 0; i < graph->nodes[n].input_count; i++)
            if (graph->nodes[n].inputs[i] != NO_VALUE)
                read[graph->nodes[n].inputs[i]] = true;
    for (uint32_t i = 0; read && i < graph->outputs.count; i++)
        read[graph->outputs.at[i]] = true;
    return read;
}

static bool is_read_elsewhere(struct graph *main_graph, bool *const *read, const void *data) {
    for (uint32_t g = 0; g < graph_total(main_graph); g++)
        for (uint32_t v = 0; v < graph_at(main_graph, g)->value_count; v++)
            if (read[g][v] && graph_at(main_graph, g)->values[v].data == data)
                return true;
    return false;
}

/* Constants that passes computed with, such as those of a BatchNorm, become zeros, which take no room in a file. */
static bool forget_unread(struct graph *main_graph, struct error *err) {
    struct arena arena = {0};
    bool **read = arena_alloc(&arena, graph_total(main_graph), sizeof *read, err);
    for (uint32_t g = 0; read && g < graph_total(main_graph); g++)
        if (!(read[g] = values_read(graph_at(main_graph, g), &arena, err)))
            read = NULL;
    for (uint32_t g = 0; read && g < graph_total(main_graph); g++)
        for (uint32_t v = 0; v < graph_at(main_graph, g)->value_count; v++) {
            struct value *value = &graph_at(main_graph, g)->values[v];
            if (value->kind == VALUE_CONSTANT && value->data && !read[g][v] &&
                !is_read_elsewhere(main_graph, read, value->data))
                memset((void *)(uintptr_t)value->data, 0,
                       value->packing ? value->packing->bytes : type_bytes(&value->type));
        }
    arena_free(&arena);
    return read != NULL;
}

bool seal(struct msw_model *model, struct msw_run *run) {
    struct error *err = api_error();
    const struct graph *g = &model->graph;
    if (!keep_tensors(&model->inputs, g->inputs.count, err) || !keep_tensors(&model->outputs, g->outputs.count, err) ||
        !keep_nodes(model, err) || !keep_text(&model->info.format, err) || !keep_text(&model->info.producer, err) ||
        !forget_unread(&model->graph, err) || !keep_graphs(model, run, err))
        return false;
    load_end(&model->load);
    model->load = (struct load){0};
    memset(model->passes, 0, sizeof model->passes);
    arena_free(&model->arena);
    return true;
}
