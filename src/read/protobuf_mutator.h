/* protobuf_mutator.h - for fuzz targets: changes one field of a protobuf message and mends the lengths around it.
 *
 * Bytes changed at random seldom stay a message, and still more seldom a graph. Here a number gets another number, a text or a message that of a field
 * with the same place in the schema, so most of what comes out is read to its end. */
#ifndef READ_PROTOBUF_MUTATOR_H
#define READ_PROTOBUF_MUTATOR_H

#include <string.h>

#include "base/test.h"
#include "read/outline.h"

enum { MUTATOR_MAX_DEPTH = 16 };

/* A field, and the messages around it, from the outermost.
 *   at, value, end  where its key begins, its value, and the next field
 *   parent, child   kinds of the message that holds it and, where it is one, of the message that it is; else 0 */
struct mutator_field {
    size_t at, value, end;
    uint32_t number;
    enum wire_type wire;
    uint8_t parent, child;
    int depth;
    struct {
        size_t length_at, begin, end;
    } around[MUTATOR_MAX_DEPTH];
};

enum mutator_want { MUTATOR_ANY, MUTATOR_NUMBER, MUTATOR_MESSAGE, MUTATOR_SAME };

/* A choice among the fields that are wanted, each as likely as the others; MUTATOR_SAME: those with the number and parent of `like`. */
struct mutator_choice {
    const struct outline_rule *schema;
    const unsigned char *data;
    uint64_t *random;
    enum mutator_want want;
    struct mutator_field like, found;
    size_t seen;
};

static inline uint8_t mutator_child(const struct outline_rule *schema, uint8_t parent, uint32_t number) {
    for (; schema->child; schema++)
        if (schema->parent == parent && schema->number == number)
            return schema->child == OUTLINE_LIST ? 0 : schema->child;
    return 0;
}

static inline bool mutator_wants(const struct mutator_choice *c, const struct mutator_field *f) {
    switch (c->want) {
    case MUTATOR_NUMBER: return f->wire == WIRE_VARINT || f->wire == WIRE_FIXED32;
    case MUTATOR_MESSAGE: return f->child != 0;
    case MUTATOR_SAME: return f->parent == c->like.parent && f->number == c->like.number && f->wire == c->like.wire;
    default: return true;
    }
}

/* The field that begins at f->at in a message that ends at `end`. False: there is none. */
static inline bool mutator_read(const unsigned char *data, size_t end, struct mutator_field *f) {
    struct error err;
    uint64_t key, value;
    error_clear(&err);
    const int key_bytes = f->at < end ? varint_read(data + f->at, end - f->at, &key) : 0;
    if (key_bytes <= 0 || !key_split(key, f->at, &f->number, &f->wire, &err))
        return false;
    f->value = f->at + (size_t)key_bytes;
    if (f->wire == WIRE_FIXED32 || f->wire == WIRE_FIXED64) {
        f->end = f->value + (f->wire == WIRE_FIXED32 ? 4 : 8);
        return f->end <= end;
    }
    const int value_bytes = varint_read(data + f->value, end - f->value, &value);
    if (value_bytes <= 0 || (f->wire != WIRE_VARINT && f->wire != WIRE_BYTES))
        return false;
    f->end = f->value + (size_t)value_bytes;
    if (f->wire == WIRE_VARINT)
        return true;
    if (value > end - f->end)
        return false;
    f->end += (size_t)value;
    return true;
}

/* Look at all fields of the message data[begin .. end), which `around` of `f` describes. */
static inline void mutator_walk(struct mutator_choice *c, struct mutator_field f, size_t begin, size_t end,
                                uint8_t kind) {
    for (f.at = begin; mutator_read(c->data, end, &f); f.at = f.end) {
        f.parent = kind;
        f.child = f.wire == WIRE_BYTES ? mutator_child(c->schema, kind, f.number) : 0;
        if (mutator_wants(c, &f) && test_below(c->random, ++c->seen) == 0)
            c->found = f;
        if (f.child == 0 || f.depth == MUTATOR_MAX_DEPTH)
            continue;
        uint64_t length;
        struct mutator_field inner = f;
        const size_t inside = f.value + (size_t)varint_read(c->data + f.value, f.end - f.value, &length);
        inner.around[inner.depth].length_at = f.value;
        inner.around[inner.depth].begin = inside;
        inner.around[inner.depth++].end = f.end;
        mutator_walk(c, inner, inside, f.end, f.child);
    }
}

static inline bool mutator_choose(struct mutator_choice *c, const unsigned char *data, size_t bytes,
                                  enum mutator_want want) {
    c->data = data;
    c->want = want;
    c->seen = 0;
    mutator_walk(c, (struct mutator_field){0}, 0, bytes, 0);
    return c->seen > 0;
}

static inline size_t mutator_put_varint(unsigned char *at, uint64_t value) {
    size_t used = 0;
    for (; value >= 0x80; value >>= 7)
        at[used++] = (unsigned char)((value & 0x7f) | 0x80);
    at[used++] = (unsigned char)value;
    return used;
}

static inline size_t mutator_append(unsigned char *out, size_t used, const unsigned char *bytes, size_t count) {
    if (count > 0)
        memcpy(out + used, bytes, count);
    return used + count;
}

/* data[from .. to), inside the message that holds field f, replaced: the whole goes to `out`, with the lengths of the messages around mended.
 * Returns its size; 0: larger than max_bytes. */
static inline size_t mutator_splice(const unsigned char *data, size_t bytes, const struct mutator_field *f, size_t from,
                                    size_t to, const unsigned char *with, size_t with_bytes, unsigned char *out,
                                    size_t max_bytes) {
    unsigned char lengths[MUTATOR_MAX_DEPTH][PROTOBUF_MAX_VARINT];
    size_t length_bytes[MUTATOR_MAX_DEPTH], grown = with_bytes, shrunk = to - from;
    for (int d = f->depth; d-- > 0;) { /* from the innermost out: a longer length makes the next message longer too */
        length_bytes[d] = mutator_put_varint(lengths[d], f->around[d].end - f->around[d].begin + grown - shrunk);
        grown += length_bytes[d];
        shrunk += f->around[d].begin - f->around[d].length_at;
    }
    if (bytes + grown - shrunk > max_bytes)
        return 0;
    size_t used = 0, at = 0;
    for (int d = 0; d < f->depth; d++) {
        used = mutator_append(out, used, data + at, f->around[d].length_at - at);
        used = mutator_append(out, used, lengths[d], length_bytes[d]);
        at = f->around[d].begin;
    }
    used = mutator_append(out, used, data + at, from - at);
    used = mutator_append(out, used, with, with_bytes);
    return mutator_append(out, used, data + to, bytes - to);
}

/* A number that is a dim, an axis, a data type, or no such thing at all. */
static inline size_t mutator_number(uint64_t *random, const struct mutator_field *f, const unsigned char *data,
                                    unsigned char *out) {
    static const int64_t numbers[] = {0,  1,  2,  3,  4,   5,   6,         7,         8,         16,        32,
                                      33, 42, 43, 64, 100, 127, 255,       256,       65536,     -1,        -2,
                                      -3, -4, -5, 30, 45,  -8,  INT32_MAX, INT32_MIN, 1LL << 31, INT64_MAX, INT64_MIN};
    if (f->wire == WIRE_FIXED32) {
        const float x = test_float(random);
        memcpy(out, &x, sizeof x);
        return sizeof x;
    }
    uint64_t value = 0;
    varint_read(data + f->value, f->end - f->value, &value);
    if (test_below(random, 3) == 0)
        return mutator_put_varint(out, value + test_below(random, 5) - 2);
    return mutator_put_varint(out, (uint64_t)numbers[test_below(random, COUNT(numbers))]);
}

/* Change `bytes` bytes of `data` into up to max_bytes bytes of `out`. Returns how many; 0: this time nothing came of it. */
static inline size_t mutator_mutate(const struct outline_rule *schema, uint64_t *random, const unsigned char *data,
                                    size_t bytes, unsigned char *out, size_t max_bytes) {
    struct mutator_choice c = {.schema = schema, .random = random};
    unsigned char number[PROTOBUF_MAX_VARINT];
    const enum mutator_want want = (enum mutator_want)test_below(random, MUTATOR_SAME);
    if (!mutator_choose(&c, data, bytes, want))
        return 0;
    const struct mutator_field f = c.found;
    if (want == MUTATOR_NUMBER) {
        const size_t count = mutator_number(random, &f, data, number);
        return mutator_splice(data, bytes, &f, f.value, f.end, number, count, out, max_bytes);
    }
    const size_t what = test_below(random, 8);
    if (what == 0) /* leave it out */
        return mutator_splice(data, bytes, &f, f.at, f.end, NULL, 0, out, max_bytes);
    if (what == 1) /* say it twice */
        return mutator_splice(data, bytes, &f, f.end, f.end, data + f.at, f.end - f.at, out, max_bytes);
    c.like = f;
    if (!mutator_choose(&c, data, bytes, MUTATOR_SAME) || c.found.at == f.at)
        return 0;
    return mutator_splice(data, bytes, &f, f.at, f.end, data + c.found.at, c.found.end - c.found.at, out, max_bytes);
}

/* `data` with a field of `other` in the place of one like it, or beside it. */
static inline size_t mutator_cross(const struct outline_rule *schema, uint64_t *random, const unsigned char *data,
                                   size_t bytes, const unsigned char *other, size_t other_bytes, unsigned char *out,
                                   size_t max_bytes) {
    struct mutator_choice c = {.schema = schema, .random = random};
    if (!mutator_choose(&c, data, bytes, test_below(random, 2) ? MUTATOR_MESSAGE : MUTATOR_ANY))
        return 0;
    const struct mutator_field f = c.like = c.found;
    if (!mutator_choose(&c, other, other_bytes, MUTATOR_SAME))
        return 0;
    const size_t from = test_below(random, 3) == 0 ? f.end : f.at;
    return mutator_splice(data, bytes, &f, from, f.end, other + c.found.at, c.found.end - c.found.at, out, max_bytes);
}

#endif
