/* protobuf.c - the wire format; the schema is the caller's. */
#include "read/protobuf.h"

#include <string.h>

int varint_read(const unsigned char *data, size_t available, uint64_t *value) {
    uint64_t sum = 0;
    for (size_t i = 0; i < PROTOBUF_MAX_VARINT; i++) {
        if (i >= available)
            return 0;
        sum |= (uint64_t)(data[i] & 0x7f) << (7 * i);
        if (data[i] < 0x80) {
            *value = sum;
            return (int)i + 1;
        }
    }
    return -1;
}

bool key_split(uint64_t key, uint64_t at, uint32_t *number, enum wire_type *wire, struct error *err) {
    const uint64_t field_number = key >> 3;
    if (field_number == 0 || field_number > (1 << 29) - 1)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)at, "bad field number %l, expected 1 to 536870911",
                                 (int64_t)field_number);
    if ((key & 7) > WIRE_FIXED32)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)at, "bad wire type %d, expected 0 to 5",
                                 (int32_t)(key & 7));
    *number = (uint32_t)field_number;
    *wire = (enum wire_type)(key & 7);
    return true;
}

struct cursor cursor_of(const struct document *doc, struct error *err) {
    return (struct cursor){.doc = doc, .end = doc->bytes, .err = err};
}

static bool bad(const struct cursor *c, uint64_t at, const char *what) {
    return error_set_at_byte(c->err, MSW_INVALID, (int64_t)at, "%s", what);
}

/* Bytes left in the message that are also in memory at the cursor; NULL: a place whose bytes stayed in the file, or the message's end. */
static const unsigned char *here(const struct cursor *c, size_t *available) {
    const unsigned char *data = document_at(c->doc, c->at, available);
    if (c->end - c->at < *available)
        *available = (size_t)(c->end - c->at);
    return data;
}

static bool take_varint(struct cursor *c, uint64_t *value) {
    size_t available = 0;
    const unsigned char *data = here(c, &available);
    const int used = data ? varint_read(data, available, value) : 0;
    if (used < 0)
        return bad(c, c->at, "number longer than 10 bytes");
    if (used == 0)
        return bad(c, c->at, "the message ends inside a number");
    c->at += (uint64_t)used;
    return true;
}

static bool take_fixed(struct cursor *c, size_t bytes, uint64_t *value) {
    size_t available = 0;
    const unsigned char *data = here(c, &available);
    if (!data || available < bytes)
        return bad(c, c->at, "the message ends inside a number");
    *value = 0;
    memcpy(value, data, bytes); /* little endian, as every target of ours */
    c->at += bytes;
    return true;
}

static bool take_bytes(struct cursor *c, struct field *field) {
    if (!take_varint(c, &field->length))
        return false;
    if (field->length > c->end - c->at)
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)field->at,
                                 "field %d has %l bytes, but its message ends after %l", (int32_t)field->number,
                                 (int64_t)field->length, (int64_t)(c->end - c->at));
    field->offset = c->at;
    c->at += field->length;
    return true;
}

static bool take_key(struct cursor *c, struct field *field) {
    uint64_t key = 0;
    field->at = c->at;
    return take_varint(c, &key) && key_split(key, field->at, &field->number, &field->wire, c->err);
}

static bool take_value(struct cursor *c, struct field *field) {
    switch (field->wire) {
    case WIRE_VARINT: return take_varint(c, &field->value);
    case WIRE_FIXED64: return take_fixed(c, 8, &field->value);
    case WIRE_FIXED32: return take_fixed(c, 4, &field->value);
    case WIRE_BYTES: return take_bytes(c, field);
    default: return true; /* groups have no value of their own */
    }
}

/* Past the group that has just begun, and all groups in it. */
static bool skip_group(struct cursor *c, uint32_t number) {
    uint32_t open[PROTOBUF_MAX_DEPTH];
    int depth = 0;
    open[depth++] = number;
    while (depth > 0) {
        struct field field = {0};
        if (c->at >= c->end)
            return bad(c, c->at, "the message ends inside a group");
        if (!take_key(c, &field) || !take_value(c, &field))
            return false;
        if (field.wire == WIRE_GROUP && c->depth + depth >= PROTOBUF_MAX_DEPTH)
            return error_set_at_byte(c->err, MSW_INVALID, (int64_t)field.at, "nesting deeper than %d",
                                     (int32_t)PROTOBUF_MAX_DEPTH);
        if (field.wire == WIRE_GROUP)
            open[depth++] = field.number;
        else if (field.wire == WIRE_GROUP_END && open[--depth] != field.number)
            return bad(c, field.at, "a group ends that has not begun");
    }
    return true;
}

bool cursor_next(struct cursor *c, struct field *field) {
    for (;;) {
        if (c->err->about.status != MSW_OK || c->at >= c->end)
            return false;
        if (c->depth > PROTOBUF_MAX_DEPTH)
            return error_set_at_byte(c->err, MSW_INVALID, (int64_t)c->at, "nesting deeper than %d",
                                     (int32_t)PROTOBUF_MAX_DEPTH);
        *field = (struct field){0};
        if (!take_key(c, field) || !take_value(c, field))
            return false;
        if (field->wire == WIRE_GROUP_END)
            return bad(c, field->at, "a group ends that has not begun");
        if (field->wire != WIRE_GROUP)
            return true;
        if (!skip_group(c, field->number))
            return false;
    }
}

/* A cursor over the message that `field`, of wire type 2, holds. Its first cursor_next fails when the nesting is too deep. */
static struct cursor enter(const struct cursor *c, const struct field *field) {
    return (struct cursor){
        .doc = c->doc, .at = field->offset, .end = field->offset + field->length, .depth = c->depth + 1, .err = c->err};
}

static bool expect(const struct cursor *c, const struct field *field, enum wire_type wire) {
    return field->wire == wire ||
           error_set_at_byte(c->err, MSW_INVALID, (int64_t)field->at, "field %d has wire type %d, expected %d",
                             (int32_t)field->number, (int32_t)field->wire, (int32_t)wire);
}

bool field_int(const struct cursor *c, const struct field *field, int64_t *value) {
    *value = (int64_t)field->value;
    return expect(c, field, WIRE_VARINT);
}

bool field_float(const struct cursor *c, const struct field *field, float *value) {
    const uint32_t bits = (uint32_t)field->value;
    memcpy(value, &bits, sizeof bits);
    return expect(c, field, WIRE_FIXED32);
}

bool field_message(const struct cursor *c, const struct field *field, struct cursor *message) {
    *message = enter(c, field);
    return expect(c, field, WIRE_BYTES);
}

bool text_is(struct text text, const char *word) {
    return text.length == strlen(word) && memcmp(text.at, word, text.length) == 0;
}

/* Length of the UTF-8 sequence at text, 0 where there is none (RFC 3629: no surrogates, nothing past U+10FFFF, no longer form than needed). */
static size_t utf8_sequence(const unsigned char *text, size_t left) {
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    const size_t length = text[0] < 0x80       ? 1
                          : text[0] >> 5 == 6  ? 2
                          : text[0] >> 4 == 14 ? 3
                          : text[0] >> 3 == 30 ? 4
                                               : 0;
    if (length <= 1 || length > left)
        return length > left ? 0 : length;
    uint32_t code = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (text[i] >> 6 != 2)
            return 0;
        code = code << 6 | (text[i] & 0x3f);
    }
    return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

bool field_text(const struct cursor *c, const struct field *field, const char **text, size_t *length) {
    if (!expect(c, field, WIRE_BYTES))
        return false;
    *text = "";
    *length = (size_t)field->length;
    if (field->length == 0)
        return true;
    const unsigned char *bytes = document_bytes(c->doc, field->offset, field->length);
    if (!bytes)
        return bad(c, field->at, "text too long to be a name");
    for (size_t i = 0; i < *length;) {
        const size_t sequence = utf8_sequence(bytes + i, *length - i);
        if (sequence == 0 || bytes[i] == 0)
            return bad(c, field->offset + i, bytes[i] == 0 ? "a name with a NUL in it" : "invalid UTF-8");
        i += sequence;
    }
    *text = (const char *)bytes;
    return true;
}

bool field_ints(const struct cursor *c, const struct field *field, bool (*add)(void *context, int64_t value),
                void *context) {
    if (field->wire != WIRE_BYTES) {
        int64_t value = 0;
        return field_int(c, field, &value) && add(context, value);
    }
    struct cursor packed = enter(c, field);
    while (packed.at < packed.end) {
        uint64_t value = 0;
        if (!take_varint(&packed, &value) || !add(context, (int64_t)value))
            return false;
    }
    return true;
}
