/* Shapes, conversions that lose nothing, and .npy and JSON as they are read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "array.h"
#include "json_in.h"
#include "json_place.h"
#include "npy.h"

static void counts_elements_unless_they_overflow(void **state) {
    (void)state;
    size_t n = 0;
    assert_true(array_count((const int32_t[]){2, 3, 4}, 3, 4, &n));
    assert_int_equal(n, 24);
    assert_true(array_count(NULL, 0, 4, &n));
    assert_int_equal(n, 1);
    assert_true(array_count((const int32_t[]){5, 0}, 2, 4, &n));
    assert_int_equal(n, 0);
    assert_false(array_count((const int32_t[]){65536, 65536, 65536, 65536}, 4, 4, &n));
    assert_false(array_count((const int32_t[]){0, 65536, 65536, 65536, 65536}, 5, 4, &n));
    assert_false(array_count((const int32_t[]){65536, 65536, 32768, 65535}, 4, 8, &n));
}

/* Whether each value survives, told by trying the extreme ones in double, which holds them all but 64-bit integers. */
static void widens_only_what_loses_nothing(void **state) {
    (void)state;
    static const struct {
        char from;
        size_t from_item;
        char to;
        size_t to_item;
        bool fits;
    } cases[] = {{'u', 1, 'f', 4, true},  {'i', 2, 'f', 4, true},  {'i', 4, 'f', 4, false}, {'i', 4, 'f', 8, true},
                 {'i', 8, 'f', 8, false}, {'u', 1, 'i', 1, false}, {'u', 1, 'i', 4, true},  {'i', 1, 'u', 8, false},
                 {'b', 1, 'i', 1, true},  {'b', 1, 'f', 4, true},  {'f', 8, 'f', 4, false}, {'f', 4, 'i', 8, false},
                 {'i', 4, 'i', 8, true},  {'i', 8, 'i', 4, false}, {'u', 4, 'i', 4, false}, {'u', 4, 'i', 8, true},
                 {'u', 8, 'i', 8, false}, {'i', 1, 'b', 1, false}, {'f', 4, 'f', 4, true},  {'u', 8, 'u', 8, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(array_widens(cases[i].from, cases[i].from_item, cases[i].to, cases[i].to_item), cases[i].fits);
    int16_t values[] = {-32768, 32767, -1};
    const struct array shorts = {.number = 'i', .item = 2, .elements = 3, .rank = 1, .dims = {3}, .data = values};
    struct array floats = array_widened(&shorts, 'f', 4), longs = array_widened(&shorts, 'i', 8);
    for (size_t i = 0; i < 3; i++) {
        assert_true(((float *)floats.data)[i] == (float)values[i]);
        assert_int_equal(((int64_t *)longs.data)[i], values[i]);
    }
}

static void knows_the_range_of_each_integer(void **state) {
    (void)state;
    assert_int_equal(array_least('i', 1), INT8_MIN);
    assert_int_equal(array_most('i', 1), INT8_MAX);
    assert_int_equal(array_most('u', 1), UINT8_MAX);
    assert_int_equal(array_least('u', 4), 0);
    assert_int_equal(array_most('u', 4), UINT32_MAX);
    assert_int_equal(array_least('i', 4), INT32_MIN);
    assert_true(array_least('i', 8) == INT64_MIN && array_most('i', 8) == INT64_MAX);
}

static void tells_where_in_a_json_text_something_is(void **state) {
    (void)state;
    const char *text = "[{\"a\": [1, 2]},\n {\"shape\": [\"],[\", 2],\n  \"b\": [0, NaN]}]";
    struct json_place at = json_place_at(text, strlen(text), (size_t)(strstr(text, "NaN") - text));
    assert_int_equal(at.line, 3);
    assert_int_equal(at.column, 12);
    assert_int_equal(at.input, 1);
    assert_int_equal(at.value, 1);
    assert_true(json_place_of_key(text, strlen(text), 1, "b", &at));
    assert_int_equal(at.line, 3);
    assert_false(json_place_of_key(text, strlen(text), 0, "b", &at));
    assert_false(json_too_deep(text, strlen(text), &at));
}

static void reads_tensors_from_json(void **state) {
    (void)state;
    const char *text = "[{\"input-data\": [1, 2.5, -3e0, 16777217], \"dim-size\": 2, \"shape\": [2, 2]}]";
    struct json_tensors tensors = json_tensors_parse("test", text, strlen(text));
    struct array array = json_tensor(&tensors, 0, 'f', 4, "FP32");
    static const float expected[] = {1, 2.5F, -3, 16777216};
    assert_int_equal(array.rank, 2);
    assert_memory_equal(array.data, expected, sizeof expected);
    json_decref(tensors.list);
}

static void reads_npy_of_each_version(void **state) {
    (void)state;
    static const char dictionary[] = "{'shape': (2,), 'fortran_order': False, 'descr': '<i4'}\n";
    for (char version = 1; version <= 3; version++) {
        uint8_t file[128] = "\x93NUMPY";
        size_t at = version == 1 ? 10 : 12;
        file[6] = (uint8_t)version;
        file[8] = sizeof dictionary - 1;
        memcpy(file + at, dictionary, sizeof dictionary - 1);
        at += sizeof dictionary - 1;
        memcpy(file + at, (const int32_t[]){7, -8}, 8);
        struct array array = npy_parse("test", file, at + 8);
        assert_int_equal(array.elements, 2);
        assert_int_equal(array_integer(&array, 1), -8);
    }
}

/* Against the compiler's own type: each float16, what lies halfway to the next one, and the doubles on both sides of that. */
static void holds_float16_as_the_compiler_does(void **state) {
    (void)state;
    uint16_t stored = 0;
    struct array array = {.number = 'f', .item = 2, .elements = 1, .rank = 1, .dims = {1}, .data = &stored};
    for (uint32_t bits = 0; bits < 65536; bits++) {
        const uint16_t these = (uint16_t)bits, following = (uint16_t)(bits + 1);
        _Float16 value, next;
        memcpy(&value, &these, sizeof value);
        memcpy(&next, &following, sizeof next);
        stored = these;
        if (value != value) {
            assert_true(isnan(array_number(&array, 0)));
            continue;
        }
        assert_true(array_number(&array, 0) == (double)value);
        const double half = ((double)value + (double)next) / 2;
        const double tries[] = {(double)value, half, nextafter(half, 1e9), nextafter(half, -1e9)};
        for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
            const _Float16 expected = (_Float16)tries[i];
            array_set_number(&array, 0, tries[i]);
            if (expected == expected)
                assert_memory_equal(&stored, &expected, sizeof stored);
            else
                assert_true(isnan(array_number(&array, 0)));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_elements_unless_they_overflow),
        cmocka_unit_test(widens_only_what_loses_nothing),
        cmocka_unit_test(knows_the_range_of_each_integer),
        cmocka_unit_test(tells_where_in_a_json_text_something_is),
        cmocka_unit_test(reads_tensors_from_json),
        cmocka_unit_test(reads_npy_of_each_version),
        cmocka_unit_test(holds_float16_as_the_compiler_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
