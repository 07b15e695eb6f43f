/* host_native.c - memory from the C library. */
#include <stdint.h>
#include <stdlib.h>

#include "base/host.h"

void *host_alloc(size_t bytes) {
    if (bytes > PTRDIFF_MAX - 16)
        return NULL;
    return aligned_alloc(16, (bytes + 16) & ~(size_t)15);
}

void host_free(void *memory) {
    free(memory);
}
