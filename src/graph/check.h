/* check.h - the types of all values, derived node by node: what passes here has shapes that every later stage may rely on. */
#ifndef GRAPH_CHECK_H
#define GRAPH_CHECK_H

#include "graph/graph.h"

/* Room to look at one node after the other. */
struct site_room {
    struct msw_type *inputs, *outputs;
    const void **constants;
    bool *packed;
};

bool site_room_make(const struct graph *graph, struct arena *arena, struct site_room *room, struct error *err);

/* Node `node` as its operator sees it, under the types given for all values. */
struct op_site site_of(const struct graph *graph, uint32_t node, const struct msw_type *types,
                       const struct site_room *room);

/* Derive the types of all results; a graph with open nodes is first checked as it was before the passes. types: one for each value, those of inputs and constants filled in, all static.
 * False with err, which names the node: a data type the operator lacks, a rule of its row broken, a result over TYPE_MAX_BYTES, or not
 * what the model declares for it. */
bool graph_check(const struct graph *graph, struct msw_type *types, const struct site_room *room, struct error *err);

/* True when all inputs have types without unknowns. */
bool graph_inputs_are_static(const struct graph *graph);

/* The same for a whole graph whose inputs are all static, into the values themselves; a graph with an input of unknown size is left as it is. */
bool graph_check_declared(struct graph *graph, struct error *err);

#endif
