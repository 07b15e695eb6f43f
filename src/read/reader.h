/* reader.h - what a file format gives to the loader. */
#ifndef READ_READER_H
#define READ_READER_H

#include "graph/graph.h"
#include "read/outline.h"
#include "read/weight_files.h"

/* A format.
 *   outline_schema  which fields are messages
 *   build           make the graph from the structure; long constants by file and offset. files: those beside the model. producer: who wrote the
 *                   model. Strings are NUL-terminated, on the graph's arena
 *   head_bytes, check_head  what a file of weights begins with, and whether it can be read */
struct reader {
    const char *format;
    const struct outline_rule *outline_schema;
    bool (*build)(const struct document *doc, struct graph *graph, struct weight_files *files, const char **producer,
                  struct error *err);
    size_t head_bytes;
    bool (*check_head)(const unsigned char *head, const struct weight_file *file, struct error *err);
};

extern const struct reader mindir_reader, onnx_reader;

/* The reader for a file that begins with these bytes, at most 64 of them. NULL with err, which says what the file looks like. */
const struct reader *reader_for(const unsigned char *head, size_t bytes, struct error *err);

#endif
