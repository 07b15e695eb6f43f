/* A stack of pieces: aligned, apart, used again, and all taken back after an error. */
#include "workspace.h"

#include "base/test.h"
#include "tvm_abi.h"

static uint32_t allocations;
static bool full; /* no memory is to be had */

void *__real_host_alloc(size_t bytes);
void *__wrap_host_alloc(size_t bytes);

void *__wrap_host_alloc(size_t bytes) {
    allocations++;
    return full ? NULL : __real_host_alloc(bytes);
}

static unsigned char *take(uint64_t bytes) {
    return TVMBackendAllocWorkspace(TVM_DEVICE_CPU, 0, bytes, TVM_DTYPE_FLOAT, 32);
}

static void give(void *piece) {
    assert_int_equal(TVMBackendFreeWorkspace(TVM_DEVICE_CPU, 0, piece), 0);
}

static void pieces_are_aligned_and_do_not_overlap(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 63, 64, 65, 70000, 3, 200000};
    unsigned char *pieces[COUNT(sizes)];
    for (size_t i = 0; i < COUNT(sizes); i++) {
        pieces[i] = take(sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 64, 0);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(pieces[i][at], i + 1);
    for (size_t i = COUNT(sizes); i-- > 0;)
        give(pieces[i]);
}

static void a_second_run_allocates_nothing(void **state) {
    (void)state;
    for (int run = 0; run < 3; run++) {
        const uint32_t before = allocations;
        unsigned char *a = take(100000), *b = take(200000), *c = take(10);
        give(c);
        give(b);
        unsigned char *d = take(150000);
        give(d);
        give(a);
        if (run > 0)
            assert_int_equal(allocations, before);
    }
}

static void pieces_may_come_back_in_any_order(void **state) {
    (void)state;
    unsigned char *a = take(100), *b = take(100), *c = take(100);
    memset(c, 7, 100);
    give(a);
    give(b);
    unsigned char *d = take(100);
    memset(d, 8, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(c[i], 7);
    give(d);
    give(c);
}

static void a_piece_that_comes_back_early_leaves_the_later_ones_alone(void **state) {
    (void)state;
    unsigned char *a = take(100), *b = take(100);
    memset(b, 7, 100);
    give(a);
    unsigned char *c = take(1000);
    memset(c, 8, 1000);
    for (int i = 0; i < 100; i++)
        assert_int_equal(b[i], 7);
    give(b);
    give(c);
}

static void what_a_failed_kernel_held_is_taken_back(void **state) {
    (void)state;
    unsigned char *first = take(50);
    take(60);
    assert_int_equal(workspace_reset(), 0);
    assert_ptr_equal(take(50), first);
    assert_int_equal(workspace_reset(), 0);
}

static void bytes_that_there_are_not_are_told_once(void **state) {
    (void)state;
    full = true;
    assert_null(take(1u << 30));
    full = false;
    assert_int_equal(workspace_reset(), 1u << 30);
    assert_int_equal(workspace_reset(), 0);
    assert_null(take(UINT64_MAX));
    assert_true(workspace_reset() == SIZE_MAX);
    unsigned char *piece = take(8);
    assert_non_null(piece);
    give(piece);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_aligned_and_do_not_overlap),
        cmocka_unit_test(a_second_run_allocates_nothing),
        cmocka_unit_test(pieces_may_come_back_in_any_order),
        cmocka_unit_test(a_piece_that_comes_back_early_leaves_the_later_ones_alone),
        cmocka_unit_test(what_a_failed_kernel_held_is_taken_back),
        cmocka_unit_test(bytes_that_there_are_not_are_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
