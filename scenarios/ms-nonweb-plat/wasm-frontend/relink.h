/* relink.h - a linked module written anew: with what some of its exports reach, and the memory as it stands. */
#ifndef RELINK_H
#define RELINK_H

#include "linked.h"
#include "wasm_writer.h"

/* A function of the module under the name that it has in the new one. */
struct relink_export {
    const char *name;
    uint32_t function;
};

/* Write it. The memory's stack, below the data, begins empty. Imports that nothing reaches are left out; the memory is exported as "memory".
 * The same input gives the same bytes. */
void relink(const struct linked *linked, const struct relink_export *exports, uint32_t export_count,
            const uint8_t *memory, size_t memory_bytes, struct wasm_writer *out);

#endif
