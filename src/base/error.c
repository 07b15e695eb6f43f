/* error.c - a formatter of a page in place of printf, which a module without libc does not have. */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/type.h"

struct out {
    char *text;
    size_t used;
    bool cut;
};

static void put_char(struct out *o, char c) {
    if (o->used + 1 < ERROR_TEXT_BYTES)
        o->text[o->used++] = c;
    else
        o->cut = true;
}

/* Control characters, of ASCII or C1 (which UTF-8 writes as c2 80 to c2 9f), could speak to a terminal. */
static void put_string(struct out *o, const char *s) {
    for (; *s; s++) {
        const unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];
        if (c == 0xc2 && next >= 0x80 && next < 0xa0)
            s++;
        put_char(o, c < 0x20 || c == 0x7f || (c == 0xc2 && next < 0xa0) ? '?' : *s);
    }
}

static void put_unsigned(struct out *o, uint64_t n) {
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (count > 0)
        put_char(o, digits[--count]);
}

static void put_signed(struct out *o, int64_t n) {
    if (n < 0)
        put_char(o, '-');
    put_unsigned(o, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

static void put_dtype(struct out *o, int32_t dtype) {
    put_string(o, dtype_known(dtype) ? dtype_info(dtype)->name : "any");
}

static void put_shape(struct out *o, const struct msw_type *type) {
    if (type->rank < 0 || type->rank > MSW_MAX_RANK) {
        put_string(o, "[...]");
        return;
    }
    put_char(o, '[');
    for (int32_t i = 0; i < type->rank; i++) {
        if (i > 0)
            put_char(o, ',');
        if (type->dims[i] == -1)
            put_char(o, '?');
        else
            put_signed(o, type->dims[i]);
    }
    put_char(o, ']');
}

static void put_dtype_set(struct out *o, uint32_t set) {
    const char *comma = "";
    for (int32_t d = MSW_ANY + 1; d < DTYPE_END; d++) {
        if ((set >> d & 1) == 0)
            continue;
        put_string(o, comma);
        put_dtype(o, d);
        comma = ", ";
    }
}

static void put_one(struct out *o, char code, va_list *args) {
    switch (code) {
    case 's': put_string(o, va_arg(*args, const char *)); break;
    case 'd': put_signed(o, va_arg(*args, int32_t)); break;
    case 'l': put_signed(o, va_arg(*args, int64_t)); break;
    case 'z': put_unsigned(o, va_arg(*args, size_t)); break;
    case 'k': put_dtype(o, va_arg(*args, int32_t)); break;
    case 'K': put_dtype_set(o, va_arg(*args, uint32_t)); break;
    case 'x': put_shape(o, va_arg(*args, const struct msw_type *)); break;
    default: { /* 't' */
        const struct msw_type *type = va_arg(*args, const struct msw_type *);
        put_dtype(o, type->dtype);
        put_shape(o, type);
    }
    }
}

static void put_format(struct out *o, const char *format, va_list *args) {
    for (; *format; format++) {
        if (*format == '%')
            put_one(o, *++format, args);
        else
            put_char(o, *format);
    }
}

/* Back to the start of a UTF-8 sequence, so that a cut text stays valid. */
static size_t sequence_start(const char *text, size_t at) {
    while (at > 0 && ((unsigned char)text[at] & 0xc0) == 0x80)
        at--;
    return at;
}

static void finish(struct out *o) {
    if (o->cut) {
        o->used = sequence_start(o->text, ERROR_TEXT_BYTES - 4);
        memcpy(o->text + o->used, "...", 3);
        o->used += 3;
    }
    o->text[o->used] = '\0';
}

void error_clear(struct error *err) {
    err->about = (struct msw_error){.status = MSW_OK, .node = -1, .offset = -1, .text = err->text};
    err->text[0] = '\0';
}

/* place: a byte of the file, or NULL */
static void set(struct error *err, enum msw_status status, const int64_t *place, const char *format, va_list *args) {
    struct out o = {.text = err->text};
    if (err->about.status != MSW_OK)
        return;
    err->about.status = (int32_t)status;
    if (place) {
        err->about.offset = *place;
        put_string(&o, "byte ");
        put_signed(&o, *place);
        put_string(&o, ": ");
    }
    put_format(&o, format, args);
    finish(&o);
}

bool error_set(struct error *err, enum msw_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    set(err, status, NULL, format, &args);
    va_end(args);
    return false;
}

bool error_set_at_byte(struct error *err, enum msw_status status, int64_t offset, const char *format, ...) {
    va_list args;
    va_start(args, format);
    set(err, status, &offset, format, &args);
    va_end(args);
    return false;
}

/* A node's name, or the end of a long one, where MindSpore's names differ. */
static void put_name(struct out *o, const char *name) {
    enum { LONGEST = 200 };
    const size_t length = strlen(name);
    if (length > LONGEST) {
        put_string(o, "...");
        name += length - LONGEST;
        while (((unsigned char)*name & 0xc0) == 0x80)
            name++;
    }
    put_string(o, name);
}

void error_add_node(struct error *err, int32_t node, const char *name, const char *op) {
    static const char prefix[] = "node '";
    char cause[ERROR_TEXT_BYTES];
    memcpy(cause, err->text, sizeof cause);
    err->about.node = node;
    struct out o = {.text = err->text};
    if (name) {
        put_string(&o, prefix);
        put_name(&o, name);
        put_string(&o, "' (");
    }
    put_string(&o, op);
    put_string(&o, name ? "): " : ": ");
    put_string(&o, cause);
    finish(&o);
    if (o.cut && memcmp(cause, prefix, sizeof prefix - 1) == 0)
        memcpy(err->text, cause,
               sizeof cause); /* calls inside calls: the innermost node says more than the outermost */
}

bool error_no_memory(struct error *err, size_t bytes) {
    return error_set(err, MSW_LIMIT, "out of memory: %z more bytes were needed", bytes);
}
