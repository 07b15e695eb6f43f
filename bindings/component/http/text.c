/* text.c - text that grows in the engine's memory; numbers and strings are written by yyjson. */
#include "text.h"

#include <string.h>

#include "json.h"
#include "msw.h"

enum { FIRST_ROOM = 512, SHOWN = 80, NUMBER_ROOM = 64 };

struct bytes bytes_of(const char *string) {
    return (struct bytes){string, strlen(string)};
}

bool bytes_equal(struct bytes x, const char *string) {
    return x.count == strlen(string) && memcmp(x.data, string, x.count) == 0;
}

void text_free(struct text *text) {
    msw_free(text->data);
    *text = (struct text){0};
}

static bool grow(struct text *text, size_t count) {
    if (text->failed || count <= text->room - text->count)
        return !text->failed;
    size_t room = text->room < FIRST_ROOM ? FIRST_ROOM : text->room;
    while (room - text->count < count && room <= SIZE_MAX / 2)
        room *= 2;
    char *data = room - text->count < count ? NULL : msw_alloc(room);
    if (!data) {
        text->failed = true;
        return false;
    }
    if (text->count > 0)
        memcpy(data, text->data, text->count);
    msw_free(text->data);
    text->data = data;
    text->room = room;
    return true;
}

void text_put(struct text *text, const void *data, size_t count) {
    if (count == 0 || !grow(text, count))
        return;
    memcpy(text->data + text->count, data, count);
    text->count += count;
}

void text_add(struct text *text, const char *string) {
    text_put(text, string, strlen(string));
}

static void put_value(struct text *text, yyjson_val *value, const yyjson_alc *memory) {
    size_t count = 0;
    yyjson_write_err err;
    char *json = yyjson_val_write_opts(value, YYJSON_WRITE_NOFLAG, memory, &count, &err);
    if (!json) {
        text->failed = true;
        return;
    }
    text_put(text, json, count);
    memory->free(memory->ctx, json);
}

void text_quote(struct text *text, const char *data, size_t count) {
    yyjson_val value = {0};
    yyjson_set_strn(&value, data, count);
    put_value(text, &value, &json_memory);
}

/* A number fits in what its caller has on the stack: a large tensor is a million of them. */
static void *buffer_malloc(void *buffer, size_t bytes) {
    return bytes <= NUMBER_ROOM ? buffer : NULL;
}

static void *buffer_realloc(void *buffer, void *old, size_t old_bytes, size_t bytes) {
    (void)old, (void)old_bytes;
    return buffer_malloc(buffer, bytes);
}

static void buffer_free(void *buffer, void *memory) {
    (void)buffer, (void)memory;
}

static void put_number(struct text *text, yyjson_val *value) {
    char buffer[NUMBER_ROOM];
    const yyjson_alc memory = {buffer_malloc, buffer_realloc, buffer_free, buffer};
    put_value(text, value, &memory);
}

void text_integer(struct text *text, int64_t number) {
    yyjson_val value = {0};
    yyjson_set_sint(&value, number);
    put_number(text, &value);
}

void text_float(struct text *text, float number) {
    yyjson_val value = {0};
    yyjson_set_float(&value, number);
    put_number(text, &value);
}

void text_double(struct text *text, double number) {
    yyjson_val value = {0};
    yyjson_set_double(&value, number);
    put_number(text, &value);
}

static void put_shown(struct text *text, struct bytes shown) {
    for (size_t i = 0; i < shown.count && i < SHOWN; i++)
        text_put(text, shown.data[i] >= 0x20 && shown.data[i] < 0x7f ? &shown.data[i] : "?", 1);
    if (shown.count > SHOWN)
        text_add(text, "...");
}

void text_format(struct text *text, const char *format, va_list *arguments) {
    for (; *format; format++) {
        if (*format != '%') {
            text_put(text, format, 1);
            continue;
        }
        format++;
        if (*format == 's')
            text_add(text, va_arg(*arguments, const char *));
        else if (*format == 'b')
            put_shown(text, va_arg(*arguments, struct bytes));
        else
            text_integer(text, va_arg(*arguments, int64_t));
    }
}
