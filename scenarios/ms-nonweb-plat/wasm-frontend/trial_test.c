/* trial_test.c - made-up inputs have the input's type and shape; floats differ and lie in 0 to 1, the rest is zero. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trial.h"

static const struct dtype kinds[] = {
    {.number = 'f', .bytes = 4}, {.number = 'f', .bytes = 2}, {.number = 'f', .bytes = 8}, {.number = 'B', .bytes = 2},
    {.number = 'i', .bytes = 4}, {.number = 'i', .bytes = 8}, {.number = 'u', .bytes = 1}, {.number = 'b', .bytes = 1},
};

static void each_type_is_filled(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const struct tensor input = {.name = "x", .dtype = &kinds[k], .type = {.rank = 3, .dims = {-1, 3, 4}}};
        assert_true(trial_possible(&input));
        const struct array array = trial_array(&input);
        assert_int_equal(array.number, kinds[k].number);
        assert_int_equal(array.item, kinds[k].bytes);
        assert_int_equal(array.elements, 12);
        assert_int_equal(array.dims[0], 1);
        for (size_t i = 0; i < array.elements; i++) {
            const double value = array_number(&array, i);
            if (!array_is_float(array.number)) {
                assert_true(value == 0);
                continue;
            }
            assert_true(value > 0 && value < 1);
            for (size_t j = 0; j < i; j++)
                assert_true(value != array_number(&array, j));
        }
    }
}

static void an_empty_shape_and_a_scalar_have_their_elements(void **state) {
    (void)state;
    const struct tensor empty = {.dtype = &kinds[0], .type = {.rank = 2, .dims = {0, 3}}};
    const struct tensor scalar = {.dtype = &kinds[0], .type = {.rank = 0}};
    assert_int_equal(trial_array(&empty).elements, 0);
    assert_int_equal(trial_array(&scalar).elements, 1);
}

static void what_may_be_anything_cannot_be_made_up(void **state) {
    (void)state;
    const struct tensor any_type = {.type = {.rank = 1, .dims = {3}}};
    const struct tensor any_shape = {.dtype = &kinds[0], .type = {.rank = -1}};
    assert_false(trial_possible(&any_type));
    assert_false(trial_possible(&any_shape));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_filled),
        cmocka_unit_test(an_empty_shape_and_a_scalar_have_their_elements),
        cmocka_unit_test(what_may_be_anything_cannot_be_made_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
