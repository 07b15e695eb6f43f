/* names_test.c - names are found again among many, and a second definition is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "read/names.h"

enum { COUNT = 5000 };

static void names_are_found_among_many(void **state) {
    (void)state;
    static char text[COUNT][8];
    struct arena arena = {0};
    struct names names = {.arena = &arena};
    struct error err;
    bool taken;
    uint32_t number = 0;
    error_clear(&err);
    assert_false(names_find(&names, "a", 1, &number));
    for (uint32_t i = 0; i < COUNT; i++) {
        const int length = snprintf(text[i], sizeof text[i], "n%u", i);
        assert_true(names_add(&names, text[i], (size_t)length, i, &taken, &err));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        char copy[8];
        const int length = snprintf(copy, sizeof copy, "n%u", i);
        assert_true(names_find(&names, copy, (size_t)length, &number));
        assert_int_equal(number, i);
    }
    assert_false(names_find(&names, "n5000", 5, &number));
    assert_false(names_find(&names, "", 0, &number));
    assert_true(names_add(&names, "", 0, 7, &taken, &err));
    assert_true(names_find(&names, "", 0, &number) && number == 7);
    arena_free(&arena);
}

static void a_name_is_taken_once(void **state) {
    (void)state;
    struct arena arena = {0};
    struct names names = {.arena = &arena};
    struct error err;
    bool taken;
    error_clear(&err);
    assert_true(names_add(&names, "name", 4, 1, &taken, &err));
    assert_true(names_add(&names, "name", 3, 2, &taken, &err));
    assert_false(names_add(&names, "name", 4, 3, &taken, &err));
    assert_true(taken);
    assert_int_equal(err.about.status, MSW_OK);
    arena_free(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found_among_many),
        cmocka_unit_test(a_name_is_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
