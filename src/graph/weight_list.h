/* weight_list.h - the constants of all graphs of a model as one list, in which those that are one weight stand side by side. */
#ifndef GRAPH_WEIGHT_LIST_H
#define GRAPH_WEIGHT_LIST_H

#include "graph/graph.h"

/* By their places in the file; the values must stay where they are while the list is in use.
 *   same  the one before has the same elements in the same form: one copy serves both */
struct weight_list {
    struct weight {
        struct value *value;
        bool same;
    } *at;
    uint32_t count;
};

/* The constants for which `wanted` says so; read: a node or an output of their graph reads them. False with err: out of memory. */
bool weight_list_make(struct graph *model, bool (*wanted)(const struct value *value, bool read), struct arena *arena,
                      struct weight_list *list, struct error *err);

/* Bytes that a constant takes in memory. */
size_t weight_bytes(const struct value *value);

/* What the constants in memory come to, each counted once, whoever reads it and in however many forms it is there.
 *   parameters, parameter_bytes  of the file, as it has them
 *   bytes                        of all, as they are in memory, every form */
struct weight_sums {
    uint64_t parameters, parameter_bytes, bytes;
};

bool weight_sums(struct graph *model, struct weight_sums *sums, struct error *err);

#endif
