/* passes.h - rewriting a graph into one that means the same and runs better. */
#ifndef GRAPH_PASSES_H
#define GRAPH_PASSES_H

#include "graph/graph.h"

/* A pass adds to *changes how often it did what passes.def says of it. False with err: out of memory; the graph is then lost. Each pass has a file
 * of its own, pass_NAME.c, which says how it works. */
typedef bool (*graph_pass)(struct graph *graph, uint32_t *changes, struct error *err);

#define PASS(name, about) bool pass_##name(struct graph *graph, uint32_t *changes, struct error *err);
#include "graph/passes.def"
#undef PASS

enum {
#define PASS(name, about) PASS_NUMBER_##name,
#include "graph/passes.def"
#undef PASS
    PASS_COUNT
};

/* What one pass did: changes, and the model's nodes before and after it. */
struct pass_report {
    uint32_t changes, before, after;
};

/* Before pass_fold_constants: mark the constants in files that it will compute with as temporary, so that they are loaded first. */
bool constants_want(struct graph *graph, struct error *err);

/* Name and description of pass `number`. */
const char *pass_name(uint32_t number);
const char *pass_about(uint32_t number);

/* All passes in their order over all graphs of a model; writes what each did to reports[PASS_COUNT]. Each sees graphs that were checked anew, and so is
 * the result. */
bool graph_run_passes(struct graph *model, struct pass_report *reports, struct error *err);

#endif
