/* pattern.h - does a value of a graph come about as an expression of patterns.def says? */
#ifndef GRAPH_PATTERN_H
#define GRAPH_PATTERN_H

#include "graph/uses.h"

enum { PATTERN_LETTERS = 26, PATTERN_NODES = 24 };

/* A match while it is made.
 *   bound  by letter: the value it stands for, or NO_VALUE
 *   nodes  those that the expression names, each once; the one that makes the value itself is the first */
struct match {
    const struct graph *graph;
    const struct uses *uses;
    uint32_t bound[PATTERN_LETTERS];
    uint32_t nodes[PATTERN_NODES];
    uint32_t node_count;
};

/* True when node `root` is the expression, and nothing else reads what lies inside of it. */
bool pattern_matches(const struct graph *graph, const struct uses *uses, const char *expression, uint32_t root,
                     struct match *match);

/* What a letter stands for; NO_VALUE: the expression lacks it. */
uint32_t match_value(const struct match *match, char letter);

/* A constant of one float. False: it is none. */
bool value_number(const struct graph *graph, uint32_t value, double *number);

#endif
