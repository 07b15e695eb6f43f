/* memory.h - where buffers lie in one block: two may share memory when they are never alive together. */
#ifndef GRAPH_MEMORY_H
#define GRAPH_MEMORY_H

#include "graph/lifetimes.h"

struct memory_sizes {
    size_t total; /* size of the block */
    size_t live;  /* largest sum of buffers alive at once: no block can be smaller */
    size_t all;   /* sum of all buffers */
};

/* What a buffer takes: its bytes, up to the next multiple of 16. */
uint64_t memory_padded(size_t bytes);

/* Always false, with err: what an address can reach does not hold it. */
bool memory_too_large(struct error *err);

/* Find an offset, a multiple of 16, for each of `count` buffers, alive in steps 0 .. steps. The same buffers get the same offsets, always.
 *   arena  for lists, which may be freed afterwards
 * False with err: out of memory, or the block would pass what an address can reach. */
bool memory_place(struct buffer *buffers, uint32_t count, uint32_t steps, struct arena *arena,
                  struct memory_sizes *sizes, struct error *err);

#endif
