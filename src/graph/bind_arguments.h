/* bind_arguments.h - functions that are always called with the same constant hold it themselves. */
#ifndef GRAPH_BIND_ARGUMENTS_H
#define GRAPH_BIND_ARGUMENTS_H

#include "graph/graph.h"

/* Give every function of a model the constants that all its calls pass, and take them out of the calls: so a weight that reaches a function through
 * branches and loops is packed, folded and seen by shape arithmetic as in the main graph, and no call copies it.
 * Comes before the model is checked: a call with the wrong number or types of inputs stays as it is. False with err: out of memory. */
bool bind_arguments(struct graph *model, struct error *err);

#endif
