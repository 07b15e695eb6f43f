/* check.h - the types of all values, derived node by node: what passes here has shapes that every later stage may rely on. */
#ifndef GRAPH_CHECK_H
#define GRAPH_CHECK_H

#include "graph/graph.h"

/* What is known of a graph's values before a run, by value.
 *   types   of all values: of inputs and constants at first, of results once graph_check has passed their node
 *   known   data of constants in the file's form, and of results that follow from constants and shapes alone; NULL: only a run tells
 *   arena   for the data of known results */
struct knowledge {
    struct msw_type *types;
    const void **known;
    struct arena *arena;
    struct msw_type *inputs, *outputs; /* room to look at one node after the other */
    const void **constants;
    bool *packed;
};

/* Begin with what the values themselves say. scratch: for the lists; results: for known data. */
bool knowledge_begin(const struct graph *graph, struct arena *scratch, struct arena *results, struct knowledge *k,
                     struct error *err);

/* Node `node` as its operator sees it. */
struct op_site site_of(const struct graph *graph, uint32_t node, const struct knowledge *k);

/* Do the step of a use that check has accepted and whose constants are all known: its results become known. False with err: what only data could tell
 * is wrong with it, or out of memory. */
bool graph_evaluate(const struct op_site *site, const struct node *node, struct knowledge *k, struct error *err);

/* True when all that node `node` gives is known without a run. */
bool node_is_known(const struct graph *graph, uint32_t node, const struct knowledge *k);

/* Derive the types of all results, and those results that can be known: a graph with open nodes is first checked as it was before the passes.
 * False with err, which names the node: a data type the operator lacks, a rule of its row broken, a result over TYPE_MAX_BYTES, or not
 * what the model declares for it. */
bool graph_check(const struct graph *graph, struct knowledge *k, struct error *err);

/* True when all inputs have types without unknowns. */
bool graph_inputs_are_static(const struct graph *graph);

/* The same for a whole graph whose inputs are all static, into the values themselves; a graph with an input of unknown size is left as it is. */
bool graph_check_declared(struct graph *graph, struct error *err);

#endif
