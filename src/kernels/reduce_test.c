/* Argmax as MindSpore 2.10 has it on CPU, and exact counts. */
#include "base/test.h"

#include <math.h>

#include "kernels/reduce.h"

static const size_t counts[] = {1, 3, 4, 5, 13, 16, 17, 127};

static void argmax_takes_the_first_of_equals_and_never_a_nan_but_the_first(void **state) {
    (void)state;
    static const struct {
        float x[5];
        size_t n;
        int32_t index;
    } cases[] = {
        {{7}, 1, 0},
        {{NAN}, 1, 0},
        {{1, NAN, 3}, 3, 2}, /* MindSpore 2.10: run */
        {{NAN, 1, 3}, 3, 0}, /* MindSpore 2.10: run */
        {{1, 3, NAN}, 3, 1},
        {{3, NAN, 3}, 3, 0},
        {{NAN, NAN, INFINITY}, 3, 0},
        {{2, 5, 5, 1, 5}, 5, 1},
        {{-0.0f, 0.0f}, 2, 0},
        {{0.0f, -0.0f}, 2, 0},
        {{-INFINITY, -INFINITY}, 2, 0},
        {{-INFINITY, -3e38f}, 2, 1},
        {{INFINITY, INFINITY}, 2, 0},
        {{-1e-45f, 0, 1e-45f}, 3, 2},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        float *x = test_bytes(cases[i].n * sizeof *x);
        memcpy(x, cases[i].x, cases[i].n * sizeof *x);
        if (argmax_f32(x, cases[i].n, 1) != cases[i].index)
            fail_msg("case %zu gives %d, expected %d", i, argmax_f32(x, cases[i].n, 1), cases[i].index);
        free(x);
    }
}

static void argmax_finds_the_extremes_of_whole_numbers(void **state) {
    (void)state;
    const int32_t wide[] = {INT32_MIN, -1, INT32_MAX, INT32_MAX, 0};
    const int8_t narrow[] = {INT8_MIN, -1, 0, INT8_MAX, INT8_MAX};
    assert_int_equal(argmax_i32(wide, 5, 1), 2);
    assert_int_equal(argmax_i32(wide, 2, 1), 1);
    assert_int_equal(argmax_i32(wide, 1, 1), 0);
    assert_int_equal(argmax_i8(narrow, 5, 1), 3);
    assert_int_equal(argmax_i8(narrow, 2, 1), 1);
}

/* The index whose element no earlier one reaches and no later one exceeds: the definition, by search. */
static void argmax_agrees_with_its_definition_at_any_step(void **state) {
    (void)state;
    uint64_t seed = 11;
    for (size_t c = 0; c < COUNT(counts); c++) {
        for (size_t step = 1; step < 6; step++) {
            const size_t n = counts[c], span = (n - 1) * step + 1; /* not one element more */
            int8_t *x = test_bytes(span);
            int32_t *wide = test_bytes(span * sizeof *wide);
            float *f = test_bytes(span * sizeof *f);
            for (size_t i = 0; i < span; i++) {
                x[i] = (int8_t)(test_below(&seed, 9) - 4); /* few values, so that many are equal */
                wide[i] = x[i] * 500000000;
                f[i] = x[i];
            }
            size_t wanted = 0;
            for (size_t i = 0; i < n; i++) {
                bool is_it = true;
                for (size_t k = 0; k < n; k++)
                    is_it &= k < i ? x[k * step] < x[i * step] : x[k * step] <= x[i * step];
                if (is_it)
                    wanted = i;
            }
            assert_int_equal(argmax_i8(x, n, (ptrdiff_t)step), wanted);
            assert_int_equal(argmax_i32(wide, n, (ptrdiff_t)step), wanted);
            assert_int_equal(argmax_f32(f, n, (ptrdiff_t)step), wanted);
            free(x);
            free(wide);
            free(f);
        }
    }
}

static void nan_equals_nothing_and_minus_zero_equals_zero(void **state) {
    (void)state;
    const float x[] = {NAN, NAN, 0.0f, -0.0f, INFINITY, INFINITY, 1, 1e-45f};
    const float y[] = {NAN, 1, -0.0f, 0.0f, INFINITY, -INFINITY, 1, 0};
    assert_int_equal(equal_count_f32(x, y, 8), 4);
    assert_int_equal(equal_count_f32(x, x, 8), 6);
}

static void no_elements_have_no_equals(void **state) {
    (void)state;
    void *x = test_bytes(0), *y = test_bytes(0);
    assert_int_equal(equal_count_f32(x, y, 0), 0);
    assert_int_equal(equal_count_i32(x, y, 0), 0);
    assert_int_equal(equal_count_i8(x, y, 0), 0);
    free(x);
    free(y);
}

/* Built so that the answer is known: every pair is made equal or unequal on purpose. */
static void equal_count_counts_the_pairs_made_equal(void **state) {
    (void)state;
    uint64_t seed = 12;
    for (size_t c = 0; c < COUNT(counts); c++) {
        const size_t n = counts[c];
        int32_t *x = test_bytes(n * sizeof *x), *y = test_bytes(n * sizeof *y);
        int8_t *narrow_x = test_bytes(n), *narrow_y = test_bytes(n);
        float *fx = test_bytes(n * sizeof *fx), *fy = test_bytes(n * sizeof *fy);
        int64_t equal = 0;
        for (size_t i = 0; i < n; i++) {
            const bool same = test_below(&seed, 2);
            x[i] = (int32_t)test_random(&seed);
            y[i] = same ? x[i] : x[i] ^ INT32_MIN; /* differs in the highest bit alone */
            narrow_x[i] = (int8_t)x[i];
            narrow_y[i] = (int8_t)(same ? x[i] : x[i] ^ 1);
            fx[i] = (float)(x[i] % 1000);
            fy[i] = same ? fx[i] : fx[i] + 0.5f;
            equal += same;
        }
        assert_int_equal(equal_count_i32(x, y, n), equal);
        assert_int_equal(equal_count_i8(narrow_x, narrow_y, n), equal);
        assert_int_equal(equal_count_f32(fx, fy, n), equal);
        free(x);
        free(y);
        free(narrow_x);
        free(narrow_y);
        free(fx);
        free(fy);
    }
}

/* Past what an int8 result could hold, which is the point of counting in 64 bits. */
static void equal_count_does_not_wrap_with_the_data_type(void **state) {
    (void)state;
    int8_t *x = test_bytes(100000);
    assert_int_equal(equal_count_i8(x, x, 100000), 100000);
    free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argmax_takes_the_first_of_equals_and_never_a_nan_but_the_first),
        cmocka_unit_test(argmax_finds_the_extremes_of_whole_numbers),
        cmocka_unit_test(argmax_agrees_with_its_definition_at_any_step),
        cmocka_unit_test(nan_equals_nothing_and_minus_zero_equals_zero),
        cmocka_unit_test(no_elements_have_no_equals),
        cmocka_unit_test(equal_count_counts_the_pairs_made_equal),
        cmocka_unit_test(equal_count_does_not_wrap_with_the_data_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
