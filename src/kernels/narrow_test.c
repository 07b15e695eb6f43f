/* narrow_test.c - every code of every format against numbers written in the formats' own tables, and every number between two codes against the nearest. */
#include "base/test.h"

#include <math.h>

#include "kernels/narrow.h"
#include "msw.h"

static const struct narrow_rule saturating = {.overflow = false}, overflowing = {.overflow = true};
static const int32_t formats[] = {MSW_FLOAT8E4M3FN, MSW_FLOAT8E4M3FNUZ, MSW_FLOAT8E5M2, MSW_FLOAT8E5M2FNUZ,
                                  MSW_FLOAT4E2M1};

static int codes(int32_t dtype) {
    return dtype == MSW_FLOAT4E2M1 ? 16 : 256;
}

static void codes_stand_for_the_numbers_of_the_tables(void **state) {
    (void)state;
    static const struct {
        int32_t dtype;
        uint8_t code;
        double x;
    } cases[] = {{MSW_FLOAT8E4M3FN, 0x7e, 448},
                 {MSW_FLOAT8E4M3FN, 0x01, 0x1p-9},
                 {MSW_FLOAT8E4M3FN, 0x08, 0x1p-6},
                 {MSW_FLOAT8E4M3FN, 0x38, 1},
                 {MSW_FLOAT8E4M3FN, 0xb9, -1.125},
                 {MSW_FLOAT8E4M3FN, 0x7f, (double)NAN},
                 {MSW_FLOAT8E4M3FN, 0xff, (double)NAN},
                 {MSW_FLOAT8E4M3FNUZ, 0x7f, 240},
                 {MSW_FLOAT8E4M3FNUZ, 0x01, 0x1p-10},
                 {MSW_FLOAT8E4M3FNUZ, 0x80, (double)NAN},
                 {MSW_FLOAT8E5M2, 0x7b, 57344},
                 {MSW_FLOAT8E5M2, 0x7c, (double)INFINITY},
                 {MSW_FLOAT8E5M2, 0xfc, -(double)INFINITY},
                 {MSW_FLOAT8E5M2, 0x7d, (double)NAN},
                 {MSW_FLOAT8E5M2, 0x01, 0x1p-16},
                 {MSW_FLOAT8E5M2FNUZ, 0x7f, 57344},
                 {MSW_FLOAT8E5M2FNUZ, 0x80, (double)NAN},
                 {MSW_FLOAT8E5M2FNUZ, 0x01, 0x1p-17},
                 {MSW_FLOAT4E2M1, 0x07, 6},
                 {MSW_FLOAT4E2M1, 0x01, 0.5},
                 {MSW_FLOAT4E2M1, 0x0d, -3},
                 {MSW_FLOAT8E8M0, 127, 1},
                 {MSW_FLOAT8E8M0, 0, 0x1p-127},
                 {MSW_FLOAT8E8M0, 254, 0x1p127},
                 {MSW_FLOAT8E8M0, 255, (double)NAN}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        const double z = narrow_decode(cases[i].dtype, cases[i].code);
        if (isnan(cases[i].x) ? !isnan(z) : z != cases[i].x)
            fail_msg("%d code %x: %g, expected %g", cases[i].dtype, cases[i].code, z, cases[i].x);
    }
}

static void every_code_comes_back(void **state) {
    (void)state;
    for (size_t f = 0; f < COUNT(formats); f++)
        for (int code = 0; code < codes(formats[f]); code++) {
            const double x = narrow_decode(formats[f], (uint8_t)code);
            const uint8_t back = narrow_encode(formats[f], x, &overflowing);
            const double again = narrow_decode(formats[f], back);
            if (isnan(x) ? !isnan(again) : again != x || signbit(again) != signbit(x))
                fail_msg("%d code %x: %g became %x, %g", formats[f], code, x, back, again);
        }
}

/* The oracle looks at all codes. */
static void numbers_between_codes_become_the_nearest_or_the_even_one(void **state) {
    (void)state;
    for (size_t f = 0; f < COUNT(formats); f++)
        for (int i = -3000; i <= 3000; i++) {
            const double x = i * 0.0131 * (i % 7 == 0 ? 1 : i % 7 == 1 ? 0.25 : 0x1p-8);
            double best = (double)INFINITY;
            for (int code = 0; code < codes(formats[f]); code++) {
                const double far = fabs(narrow_decode(formats[f], (uint8_t)code) - x);
                best = far < best ? far : best;
            }
            const double z = narrow_decode(formats[f], narrow_encode(formats[f], x, &saturating));
            if (fabs(z - x) != best)
                fail_msg("%d: %.10g became %g", formats[f], x, z);
        }
    /* half way: to the even code */
    assert_int_equal(narrow_encode(MSW_FLOAT8E4M3FN, 1.0625, &saturating), 0x38);
    assert_int_equal(narrow_encode(MSW_FLOAT8E4M3FN, 1.1875, &saturating), 0x3a);
    assert_int_equal(narrow_encode(MSW_FLOAT4E2M1, 2.5, &saturating), 4);
    assert_int_equal(narrow_encode(MSW_FLOAT4E2M1, 0.25, &saturating), 0);
}

static void what_is_too_large_goes_by_the_rule(void **state) {
    (void)state;
    assert_int_equal(narrow_encode(MSW_FLOAT8E4M3FN, 1e9, &saturating), 0x7e);
    assert_int_equal(narrow_encode(MSW_FLOAT8E4M3FN, -(double)INFINITY, &saturating), 0xfe);
    assert_int_equal(narrow_encode(MSW_FLOAT8E4M3FN, 1e9, &overflowing), 0x7f);
    assert_int_equal(narrow_encode(MSW_FLOAT8E5M2, (double)INFINITY, &overflowing), 0x7c);
    assert_int_equal(narrow_encode(MSW_FLOAT8E5M2, 1e30, &saturating), 0x7b);
    assert_int_equal(narrow_encode(MSW_FLOAT8E5M2FNUZ, 1e300, &overflowing), 0x80);
    assert_int_equal(narrow_encode(MSW_FLOAT4E2M1, 1e300, &overflowing), 7);
    assert_int_equal(narrow_encode(MSW_FLOAT8E8M0, 1.5, &saturating), 128);
    const struct narrow_rule down = {.rounding = NARROW_DOWN};
    assert_int_equal(narrow_encode(MSW_FLOAT8E8M0, 1.5, &down), 127);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_stand_for_the_numbers_of_the_tables),
        cmocka_unit_test(every_code_comes_back),
        cmocka_unit_test(numbers_between_codes_become_the_nearest_or_the_even_one),
        cmocka_unit_test(what_is_too_large_goes_by_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
