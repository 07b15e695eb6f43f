/* memory.h - where buffers lie in one block: two may share memory when they are never alive together. */
#ifndef GRAPH_MEMORY_H
#define GRAPH_MEMORY_H

#include "base/error.h"

/* A buffer that is alive in steps first .. last, both included. */
struct buffer {
    size_t bytes;
    uint32_t first, last;
    size_t offset; /* found by memory_place */
};

struct memory_sizes {
    size_t total; /* size of the block */
    size_t live;  /* largest sum of buffers alive at once */
    size_t all;   /* sum of all buffers */
};

/* Find an offset, a multiple of 16, for each of `count` buffers in `steps` steps, largest first, each as low as it fits.
 * order, placed: room for count indices each; live_at: for steps + 1 sums. False with err: the block would pass what an address can reach. */
bool memory_place(struct buffer *buffers, uint32_t count, uint32_t steps, uint32_t *order, uint32_t *placed,
                  uint64_t *live_at, struct memory_sizes *sizes, struct error *err);

#endif
