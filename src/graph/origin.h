/* origin.h - where the elements of a value come from: an older value, and the steps at which they lie in it. */
#ifndef GRAPH_ORIGIN_H
#define GRAPH_ORIGIN_H

#include "graph/check.h"
#include "graph/uses.h"
#include "ops/walks.h"

enum { ORIGIN_NUMBERS = 2 };

/* numbers: what each element has been multiplied or divided by on the way, the oldest first. */
struct origin {
    uint32_t value;
    struct walk walk;
    uint32_t number_count;
    struct origin_number {
        uint32_t value;
        bool divides;
    } numbers[ORIGIN_NUMBERS];
};

/* Who makes values, their types and constants, for the whole graph. */
struct origins {
    const struct graph *graph;
    struct uses uses;
    struct knowledge k;
    const struct op *mul, *div, *real_div;
};

/* scratch: for lists that only the search needs. */
bool origins_begin(const struct graph *graph, struct arena *scratch, struct origins *o, struct error *err);

/* Back through all that only moves elements, and through up to `numbers` products and quotients with a single number. The type of `value` is static. */
struct origin origin_of(const struct origins *o, uint32_t value, uint32_t numbers);

#endif
