/* unique_names.h - hosts call inputs and outputs by name, so no two may share one. */
#ifndef READ_UNIQUE_NAMES_H
#define READ_UNIQUE_NAMES_H

#include "graph/graph.h"

/* Of inputs, and of outputs, that have one name, the first keeps it; one further on gets its place in the list behind it: "y", "y.1". A model file
 * may give the results of one node, the parts of one tuple, or one value twice. False with err: out of memory. */
bool unique_names(struct graph *graph, struct error *err);

#endif
