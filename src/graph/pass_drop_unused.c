/* pass_drop_unused.c - dead code, found from the end. */
#include "graph/passes.h"

static bool is_used(const struct node *node, const bool *used) {
    for (uint32_t i = 0; i < node->output_count; i++)
        if (used[node->outputs[i]])
            return true;
    return false;
}

bool pass_drop_unused(struct graph *graph, uint32_t *changes, struct error *err) {
    bool *used = arena_alloc(graph->arena, graph->value_count, sizeof *used, err);
    if (!used)
        return false;
    for (uint32_t i = 0; i < graph->outputs.count; i++)
        used[graph->outputs.at[i]] = true;
    for (uint32_t n = graph->node_count; n-- > 0;) {
        const struct node *node = &graph->nodes[n];
        for (uint32_t i = 0; is_used(node, used) && i < node->input_count; i++)
            used[node->inputs[i]] = true;
    }
    uint32_t kept = 0;
    for (uint32_t n = 0; n < graph->node_count; n++)
        if (is_used(&graph->nodes[n], used))
            graph->nodes[kept++] = graph->nodes[n];
    *changes += graph->node_count - kept;
    graph->node_count = kept;
    return true;
}
