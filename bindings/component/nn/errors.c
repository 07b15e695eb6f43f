/* errors.c - wasi:nn/errors: what went wrong, first as one text on our side, then as a resource that the application owns. */
#include <stdarg.h>
#include <string.h>

#include "nn.h"

enum { MOST_TEXT = 1024, MOST_QUOTE = 128 };

struct message {
    uint32_t code;
    uint32_t used;
    char text[MOST_TEXT];
};

static struct message last;

ABI_IMPORT("[export]" NN("errors"), "[resource-new]error") uint32_t error_handle(struct message *message);

/* The last bytes are kept for "...". */
static void put(const char *text, size_t bytes) {
    const size_t room = MOST_TEXT - 3 - last.used, fits = bytes < room ? bytes : room;
    memcpy(last.text + last.used, text, fits);
    last.used += (uint32_t)fits;
    if (fits < bytes && last.used == MOST_TEXT - 3) {
        memcpy(last.text + last.used, "...", 3);
        last.used = MOST_TEXT;
    }
}

static void put_text(const char *text) {
    if (last.used < MOST_TEXT)
        put(text, strlen(text));
}

/* A string of the application, shortened at the end of a character of UTF-8. */
static void put_list(const struct abi_list *list) {
    const char *text = list->data;
    size_t bytes = list->count;
    if (bytes > MOST_QUOTE)
        for (bytes = MOST_QUOTE; bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80;)
            bytes--;
    if (last.used < MOST_TEXT)
        put(text, bytes);
    if (bytes < list->count)
        put_text("...");
}

static void put_number(uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    if (last.used < MOST_TEXT)
        put(digits + at, sizeof digits - at);
}

static void put_dimensions(const struct abi_list *list) {
    put_text("[");
    for (uint32_t i = 0; i < list->count; i++) {
        put_text(i > 0 ? "," : "");
        put_number(((const uint32_t *)list->data)[i]);
    }
    put_text("]");
}

static void put_argument(char kind, va_list *arguments) {
    if (kind == 's')
        put_text(va_arg(*arguments, const char *));
    else if (kind == 'l')
        put_list(va_arg(*arguments, const struct abi_list *));
    else if (kind == 'd')
        put_dimensions(va_arg(*arguments, const struct abi_list *));
    else
        put_number(va_arg(*arguments, size_t));
}

bool nn_fail(enum nn_code code, const char *format, ...) {
    va_list arguments;
    last.code = code;
    last.used = 0;
    va_start(arguments, format);
    for (const char *c = format; *c; c++)
        if (*c == '%')
            put_argument(*++c, &arguments);
        else if (last.used < MOST_TEXT)
            put(c, 1);
    va_end(arguments);
    return false;
}

bool nn_fail_as_engine(enum nn_code invalid) {
    const struct msw_error *error = msw_error();
    const enum nn_code code = error->status == MSW_LIMIT         ? NN_TOO_LARGE
                              : error->status == MSW_UNSUPPORTED ? NN_UNSUPPORTED_OPERATION
                                                                 : invalid;
    return nn_fail(code, "%s", error->text);
}

bool nn_no_memory(size_t bytes) {
    return nn_fail(NN_TOO_LARGE, "out of memory, asking for %z bytes", bytes);
}

/* Where there is no memory for an error of its own, this one says so; the destructor leaves it. */
static struct message no_memory = {.code = NN_TOO_LARGE, .used = 13, .text = "out of memory"};

uint32_t nn_error(void) {
    struct message *message = msw_alloc(sizeof *message);
    if (message)
        *message = last;
    return error_handle(message ? message : &no_memory);
}

ABI_EXPORT(NN("errors") "#[dtor]error")
void error_end(struct message *message) {
    if (message != &no_memory)
        msw_free(message);
}

ABI_EXPORT(NN("errors") "#[method]error.code")
uint32_t error_code(const struct message *message) {
    return message->code;
}

ABI_EXPORT(NN("errors") "#[method]error.data")
const struct abi_list *error_data(struct message *message) {
    static struct abi_list text;
    text = (struct abi_list){message->text, message->used};
    return &text;
}
