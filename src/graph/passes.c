/* passes.c - the list of passes. */
#include "graph/passes.h"

#include <string.h>

#include "graph/check.h"

static const graph_pass passes[] = {
    pass_fold_batch_norm,
    pass_channels_last,
    pass_drop_unused,
};

static bool keep_open_nodes(struct graph *graph, struct error *err) {
    graph->open_nodes = arena_alloc(graph->arena, graph->node_count, sizeof *graph->open_nodes, err);
    if (!graph->open_nodes)
        return false;
    graph->open_count = graph->node_count;
    if (graph->node_count > 0)
        memcpy(graph->open_nodes, graph->nodes, graph->node_count * sizeof *graph->nodes);
    return true;
}

bool graph_run_passes(struct graph *graph, struct error *err) {
    if (!graph_inputs_are_static(graph) && !keep_open_nodes(graph, err))
        return false;
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++) {
        bool changed = false;
        if (!passes[i](graph, &changed, err))
            return false;
    }
    return true;
}
