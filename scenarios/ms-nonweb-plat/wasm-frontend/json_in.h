/* json_in.h - reading JSON: a list of tensors in the 2020 form, or any object. */
#ifndef JSON_IN_H
#define JSON_IN_H

#include <jansson.h>
#include <stddef.h>

#include "array.h"

/* A parsed list: [{"input-data": [..], "dim-size": n, "shape": [..]}, ...], values flat and row-major. */
struct json_tensors {
    const char *place;
    const char *text;
    size_t bytes;
    json_t *list;
    size_t count;
};

/* Parse any JSON; `place` and `expected` are for the message when it is not. Ends the program with exit 3. */
json_t *json_parse(const char *place, const char *text, size_t bytes, const char *expected);

/* Parse a list of tensors; a single tensor is a list of one. */
struct json_tensors json_tensors_parse(const char *place, const char *text, size_t bytes);

/* Tensor `index` as an array of the type given; `tag` names that type in messages. */
struct array json_tensor(const struct json_tensors *tensors, size_t index, char number, size_t item, const char *tag);

#endif
