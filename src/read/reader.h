/* reader.h - what a file format gives to the loader. */
#ifndef READ_READER_H
#define READ_READER_H

#include "graph/graph.h"
#include "read/outline.h"

/* A format.
 *   outline_schema  which fields are messages
 *   build           make the graph from the structure; long constants by their offset. producer: who wrote the file, NUL-terminated, on the graph's arena */
struct reader {
    const char *format;
    const struct outline_rule *outline_schema;
    bool (*build)(const struct document *doc, struct graph *graph, const char **producer, struct error *err);
};

extern const struct reader mindir_reader;

/* The reader for a file that begins with these bytes, at most 64 of them. NULL with err, which says what the file looks like. */
const struct reader *reader_for(const unsigned char *head, size_t bytes, struct error *err);

#endif
