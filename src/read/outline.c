/* outline.c - a stack of messages instead of recursion, so that the walk can stop wherever the window ends. */
#include "read/outline.h"

#include <string.h>

void outline_begin(struct outline *o, const struct outline_rule *schema, uint64_t file_bytes, unsigned char *window,
                   struct arena *arena) {
    *o = (struct outline){.schema = schema, .arena = arena, .window = window, .doc = {.bytes = file_bytes}};
    o->frames[0].end = file_bytes;
}

/* Ask for the window that begins at the walk's place. */
static enum msw_status want_window(struct outline *o) {
    const uint64_t left = o->doc.bytes - o->at;
    o->window_at = o->at;
    o->window_bytes = left < OUTLINE_WINDOW_BYTES ? (size_t)left : OUTLINE_WINDOW_BYTES;
    return MSW_MORE;
}

static bool add_segment(struct outline *o, uint64_t from, uint64_t end, struct error *err) {
    if (from == end)
        return true;
    if (end - from > PTRDIFF_MAX)
        return error_set(err, MSW_LIMIT, "the model's structure alone has %l bytes", (int64_t)(end - from));
    struct segment *segments =
        arena_room(o->arena, o->doc.segments, o->doc.segment_count, &o->segment_room, sizeof *segments, err);
    if (!segments)
        return false;
    o->doc.segments = segments;
    segments[o->doc.segment_count++] = (struct segment){.offset = from, .bytes = (size_t)(end - from)};
    return true;
}

static uint8_t child_kind(const struct outline *o, uint8_t parent, uint32_t number) {
    for (const struct outline_rule *rule = o->schema; rule->child; rule++)
        if (rule->parent == parent && rule->number == number)
            return rule->child;
    return 0;
}

static bool push(struct outline *o, struct outline_frame frame, struct error *err) {
    if (o->depth == PROTOBUF_MAX_DEPTH)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)o->at, "nesting deeper than %d",
                                 (int32_t)PROTOBUF_MAX_DEPTH);
    o->frames[++o->depth] = frame;
    return true;
}

static bool enter_bytes(struct outline *o, uint64_t key_at, uint32_t number, uint64_t length, struct error *err) {
    const struct outline_frame *frame = &o->frames[o->depth];
    if (length > frame->end - o->at)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)key_at,
                                 "field %d has %l bytes, but its message ends after %l", (int32_t)number,
                                 (int64_t)length, (int64_t)(frame->end - o->at));
    const uint8_t kind = frame->group ? 0 : child_kind(o, frame->kind, number);
    if (kind && kind != OUTLINE_LIST)
        return push(o, (struct outline_frame){.end = o->at + length, .kind = kind}, err);
    if (length > OUTLINE_KEEP_BYTES && kind != OUTLINE_LIST) {
        if (!add_segment(o, o->kept_from, o->at, err))
            return false;
        o->kept_from = o->at + length;
    }
    o->at += length;
    return true;
}

static bool leave_group(struct outline *o, uint64_t key_at, uint32_t number, struct error *err) {
    if (o->frames[o->depth].group != number)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)key_at, "a group ends that has not begun");
    o->depth--;
    return true;
}

/* What the window holds at the walk's place: 1 a varint of *used bytes; 0 the window ends inside it; -1 err is set. */
static int peek_varint(const struct outline *o, uint64_t at, uint64_t *value, int *used, struct error *err) {
    const uint64_t end = o->frames[o->depth].end;
    const uint64_t window_end = o->window_at + o->window_bytes;
    if (at < o->window_at || at >= window_end)
        return at < end ? 0
                        : (error_set_at_byte(err, MSW_INVALID, (int64_t)at, "the message ends inside a number"), -1);
    const uint64_t stop = end < window_end ? end : window_end;
    *used = varint_read(o->window + (size_t)(at - o->window_at), at < stop ? (size_t)(stop - at) : 0, value);
    if (*used > 0)
        return 1;
    if (*used < 0)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)at, "number longer than 10 bytes"), -1;
    if (stop == end)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)at, "the message ends inside a number"), -1;
    return 0;
}

/* One field. 1: done; 0: the window ends inside its key or value; -1: err is set. The place moves only when all was there. */
static int walk_field(struct outline *o, struct error *err) {
    const uint64_t key_at = o->at;
    uint64_t key = 0, value = 0;
    uint32_t number = 0;
    enum wire_type wire;
    int used = 0, value_used = 0;
    int state = peek_varint(o, key_at, &key, &used, err);
    if (state <= 0)
        return state;
    if (!key_split(key, key_at, &number, &wire, err))
        return -1;
    const uint64_t at = key_at + (uint64_t)used;
    if (wire == WIRE_VARINT || wire == WIRE_BYTES) {
        state = peek_varint(o, at, &value, &value_used, err);
        if (state <= 0)
            return state;
    }
    const uint64_t fixed = wire == WIRE_FIXED64 ? 8 : wire == WIRE_FIXED32 ? 4 : 0;
    if (fixed > o->frames[o->depth].end - at)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)at, "the message ends inside a number"), -1;
    o->at = at + (uint64_t)value_used + fixed;
    bool ok = true;
    if (wire == WIRE_BYTES)
        ok = enter_bytes(o, key_at, number, value, err);
    else if (wire == WIRE_GROUP)
        ok = push(o, (struct outline_frame){.end = o->frames[o->depth].end, .group = number}, err);
    else if (wire == WIRE_GROUP_END)
        ok = leave_group(o, key_at, number, err);
    return ok ? 1 : -1;
}

enum msw_status outline_step(struct outline *o, struct error *err) {
    for (;;) {
        const struct outline_frame *frame = &o->frames[o->depth];
        if (o->at < frame->end) {
            const int state = walk_field(o, err);
            if (state < 0)
                return (enum msw_status)err->about.status;
            if (state == 0)
                return want_window(o);
            continue;
        }
        if (frame->group) {
            error_set_at_byte(err, MSW_INVALID, (int64_t)o->at, "the message ends inside a group");
            return MSW_INVALID;
        }
        if (o->depth-- == 0)
            return add_segment(o, o->kept_from, o->doc.bytes, err) ? MSW_OK : (enum msw_status)err->about.status;
    }
}
