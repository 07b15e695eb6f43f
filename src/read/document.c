/* document.c - finding bytes among the segments. */
#include "read/document.h"

const unsigned char *document_at(const struct document *doc, uint64_t offset, size_t *available) {
    uint32_t low = 0, high = doc->segment_count;
    while (low < high) { /* the last segment that begins at or before offset is segments[low - 1] */
        const uint32_t middle = low + (high - low) / 2;
        if (doc->segments[middle].offset <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct segment *s = &doc->segments[low - 1];
    if (offset - s->offset >= s->bytes)
        return NULL;
    *available = s->bytes - (size_t)(offset - s->offset);
    return s->data + (size_t)(offset - s->offset);
}

const unsigned char *document_bytes(const struct document *doc, uint64_t offset, uint64_t length) {
    size_t available = 0;
    const unsigned char *at = document_at(doc, offset, &available);
    return at && length <= available ? at : NULL;
}
