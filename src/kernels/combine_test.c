/* What joins what, by hand. */
#include "base/test.h"

#include <math.h>

#include "kernels/combine.h"
#include "msw.h"

static void integers_wrap_and_extremes_look_at_the_sign(void **state) {
    (void)state;
    int8_t z[] = {127, -128, 5, -5};
    const int8_t x[] = {1, -1, -6, 4};
    const int8_t sums[] = {-128, 127, -1, -1}, products[] = {-128, -127, 6, -4}, largest[] = {1, -1, 6, 4};
    combine_i8(z, x, 4, COMBINE_ADD);
    assert_memory_equal(z, sums, sizeof z);
    combine_i8(z, x, 4, COMBINE_MUL);
    assert_memory_equal(z, products, sizeof z);
    combine_i8(z, x, 4, COMBINE_MAX);
    assert_memory_equal(z, largest, sizeof z);
    uint64_t wide[] = {UINT64_MAX};
    const uint64_t one[] = {1};
    combine_u64(wide, one, 1, COMBINE_MIN);
    assert_true(wide[0] == 1);
}

static void a_nan_stays(void **state) {
    (void)state;
    float z[] = {NAN, 1};
    const float x[] = {1, NAN};
    combine_f32(z, x, 2, COMBINE_MAX);
    assert_true(isnan(z[0]) && isnan(z[1]));
    combine_f32(z, x, 1, COMBINE_REPLACE);
    assert_true(z[0] == 1);
}

static void halves_are_added_as_floats(void **state) {
    (void)state;
    uint16_t z[] = {0x3c00, 0x7bff}; /* 1 and 65504, the largest */
    const uint16_t x[] = {0x3c00, 0x7bff};
    combine_half(z, x, 2, COMBINE_ADD, MSW_FLOAT16);
    assert_int_equal(z[0], 0x4000);
    assert_int_equal(z[1], 0x7c00);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_wrap_and_extremes_look_at_the_sign),
        cmocka_unit_test(a_nan_stays),
        cmocka_unit_test(halves_are_added_as_floats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
