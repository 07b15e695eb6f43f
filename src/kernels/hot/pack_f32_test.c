/* Packing from everywhere, in ranges of rows as a loader hands them over, against the place of each element. */
#include "base/test.h"

#include "kernels/hot/pack_f32.h"

static void expect_element(const float *packed, size_t depth, size_t k, size_t j, float wanted) {
    const float is = packed[(j / PANEL * depth + k) * PANEL + j % PANEL];
    if (!test_same_float(is, wanted))
        fail_msg("depth %zu: element (%zu, %zu) is %g, expected %g", depth, k, j, (double)is, (double)wanted);
}

static void expect_zeros_behind(const float *packed, size_t depth, size_t columns) {
    for (size_t k = 0; k < depth; k++)
        for (size_t j = columns; j < panel_columns(columns); j++)
            expect_element(packed, depth, k, j, 0);
}

static const size_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 40};

static void check_steps(size_t depth, size_t columns, size_t depth_step, size_t column_step, uint64_t *seed) {
    const size_t n = depth && columns ? (depth - 1) * depth_step + (columns - 1) * column_step + 1 : 0;
    float *source = test_floats(seed, n), *packed = test_bytes(panel_columns(columns) * depth * sizeof *packed);
    pack_f32(source, depth_step, column_step, depth, columns, packed);
    for (size_t k = 0; k < depth; k++)
        for (size_t j = 0; j < columns; j++)
            expect_element(packed, depth, k, j, source[k * depth_step + j * column_step]);
    expect_zeros_behind(packed, depth, columns);
    free(source);
    free(packed);
}

static void a_matrix_that_lies_anyhow_is_packed(void **state) {
    (void)state;
    uint64_t seed = 71;
    for (size_t d = 0; d < COUNT(sizes); d++) {
        for (size_t c = 0; c < COUNT(sizes); c++) {
            check_steps(sizes[d], sizes[c], sizes[c] + 3, 1, &seed);
            check_steps(sizes[d], sizes[c], 1, sizes[d] + 2, &seed);
            check_steps(sizes[d], sizes[c], 2, 3 * sizes[d], &seed);
            check_steps(sizes[d], sizes[c], 1, 1, &seed);
        }
    }
}

/* at_once: rows of a call. */
static void check_columns(size_t depth, size_t columns, size_t taps, size_t at_once, uint64_t *seed) {
    const size_t row = depth * taps, bytes = panel_columns(columns) * row * sizeof(float);
    float *source = test_floats(seed, columns * row), *packed = memset(test_bytes(bytes), 0, bytes);
    for (size_t j = 0; j < columns; j += at_once)
        pack_columns_f32(source + j * row, j, columns - j < at_once ? columns - j : at_once, depth, taps, packed);
    for (size_t j = 0; j < columns; j++)
        for (size_t k = 0; k < depth; k++)
            for (size_t t = 0; t < taps; t++)
                expect_element(packed, row, t * depth + k, j, source[(j * depth + k) * taps + t]);
    expect_zeros_behind(packed, row, columns);
    free(source);
    free(packed);
}

static void rows_that_are_columns_are_packed_in_any_ranges(void **state) {
    (void)state;
    static const size_t at_once[] = {1, 3, 8, 11, 100}, taps[] = {1, 2, 9};
    uint64_t seed = 72;
    for (size_t d = 0; d < COUNT(sizes); d++)
        for (size_t c = 0; c < COUNT(sizes); c++)
            for (size_t t = 0; t < COUNT(taps); t++)
                for (size_t a = 0; a < COUNT(at_once); a++)
                    check_columns(sizes[d], sizes[c], taps[t], at_once[a], &seed);
}

static void check_depth(size_t depth, size_t columns, size_t at_once, uint64_t *seed) {
    const size_t bytes = panel_columns(columns) * depth * sizeof(float);
    float *source = test_floats(seed, columns * depth), *packed = memset(test_bytes(bytes), 0, bytes);
    for (size_t k = 0; k < depth; k += at_once)
        pack_depth_f32(source + k * columns, k, depth - k < at_once ? depth - k : at_once, depth, columns, packed);
    for (size_t k = 0; k < depth; k++)
        for (size_t j = 0; j < columns; j++)
            expect_element(packed, depth, k, j, source[k * columns + j]);
    expect_zeros_behind(packed, depth, columns);
    free(source);
    free(packed);
}

static void rows_that_are_the_depth_are_packed_in_any_ranges(void **state) {
    (void)state;
    uint64_t seed = 73;
    for (size_t d = 0; d < COUNT(sizes); d++)
        for (size_t c = 0; c < COUNT(sizes); c++)
            for (size_t at_once = 1; at_once < 50; at_once += 12)
                check_depth(sizes[d], sizes[c], at_once, &seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_that_lies_anyhow_is_packed),
        cmocka_unit_test(rows_that_are_columns_are_packed_in_any_ranges),
        cmocka_unit_test(rows_that_are_the_depth_are_packed_in_any_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
