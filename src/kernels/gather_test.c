/* Picked rows against the plain loop, for both widths of indices, and the search for bad ones. */
#include "base/test.h"

#include "kernels/gather.h"

static void rows_come_from_where_the_indices_say(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 5, 13}, bytes[] = {1, 2, 4, 8, 12, 0};
    uint64_t seed = 51;
    for (size_t round = 0; round < 400; round++) {
        const size_t outer = test_below(&seed, 4), size = sizes[round % COUNT(sizes)], n = test_below(&seed, 9);
        const size_t row = bytes[round % COUNT(bytes)];
        const bool wide = round & 1;
        unsigned char *x = test_bytes(outer * size * row), *z = test_bytes(outer * n * row);
        int64_t *wide_at = test_bytes(n * sizeof *wide_at);
        int32_t *at = test_bytes(n * sizeof *at);
        for (size_t i = 0; i < outer * size * row; i++)
            x[i] = (unsigned char)test_random(&seed);
        for (size_t i = 0; i < n; i++)
            at[i] = (int32_t)(wide_at[i] = (int64_t)test_below(&seed, 2 * size) - (int64_t)size);
        assert_int_equal(bad_index(wide ? (void *)wide_at : at, wide, n, (int64_t)size), n);
        gather_rows(x, outer, size, row, wide ? (void *)wide_at : at, wide, n, z);
        for (size_t o = 0; o < outer; o++)
            for (size_t i = 0; i < n; i++) {
                const size_t from = (size_t)(at[i] < 0 ? at[i] + (int32_t)size : at[i]);
                assert_memory_equal(z + (o * n + i) * row, x + (o * size + from) * row, row);
            }
        free(x);
        free(z);
        free(wide_at);
        free(at);
    }
}

static void the_first_index_outside_is_found(void **state) {
    (void)state;
    const int32_t at[] = {0, -3, 2, 3, -4};
    const int64_t wide[] = {INT64_MIN, 1LL << 32, INT64_MAX};
    assert_int_equal(bad_index(at, false, 5, 3), 3);
    assert_int_equal(bad_index(at, false, 3, 3), 3);
    assert_int_equal(bad_index(at + 4, false, 1, 3), 0);
    assert_int_equal(bad_index(at, false, 1, 0), 0);
    for (size_t i = 0; i < COUNT(wide); i++)
        assert_int_equal(bad_index(wide + i, true, 1, 3), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_from_where_the_indices_say),
        cmocka_unit_test(the_first_index_outside_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
