/* Casts against C's own conversions where those are defined, and against a table where they are not. */
#include "base/test.h"

#include <math.h>

#include "kernels/cast.h"
#include "kernels/half.h"
#include "msw.h"

static void floats_out_of_range_become_what_x86_gives(void **state) {
    (void)state;
    static const struct {
        float x;
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
        bool truth;
    } cases[] = {/* numpy 1.26 and MindSpore 2.10 on x86-64 */
                 {NAN, 0, 0, 0, INT32_MIN, INT64_MIN, true},
                 {INFINITY, 0, 0, 0, INT32_MIN, INT64_MIN, true},
                 {-INFINITY, 0, 0, 0, INT32_MIN, INT64_MIN, true},
                 {1.9f, 1, 1, 1, 1, 1, true},
                 {-1.9f, -1, 255, -1, -1, -1, true},
                 {0.3f, 0, 0, 0, 0, 0, true},
                 {-0.0f, 0, 0, 0, 0, 0, false},
                 {300, 44, 44, 300, 300, 300, true},
                 {-300, -44, 212, -300, -300, -300, true},
                 {40000, 64, 64, -25536, 40000, 40000, true},
                 {3e9f, 0, 0, 0, INT32_MIN, 3000000000, true},
                 {-2147483648.0f, 0, 0, 0, INT32_MIN, INT32_MIN, true},
                 {1e19f, 0, 0, 0, INT32_MIN, INT64_MIN, true}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        int32_t i32;
        int64_t i64;
        bool truth;
        cast_elements(&cases[i].x, MSW_FLOAT32, &i8, MSW_INT8, 1);
        cast_elements(&cases[i].x, MSW_FLOAT32, &u8, MSW_UINT8, 1);
        cast_elements(&cases[i].x, MSW_FLOAT32, &i16, MSW_INT16, 1);
        cast_elements(&cases[i].x, MSW_FLOAT32, &i32, MSW_INT32, 1);
        cast_elements(&cases[i].x, MSW_FLOAT32, &i64, MSW_INT64, 1);
        cast_elements(&cases[i].x, MSW_FLOAT32, &truth, MSW_BOOL, 1);
        if (i8 != cases[i].i8 || u8 != cases[i].u8 || i16 != cases[i].i16 || i32 != cases[i].i32 ||
            i64 != cases[i].i64 || truth != cases[i].truth)
            fail_msg("%a: %d %d %d %d %lld %d", (double)cases[i].x, i8, u8, i16, i32, (long long)i64, truth);
    }
}

/* Small whole numbers survive every path there and back, in blocks and their ends. */
static void what_both_types_hold_survives_every_pair(void **state) {
    (void)state;
    static const size_t bytes[] = {0, 4, 4, 1, 1, 8, 1, 2, 2, 8, 2};
    static const size_t counts[] = {0, 1, 127, 128, 129, 300};
    for (int32_t from = MSW_FLOAT32; from <= MSW_INT16; from++) {
        for (int32_t to = MSW_FLOAT32; to <= MSW_INT16; to++) {
            for (size_t c = 0; c < COUNT(counts); c++) {
                const size_t n = counts[c];
                int32_t *x = test_bytes(n * 4), *back = test_bytes(n * 4);
                void *a = test_bytes(n * bytes[from]), *b = test_bytes(n * bytes[to]);
                const bool truth = from == MSW_BOOL || to == MSW_BOOL;
                for (size_t i = 0; i < n; i++)
                    x[i] = (int32_t)(truth ? i % 2 : i % 100);
                cast_elements(x, MSW_INT32, a, from, n);
                cast_elements(a, from, b, to, n);
                cast_elements(b, to, back, MSW_INT32, n);
                assert_memory_equal(x, back, n * 4);
                free(x);
                free(back);
                free(a);
                free(b);
            }
        }
    }
}

static void large_integers_round_once_to_float32(void **state) {
    (void)state;
    const int64_t x[] = {(1LL << 60) + (1LL << 36) + 1, -(1LL << 60) - (1LL << 36) - 1, (1LL << 24) + 1, INT64_MAX};
    float z[4];
    cast_elements(x, MSW_INT64, z, MSW_FLOAT32, 4);
    for (size_t i = 0; i < 4; i++)
        assert_true(test_same_float(z[i], (float)x[i]));
}

static void doubles_reach_float16_by_way_of_float32(void **state) {
    (void)state;
    const double x[] = {1 + 0x1p-11 + 0x1p-30, 65519.999999, 1e300, -1e-300};
    uint16_t z[4];
    cast_elements(x, MSW_FLOAT64, z, MSW_FLOAT16, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(z[i], f32_to_float16((float)x[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floats_out_of_range_become_what_x86_gives),
        cmocka_unit_test(what_both_types_hold_survives_every_pair),
        cmocka_unit_test(large_integers_round_once_to_float32),
        cmocka_unit_test(doubles_reach_float16_by_way_of_float32),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
