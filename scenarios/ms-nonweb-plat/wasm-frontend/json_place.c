/* Walks over a JSON text without judging it, so that messages can say line, column, input and value. The parser (jansson) gives
 * offsets for errors of form only, and has no limit on depth that we could set. */
#include "json_place.h"

#include <string.h>

static void over_string(const char *text, size_t bytes, struct json_place *at) {
    for (at->offset++, at->column++; at->offset < bytes && text[at->offset] != '"'; at->offset++, at->column++)
        if (text[at->offset] == '\\' && at->offset + 1 < bytes) {
            at->offset++;
            at->column++;
        }
}

/* Go over one character, or over a whole string. */
static void step(const char *text, size_t bytes, struct json_place *at) {
    switch (text[at->offset]) {
    case '"': over_string(text, bytes, at); break;
    case '[':
    case '{':
        at->depth++;
        if (at->depth == 3)
            at->value = 0;
        break;
    case ']':
    case '}': at->depth--; break;
    case ',':
        if (at->depth == 1)
            at->input++;
        if (at->depth == 3)
            at->value++;
        break;
    case '\n':
        at->line++;
        at->column = 0;
        break;
    default: break;
    }
    at->offset++;
    at->column++;
}

static const struct json_place start = {.line = 1, .column = 1};

bool json_too_deep(const char *text, size_t bytes, struct json_place *place) {
    *place = start;
    while (place->offset < bytes && place->depth <= JSON_MAX_DEPTH)
        step(text, bytes, place);
    return place->depth > JSON_MAX_DEPTH;
}

struct json_place json_place_at(const char *text, size_t bytes, size_t offset) {
    struct json_place at = start, next = start;
    while (next.offset <= offset && next.offset < bytes) {
        at = next;
        step(text, bytes, &next);
    }
    return at;
}

bool json_place_of_key(const char *text, size_t bytes, size_t input, const char *key, struct json_place *place) {
    size_t length = strlen(key);
    for (*place = start; place->offset < bytes; step(text, bytes, place)) {
        const char *at = text + place->offset;
        if (place->depth == 2 && place->input == input && *at == '"' && bytes - place->offset > length + 1 &&
            memcmp(at + 1, key, length) == 0 && at[length + 1] == '"')
            return true;
    }
    return false;
}
