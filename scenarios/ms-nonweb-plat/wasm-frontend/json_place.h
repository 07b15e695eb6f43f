/* json_place.h - where in a JSON text something is, in the words of a message. */
#ifndef JSON_PLACE_H
#define JSON_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_MAX_DEPTH 64

/* A position in a list of tensors: `input` counts the items of the outer list, `value` those of an array inside a tensor. */
struct json_place {
    size_t offset;
    int line;
    int column;
    int depth;
    size_t input;
    size_t value;
};

/* The first position nested deeper than JSON_MAX_DEPTH; false: there is none. */
bool json_too_deep(const char *text, size_t bytes, struct json_place *place);

/* The position of byte `offset`. */
struct json_place json_place_at(const char *text, size_t bytes, size_t offset);

/* Where in tensor `input` the key stands as written; false: it is written with escapes. */
bool json_place_of_key(const char *text, size_t bytes, size_t input, const char *key, struct json_place *place);

#endif
