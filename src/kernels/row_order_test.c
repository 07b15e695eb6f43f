/* Orders of rows by their definition, for elements of every data type. */
#include "base/test.h"

#include "base/type.h"
#include "kernels/cast.h"
#include "kernels/row_order.h"

enum { N = 40, COUNT_OF_BLOCKS = 2, BLOCK = 3, ALL = N * COUNT_OF_BLOCKS * BLOCK };

/* Compared as doubles, which have all the numbers drawn here. */
static int compare(const double *x, size_t a, size_t b) {
    for (size_t k = 0; k < COUNT_OF_BLOCKS; k++)
        for (size_t i = 0; i < BLOCK; i++) {
            const double p = x[(k * N + a) * BLOCK + i], q = x[(k * N + b) * BLOCK + i];
            if (p != q)
                return p < q ? -1 : 1;
        }
    return 0;
}

static void rows_of_any_type_are_sorted_and_stable(void **state) {
    (void)state;
    uint64_t seed = 3;
    for (int32_t dtype = MSW_FLOAT32; dtype <= MSW_INT16; dtype++) {
        const bool negative = dtype_info(dtype)->number != 'u' && dtype_info(dtype)->number != 'b';
        double x[ALL];
        unsigned char data[ALL * 8];
        int32_t order[N], spare[N];
        for (size_t i = 0; i < ALL; i++) /* few values, so that rows are often equal */
            x[i] = (double)test_below(&seed, 2) - (negative ? (double)test_below(&seed, 2) : 0);
        cast_elements(x, MSW_FLOAT64, data, dtype, ALL);
        const struct rows rows = {
            .x = data, .dtype = dtype, .n = N, .count = COUNT_OF_BLOCKS, .block = BLOCK, .stride = N * BLOCK};
        rows_sort(&rows, order, spare);
        for (size_t i = 1; i < N; i++) {
            const int way = compare(x, (size_t)order[i - 1], (size_t)order[i]);
            if (way > 0 || (way == 0 && order[i - 1] >= order[i]))
                fail_msg("%s: rows %d and %d", dtype_info(dtype)->name, order[i - 1], order[i]);
        }
    }
}

static void extremes_and_nan_stand_where_they_belong(void **state) {
    (void)state;
    const float floats[] = {__builtin_nanf(""), 1, -__builtin_inff(), __builtin_nanf(""), __builtin_inff()};
    const int64_t wide[] = {INT64_MAX, -1, INT64_MIN, 0, 1};
    const int32_t by_float[] = {2, 1, 4, 0, 3}, by_whole[] = {2, 1, 3, 4, 0};
    int32_t order[5], spare[5];
    rows_sort(&(struct rows){.x = floats, .dtype = MSW_FLOAT32, .n = 5, .count = 1, .block = 1}, order, spare);
    assert_memory_equal(order, by_float, sizeof order);
    rows_sort(&(struct rows){.x = wide, .dtype = MSW_INT64, .n = 5, .count = 1, .block = 1}, order, spare);
    assert_memory_equal(order, by_whole, sizeof order);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_any_type_are_sorted_and_stable),
        cmocka_unit_test(extremes_and_nan_stand_where_they_belong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
