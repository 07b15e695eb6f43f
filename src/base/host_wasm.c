/* host_wasm.c - memory from memory.grow, and the few functions of <string.h> that the compiler may call by itself. */
#include "base/host.h"

#include <stdint.h>
#include <string.h>

#include "base/heap.h"

enum { PAGE_BYTES = 65536 };

extern unsigned char __heap_base; /* by the linker: the first byte after data and stack */

static bool grow(struct heap *heap, size_t min_bytes) {
    const uintptr_t end = (uintptr_t)heap->end;
    const uintptr_t have = __builtin_wasm_memory_size(0) * (uintptr_t)PAGE_BYTES;
    if (min_bytes > UINT32_MAX - end)
        return false;
    const uintptr_t want = end + min_bytes;
    if (want > have) {
        const size_t pages = (want - have + PAGE_BYTES - 1) / PAGE_BYTES;
        if (__builtin_wasm_memory_grow(0, pages) != have / PAGE_BYTES)
            return false;
    }
    /* All pages there are, but for the last 16 bytes of a 4 GiB memory, whose end a pointer cannot hold. */
    const uint64_t pages = __builtin_wasm_memory_size(0);
    heap->end = (unsigned char *)(pages == PAGE_BYTES ? UINT32_MAX - 15 : (uint32_t)(pages * PAGE_BYTES));
    return true;
}

static struct heap heap = {.grow = grow};

void *host_alloc(size_t bytes) {
    if (!heap.end)
        heap.end = (unsigned char *)(((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15);
    return heap_alloc(&heap, bytes);
}

void host_free(void *memory) {
    heap_free(&heap, memory);
}

void *(memcpy)(void *restrict to, const void *restrict from, size_t bytes) {
    return __builtin_memcpy(to, from, bytes); /* the memory.copy instruction */
}

void *(memmove)(void *to, const void *from, size_t bytes) {
    return __builtin_memmove(to, from, bytes);
}

void *(memset)(void *to, int value, size_t bytes) {
    return __builtin_memset(to, value, bytes);
}

int memcmp(const void *x, const void *y, size_t bytes) {
    const unsigned char *a = x, *b = y;
    for (size_t i = 0; i < bytes; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

size_t strlen(const char *text) {
    const char *end = text;
    while (*end)
        end++;
    return (size_t)(end - text);
}

int strcmp(const char *x, const char *y) {
    while (*x && *x == *y) {
        x++;
        y++;
    }
    return (unsigned char)*x - (unsigned char)*y;
}
