/* short_memory.h - for tests: the engine's allocator, of which so many allocations succeed. The linker wraps host_alloc where a test includes this
 * (cmake/tests.cmake). */
#ifndef SHORT_MEMORY_H
#define SHORT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

static size_t allocations_left = SIZE_MAX;

void *__real_host_alloc(size_t bytes);
void *__wrap_host_alloc(size_t bytes);

void *__wrap_host_alloc(size_t bytes) {
    if (allocations_left == 0)
        return NULL;
    allocations_left--;
    return __real_host_alloc(bytes);
}

#endif
