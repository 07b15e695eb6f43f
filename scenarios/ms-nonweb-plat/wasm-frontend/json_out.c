/* Writes JSON the way the 2020 command line did (two spaces, one item a line), with numbers that keep their exact value. */
#include "json_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "fail.h"
#include "float_text.h"

static bool is_inline(const struct json_out *out) {
    return out->inline_from > 0 && out->depth >= out->inline_from;
}

static FILE *sink(const struct json_out *out) {
    return out->to ? out->to : stdout;
}

static void new_line(const struct json_out *out) {
    putc('\n', sink(out));
    for (int i = 0; i < out->depth; i++)
        fputs("  ", sink(out));
}

/* What must stand before the next item. */
static void begin_item(struct json_out *out) {
    if (out->after_key) {
        out->after_key = false;
        return;
    }
    if (out->depth == 0)
        return;
    if (out->has_items)
        putc(',', sink(out));
    if (!is_inline(out))
        new_line(out);
    else if (out->has_items)
        putc(' ', sink(out));
    out->has_items = true;
}

void out_open(struct json_out *out, char open) {
    begin_item(out);
    putc(open, sink(out));
    out->depth++;
    out->has_items = false;
}

void out_open_inline(struct json_out *out, char open) {
    out_open(out, open);
    if (out->inline_from == 0)
        out->inline_from = out->depth;
}

void out_close(struct json_out *out, char close) {
    bool stayed = is_inline(out);
    if (out->inline_from == out->depth)
        out->inline_from = 0;
    out->depth--;
    if (out->has_items && !stayed)
        new_line(out);
    putc(close, sink(out));
    out->has_items = true;
}

static void quoted(const struct json_out *out, const char *text) {
    putc('"', sink(out));
    for (; *text != '\0'; text++)
        if (*text == '"' || *text == '\\')
            fprintf(sink(out), "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            fprintf(sink(out), "\\u%04x", *text);
        else
            putc(*text, sink(out));
    putc('"', sink(out));
}

void out_key(struct json_out *out, const char *key) {
    begin_item(out);
    quoted(out, key);
    fputs(": ", sink(out));
    out->after_key = true;
}

void out_string(struct json_out *out, const char *text) {
    begin_item(out);
    quoted(out, text);
}

void out_integer(struct json_out *out, int64_t value) {
    begin_item(out);
    fprintf(sink(out), "%" PRId64, value);
}

void out_boolean(struct json_out *out, bool value) {
    begin_item(out);
    fputs(value ? "true" : "false", sink(out));
}

void out_null(struct json_out *out) {
    begin_item(out);
    fputs("null", sink(out));
}

void out_count(struct json_out *out, int32_t value) {
    if (value != INT32_MAX) {
        out_integer(out, value);
        return;
    }
    out_null(out);
}

void out_real(struct json_out *out, double value) {
    begin_item(out);
    fprintf(sink(out), "%.6g", value);
}

void out_milliseconds(struct json_out *out, double value) {
    begin_item(out);
    fprintf(sink(out), "%.3f", value);
}

void out_element(struct json_out *out, const struct array *array, size_t index) {
    if (!array_is_float(array->number)) {
        out_integer(out, array_integer(array, index));
        return;
    }
    begin_item(out);
    double value = array_number(array, index);
    if (!isfinite(value)) {
        out->not_finite++;
        fputs("null", sink(out));
        return;
    }
    char text[FLOAT_TEXT_BYTES];
    if (array->item == 8)
        double_text(value, text);
    else
        float_text((float)value, text);
    fputs(text, sink(out));
}

void out_elements(struct json_out *out, const struct array *array) {
    for (size_t i = 0; i < array->elements; i++)
        out_element(out, array, i);
}

void out_dims(struct json_out *out, const int32_t *dims, int32_t rank) {
    for (int32_t i = 0; i < rank; i++)
        out_integer(out, dims[i]);
}

void out_finish(struct json_out *out) {
    putc('\n', sink(out));
    if (out->not_finite > 0)
        note("%zu of the values %s inf or NaN, printed as null: JSON has no word for them", out->not_finite,
             out->not_finite == 1 ? "is" : "are");
}
