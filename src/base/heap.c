/* heap.c - first fit, split on allocation, joined with both neighbours on release. */
#include "base/heap.h"

#include <assert.h>

enum { ALIGN = 16 };

struct heap_block {
    _Alignas(ALIGN) size_t bytes; /* of this block, header included; a multiple of ALIGN */
    size_t previous_bytes;        /* of the block before, 0 for the first */
    bool used;
    struct links {
        struct heap_block *next, *previous; /* in the free list */
    } free;
};

static const size_t header_bytes = sizeof(struct heap_block);

static struct heap_block *block_at(void *base, size_t offset) {
    return (struct heap_block *)(void *)((unsigned char *)base + offset);
}

static struct heap_block *after(const struct heap *heap, struct heap_block *block) {
    return block == heap->last ? NULL : block_at(block, block->bytes);
}

static void link_free(struct heap *heap, struct heap_block *block) {
    block->used = false;
    block->free = (struct links){.next = heap->free_list};
    if (heap->free_list)
        heap->free_list->free.previous = block;
    heap->free_list = block;
}

static void unlink_free(struct heap *heap, struct heap_block *block) {
    if (block->free.previous)
        block->free.previous->free.next = block->free.next;
    else
        heap->free_list = block->free.next;
    if (block->free.next)
        block->free.next->free.previous = block->free.previous;
}

/* Let `block` take in the one that follows it. */
static void absorb_next(struct heap *heap, struct heap_block *block, struct heap_block *next) {
    block->bytes += next->bytes;
    if (next == heap->last)
        heap->last = block;
    else
        after(heap, block)->previous_bytes = block->bytes;
}

/* Cut a block down to `bytes`; what is left over becomes free. */
static void split(struct heap *heap, struct heap_block *block, size_t bytes) {
    if (block->bytes - bytes < header_bytes + ALIGN)
        return;
    struct heap_block *rest = block_at(block, bytes);
    *rest = (struct heap_block){.bytes = block->bytes - bytes, .previous_bytes = bytes};
    if (block == heap->last)
        heap->last = rest;
    else
        after(heap, block)->previous_bytes = rest->bytes;
    block->bytes = bytes;
    link_free(heap, rest);
}

static struct heap_block *find_free(const struct heap *heap, size_t bytes) {
    for (struct heap_block *block = heap->free_list; block; block = block->free.next)
        if (block->bytes >= bytes)
            return block;
    return NULL;
}

/* A free block of at least `bytes` at the end of the memory, the last one grown or a new one. */
static struct heap_block *extend(struct heap *heap, size_t bytes) {
    unsigned char *old_end = heap->end;
    struct heap_block *last = heap->last;
    const bool reuse = last && !last->used;
    if (!heap->grow(heap, reuse ? bytes - last->bytes : bytes))
        return NULL;
    const size_t grown = (size_t)(heap->end - old_end);
    assert(grown % ALIGN == 0);
    if (reuse) {
        last->bytes += grown;
        return last;
    }
    struct heap_block *block = block_at(old_end, 0);
    *block = (struct heap_block){.bytes = grown, .previous_bytes = last ? last->bytes : 0};
    heap->last = block;
    link_free(heap, block);
    return block;
}

void *heap_alloc(struct heap *heap, size_t bytes) {
    if (bytes > (size_t)PTRDIFF_MAX - header_bytes - ALIGN)
        return NULL;
    const size_t need = (header_bytes + bytes + ALIGN - 1) / ALIGN * ALIGN;
    struct heap_block *block = find_free(heap, need);
    if (!block)
        block = extend(heap, need);
    if (!block)
        return NULL;
    unlink_free(heap, block);
    block->used = true;
    split(heap, block, need);
    return (unsigned char *)block + header_bytes;
}

void heap_free(struct heap *heap, void *memory) {
    if (!memory)
        return;
    struct heap_block *block = block_at((unsigned char *)memory - header_bytes, 0);
    assert(block->used);
    struct heap_block *next = after(heap, block);
    if (next && !next->used) {
        unlink_free(heap, next);
        absorb_next(heap, block, next);
    }
    struct heap_block *previous =
        block->previous_bytes ? block_at((unsigned char *)block - block->previous_bytes, 0) : NULL;
    if (previous && !previous->used) {
        absorb_next(heap, previous, block);
        return; /* previous stays where it is in the free list */
    }
    link_free(heap, block);
}
