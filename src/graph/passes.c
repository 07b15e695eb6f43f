/* passes.c - the list of passes. */
#include "graph/passes.h"

#include <string.h>

#include "graph/check.h"

static const struct {
    const char *name, *about;
    graph_pass run;
} passes[PASS_COUNT] = {
#define PASS(name, about) {#name, about, pass_##name},
#include "graph/passes.def"
#undef PASS
};

const char *pass_name(uint32_t number) {
    return passes[number].name;
}

const char *pass_about(uint32_t number) {
    return passes[number].about;
}

/* With inputs of their own: passes, and weights on their way into packed forms, change those of nodes in place. */
static bool keep_open_nodes(struct graph *graph, struct error *err) {
    graph->open_nodes = arena_alloc(graph->arena, graph->node_count, sizeof *graph->open_nodes, err);
    if (!graph->open_nodes)
        return false;
    for (uint32_t n = 0; n < graph->node_count; n++) {
        struct node *copy = &graph->open_nodes[n];
        *copy = graph->nodes[n];
        copy->inputs = arena_alloc(graph->arena, copy->input_count, sizeof *copy->inputs, err);
        if (!copy->inputs)
            return false;
        if (copy->input_count > 0)
            memcpy(copy->inputs, graph->nodes[n].inputs, copy->input_count * sizeof *copy->inputs);
    }
    graph->open_count = graph->node_count;
    return true;
}

bool graph_run_passes(struct graph *graph, struct pass_report *reports, struct error *err) {
    if (!graph_inputs_are_static(graph) && !keep_open_nodes(graph, err))
        return false;
    for (uint32_t i = 0; i < PASS_COUNT; i++) {
        reports[i].before += graph->node_count;
        if (!passes[i].run(graph, &reports[i].changes, err) || !graph_check_declared(graph, err))
            return false;
        reports[i].after += graph->node_count;
    }
    return true;
}
