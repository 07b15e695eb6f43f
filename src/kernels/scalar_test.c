/* Rows of scalar.def: what C leaves open, as a table; the rest by C's own operators; each pair as if it were alone. */
#include "base/test.h"

#include <math.h>

#include "kernels/elementwise.h"

static void integer_division_is_defined_everywhere(void **state) {
    (void)state;
    static const struct {
        int32_t x, y, truncated, floored, left, floor_left; /* by MindSpore 2.10, but what is left by 0 */
    } cases[] = {
        {7, 2, 3, 3, 1, 1},
        {-7, 2, -3, -4, -1, 1},
        {7, -2, -3, -4, 1, -1},
        {-7, -2, 3, 3, -1, -1},
        {6, -3, -2, -2, 0, 0},
        {0, 0, 0, 0, 0, 0},
        {5, 0, INT32_MAX, INT32_MAX, 0, 0},
        {-5, 0, INT32_MIN, INT32_MIN, 0, 0},
        {INT32_MIN, 0, INT32_MIN, INT32_MIN, 0, 0},
        {INT32_MIN, -1, INT32_MIN, INT32_MIN, 0, 0},
        {INT32_MAX, -1, -INT32_MAX, -INT32_MAX, 0, 0},
        {INT32_MIN, INT32_MAX, -1, -2, -1, INT32_MAX - 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int32_t z[4];
        truncate_div_i32(&cases[i].x, &cases[i].y, &z[0], 1, 1, 1);
        floor_div_i32(&cases[i].x, &cases[i].y, &z[1], 1, 1, 1);
        mod_i32(&cases[i].x, &cases[i].y, &z[2], 1, 1, 1);
        floor_mod_i32(&cases[i].x, &cases[i].y, &z[3], 1, 1, 1);
        if (z[0] != cases[i].truncated || z[1] != cases[i].floored || z[2] != cases[i].left ||
            z[3] != cases[i].floor_left)
            fail_msg("%d by %d: %d %d %d %d", cases[i].x, cases[i].y, z[0], z[1], z[2], z[3]);
    }
}

static void the_lowest_int64_and_int8_by_minus_one_wrap(void **state) {
    (void)state;
    const int64_t wide[] = {INT64_MIN, -1};
    const int8_t narrow[] = {INT8_MIN, -1};
    int64_t w;
    int8_t n;
    truncate_div_i64(&wide[0], &wide[1], &w, 1, 1, 1);
    assert_true(w == INT64_MIN);
    floor_mod_i64(&wide[0], &wide[1], &w, 1, 1, 1);
    assert_true(w == 0);
    floor_div_i8(&narrow[0], &narrow[1], &n, 1, 1, 1);
    assert_int_equal(n, INT8_MIN);
}

static void integer_powers_wrap_and_below_zero_vanish(void **state) {
    (void)state;
    static const struct {
        int32_t x, y, z;
    } cases[] = {{2, 10, 1024},      {-3, 3, -27}, {5, 0, 1},         {0, 0, 1},  {0, 5, 0},
                 {1, -7, 1},         {-1, -7, -1}, {-1, -8, 1},       {2, -1, 0}, {0, -1, 0},
                 {2, 31, INT32_MIN}, {2, 32, 0},   {3, 40, 689956897}}; /* 3^40 mod 2^32, by Python */
    for (size_t i = 0; i < COUNT(cases); i++) {
        int32_t z;
        pow_i32(&cases[i].x, &cases[i].y, &z, 1, 1, 1);
        if (z != cases[i].z)
            fail_msg("%d to the %d is %d, expected %d", cases[i].x, cases[i].y, z, cases[i].z);
    }
}

static void comparisons_and_quotients_take_steps_of_0_and_1(void **state) {
    (void)state;
    uint64_t seed = 51;
    for (size_t n = 0; n < 20; n++) {
        float *x = test_floats(&seed, n), *y = test_floats(&seed, n), one = 0.5f;
        bool *z = test_bytes(n);
        int64_t *a = test_bytes(n * sizeof *a), b = 3;
        float *q = test_bytes(n * sizeof *q);
        for (size_t i = 0; i < n; i++)
            a[i] = (int64_t)test_below(&seed, 100) - 50;
        less_f32(x, y, z, n, 1, 1);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(z[i], x[i] < y[i]);
        greater_equal_f32(&one, y, z, n, 0, 1);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(z[i], one >= y[i]);
        not_equal_f32(x, &one, z, n, 1, 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(z[i], x[i] != one);
        div_i64(a, &b, q, n, 1, 0);
        for (size_t i = 0; i < n; i++)
            assert_true(test_same_float(q[i], (float)((double)a[i] / 3)));
        free(x);
        free(y);
        free(z);
        free(a);
        free(q);
    }
}

static void remainders_of_floats_have_the_sign_that_is_promised(void **state) {
    (void)state;
    const float x[] = {5.5f, -5.5f, 5.5f, -5.5f, -0.0f, 1, NAN}, y[] = {2, 2, -2, -2, 3, INFINITY, 1};
    float mod[7], floor_mod[7];
    const float mods[] = {1.5f, -1.5f, 1.5f, -1.5f, -0.0f, NAN, NAN},
                floors[] = {1.5f, 0.5f, -0.5f, -1.5f, 0, NAN, NAN};
    mod_f32(x, y, mod, 7, 1, 1);
    floor_mod_f32(x, y, floor_mod, 7, 1, 1);
    test_same_floats(mod, mods, 7, "mod");
    test_same_floats(floor_mod, floors, 7, "floor_mod");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integer_division_is_defined_everywhere),
        cmocka_unit_test(the_lowest_int64_and_int8_by_minus_one_wrap),
        cmocka_unit_test(integer_powers_wrap_and_below_zero_vanish),
        cmocka_unit_test(comparisons_and_quotients_take_steps_of_0_and_1),
        cmocka_unit_test(remainders_of_floats_have_the_sign_that_is_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
