/* typed_error.h - why a typed function failed. */
#ifndef COMPILE_TYPED_ERROR_H
#define COMPILE_TYPED_ERROR_H

#include <stdbool.h>
#include <stdint.h>

/* The last one.
 *   code  of the interface's enum error-code: 0 is MSW_USAGE
 *   node  name of the model's node that is meant, or NULL */
struct typed_error {
    uint32_t code;
    const char *node;
    const char *text;
};

const struct typed_error *typed_error(void);

/* What was given is wrong. format knows %n const char *, a name; %u uint32_t; %t const struct msw_type *, its shape: [2,3]. Returns false. */
bool typed_fail(const char *format, ...);

/* The engine's own error. Returns false. */
bool typed_fail_as_engine(void);

#endif
