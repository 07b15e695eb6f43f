/* outline_test.c - the walk finds the same structure whatever the windows cut, and leaves long fields in the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "read/mindir_writer.h"

static unsigned char window[OUTLINE_WINDOW_BYTES];
static struct arena arena;
static struct error err;
static struct outline outline;

/* Walk over a file; requests counts the windows. */
static enum msw_status walk(const unsigned char *file, size_t bytes, int *requests) {
    error_clear(&err);
    arena_free(&arena);
    outline_begin(&outline, mindir_outline, bytes, window, &arena);
    *requests = 0;
    for (;;) {
        const enum msw_status status = outline_step(&outline, &err);
        if (status != MSW_MORE)
            return status;
        assert_true(outline.window_at + outline.window_bytes <= bytes && outline.window_bytes > 0);
        memcpy(window, file + outline.window_at, outline.window_bytes);
        ++*requests;
    }
}

static int forget(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static void short_fields_are_kept_and_long_ones_left(void **state) {
    (void)state;
    static char data[OUTLINE_KEEP_BYTES + 1];
    struct bytes b = {.used = 0};
    int requests;
    put_bytes(&b, 2, data, OUTLINE_KEEP_BYTES);
    put_bytes(&b, 2, data, OUTLINE_KEEP_BYTES + 1);
    put_int(&b, 13, 3);
    assert_int_equal(walk(b.data, b.used, &requests), MSW_OK);
    assert_int_equal(requests, 1);
    assert_int_equal(outline.doc.segment_count, 2);
    assert_int_equal(outline.doc.segments[0].bytes, 3 + OUTLINE_KEEP_BYTES + 3);
    assert_int_equal(outline.doc.segments[1].offset, b.used - 2);
    assert_int_equal(outline.doc.segments[1].bytes, 2);
}

/* A model of 40 parameters, long and short by turns, larger than two windows. */
static size_t many_parameters(unsigned char *file) {
    static struct bytes graph, model;
    static char data[2000];
    graph.used = model.used = 0;
    for (int i = 0; i < 12; i++) {
        const struct bytes tensor =
            tensor_message("w", PROTO_FLOAT, (int64_t[]){1}, 1, data, i % 2 ? sizeof data : (size_t)i * 40);
        put_message(&graph, GRAPH_PARAMETER, &tensor);
    }
    put_message(&model, MODEL_GRAPH, &graph);
    memcpy(file, model.data, model.used);
    return model.used;
}

static void segments_and_holes_are_the_file(void **state) {
    (void)state;
    unsigned char *file = malloc(sizeof(struct bytes));
    const size_t bytes = many_parameters(file);
    int requests;
    assert_int_equal(walk(file, bytes, &requests), MSW_OK);
    uint64_t at = 0, kept = 0;
    for (uint32_t i = 0; i < outline.doc.segment_count; i++) {
        const struct segment *s = &outline.doc.segments[i];
        assert_true(i == 0 ? s->offset == 0 : s->offset == at + 2000);
        at = s->offset + s->bytes;
        kept += s->bytes;
    }
    assert_true(at == bytes || at + 2000 == bytes);
    assert_int_equal(kept, bytes - 6 * 2000);
    free(file);
}

static void a_window_may_end_anywhere(void **state) {
    (void)state;
    /* Fields of 3 bytes, moved along byte by byte, so that each of their bytes is once the last of the first window. */
    for (size_t shift = 0; shift < 8; shift++) {
        static struct bytes b;
        int requests;
        b.used = 0;
        put_bytes(&b, 6, "01234567", shift);
        while (b.used < OUTLINE_WINDOW_BYTES + 100)
            put_int(&b, 13, 300);
        assert_int_equal(walk(b.data, b.used, &requests), MSW_OK);
        assert_int_equal(requests, 2);
        assert_int_equal(outline.doc.segment_count, 1);
    }
}

static void what_breaks_the_format_is_named(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *text;
    } cases[] = {
        {"\x00", 1, "byte 0: bad field number 0, expected 1 to 536870911"},
        {"\x0f", 1, "byte 0: bad wire type 7, expected 0 to 5"},
        {"\x68", 1, "byte 1: the message ends inside a number"},
        {"\x68\x80", 2, "byte 1: the message ends inside a number"},
        {"\x68\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "byte 1: number longer than 10 bytes"},
        {"\x3a\x05\x0a", 3, "byte 0: field 7 has 5 bytes, but its message ends after 1"},
        {"\x3a\x03\x0a\x05\x01", 5, "byte 2: field 1 has 5 bytes, but its message ends after 1"},
        {"\x0d\x01", 2, "byte 1: the message ends inside a number"},
        {"\x09\x01", 2, "byte 1: the message ends inside a number"},
        {"\x0c", 1, "byte 0: a group ends that has not begun"},
        {"\x0b", 1, "byte 1: the message ends inside a group"},
        {"\x0b\x3a\x01\x00\x14", 5, "byte 4: a group ends that has not begun"},
        {"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11,
         "byte 0: field 7 has -1 bytes, but its message ends after 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int requests;
        assert_int_equal(walk((const unsigned char *)cases[i].bytes, cases[i].count, &requests), MSW_INVALID);
        assert_string_equal(err.text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(short_fields_are_kept_and_long_ones_left, forget),
        cmocka_unit_test_teardown(segments_and_holes_are_the_file, forget),
        cmocka_unit_test_teardown(a_window_may_end_anywhere, forget),
        cmocka_unit_test_teardown(what_breaks_the_format_is_named, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
