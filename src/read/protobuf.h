/* protobuf.h - a cursor over a protobuf message that copies nothing and trusts nothing.
 *
 * 1. A message is a run of fields. A field is a key (varint: number << 3 | wire type) and a value.
 * 2. Wire type 0: varint. 1: 8 bytes. 2: a length (varint) and that many bytes. 5: 4 bytes. 3 and 4: begin and end of a group, which no schema
 *    of ours has: groups are skipped, whatever they hold.
 * 3. A varint has at most 10 bytes of 7 bits, low ones first; bit 7 says that more follow.
 * Source: protobuf.dev/programming-guides/encoding. */
#ifndef READ_PROTOBUF_H
#define READ_PROTOBUF_H

#include "read/document.h"

enum {
    PROTOBUF_MAX_DEPTH = 100, /* messages and groups inside each other, as Google's own readers have it */
    PROTOBUF_MAX_VARINT = 10,
};

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_GROUP = 3,
    WIRE_GROUP_END = 4,
    WIRE_FIXED32 = 5
};

/* A field.
 *   at      offset of its key, for messages
 *   value   of wire types 0, 1 and 5
 *   offset, length  of wire type 2: where its bytes are in the file */
struct field {
    uint32_t number;
    enum wire_type wire;
    uint64_t at;
    uint64_t value;
    uint64_t offset, length;
};

/* Position in a message that ends at `end`. */
struct cursor {
    const struct document *doc;
    uint64_t at, end;
    int depth;
    struct error *err;
};

/* A run of text in the file; not NUL-terminated. */
struct text {
    const char *at;
    size_t length;
};

bool text_is(struct text text, const char *word);

/* Read a varint from the `available` bytes at `data`. Returns its length in bytes; 0: the bytes end inside it; -1: longer than 10 bytes. */
int varint_read(const unsigned char *data, size_t available, uint64_t *value);

/* Take a key apart. False with err: field number 0 or past 2^29 - 1, wire type 6 or 7. */
bool key_split(uint64_t key, uint64_t at, uint32_t *number, enum wire_type *wire, struct error *err);

struct cursor cursor_of(const struct document *doc, struct error *err);

/* The next field. False: the message has ended, or err is set. */
bool cursor_next(struct cursor *cursor, struct field *field);

/* The field's value under its schema. False with err: it has another wire type. Text must be in memory, UTF-8, and without NUL; it is not copied. */
bool field_int(const struct cursor *cursor, const struct field *field, int64_t *value);
bool field_float(const struct cursor *cursor, const struct field *field, float *value);
bool field_text(const struct cursor *cursor, const struct field *field, const char **text, size_t *length);
bool field_message(const struct cursor *cursor, const struct field *field, struct cursor *message);

/* Whole numbers of a repeated field, packed or not: call `add` for each. False with err, or when add says so. */
bool field_ints(const struct cursor *cursor, const struct field *field, bool (*add)(void *context, int64_t value),
                void *context);

#endif
