/* uses.h - who makes and who reads each value: what a pass asks before it joins nodes. */
#ifndef GRAPH_USES_H
#define GRAPH_USES_H

#include "graph/graph.h"

enum { NO_NODE = UINT32_MAX };

/* By value.
 *   count     readers, an output of the graph being one
 *   producer  the node that makes it, or NO_NODE */
struct uses {
    uint32_t *count, *producer;
};

bool uses_find(const struct graph *graph, struct uses *uses, struct error *err);

/* The node that makes `value`, if it is of operator `op` and `value` has no other reader; else NULL. */
struct node *uses_only(const struct graph *graph, const struct uses *uses, uint32_t value, const struct op *op);

#endif
