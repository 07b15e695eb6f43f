/* The arena over a host of the test's own, which counts, poisons and refuses: host_native.c stays out of the link, since its functions are here. */
#include "base/test.h"

#include "base/arena.h"
#include "base/host.h"

static size_t allocations, alive, fail_after;

void *host_alloc(size_t bytes) {
    if (allocations == fail_after || bytes > 1u << 30)
        return NULL;
    allocations++;
    alive++;
    return test_bytes(bytes);
}

void host_free(void *memory) {
    alive -= memory != NULL;
    free(memory);
}

static struct error err;
static struct arena arena;

static int begin(void **state) {
    (void)state;
    allocations = alive = 0;
    fail_after = SIZE_MAX;
    arena = (struct arena){0};
    error_clear(&err);
    return 0;
}

static int end(void **state) {
    (void)state;
    arena_free(&arena);
    return alive != 0; /* whatever the test did, nothing may be left */
}

static void pieces_are_aligned_zeroed_and_apart(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 5, 13, 15, 16, 17, 127, 4080, 4096, 65535, 65536, 65537, 300000};
    unsigned char *pieces[200];
    size_t bytes[200];
    uint64_t seed = 2;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        bytes[i] = sizes[test_below(&seed, COUNT(sizes))];
        pieces[i] = arena_alloc(&arena, bytes[i], 1, &err);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        for (size_t k = 0; k < bytes[i]; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], (int)i, bytes[i]); /* the next ones must leave it alone */
    }
    for (size_t i = 0; i < COUNT(pieces); i++)
        for (size_t k = 0; k < bytes[i]; k++)
            assert_int_equal(pieces[i][k], (unsigned char)i);
}

static void pieces_of_no_bytes_have_addresses_of_their_own(void **state) {
    (void)state;
    void *first = arena_alloc(&arena, 0, 8, &err), *second = arena_alloc(&arena, 8, 0, &err);
    assert_non_null(first);
    assert_non_null(second);
    assert_ptr_not_equal(first, second);
}

static void small_pieces_share_a_chunk(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++)
        assert_non_null(arena_alloc(&arena, 1, 16, &err));
    assert_int_equal(allocations, 1);
}

static void chunks_grow_so_that_many_pieces_need_few(void **state) {
    (void)state;
    for (int i = 0; i < 100000; i++)
        assert_non_null(arena_alloc(&arena, 1, 16, &err));
    assert_true(allocations < 25);
}

static void a_large_piece_leaves_the_open_chunk_open(void **state) {
    (void)state;
    assert_non_null(arena_alloc(&arena, 1, 16, &err));
    assert_non_null(arena_alloc(&arena, 1 << 20, 1, &err));
    assert_int_equal(allocations, 2);
    assert_non_null(arena_alloc(&arena, 1, 16, &err));
    assert_int_equal(allocations, 2);
}

static void large_pieces_can_be_given_back_in_any_order(void **state) {
    (void)state;
    static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}};
    for (size_t o = 0; o < COUNT(orders); o++) {
        unsigned char *pieces[3], *small = arena_alloc(&arena, 1, 16, &err);
        for (size_t i = 0; i < 3; i++)
            pieces[i] = arena_alloc(&arena, 100000 + i, 1, &err);
        const size_t before = alive;
        for (size_t i = 0; i < 3; i++) {
            arena_release(&arena, pieces[orders[o][i]], 100000 + orders[o][i]);
            assert_int_equal(alive, before - i - 1);
        }
        arena_release(&arena, small, 16); /* stays */
        arena_release(&arena, NULL, 100000);
        assert_int_equal(alive, before - 3);
        memset(small, 1, 16);
        unsigned char *next = arena_alloc(&arena, 1, 16, &err);
        assert_non_null(next);
        assert_ptr_not_equal(next, small);
        assert_non_null(arena_alloc(&arena, 1, 100000, &err));
    }
}

static void products_that_overflow_are_out_of_memory(void **state) {
    (void)state;
    static const size_t cases[][2] = {{SIZE_MAX, 1},
                                      {1, SIZE_MAX},
                                      {SIZE_MAX, SIZE_MAX},
                                      {SIZE_MAX / 2 + 1, 2},
                                      {(size_t)1 << 33, 1u << 31},
                                      {PTRDIFF_MAX, 1},
                                      {PTRDIFF_MAX - 15, 1},
                                      {1, PTRDIFF_MAX - 31}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        error_clear(&err);
        assert_null(arena_alloc(&arena, cases[i][0], cases[i][1], &err));
        assert_int_equal(err.about.status, MSW_LIMIT);
        assert_memory_equal(err.text, "out of memory: ", 15);
    }
    assert_int_equal(allocations, 0);
}

static void strings_are_copied_with_an_end(void **state) {
    (void)state;
    char *exact = test_bytes(5);
    memcpy(exact, "abcde", 5);
    char *copy = arena_string(&arena, exact, 5, &err);
    free(exact);
    assert_string_equal(copy, "abcde");
    assert_string_equal(arena_string(&arena, "", 0, &err), "");
    assert_memory_equal(arena_string(&arena, "a\0b", 3, &err), "a\0b", 4);
}

static void a_freed_arena_is_empty_and_may_be_used_again(void **state) {
    (void)state;
    arena_free(&arena);
    for (int round = 0; round < 3; round++) {
        assert_non_null(arena_alloc(&arena, 1, 16, &err));
        assert_non_null(arena_alloc(&arena, 1, 200000, &err));
        arena_free(&arena);
        assert_int_equal(alive, 0);
    }
}

static bool fill(void) {
    static const size_t sizes[] = {16, 5000, 100000, 16, 9000, 40000, 300000, 1};
    for (size_t i = 0; i < COUNT(sizes); i++)
        if (!arena_alloc(&arena, sizes[i], 1, &err))
            return false;
    return arena_string(&arena, "text", 4, &err) != NULL;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    for (fail_after = 0;; fail_after++) {
        arena_free(&arena);
        error_clear(&err);
        allocations = 0;
        if (fill())
            break;
        assert_int_equal(err.about.status, MSW_LIMIT);
        assert_memory_equal(err.text, "out of memory: ", 15);
    }
    assert_true(fail_after >= 4);
    fail_after = allocations; /* an arena that could not grow still gives what fits */
    assert_null(arena_alloc(&arena, 1, 100000, &err));
    assert_non_null(arena_alloc(&arena, 1, 16, &err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_are_aligned_zeroed_and_apart, begin, end),
        cmocka_unit_test_setup_teardown(pieces_of_no_bytes_have_addresses_of_their_own, begin, end),
        cmocka_unit_test_setup_teardown(small_pieces_share_a_chunk, begin, end),
        cmocka_unit_test_setup_teardown(chunks_grow_so_that_many_pieces_need_few, begin, end),
        cmocka_unit_test_setup_teardown(a_large_piece_leaves_the_open_chunk_open, begin, end),
        cmocka_unit_test_setup_teardown(large_pieces_can_be_given_back_in_any_order, begin, end),
        cmocka_unit_test_setup_teardown(products_that_overflow_are_out_of_memory, begin, end),
        cmocka_unit_test_setup_teardown(strings_are_copied_with_an_end, begin, end),
        cmocka_unit_test_setup_teardown(a_freed_arena_is_empty_and_may_be_used_again, begin, end),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
