/* passes.h - rewriting a graph into one that means the same and runs better. */
#ifndef GRAPH_PASSES_H
#define GRAPH_PASSES_H

#include "graph/graph.h"

/* A pass says through *changed whether it did anything. False with err: out of memory; the graph is then lost. */
typedef bool (*graph_pass)(struct graph *graph, bool *changed, struct error *err);

/* BatchNorm behind a convolution or product with constant weights becomes a scale of these weights and a BiasAdd. */
bool pass_fold_batch_norm(struct graph *graph, bool *changed, struct error *err);

/* Images with their channels last: operators that have a kernel for that layout alone get it, those that take either follow, and a Transpose
 * stands only where a value is needed in both or in the model's own layout. */
bool pass_channels_last(struct graph *graph, bool *changed, struct error *err);

/* Nodes whose results nobody reads go away. */
bool pass_drop_unused(struct graph *graph, bool *changed, struct error *err);

/* All passes in their order. The result must be checked anew. */
bool graph_run_passes(struct graph *graph, struct error *err);

#endif
