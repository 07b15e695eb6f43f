/* text.h - bytes that grow: answers are written into them. A failure for want of memory sticks, so that only the end needs to look. */
#ifndef HTTP_TEXT_H
#define HTTP_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of somebody else, without a NUL at the end; laid out as the canonical ABI's strings and lists of bytes. */
struct bytes {
    const char *data;
    size_t count;
};

/* Zeros are an empty text. */
struct text {
    char *data;
    size_t count;
    size_t room;
    bool failed;
};

struct bytes bytes_of(const char *string);
bool bytes_equal(struct bytes x, const char *string);

void text_free(struct text *text);
void text_put(struct text *text, const void *data, size_t count);
void text_add(struct text *text, const char *string);

/* As JSON: a string in quotes, and the shortest number that reads back as the same value. */
void text_quote(struct text *text, const char *data, size_t count);
void text_integer(struct text *text, int64_t value);
void text_float(struct text *text, float value);
void text_double(struct text *text, double value);

/* format knows %s const char *; %b struct bytes, of whatever a client sent: at most 80, what is not printable ASCII as '?'; %l int64_t. */
void text_format(struct text *text, const char *format, va_list *arguments);

#endif
