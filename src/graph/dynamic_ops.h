/* dynamic_ops.h - operators on sequences and optionals, which a dynamic run computes itself. */
#ifndef GRAPH_DYNAMIC_OPS_H
#define GRAPH_DYNAMIC_OPS_H

#include "graph/dynamic.h"

/* The operator of a name, for nodes with a call of CALL_SEQUENCE; NULL: none of them. None is in the table. */
const struct op *dynamic_op_find(const char *name);

/* True for nodes that dynamic_op computes. */
bool dynamic_op_takes(const struct node *node);

/* Compute node frame->next and pass it. False with err. */
bool dynamic_op(struct frame *frame, struct error *err);

#endif
