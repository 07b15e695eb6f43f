/* weight_files_test.c - which names lead out of a folder, and what is said of files that are too many or too short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "read/weight_files.h"

static void names_below_the_folder_are_accepted(void **state) {
    (void)state;
    static const char *const good[] = {"net_variables/data_0", "w", "a/b/c", ".hidden", "a..b", "..a/b", "..."};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_null(weight_file_fault(good[i]));
}

static void names_that_could_leave_it_are_not(void **state) {
    (void)state;
    static const struct {
        const char *name, *fault;
    } bad[] = {{"", "no name"},
               {"/etc/passwd", "an absolute path"},
               {"/", "an absolute path"},
               {"..", "a path with a part of dots"},
               {"../secret", "a path with a part of dots"},
               {"a/../../b", "a path with a part of dots"},
               {"a/..", "a path with a part of dots"},
               {"./a", "a path with a part of dots"},
               {"a//b", "a path with an empty part"},
               {"a/", "a path with an empty part"},
               {"..\\secret", "a path with a backslash"},
               {"C:\\secret", "a path with a backslash"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_string_equal(weight_file_fault(bad[i].name), bad[i].fault);
}

static void a_file_is_listed_once_and_must_reach_its_last_constant(void **state) {
    (void)state;
    struct weight_files files = {.count = 0};
    struct error err;
    error_clear(&err);
    assert_int_equal(weight_files_add(&files, "a", 100, "u", &err), 1);
    assert_int_equal(weight_files_add(&files, "b", 70, "v", &err), 2);
    assert_int_equal(weight_files_add(&files, "a", 90, "w", &err), 1);
    assert_int_equal(files.count, 2);
    assert_true(weight_files_tell(&files, 1, 100, &err));
    assert_true(files.at[0].told);
    assert_false(weight_files_tell(&files, 2, 69, &err));
    assert_string_equal(err.text, "'b' ends at byte 69, but constant 'v' reaches to byte 70");
    assert_false(files.at[1].told);
    static const uint32_t none[] = {0, 3, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        error_clear(&err);
        assert_false(weight_files_tell(&files, none[i], 100, &err));
        assert_int_equal(err.about.status, MSW_USAGE);
    }
    assert_string_equal(err.text, "there is no file 4294967295 of weights, only 2");
}

static void files_beyond_the_limit_are_refused(void **state) {
    (void)state;
    static char names[WEIGHT_FILES_MAX + 1][4];
    struct weight_files files = {.count = 0};
    struct error err;
    error_clear(&err);
    for (uint32_t i = 0; i <= WEIGHT_FILES_MAX; i++) {
        names[i][0] = (char)('a' + i / 26);
        names[i][1] = (char)('a' + i % 26);
        assert_int_equal(weight_files_add(&files, names[i], 64, "w", &err), i < WEIGHT_FILES_MAX ? i + 1 : 0);
    }
    assert_int_equal(err.about.status, MSW_LIMIT);
    assert_string_equal(err.text, "constant 'w' is in 'cm', after 64 other files");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_below_the_folder_are_accepted),
        cmocka_unit_test(names_that_could_leave_it_are_not),
        cmocka_unit_test(a_file_is_listed_once_and_must_reach_its_last_constant),
        cmocka_unit_test(files_beyond_the_limit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
