/* lifetimes.h - a set of buffers that is asked which of them are alive together with another one: an interval tree over the steps. */
#ifndef GRAPH_LIFETIMES_H
#define GRAPH_LIFETIMES_H

#include "base/arena.h"

/* A buffer that is alive in steps first .. last, both included. */
struct buffer {
    size_t bytes;
    uint32_t first, last;
    uint64_t offset; /* found by memory_place */
};

/* Each step is a node of the tree: the middle of a range of steps, whose halves are the subtrees. A buffer is kept at the highest step that it is
 * alive in, so all buffers of one node are alive together. */
struct lifetimes {
    const struct buffer *buffers;
    uint32_t steps;   /* the last one */
    uint32_t *newest; /* by step: the buffer kept there last, + 1 */
    uint32_t *next;   /* by buffer: another one of the same step, + 1 */
    uint32_t *below;  /* by step: how many buffers are in its subtree */
};

/* An empty set for `count` buffers, which are alive in steps 0 .. steps. False with err: out of memory. */
bool lifetimes_begin(struct lifetimes *set, const struct buffer *buffers, uint32_t count, uint32_t steps,
                     struct arena *arena, struct error *err);
void lifetimes_clear(struct lifetimes *set);
void lifetimes_add(struct lifetimes *set, uint32_t index);

/* Those of the set that are alive in any step of `buffer`. Returns how many; found has room for all of the set. */
uint32_t lifetimes_find(const struct lifetimes *set, const struct buffer *buffer, uint32_t *found);

#endif
