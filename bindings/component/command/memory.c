/* What malloc grows the memory by, with a limit, and what a component's adapter allocates by. */
#include "memory.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define PAGE 65536U

static uint64_t most_bytes = UINT64_MAX;

void memory_limit_to(uint64_t bytes) {
    most_bytes = bytes;
}

uint64_t memory_bytes(void) {
    return (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
}

/* In the place of libc's: whole pages are all that malloc asks for. */
void *sbrk(intptr_t increment) {
    const uint64_t have = memory_bytes();
    if (increment < 0 || (uint64_t)increment > UINT32_MAX - have || have + (uint64_t)increment > most_bytes ||
        (increment > 0 && __builtin_wasm_memory_grow(0, (size_t)increment / PAGE) == SIZE_MAX)) {
        errno = ENOMEM;
        return (void *)-1;
    }
    return (void *)(uintptr_t)have;
}

/* The adapter of a component keeps its state in the program's memory. Without this it grows the memory by itself, and Debian's malloc, which takes
 * all memory that it finds at its first call, would take that, too. It only ever allocates. */
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *old, size_t old_bytes, size_t align,
                                                                size_t bytes);
void *cabi_realloc(void *old, size_t old_bytes, size_t align, size_t bytes) {
    (void)align; /* malloc's 16 serves all */
    void *memory = old_bytes == 0 && old == NULL ? malloc(bytes) : realloc(old, bytes);
    if (!memory)
        abort();
    return memory;
}
