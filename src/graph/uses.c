/* uses.c - one walk over the nodes. */
#include "graph/uses.h"

bool uses_find(const struct graph *graph, struct uses *uses, struct error *err) {
    uses->count = arena_alloc(graph->arena, graph->value_count, sizeof *uses->count, err);
    uses->producer = arena_alloc(graph->arena, graph->value_count, sizeof *uses->producer, err);
    if (!uses->count || !uses->producer)
        return false;
    for (uint32_t v = 0; v < graph->value_count; v++)
        uses->producer[v] = NO_NODE;
    for (uint32_t i = 0; i < graph->outputs.count; i++)
        uses->count[graph->outputs.at[i]]++;
    for (uint32_t n = 0; n < graph->node_count; n++) {
        const struct node *node = &graph->nodes[n];
        for (uint32_t i = 0; i < node->input_count; i++)
            uses->count[node->inputs[i]]++;
        for (uint32_t i = 0; i < node->output_count; i++)
            uses->producer[node->outputs[i]] = n;
    }
    return true;
}

struct node *uses_only(const struct graph *graph, const struct uses *uses, uint32_t value, const struct op *op) {
    const uint32_t producer = uses->producer[value];
    if (producer == NO_NODE || uses->count[value] != 1 || graph->nodes[producer].op != op)
        return NULL;
    return &graph->nodes[producer];
}
