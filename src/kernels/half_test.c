/* half_test.c - every 16-bit float there and back, and the rounding of what lies between two of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernels/half.h"

/* By the definition: sign, exponent and fraction of IEEE 754 (5 and 10 bits) or of bfloat16 (8 and 7). */
static double value_of(uint16_t x, int exponent_bits) {
    const int fraction_bits = 15 - exponent_bits, bias = (1 << (exponent_bits - 1)) - 1;
    const int exponent = x >> fraction_bits & ((1 << exponent_bits) - 1), fraction = x & ((1 << fraction_bits) - 1);
    const double sign = x & 0x8000 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1)
        return fraction ? (double)NAN : sign * (double)INFINITY;
    const double scaled = exponent ? fraction + (1 << fraction_bits) : fraction;
    return sign * ldexp(scaled, (exponent ? exponent : 1) - bias - fraction_bits);
}

static void each_half_is_itself_again(void **state) {
    (void)state;
    for (uint32_t i = 0; i < 0x10000; i++) {
        const uint16_t x = (uint16_t)i;
        const double f16 = value_of(x, 5), bf16 = value_of(x, 8);
        if (isnan(f16)) {
            assert_true(isnan(float16_to_f32(x)) && isnan(float16_to_f32(f32_to_float16(float16_to_f32(x)))));
        } else {
            assert_true((double)float16_to_f32(x) == f16);
            assert_int_equal(f32_to_float16(float16_to_f32(x)), x);
        }
        if (isnan(bf16)) {
            assert_true(isnan(bfloat16_to_f32(x)) && isnan(bfloat16_to_f32(f32_to_bfloat16(bfloat16_to_f32(x)))));
        } else {
            assert_true((double)bfloat16_to_f32(x) == bf16);
            assert_int_equal(f32_to_bfloat16(bfloat16_to_f32(x)), x);
        }
    }
}

/* Between neighbours a and b: the middle goes to the even one, a little less to a, a little more to b. */
static void expect_rounding(float a, float b, uint16_t code, uint16_t (*narrow)(float)) {
    const float middle = a + (b - a) / 2;
    assert_int_equal(narrow(middle), code % 2 == 0 ? code : code + 1);
    assert_int_equal(narrow(nextafterf(middle, a)), code);
    assert_int_equal(narrow(nextafterf(middle, b)), code + 1);
}

static void what_lies_between_rounds_to_nearest_even(void **state) {
    (void)state;
    for (uint16_t x = 0; x < 0x7bff; x++)
        expect_rounding(float16_to_f32(x), float16_to_f32((uint16_t)(x + 1)), x, f32_to_float16);
    for (uint16_t x = 1; x < 0x7f7f; x++)
        expect_rounding(bfloat16_to_f32(x), bfloat16_to_f32((uint16_t)(x + 1)), x, f32_to_bfloat16);
}

static void the_ends_of_the_range(void **state) {
    (void)state;
    assert_int_equal(f32_to_float16(65519.996f), 0x7bff);
    assert_int_equal(f32_to_float16(65520.0f), 0x7c00);
    assert_int_equal(f32_to_float16(-INFINITY), 0xfc00);
    assert_int_equal(f32_to_float16(0x1p-25f), 0);
    assert_int_equal(f32_to_float16(-0x1.000002p-25f), 0x8001);
    assert_int_equal(f32_to_float16(-0.0f), 0x8000);
    assert_int_equal(f32_to_bfloat16(3.4028235e38f), 0x7f80);
    assert_int_equal(f32_to_bfloat16(-0.0f), 0x8000);
}

static void rows_are_converted_element_by_element(void **state) {
    (void)state;
    static const float in[3] = {1, -2.5f, 1e-8f};
    uint16_t half[3];
    float out[3];
    narrow_float16(in, half, 3);
    widen_float16(half, out, 3);
    assert_true(out[0] == 1 && out[1] == -2.5f && out[2] == 0);
    narrow_bfloat16(in, half, 3);
    widen_bfloat16(half, out, 3);
    assert_true(out[0] == 1 && out[1] == -2.5f && fabsf(out[2] - 1e-8f) < 1e-10f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_half_is_itself_again),
        cmocka_unit_test(what_lies_between_rounds_to_nearest_even),
        cmocka_unit_test(the_ends_of_the_range),
        cmocka_unit_test(rows_are_converted_element_by_element),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
