/* utf8.h - checking and cleaning text that comes from outside. */
#ifndef UTF8_H
#define UTF8_H

#include <stdbool.h>

/* Is the string UTF-8 (no overlong forms, no surrogates)? */
bool utf8_is_valid(const char *text);

/* Replace control characters, and each byte that is not part of UTF-8, by '?'. */
void utf8_make_printable(char *text);

/* A copy with the ASCII letters in capitals. */
const char *utf8_capitals(const char *text);

#endif
