/* arena.c - chunks that double in size; a piece too large for sharing gets a chunk of its own. */
#include "base/arena.h"

#include <string.h>

#include "base/host.h"

enum { ALIGN = 16, FIRST_CHUNK = 4096, LARGEST_CHUNK = 256 * 1024 };

struct arena_chunk {
    _Alignas(ALIGN) struct arena_chunk *older, *newer;
    size_t bytes;
};

/* What arena_alloc takes for a piece. */
static size_t padded(size_t bytes) {
    return (bytes + ALIGN) / ALIGN * ALIGN; /* never 0: each piece has an address of its own */
}

static bool has_own_chunk(size_t padded_bytes) {
    return padded_bytes > LARGEST_CHUNK / 4;
}

static unsigned char *add_chunk(struct arena *arena, size_t bytes, struct error *err) {
    if (bytes > (size_t)PTRDIFF_MAX - sizeof(struct arena_chunk)) {
        error_no_memory(err, bytes);
        return NULL;
    }
    struct arena_chunk *chunk = host_alloc(sizeof *chunk + bytes);
    if (!chunk) {
        error_no_memory(err, bytes);
        return NULL;
    }
    chunk->older = arena->chunks;
    chunk->newer = NULL;
    chunk->bytes = bytes;
    if (chunk->older)
        chunk->older->newer = chunk;
    arena->chunks = chunk;
    return (unsigned char *)(chunk + 1);
}

static size_t next_chunk_bytes(const struct arena *arena) {
    if (!arena->chunks)
        return FIRST_CHUNK;
    const size_t twice = 2 * arena->chunks->bytes;
    return twice < FIRST_CHUNK ? FIRST_CHUNK : twice > LARGEST_CHUNK ? LARGEST_CHUNK : twice;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size, struct error *err) {
    if (size != 0 && count > ((size_t)PTRDIFF_MAX - 2 * ALIGN) / size) {
        error_no_memory(err, SIZE_MAX);
        return NULL;
    }
    const size_t bytes = padded(count * size);
    if (has_own_chunk(bytes)) {
        unsigned char *own = add_chunk(arena, bytes, err);
        return own ? memset(own, 0, bytes) : NULL;
    }
    if ((size_t)(arena->end - arena->next) < bytes) {
        const size_t chunk_bytes = next_chunk_bytes(arena);
        unsigned char *chunk = add_chunk(arena, chunk_bytes > bytes ? chunk_bytes : bytes, err);
        if (!chunk)
            return NULL;
        arena->next = chunk;
        arena->end = chunk + arena->chunks->bytes;
    }
    void *piece = arena->next;
    arena->next += bytes;
    return memset(piece, 0, bytes);
}

void arena_release(struct arena *arena, const void *piece, size_t bytes) {
    if (!piece || !has_own_chunk(padded(bytes)))
        return;
    struct arena_chunk *chunk = (struct arena_chunk *)(uintptr_t)piece - 1;
    if (chunk->older)
        chunk->older->newer = chunk->newer;
    if (chunk->newer)
        chunk->newer->older = chunk->older;
    else
        arena->chunks = chunk->older;
    host_free(chunk);
}

char *arena_string(struct arena *arena, const char *text, size_t length, struct error *err) {
    char *copy = arena_alloc(arena, length + 1, 1, err);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

void *arena_room(struct arena *arena, void *list, uint32_t count, uint32_t *room, size_t size, struct error *err) {
    if (count < *room)
        return list;
    const uint32_t more = *room ? 2 * *room : 16;
    if (more < *room) {
        error_set(err, MSW_LIMIT, "a list of more than %l entries", (int64_t)*room);
        return NULL;
    }
    void *larger = arena_alloc(arena, more, size, err);
    if (!larger)
        return NULL;
    if (count > 0)
        memcpy(larger, list, count * size);
    *room = more;
    return larger;
}

void arena_free(struct arena *arena) {
    while (arena->chunks) {
        struct arena_chunk *older = arena->chunks->older;
        host_free(arena->chunks);
        arena->chunks = older;
    }
    *arena = (struct arena){0};
}
