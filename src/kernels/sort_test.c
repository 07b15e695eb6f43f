/* Orders by their definition: every index once, no neighbours the wrong way round, equal elements as they came. */
#include "base/test.h"

#include <math.h>

#include "kernels/sort.h"

static const size_t counts[] = {0, 1, 2, 3, 5, 13, 16, 17, 127, 1000};

/* -1, 0, 1: NaN is above everything and equal to itself. */
static int compare(float x, float y) {
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

static void check_order(const double *keys, const int32_t *order, size_t n, bool descending) {
    bool *seen = calloc(n + 1, sizeof *seen);
    for (size_t i = 0; i < n; i++) {
        assert_in_range(order[i], 0, n - 1);
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
        if (i == 0)
            continue;
        const int way = compare((float)keys[order[i - 1]], (float)keys[order[i]]);
        assert_true(descending ? way >= 0 : way <= 0);
        assert_true(way != 0 || order[i - 1] < order[i]);
    }
    free(seen);
}

static void orders_are_sorted_and_stable_at_any_step(void **state) {
    (void)state;
    uint64_t seed = 41;
    for (size_t c = 0; c < COUNT(counts); c++) {
        const size_t n = counts[c];
        for (size_t step = 1; step < 4; step++) {
            const size_t span = n > 0 ? (n - 1) * step + 1 : 0;
            float *f = test_bytes(span * sizeof *f);
            int8_t *i8 = test_bytes(span);
            int64_t *i64 = test_bytes(span * sizeof *i64);
            double *keys[3] = {test_bytes(n * 8), test_bytes(n * 8), test_bytes(n * 8)};
            int32_t *order = test_bytes(n * sizeof *order), *spare = test_bytes(n * sizeof *spare);
            for (size_t i = 0; i < n; i++) { /* few values, so that many are equal */
                const float some[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1.5f, -2, (float)test_below(&seed, 50)};
                keys[0][i] = (double)(f[i * step] = some[test_below(&seed, COUNT(some))]);
                keys[1][i] = i8[i * step] = (int8_t)test_below(&seed, 20);
                i64[i * step] = (int64_t)test_below(&seed, 9) - 4;
                keys[2][i] = (double)i64[i * step];
                i64[i * step] *= INT64_MAX / 4;
            }
            for (int descending = 0; descending < 2; descending++) {
                sort_f32(f, n, step, descending, order, spare);
                check_order(keys[0], order, n, descending);
                sort_i8(i8, n, step, descending, order, spare);
                check_order(keys[1], order, n, descending);
                sort_i64(i64, n, step, descending, order, spare);
                check_order(keys[2], order, n, descending);
            }
            free(f);
            free(i8);
            free(i64);
            for (int k = 0; k < 3; k++)
                free(keys[k]);
            free(order);
            free(spare);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(orders_are_sorted_and_stable_at_any_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
