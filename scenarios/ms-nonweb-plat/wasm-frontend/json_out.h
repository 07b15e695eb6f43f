/* json_out.h - writing JSON, laid out for people. */
#ifndef JSON_OUT_H
#define JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "array.h"

/* Set to zero before the first call.
 *   to          where it goes; NULL: stdout
 *   not_finite  how many numbers were written as null, which JSON has no other word for */
struct json_out {
    FILE *to;
    int depth;
    int inline_from; /* depth from which on everything stays on one line; 0: nowhere */
    bool has_items;
    bool after_key;
    size_t not_finite;
};

/* `open` is '{' or '['. out_open_inline puts all that it holds on one line. */
void out_open(struct json_out *out, char open);
void out_open_inline(struct json_out *out, char open);
void out_close(struct json_out *out, char close);
void out_key(struct json_out *out, const char *key);
void out_string(struct json_out *out, const char *text);
void out_integer(struct json_out *out, int64_t value);
void out_null(struct json_out *out);
void out_boolean(struct json_out *out, bool value);

/* A number of inputs or outputs; null where it may be any (INT32_MAX). */
void out_count(struct json_out *out, int32_t value);

/* A finite number with six digits. */
void out_real(struct json_out *out, double value);

void out_milliseconds(struct json_out *out, double value);

/* Element `index`: an integer, or the shortest decimal. */
void out_element(struct json_out *out, const struct array *array, size_t index);

/* A whole array, flat. */
void out_elements(struct json_out *out, const struct array *array);
void out_dims(struct json_out *out, const int32_t *dims, int32_t rank);

/* End the document: a new line, a note on stderr about numbers that became null. */
void out_finish(struct json_out *out);

#endif
