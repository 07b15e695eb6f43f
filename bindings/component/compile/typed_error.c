/* typed_error.c - texts of typed functions. What a component gives out as a string must be UTF-8, so names are cut between characters. */
#include "compile/typed_error.h"

#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include "compile/compiled.h"
#include "msw.h"

enum { TEXT_BYTES = 512, NAME_BYTES = 64 };

static struct typed_error last;
static char text[TEXT_BYTES]; /* there is room for two shapes and a name */
static size_t used;

static void add(const char *bytes, size_t count) {
    for (size_t i = 0; i < count && used < TEXT_BYTES - 1; i++)
        text[used++] = bytes[i];
}

static void add_name(const char *name) {
    size_t count = strlen(name);
    const bool cut = count > NAME_BYTES;
    if (cut)
        for (count = NAME_BYTES; count > 0 && ((unsigned char)name[count] & 0xc0) == 0x80;)
            count--;
    for (size_t i = 0; i < count; i++)
        add((unsigned char)name[i] < ' ' || name[i] == 127 ? "?" : &name[i], 1);
    add("...", cut ? 3 : 0);
}

static void add_number(uint32_t number) {
    char digits[10];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    add(digits + at, sizeof digits - at);
}

static void add_shape(const struct msw_type *type) {
    add("[", 1);
    for (int32_t i = 0; i < type->rank; i++) {
        add(",", i > 0);
        add_number((uint32_t)type->dims[i]);
    }
    add("]", 1);
}

const struct typed_error *typed_error(void) {
    return &last;
}

bool typed_fail(const char *format, ...) {
    va_list args;
    va_start(args, format);
    used = 0;
    for (; *format; format++) {
        if (*format != '%') {
            add(format, 1);
            continue;
        }
        switch (*++format) {
        case 'n': add_name(va_arg(args, const char *)); break;
        case 'u': add_number(va_arg(args, uint32_t)); break;
        default: add_shape(va_arg(args, const struct msw_type *));
        }
    }
    va_end(args);
    text[used] = '\0';
    last = (struct typed_error){.code = MSW_INVALID - MSW_USAGE, .text = text};
    return false;
}

bool typed_fail_as_engine(void) {
    const struct msw_error *error = msw_error();
    const struct msw_node *node = error->node >= 0 ? msw_model_node(compiled.model, (uint32_t)error->node) : NULL;
    const bool known = error->status >= MSW_USAGE && error->status <= MSW_UNSUPPORTED;
    last = (struct typed_error){
        .code = known ? (uint32_t)error->status - MSW_USAGE : 0, .node = node ? node->name : NULL, .text = error->text};
    return false;
}
