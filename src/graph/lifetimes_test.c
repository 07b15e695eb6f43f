/* lifetimes_test.c - the set finds what a look at each of its buffers finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph/lifetimes.h"

enum { COUNT = 120 };

static void expect_found(const struct lifetimes *set, const struct buffer *b, uint32_t in_set, uint32_t asked) {
    uint32_t found[COUNT];
    bool seen[COUNT] = {false};
    const uint32_t count = lifetimes_find(set, &b[asked], found);
    assert_true(count <= in_set);
    for (uint32_t i = 0; i < count; i++) {
        assert_false(seen[found[i]]);
        seen[found[i]] = true;
    }
    for (uint32_t i = 0; i < in_set; i++)
        assert_int_equal(seen[i], b[i].first <= b[asked].last && b[asked].first <= b[i].last);
}

static void exactly_those_alive_together_are_found(void **state) {
    (void)state;
    static const uint32_t steps[] = {0, 1, 2, 3, 16, 37, 1000, 100000};
    uint32_t random = 5;
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct buffer b[COUNT];
        struct arena arena = {0};
        struct lifetimes set;
        struct error err;
        error_clear(&err);
        for (uint32_t i = 0; i < COUNT; i++) {
            random = random * 1664525u + 1013904223u;
            const uint32_t first = (random >> 8) % (steps[s] + 1), left = steps[s] - first;
            b[i] =
                (struct buffer){.first = first, .last = first + (random >> 4) % ((i % 3 == 0 ? left : left / 50) + 1)};
        }
        assert_true(lifetimes_begin(&set, b, COUNT, steps[s], &arena, &err));
        for (int round = 0; round < 2; round++) { /* a cleared set is empty */
            lifetimes_clear(&set);
            for (uint32_t i = 0; i < COUNT; i++) {
                expect_found(&set, b, i, i);
                expect_found(&set, b, i, COUNT - 1);
                lifetimes_add(&set, i);
            }
        }
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(exactly_those_alive_together_are_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
