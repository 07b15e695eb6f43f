/* document.h - a model file as far as it is in memory: its structure, with the weights left out.
 *
 * A file is known in segments, each a run of its bytes. What lies between them are long fields (weights) that stay in the file. Positions are
 * always offsets in the file, so that messages can name the byte. */
#ifndef READ_DOCUMENT_H
#define READ_DOCUMENT_H

#include "base/arena.h"

struct segment {
    uint64_t offset;
    size_t bytes;
    const unsigned char *data;
};

struct document {
    uint64_t bytes;           /* of the whole file */
    struct segment *segments; /* by rising offset, without overlap */
    uint32_t segment_count;
};

/* The byte at `offset` and how many follow it in memory, itself included. NULL: it is not in memory. */
const unsigned char *document_at(const struct document *doc, uint64_t offset, size_t *available);

/* `length` bytes from `offset`, all in memory; else NULL. */
const unsigned char *document_bytes(const struct document *doc, uint64_t offset, uint64_t length);

#endif
