/* order_test.c - against the definition: every element once, none after one that it precedes, equal ones as they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/order.h"

static bool less(const void *context, uint32_t x, uint32_t y) {
    const int *numbers = context;
    return numbers[x] < numbers[y];
}

static void expect_order(const int *numbers, uint32_t count) {
    uint32_t order[200], spare[200];
    bool seen[200] = {false};
    order_indices(order, spare, count, less, numbers);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(order[i] < count && !seen[order[i]]);
        seen[order[i]] = true;
        if (i > 0)
            assert_true(numbers[order[i - 1]] < numbers[order[i]] ||
                        (numbers[order[i - 1]] == numbers[order[i]] && order[i - 1] < order[i]));
    }
}

static void indices_come_in_order_and_equal_ones_keep_theirs(void **state) {
    (void)state;
    int numbers[200];
    uint32_t random = 1;
    for (uint32_t count = 0; count < 200; count++)
        for (uint32_t kinds = 1; kinds < 300; kinds *= 6) {
            for (uint32_t i = 0; i < count; i++) {
                random = random * 1664525u + 1013904223u;
                numbers[i] = (int)((random >> 8) % kinds);
            }
            expect_order(numbers, count);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(indices_come_in_order_and_equal_ones_keep_theirs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
