/* outline.h - the first walk over a model file: which bytes are structure and which are weights, found by reading keys and lengths alone.
 *
 * The file is looked at through a window that the host fills. The walk enters the messages that the schema lists and passes over every other
 * field; a field longer than OUTLINE_KEEP_BYTES stays in the file. */
#ifndef READ_OUTLINE_H
#define READ_OUTLINE_H

#include "read/protobuf.h"

enum {
    OUTLINE_KEEP_BYTES = 1024, /* shapes, names and scalars are shorter, weights that matter are longer */
    OUTLINE_WINDOW_BYTES = 16384,
};

enum { OUTLINE_LIST = 255 }; /* as a child: no message, but kept in memory whatever its length */

/* Field `number` of message kind `parent` is a message of kind `child`. The file itself is kind 0; a list ends with child 0. */
struct outline_rule {
    uint8_t parent, number, child;
};

struct outline_frame {
    uint64_t end;
    uint32_t group; /* number of the group that this is, or 0 for a message */
    uint8_t kind;
};

struct outline {
    const struct outline_rule *schema;
    struct arena *arena; /* for the segments */
    unsigned char *window;
    uint64_t window_at;
    size_t window_bytes;
    uint64_t at;        /* where the walk is */
    uint64_t kept_from; /* start of the segment that is being collected */
    struct outline_frame frames[PROTOBUF_MAX_DEPTH + 1];
    int depth;
    uint32_t segment_room;
    struct document doc; /* the result, its segments without data */
};

/* window: OUTLINE_WINDOW_BYTES that live as long as the walk. */
void outline_begin(struct outline *outline, const struct outline_rule *schema, uint64_t file_bytes,
                   unsigned char *window, struct arena *arena);

/* Go on. MSW_MORE: fill window_bytes bytes from window_at into window and call again; MSW_OK: doc is complete; else err is set. */
enum msw_status outline_step(struct outline *outline, struct error *err);

#endif
