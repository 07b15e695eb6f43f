/* Kernels called by their names: why one failed is told, and not what failed before it. */
#include "base/test.h"
#include "kernels.h"

static int raise(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)args, (void)count, (void)answer;
    TVMFFIErrorSetRaisedFromCStr("ValueError", "no");
    return -1;
}

/* As generated code does: it raises nothing. */
static int ask_for_too_much(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)args, (void)count, (void)answer;
    return TVMBackendAllocWorkspace(TVM_DEVICE_CPU, 0, UINT64_MAX, TVM_DTYPE_FLOAT, 32) ? 0 : -1;
}

static uint32_t calls;

static int count_calls(void *self, const struct tvm_any *args, int32_t count, struct tvm_any *answer) {
    (void)self, (void)args, (void)count, (void)answer;
    calls++;
    return 0;
}

const struct tvm_kernel kernel_table[] = {{"raise", raise}, {"ask", ask_for_too_much}, {"count", count_calls}};
const uint32_t kernel_count = COUNT(kernel_table);

static int32_t call(const char *name, uint32_t repeats) {
    return kernel_call((uint32_t)kernel_find(name), NULL, 0, repeats);
}

static void a_kernel_is_found_and_repeated(void **state) {
    (void)state;
    assert_int_equal(kernel_find("nothing"), -1);
    assert_int_equal(call("count", 3), 0);
    assert_int_equal(calls, 3);
}

static void each_failure_has_its_own_reason(void **state) {
    (void)state;
    assert_int_equal(call("raise", 2), -1);
    assert_string_equal(kernel_error(), "ValueError: no");
    assert_int_equal(call("ask", 1), -1);
    assert_string_equal(kernel_error(), "MemoryError: there is not enough for what the kernel works in");
    assert_int_equal(call("count", 1), 0);
    assert_string_equal(kernel_error(), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_is_found_and_repeated),
        cmocka_unit_test(each_failure_has_its_own_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
