/* arena.h - memory that is given out piece by piece and freed at once, with its owner. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/error.h"

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks;
    unsigned char *next, *end; /* what is left of the newest small chunk */
};

/* count * size bytes, 16-byte aligned and zeroed. NULL: the product overflows or there is no memory, and err is set. */
void *arena_alloc(struct arena *arena, size_t count, size_t size, struct error *err);

/* Give back a piece of `bytes` bytes before all others. A small one stays: only those of more than 64 KB have memory of their own. NULL is allowed. */
void arena_release(struct arena *arena, const void *piece, size_t bytes);

/* A copy of `length` bytes with a NUL behind. NULL as above. */
char *arena_string(struct arena *arena, const char *text, size_t length, struct error *err);

/* A list of `count` elements of `size` bytes with room for one more: the list itself, or a copy with twice the room (*room, at first 0); the old one
 * stays in the arena. NULL with err: out of memory. */
void *arena_room(struct arena *arena, void *list, uint32_t count, uint32_t *room, size_t size, struct error *err);

/* Free everything; the arena is then empty and may be used again. An arena of zeros is empty. */
void arena_free(struct arena *arena);

#endif
