/* error.h - errors as text with a place; the first one wins, since it is the cause of those that follow. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>

#include "msw.h"

enum { ERROR_TEXT_BYTES = 512 };

struct error {
    struct msw_error about; /* about.text points to text */
    char text[ERROR_TEXT_BYTES];
};

void error_clear(struct error *err);

/* Set the error unless one is set. Returns false, so that a check is one line: return error_set(err, ...).
 * format knows
 *   %s  const char *             %d  int32_t              %l  int64_t            %z  size_t
 *   %t  const struct msw_type *, as float32[2,3]          %x  the same, only the shape: [2,3]
 *   %k  int32_t, a data type by name                      %K  uint32_t, a set of data types: float32, int32
 * Strings may come from a hostile file: control characters are shown as '?'. What does not fit ends in "...". */
bool error_set(struct error *err, enum msw_status status, const char *format, ...);

/* The same, for a place in a file or a node; text starts with the place. */
bool error_set_at_byte(struct error *err, enum msw_status status, int64_t offset, const char *format, ...);

/* Put "node 'name' (Op): " before the text of an error just set, or "Op: " where name is NULL, and remember the node's index. Of a long name the end
 * is shown; a text that begins with a node already and would not fit is left as it is. */
void error_add_node(struct error *err, int32_t node, const char *name, const char *op);

/* Out of memory while asking for `bytes`. Returns false. */
bool error_no_memory(struct error *err, size_t bytes);

#endif
