/* stdlib.h - the part of the C library's that yyjson names. It is given an allocator (json.c), so that its default one has nothing to give. */
#ifndef HTTP_FREESTANDING_STDLIB_H
#define HTTP_FREESTANDING_STDLIB_H

#include <stddef.h>

static inline void *malloc(size_t bytes) {
    (void)bytes;
    return NULL;
}

static inline void *realloc(void *old, size_t bytes) {
    (void)old, (void)bytes;
    return NULL;
}

static inline void free(void *memory) {
    (void)memory;
}

#endif
