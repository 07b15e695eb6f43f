/* mindir_external.c - tensors whose numbers are in a file beside the model.
 *
 * 1. MindSpore writes X_graph.mindir and X_variables/data_0 where all parameters together have more than 1 GiB, and begins data_1 behind 1 TiB.
 * 2. Such a file begins with 64 bytes: 1 for little endian, then zeros. The parameters follow, sorted by name, each padded to 64 bytes with zeros.
 * 3. ExternalDataProto: 1 location (a path from the model's folder), 2 offset, 3 length, both in bytes.
 * Source: _split_save in mindspore/train/serialization.py (2.10.0) and files that it wrote. */
#include "read/mindir_build.h"

/* Whether an ExternalDataProto leads to the `bytes` bytes of constant `name` in `file`. */
static bool check_external(struct mindir *m, const struct tensor_proto *t, const char *name, const char *file,
                           size_t bytes) {
    const struct external_proto *e = &t->external;
    const int64_t at = (int64_t)t->external_at;
    if (!weight_file_check(file, name, t->external_at, m->err))
        return false;
    if (t->raw_length > 0)
        return error_set_at_byte(m->err, MSW_INVALID, at, "constant '%s' is both here and in '%s'", name, file);
    if (e->length < 0 || (uint64_t)e->length != bytes)
        return error_set_at_byte(m->err, MSW_INVALID, at, "constant '%s': %t needs %z bytes, of '%s' it has %l", name,
                                 &t->type, bytes, file, e->length);
    if (e->offset < MINDIR_HEAD_BYTES || e->offset > INT64_MAX - e->length)
        return error_set_at_byte(m->err, MSW_INVALID, at,
                                 "constant '%s' begins at byte %l of '%s', expected byte %d or one behind it", name,
                                 e->offset, file, (int32_t)MINDIR_HEAD_BYTES);
    return true;
}

uint32_t mindir_external_tensor(struct mindir *m, const struct tensor_proto *t, const char *name, size_t bytes) {
    const struct external_proto *e = &t->external;
    const char *file = arena_string(m->graph->arena, e->location.at, e->location.length, m->err);
    if (!file || !check_external(m, t, name, file, bytes))
        return NO_VALUE;
    struct value value = {.name = name, .type = t->type, .kind = VALUE_CONSTANT, .offset = (uint64_t)e->offset};
    value.file = weight_files_add(m->files, file, value.offset + bytes, name, m->err);
    return value.file ? graph_add_value(m->graph, &value, m->err) : NO_VALUE;
}

bool mindir_check_head(const unsigned char *head, const struct weight_file *file, struct error *err) {
    return head[0] == 1 ||
           error_set(err, MSW_UNSUPPORTED, "'%s': its first byte is %d, expected 1: little endian weights of MindSpore",
                     file->name, (int32_t)head[0]);
}
