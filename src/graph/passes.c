/* passes.c - the list of passes. */
#include "graph/passes.h"

#include <string.h>

#include "graph/check.h"

static const struct {
    const char *name, *about;
    graph_pass run;
    bool whole; /* sees the model, not each of its graphs */
} passes[PASS_COUNT] = {
#define PASS(name, about) {#name, about, pass_##name, false},
#define MODEL_PASS(name, about) {#name, about, pass_##name, true},
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

static uint32_t count_nodes(struct graph *model) {
    uint32_t count = 0;
    for (uint32_t g = 0; g < graph_total(model); g++)
        count += graph_at(model, g)->node_count;
    return count;
}

static bool run_pass(struct graph *model, uint32_t number, uint32_t *changes, struct error *err) {
    const uint32_t total = graph_total(model), runs = passes[number].whole ? 1 : total;
    for (uint32_t g = 0; g < runs; g++)
        if (!passes[number].run(graph_at(model, g), changes, err))
            return false;
    for (uint32_t g = 0; g < total; g++)
        if (!graph_check_declared(graph_at(model, g), err))
            return false;
    return true;
}

bool graph_run_passes(struct graph *model, struct pass_report *reports, struct error *err) {
    for (uint32_t g = 0; g < graph_total(model); g++) /* constants that came early may tell more */
        if (!graph_check_declared(graph_at(model, g), err))
            return false;
    for (uint32_t g = 0; g < graph_total(model); g++)
        if (!graph_inputs_are_static(graph_at(model, g)) && !keep_open_nodes(graph_at(model, g), err))
            return false;
    for (uint32_t i = 0; i < PASS_COUNT; i++) {
        reports[i] = (struct pass_report){.before = count_nodes(model)};
        if (!run_pass(model, i, &reports[i].changes, err))
            return false;
        reports[i].after = count_nodes(model);
    }
    return true;
}
