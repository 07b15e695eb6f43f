/* What is free is known to the module alone: so it is asked for all memory that it has left, in pieces that become smaller, while it must not grow. */
#include "snapshot.h"

#include <string.h>

#include "fail.h"
#include "sandbox.h"

#define SMALLEST 16
#define MAX_PIECES 65536

void snapshot_clear_free(struct guest *guest) {
    uint32_t *pieces = need(MAX_PIECES * sizeof *pieces);
    size_t count = 0;
    const uint64_t size = guest_memory_bytes(guest);
    sandbox_limit_memory(guest, size);
    for (uint64_t bytes = size; bytes >= SMALLEST && count < MAX_PIECES;) {
        const uint32_t piece = guest_call(guest, CALL_msw_alloc, bytes, 0, 0, 0);
        if (piece == 0) {
            bytes = bytes / 2 / SMALLEST * SMALLEST;
            continue;
        }
        memset(guest_bytes(guest, piece, bytes, CALL_msw_alloc), 0, (size_t)bytes);
        pieces[count++] = piece;
    }
    while (count > 0)
        guest_call(guest, CALL_msw_free, pieces[--count], 0, 0, 0);
    sandbox_limit_memory(guest, guest->memory_limit);
}
