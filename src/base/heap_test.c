/* The module's heap on this machine: a static buffer stands for the memory that a module grows. */
#include "base/test.h"

#include "base/heap.h"

enum { MEMORY_BYTES = 1 << 20, PAGE = 4096 };

static _Alignas(16) unsigned char memory[MEMORY_BYTES];
static size_t limit, grown, asked; /* how far it may grow, how far it has, what was asked for last */
static int grow_calls;

static bool grow(struct heap *heap, size_t min_bytes) {
    grow_calls++;
    asked = min_bytes;
    const size_t bytes = (min_bytes + PAGE - 1) / PAGE * PAGE;
    if (bytes > limit - grown)
        return false;
    grown += bytes;
    heap->end += bytes;
    return true;
}

static struct heap heap;

static int begin(void **state) {
    (void)state;
    memset(memory, 0xa5, sizeof memory);
    limit = MEMORY_BYTES;
    grown = asked = 0;
    grow_calls = 0;
    heap = (struct heap){.end = memory, .grow = grow};
    return 0;
}

/* The most that one allocation gets out of the heap as it is, without growing. It is given back. */
static size_t largest_without_growing(void) {
    const size_t kept = limit;
    size_t low = 0, high = MEMORY_BYTES; /* low fits, high does not */
    limit = grown;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        void *piece = heap_alloc(&heap, middle);
        heap_free(&heap, piece);
        *(piece ? &low : &high) = middle;
    }
    limit = kept;
    return low;
}

static void memory_is_aligned_whatever_its_size(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 5, 13, 15, 16, 17, 127, 4095, 4096, 4097, 50000};
    unsigned char *last = NULL;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        unsigned char *piece = heap_alloc(&heap, sizes[i]);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % 16, 0);
        assert_ptr_not_equal(piece, last);
        assert_true(piece >= memory && piece + sizes[i] <= memory + grown);
        last = piece;
    }
}

struct piece {
    unsigned char *at;
    size_t bytes;
    unsigned char mark;
};

static void assert_untouched(const struct piece *piece) {
    for (size_t i = 0; i < piece->bytes; i++)
        if (piece->at[i] != piece->mark)
            fail_msg("byte %zu of a piece of %zu was overwritten", i, piece->bytes);
}

static void release(struct piece *piece) {
    assert_untouched(piece);
    heap_free(&heap, piece->at);
    *piece = (struct piece){0};
}

static void random_use_keeps_pieces_apart_and_joins_all_in_the_end(void **state) {
    (void)state;
    struct piece pieces[64] = {0};
    uint64_t seed = 3;
    for (int round = 0; round < 20000; round++) {
        struct piece *piece = &pieces[test_below(&seed, COUNT(pieces))];
        if (piece->at) {
            release(piece);
            continue;
        }
        const size_t bytes = test_below(&seed, 4) ? test_below(&seed, 300) : test_below(&seed, 40000);
        piece->at = heap_alloc(&heap, bytes);
        if (!piece->at)
            continue; /* full: what is there must still be right */
        piece->bytes = bytes;
        piece->mark = (unsigned char)round;
        assert_int_equal((uintptr_t)piece->at % 16, 0);
        assert_true(piece->at >= memory && piece->at + bytes <= memory + grown);
        memset(piece->at, piece->mark, bytes);
    }
    for (size_t i = 0; i < COUNT(pieces); i++)
        if (pieces[i].at)
            release(&pieces[i]);
    const size_t after = largest_without_growing(), all = grown;
    begin(NULL);
    heap_free(&heap, heap_alloc(&heap, all - 200)); /* a fresh heap grown as far */
    assert_int_equal(grown, all);
    assert_int_equal(after, largest_without_growing());
}

static void neighbours_join_in_whichever_order_they_are_freed(void **state) {
    (void)state;
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; i < COUNT(orders); i++) {
        void *pieces[3];
        for (int k = 0; k < 3; k++)
            pieces[k] = heap_alloc(&heap, 1000);
        void *guard = heap_alloc(&heap, 16); /* so that they cannot join with what lies behind */
        for (int k = 0; k < 3; k++)
            heap_free(&heap, pieces[orders[i][k]]);
        assert_ptr_equal(heap_alloc(&heap, 3000), pieces[0]);
        heap_free(&heap, pieces[0]);
        heap_free(&heap, guard);
    }
    assert_int_equal(grow_calls, 1);
}

static void a_freed_piece_is_used_again(void **state) {
    (void)state;
    void *piece = heap_alloc(&heap, 100), *guard = heap_alloc(&heap, 100);
    heap_free(&heap, piece);
    assert_ptr_equal(heap_alloc(&heap, 100), piece);
    heap_free(&heap, piece);
    assert_ptr_equal(heap_alloc(&heap, 1), piece);
    heap_free(&heap, guard);
}

static void growing_asks_only_for_what_the_free_end_lacks(void **state) {
    (void)state;
    heap_free(&heap, heap_alloc(&heap, 3 * PAGE - 200));
    assert_int_equal(grown, 3 * PAGE);
    assert_non_null(heap_alloc(&heap, 4 * PAGE - 200));
    assert_int_equal(asked % 16, 0);
    assert_true(asked <= PAGE);
    assert_int_equal(grown, 4 * PAGE);
}

static void a_refusal_to_grow_is_no_memory_and_harms_nothing(void **state) {
    (void)state;
    limit = 2 * PAGE;
    struct piece piece = {.at = heap_alloc(&heap, PAGE), .bytes = PAGE, .mark = 7};
    memset(piece.at, piece.mark, piece.bytes);
    assert_null(heap_alloc(&heap, 2 * PAGE));
    assert_null(heap_alloc(&heap, MEMORY_BYTES));
    void *small = heap_alloc(&heap, 100);
    assert_non_null(small);
    heap_free(&heap, small);
    release(&piece);
    assert_non_null(heap_alloc(&heap, PAGE));
}

static void sizes_that_no_memory_has_are_refused_without_growing(void **state) {
    (void)state;
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX / 2 + 1, PTRDIFF_MAX, PTRDIFF_MAX - 16};
    for (size_t i = 0; i < COUNT(sizes); i++)
        assert_null(heap_alloc(&heap, sizes[i]));
    assert_int_equal(grow_calls, 0);
}

static void freeing_null_does_nothing(void **state) {
    (void)state;
    heap_free(&heap, NULL);
    assert_non_null(heap_alloc(&heap, 1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(memory_is_aligned_whatever_its_size, begin),
        cmocka_unit_test_setup(random_use_keeps_pieces_apart_and_joins_all_in_the_end, begin),
        cmocka_unit_test_setup(neighbours_join_in_whichever_order_they_are_freed, begin),
        cmocka_unit_test_setup(a_freed_piece_is_used_again, begin),
        cmocka_unit_test_setup(growing_asks_only_for_what_the_free_end_lacks, begin),
        cmocka_unit_test_setup(a_refusal_to_grow_is_no_memory_and_harms_nothing, begin),
        cmocka_unit_test_setup(sizes_that_no_memory_has_are_refused_without_growing, begin),
        cmocka_unit_test_setup(freeing_null_does_nothing, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
