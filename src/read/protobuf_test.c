/* protobuf_test.c - the wire format, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "read/mindir_writer.h"

static struct error err;
static struct segment segment;
static struct document doc;

/* A cursor over bytes that are all in memory. */
static struct cursor over(const void *bytes, size_t count) {
    error_clear(&err);
    segment = (struct segment){.bytes = count, .data = bytes};
    doc = (struct document){.bytes = count, .segments = &segment, .segment_count = 1};
    return cursor_of(&doc, &err);
}

static void varints_have_at_most_ten_bytes(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        int used;
        uint64_t value;
    } cases[] = {
        {"\x00", 1, 1, 0},
        {"\x7f", 1, 1, 127},
        {"\x80\x01", 2, 2, 128},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10, 10, UINT64_MAX},
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, -1, 0},
        {"\x80\x80", 2, 0, 0},
        {"", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 0;
        assert_int_equal(varint_read((const unsigned char *)cases[i].bytes, cases[i].count, &value), cases[i].used);
        if (cases[i].used > 0)
            assert_true(value == cases[i].value);
    }
}

static void every_kind_of_field_is_read(void **state) {
    (void)state;
    struct bytes b = {.used = 0};
    put_int(&b, 1, -5);
    put_float(&b, 2, 1.5f);
    put_text(&b, 3, "caf\xc3\xa9 \xe2\x86\x92 \xf0\x9f\x98\x80");
    put_key(&b, 4, WIRE_FIXED64);
    for (unsigned i = 1; i <= 8; i++)
        put_byte(&b, i);
    put_text(&b, 5, "");
    struct cursor c = over(b.data, b.used);
    struct field f;
    int64_t i;
    float x;
    const char *text;
    size_t length = 0;
    assert_true(cursor_next(&c, &f) && field_int(&c, &f, &i) && i == -5);
    assert_false(field_float(&c, &f, &x));
    assert_string_equal(err.text, "byte 0: field 1 has wire type 0, expected 5");
    error_clear(&err);
    assert_true(cursor_next(&c, &f) && field_float(&c, &f, &x) && x == 1.5f);
    assert_true(cursor_next(&c, &f) && field_text(&c, &f, &text, &length));
    assert_int_equal(length, 14);
    assert_true(cursor_next(&c, &f));
    assert_true(f.number == 4 && f.value == 0x0807060504030201u);
    assert_true(cursor_next(&c, &f) && field_text(&c, &f, &text, &length) && length == 0);
    assert_false(cursor_next(&c, &f));
    assert_int_equal(err.about.status, MSW_OK);
}

static bool sum(void *context, int64_t value) {
    *(int64_t *)context = *(int64_t *)context * 10 + value;
    return true;
}

static void repeated_numbers_may_be_packed(void **state) {
    (void)state;
    struct bytes b = {.used = 0};
    put_bytes(&b, 1, "\x01\x02\x03", 3);
    put_int(&b, 1, 4);
    put_bytes(&b, 1, "\x01\x80", 2);
    struct cursor c = over(b.data, b.used);
    struct field f;
    int64_t digits = 0;
    while (cursor_next(&c, &f) && field_ints(&c, &f, sum, &digits))
        continue;
    assert_int_equal(digits, 12341);
    assert_string_equal(err.text, "byte 10: the message ends inside a number");
}

static void what_breaks_the_format_is_named_with_its_byte(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *text;
    } cases[] = {
        {"\x08\x01\x00\x01", 4, "byte 2: bad field number 0, expected 1 to 536870911"},
        {"\x80\x80\x80\x80\x10\x01", 6, "byte 0: bad field number 536870912, expected 1 to 536870911"},
        {"\x08\x01\x0e", 3, "byte 2: bad wire type 6, expected 0 to 5"},
        {"\x0f", 1, "byte 0: bad wire type 7, expected 0 to 5"},
        {"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "byte 1: number longer than 10 bytes"},
        {"\x08", 1, "byte 1: the message ends inside a number"},
        {"\x08\x80", 2, "byte 1: the message ends inside a number"},
        {"\x0d\x01\x02\x03", 4, "byte 1: the message ends inside a number"},
        {"\x09\x01\x02\x03", 4, "byte 1: the message ends inside a number"},
        {"\x08\x01\x12\x05"
         "abc",
         7, "byte 2: field 2 has 5 bytes, but its message ends after 3"},
        {"\x0c", 1, "byte 0: a group ends that has not begun"},
        {"\x0b\x08\x01", 3, "byte 3: the message ends inside a group"},
        {"\x0b\x14", 2, "byte 1: a group ends that has not begun"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cursor c = over(cases[i].bytes, cases[i].count);
        struct field f;
        while (cursor_next(&c, &f))
            continue;
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(err.about.status, MSW_INVALID);
        assert_true(err.about.offset >= 0);
    }
}

static void text_is_utf8_without_nul(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        const char *text;
    } cases[] = {
        {"a\0b", 3, "byte 3: a name with a NUL in it"},   {"\x80", 1, "byte 2: invalid UTF-8"},
        {"ab\xc3", 3, "byte 4: invalid UTF-8"},           {"\xc0\xaf", 2, "byte 2: invalid UTF-8"},
        {"\xe0\x80\xaf", 3, "byte 2: invalid UTF-8"},     {"\xed\xa0\x80", 3, "byte 2: invalid UTF-8"},
        {"\xf4\x90\x80\x80", 4, "byte 2: invalid UTF-8"}, {"\xf8\x88\x80\x80", 4, "byte 2: invalid UTF-8"},
        {"\xe2\x28\xa1", 3, "byte 2: invalid UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes b = {.used = 0};
        struct field f;
        const char *text;
        size_t length;
        put_bytes(&b, 1, cases[i].bytes, cases[i].count);
        struct cursor c = over(b.data, b.used);
        assert_true(cursor_next(&c, &f));
        assert_false(field_text(&c, &f, &text, &length));
        assert_string_equal(err.text, cases[i].text);
    }
}

static void a_document_in_pieces_reads_as_one(void **state) {
    (void)state;
    struct bytes b = {.used = 0};
    put_int(&b, 1, 300);
    put_bytes(&b, 2, "0123456789", 10); /* its bytes stay in the file */
    put_int(&b, 3, 400);
    struct segment pieces[2] = {{.offset = 0, .bytes = 5, .data = b.data},
                                {.offset = 15, .bytes = b.used - 15, .data = b.data + 15}};
    const struct document split = {.bytes = b.used, .segments = pieces, .segment_count = 2};
    error_clear(&err);
    struct cursor c = cursor_of(&split, &err);
    struct field f;
    const char *text;
    size_t length = 0;
    assert_true(cursor_next(&c, &f) && f.value == 300);
    assert_true(cursor_next(&c, &f) && f.offset == 5 && f.length == 10);
    assert_null(document_bytes(&split, f.offset, f.length));
    assert_null(document_bytes(&split, 4, 2));
    assert_null(document_bytes(&split, 9, 1));
    assert_true(cursor_next(&c, &f) && f.value == 400);
    assert_false(cursor_next(&c, &f));
    assert_int_equal(err.about.status, MSW_OK);
    c = cursor_of(&split, &err);
    cursor_next(&c, &f);
    cursor_next(&c, &f);
    assert_false(field_text(&c, &f, &text, &length));
    assert_string_equal(err.text, "byte 3: text too long to be a name");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints_have_at_most_ten_bytes),
        cmocka_unit_test(every_kind_of_field_is_read),
        cmocka_unit_test(repeated_numbers_may_be_packed),
        cmocka_unit_test(what_breaks_the_format_is_named_with_its_byte),
        cmocka_unit_test(text_is_utf8_without_nul),
        cmocka_unit_test(a_document_in_pieces_reads_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
