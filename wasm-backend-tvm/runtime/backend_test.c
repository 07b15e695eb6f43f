/* Errors that kernels raise, and their loops. */
#include "base/test.h"
#include "tvm_abi.h"

static void an_error_is_its_kind_and_its_parts_in_one_line(void **state) {
    (void)state;
    const char *parts[] = {"Assert fail: ", NULL, "n == 4", "\nexpected 4"};
    TVMFFIErrorSetRaisedFromCStrParts("ValueError", parts, COUNT(parts));
    assert_string_equal(tvm_error_text(), "ValueError: Assert fail: n == 4 expected 4");
    TVMFFIErrorSetRaisedFromCStr("TypeError", "a tensor");
    assert_string_equal(tvm_error_text(), "TypeError: a tensor");
    tvm_error_clear();
    assert_string_equal(tvm_error_text(), "");
}

static void a_long_error_loses_its_end(void **state) {
    (void)state;
    char longer[2000];
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = 0;
    const char *parts[] = {longer, longer};
    TVMFFIErrorSetRaisedFromCStrParts("E", parts, COUNT(parts));
    assert_int_equal(strlen(tvm_error_text()), 511);
    assert_memory_equal(tvm_error_text(), "E: aaaa", 7);
}

struct counted {
    int calls, task, tasks, answer;
};

static int count(int task, struct tvm_group *group, void *data) {
    struct counted *counted = data;
    counted->calls++;
    counted->task = task;
    counted->tasks = group->tasks;
    return counted->answer;
}

static void a_parallel_loop_is_one_task(void **state) {
    (void)state;
    struct counted counted = {0};
    assert_int_equal(TVMBackendParallelLaunch(count, &counted, 8), 0);
    assert_int_equal(counted.calls, 1);
    assert_int_equal(counted.task, 0);
    assert_int_equal(counted.tasks, 1);
    counted.answer = -1;
    assert_int_equal(TVMBackendParallelLaunch(count, &counted, 0), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_is_its_kind_and_its_parts_in_one_line),
        cmocka_unit_test(a_long_error_loses_its_end),
        cmocka_unit_test(a_parallel_loop_is_one_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
