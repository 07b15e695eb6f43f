/* dynamic_pieces.h - pieces of a graph that are planned together, and which of them are kept for the next time. */
#ifndef GRAPH_DYNAMIC_PIECES_H
#define GRAPH_DYNAMIC_PIECES_H

#include "graph/check.h"
#include "graph/dynamic.h"

/* A value that is there before the piece.
 *   input     of the plan; -1: its elements are part of the plan
 *   elements  then, and asker the node that asked for them
 *   dies      nobody reads it afterwards */
struct piece_input {
    uint32_t value, asker;
    int32_t input;
    struct msw_type type;
    const void *elements;
    bool dies;
};

/* Nodes first .. end - 1 of a graph, planned for inputs of certain types and, where shapes depend on them, elements.
 *   graph    those nodes alone
 *   outputs  the values that the graph's outputs stand for
 *   once     not kept for another time */
struct piece {
    struct holder holder;
    struct piece *next;
    struct dynamic *run;
    uint32_t first, end;
    struct piece_input *inputs;
    uint32_t input_count;
    uint32_t *outputs;
    struct graph graph;
    struct arena arena;
    struct plan plan;
    bool once;
};

/* What is found out once about a graph.
 *   last_use   by value: the last node that reads it, or node_count: an output
 *   pieces     by node: those that begin there, the last used first
 *   changing   by node: it asked for elements that differ from time to time, so it is not planned together with others
 *   number_of  by value: in the piece that is being made, or NO_VALUE
 *   spare      frames' slots for another time, linked by the first one's data */
struct layout {
    const struct graph *graph;
    uint32_t *last_use;
    struct piece **pieces;
    bool *changing;
    uint32_t *number_of;
    struct knowledge k;
    struct slot *spare;
};

bool layout_begin(struct dynamic *d, struct layout *layout, const struct graph *graph, struct error *err);
void layout_end(struct layout *layout);

/* The piece that begins at the next node of the frame: one kept, or a new one. NULL without err: the node is not computed by a plan. NULL with err. */
struct piece *piece_find(struct dynamic *d, struct frame *frame, struct error *err);

#endif
