/* Transposition against its definition, in every size and with gaps between the rows of both sides, which must stay. */
#include "base/test.h"

#include "kernels/hot/transpose_u32.h"

static void check(size_t rows, size_t columns, size_t x_gap, size_t z_gap) {
    const size_t x_step = columns + x_gap, z_step = rows + z_gap;
    const size_t x_count = (rows - 1) * x_step + columns, z_count = (columns - 1) * z_step + rows;
    uint32_t *x = test_bytes(x_count * sizeof *x), *z = test_bytes(z_count * sizeof *z);
    uint32_t *wanted = test_bytes(z_count * sizeof *wanted);
    for (size_t i = 0; i < x_count; i++)
        x[i] = (uint32_t)i;
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            wanted[j * z_step + i] = x[i * x_step + j];
    transpose_u32(x, z, rows, columns, (ptrdiff_t)x_step, (ptrdiff_t)z_step);
    assert_memory_equal(z, wanted, z_count * sizeof *z);
    free(x);
    free(z);
    free(wanted);
}

static void every_size_is_turned(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 20, 37};
    for (size_t r = 0; r < COUNT(sizes); r++)
        for (size_t c = 0; c < COUNT(sizes); c++)
            for (size_t gaps = 0; gaps < 4; gaps++)
                check(sizes[r], sizes[c], gaps & 1, gaps / 2 * 3);
}

static void rows_may_run_backwards(void **state) {
    (void)state;
    const uint32_t x[10] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint32_t z[10], wanted[10] = {5, 0, 6, 1, 7, 2, 8, 3, 9, 4};
    transpose_u32(x + 5, z, 2, 5, -5, 2);
    assert_memory_equal(z, wanted, sizeof z);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_turned),
        cmocka_unit_test(rows_may_run_backwards),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
