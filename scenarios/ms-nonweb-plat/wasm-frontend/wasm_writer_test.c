/* wasm_writer_test.c - numbers, names and sections have the bytes that the specification's grammar gives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wasm_writer.h"

/* Read back by the grammar's own rules: uN ::= n:byte => n (n < 2^7) | n:byte m:u(N-7) => 2^7 m + (n - 2^7). */
static uint64_t read_leb(const uint8_t **at, unsigned *bits) {
    uint64_t value = 0;
    for (*bits = 0;;) {
        const uint8_t byte = *(*at)++;
        value |= (uint64_t)(byte & 0x7f) << *bits;
        *bits += 7;
        if (byte < 0x80)
            return value;
    }
}

static int64_t read_signed(const uint8_t **at) {
    unsigned bits;
    const uint64_t value = read_leb(at, &bits);
    const uint64_t sign = bits >= 64 ? 0 : (uint64_t)1 << (bits - 1);
    return (int64_t)((value ^ sign) - sign);
}

static void unsigned_numbers_are_read_back(void **state) {
    (void)state;
    static const uint32_t values[] = {0, 1, 63, 64, 127, 128, 300, 16383, 16384, 0x7fffffff, 0x80000000, UINT32_MAX};
    struct wasm_writer writer = {0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        put_u32(&writer, values[i]);
    const uint8_t *at = writer.data;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        unsigned bits;
        assert_int_equal(read_leb(&at, &bits), values[i]);
    }
    assert_ptr_equal(at, writer.data + writer.bytes);
    writer_free(&writer);
}

static void signed_numbers_are_read_back(void **state) {
    (void)state;
    static const int64_t values[] = {0,   1,   -1,   63,        64,        -64,       -65,
                                     127, 128, -128, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
    struct wasm_writer writer = {0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        put_s64(&writer, values[i]);
        if (values[i] >= INT32_MIN && values[i] <= INT32_MAX)
            put_s32(&writer, (int32_t)values[i]);
    }
    const uint8_t *at = writer.data;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        assert_true(read_signed(&at) == values[i]);
        if (values[i] >= INT32_MIN && values[i] <= INT32_MAX)
            assert_true(read_signed(&at) == values[i]);
    }
    assert_ptr_equal(at, writer.data + writer.bytes);
    writer_free(&writer);
}

/* Examples of the specification and of Wikipedia's page on LEB128. */
static void numbers_take_as_few_bytes_as_they_can(void **state) {
    (void)state;
    struct wasm_writer writer = {0};
    put_u32(&writer, 624485);
    put_s32(&writer, -123456);
    put_s32(&writer, 63);
    put_s32(&writer, 64);
    put_s32(&writer, -64);
    static const uint8_t expected[] = {0xe5, 0x8e, 0x26, 0xc0, 0xbb, 0x78, 0x3f, 0xc0, 0x00, 0x40};
    assert_int_equal(writer.bytes, sizeof expected);
    assert_memory_equal(writer.data, expected, sizeof expected);
    writer_free(&writer);
}

static void sections_nest_and_have_their_size_before_them(void **state) {
    (void)state;
    struct wasm_writer writer = {0};
    const size_t custom = put_custom_begin(&writer, "ab");
    put_byte(&writer, 7);
    put_sized_end(&writer, custom);
    const size_t section = put_section_begin(&writer, 10);
    put_u32(&writer, 2);
    for (int i = 0; i < 2; i++) {
        const size_t body = put_sized_begin(&writer);
        put_bytes(&writer, "xyz", (size_t)i * 3);
        put_sized_end(&writer, body);
    }
    put_sized_end(&writer, section);
    static const uint8_t expected[] = {0, 4, 2, 'a', 'b', 7, 10, 6, 2, 0, 3, 'x', 'y', 'z'};
    assert_int_equal(writer.bytes, sizeof expected);
    assert_memory_equal(writer.data, expected, sizeof expected);
    writer_free(&writer);
}

static void a_large_section_keeps_its_bytes(void **state) {
    (void)state;
    const size_t count = 100000;
    uint8_t *bytes = malloc(count);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(i * 7 / 3);
    struct wasm_writer writer = {0};
    const size_t begin = put_section_begin(&writer, 11);
    for (size_t i = 0; i < count; i += 1000)
        put_bytes(&writer, bytes + i, 1000);
    put_sized_end(&writer, begin);
    const uint8_t *at = writer.data + 1;
    unsigned bits;
    assert_int_equal(read_leb(&at, &bits), count);
    assert_int_equal(writer.data + writer.bytes - at, count);
    assert_memory_equal(at, bytes, count);
    free(bytes);
    writer_free(&writer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unsigned_numbers_are_read_back),
        cmocka_unit_test(signed_numbers_are_read_back),
        cmocka_unit_test(numbers_take_as_few_bytes_as_they_can),
        cmocka_unit_test(sections_nest_and_have_their_size_before_them),
        cmocka_unit_test(a_large_section_keeps_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
