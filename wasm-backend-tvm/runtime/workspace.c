/* workspace.c - the workspace of kernels: blocks that are filled one behind the other, and joined into one as soon as all is given back. */
#include "workspace.h"

#include <stdbool.h>

#include "base/host.h"
#include "tvm_abi.h"

enum { ALIGNMENT = 64, LEAST_BYTES = 64 * 1024 };

/* Memory that pieces are given out of, from its first multiple of ALIGNMENT on: `used` bytes of it, of which `top` is the last piece. */
struct block {
    struct block *before;
    size_t bytes, used;
    unsigned char *top;
};

/* ALIGNMENT bytes before a piece: its block without it. */
struct below {
    size_t used;
    unsigned char *top;
};

static struct block *newest;
static uint32_t given; /* pieces that kernels hold */
static size_t refused; /* bytes that there were not */

static unsigned char *block_data(struct block *block) {
    return (unsigned char *)(((uintptr_t)(block + 1) + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

static bool add_block(size_t bytes) {
    struct block *block = host_alloc(sizeof *block + ALIGNMENT + bytes);
    if (!block)
        return false;
    *block = (struct block){.before = newest, .bytes = bytes};
    newest = block;
    return true;
}

static void join_blocks(void) {
    if (!newest || !newest->before)
        return;
    size_t bytes = 0;
    while (newest) {
        struct block *before = newest->before;
        bytes += newest->bytes;
        host_free(newest);
        newest = before;
    }
    (void)add_block(bytes); /* where that fails, the next kernel asks again */
}

static void empty(void) {
    given = 0;
    join_blocks();
    if (newest) {
        newest->used = 0;
        newest->top = NULL;
    }
}

size_t workspace_reset(void) {
    const size_t bytes = refused;
    empty();
    refused = 0;
    return bytes;
}

static void *refuse(uint64_t bytes) {
    refused = bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
    return NULL;
}

void *TVMBackendAllocWorkspace(int device_type, int device_id, uint64_t bytes, int dtype_code_hint,
                               int dtype_bits_hint) {
    (void)device_type, (void)device_id, (void)dtype_code_hint, (void)dtype_bits_hint;
    if (bytes > SIZE_MAX - 3 * ALIGNMENT - sizeof(struct block))
        return refuse(bytes);
    const size_t whole = (ALIGNMENT + (size_t)bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if ((!newest || whole > newest->bytes - newest->used) && !add_block(whole > LEAST_BYTES ? whole : LEAST_BYTES))
        return refuse(bytes);
    struct below *below = (struct below *)(void *)(block_data(newest) + newest->used);
    *below = (struct below){.used = newest->used, .top = newest->top};
    newest->used += whole;
    newest->top = (unsigned char *)below + ALIGNMENT;
    given++;
    return newest->top;
}

int TVMBackendFreeWorkspace(int device_type, int device_id, void *memory) {
    (void)device_type, (void)device_id;
    if (given > 0)
        given--;
    if (given == 0) {
        empty();
        return 0;
    }
    /* Kernels give back in the reverse order; what comes out of order waits for the last. */
    if (memory == newest->top) {
        const struct below *below = (const struct below *)(void *)(newest->top - ALIGNMENT);
        newest->used = below->used;
        newest->top = below->top;
    }
    return 0;
}
