/* check.h - the types of all values, derived node by node: what passes here has shapes that every later stage may rely on. */
#ifndef GRAPH_CHECK_H
#define GRAPH_CHECK_H

#include "graph/graph.h"

/* What is known of a graph's values before a run, by value.
 *   types   of all values: of inputs and constants at first, of results once graph_check has passed their node
 *   known   data of constants in the file's form, and of results that follow from constants and shapes alone; NULL: only a run tells
 *   numbers known elements as attributes have them, once late.c was asked for them: whole numbers, then floats
 *   asked   by input of the node looked at last: its elements were asked for and are not known
 *   arena   for the data of known results */
struct knowledge {
    struct msw_type *types;
    const void **known;
    const void **numbers[2];
    struct arena *arena;
    struct msw_type *inputs, *outputs; /* room to look at one node after the other */
    const void **constants;
    bool *packed, *asked;
    struct attr *attrs;
    uint32_t *looks; /* into functions, that all calls together have taken; NULL: none above this one */
    int depth;
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

/* Convert what a node's late attributes are to numbers, in k->arena. False with err: MSW_MORE where only a run tells them, or they cannot be the
 * attribute. */
bool late_know(const struct node *node, struct knowledge *k, struct error *err);

/* All attributes of a node with late ones, as far as late_know has converted them; the others are not given. Valid until the next call. */
const struct attr *late_attrs(const struct node *node, const struct knowledge *k);

/* Let nodes whose late attributes are known all have them as ordinary ones. */
bool late_settle(struct graph *graph, struct knowledge *k, struct error *err);

/* Derive the types of the results of node `node` alone. False with err, which names no node: MSW_MORE: only a run tells what it depends on, k->asked says
 * which elements. */
bool graph_check_node(const struct graph *graph, uint32_t node, struct knowledge *k, struct error *err);

/* Derive the types of all results, and those results that can be known: a graph with open nodes is first checked as it was before the passes.
 * False with err, which names the node: a data type the operator lacks, a rule of its row broken, a result over TYPE_MAX_BYTES, or not
 * what the model declares for it; MSW_MORE: only a run tells. */
bool graph_check(const struct graph *graph, struct knowledge *k, struct error *err);

/* True when all inputs have types without unknowns. */
bool graph_inputs_are_static(const struct graph *graph);

/* The same where only a run tells all: what depends on it is left as the model declares it. */
bool graph_check_partly(const struct graph *graph, struct knowledge *k, struct error *err);

/* graph_check_partly of a whole graph whose inputs are all static, into the values themselves; types in a graph with an input of unknown size are left as they are.
 * Late attributes that are known become ordinary ones. */
bool graph_check_declared(struct graph *graph, struct error *err);

#endif
