/* heap.h - a first-fit heap over one growing block of memory: what a wasm module without libc allocates from.
 *
 * Blocks lie side by side; each begins with its size and the size of the one before it, so that a freed block joins
 * its free neighbours. The module makes few and large allocations (arenas, weights), so a walk over the free blocks is short. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_block;

struct heap {
    unsigned char *end; /* first byte that is not ours; at first the start, 16-byte aligned */
    bool (*grow)(struct heap *heap,
                 size_t min_bytes); /* moves end by at least min_bytes, a multiple of 16; false: no memory */
    struct heap_block *free_list;
    struct heap_block *last; /* the block that touches end, or NULL before the first */
};

/* 16-byte aligned memory, or NULL. */
void *heap_alloc(struct heap *heap, size_t bytes);

/* Gives back what heap_alloc gave, or NULL. */
void heap_free(struct heap *heap, void *memory);

#endif
