/* Softmax against its definition in long double, and the rows that have no finite answer. */
#include "base/test.h"

#include <math.h>
#include <stdbool.h>

#include "kernels/hot/softmax.h"

static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 127, 1000};

static float *row_of(uint64_t *seed, size_t n, float spread) {
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)test_below(seed, 1 << 20) / (1 << 20) - 0.5) * spread;
    return x;
}

/* Units of 2^-24, relative: x - max is rounded (half a unit of a number up to |x - max|, which exp turns into that much relative error), exp is
 * off by 3 (1.5 places) in the element and in the sum, each of the n / 4 + 3 additions, the division and the product by 1. */
static long double tolerance(size_t n, float spread) {
    return ((long double)spread * 2 + 3 + 3 + (long double)n / 4 + 3 + 2) * 0x1p-24L;
}

static void assert_softmax(const float *x, const float *z, size_t n, float spread, bool weights) {
    long double top = (long double)x[0], sum = 0;
    for (size_t i = 1; i < n; i++)
        top = (long double)x[i] > top ? (long double)x[i] : top;
    for (size_t i = 0; i < n; i++)
        sum += expl((long double)x[i] - top);
    for (size_t i = 0; i < n; i++) {
        /* Below the normal floats an error is counted in their smallest steps: exp and the product round once each. Where weights are meant,
         * exponentials below them are 0. */
        const long double e = expl((long double)x[i] - top), wanted = e / sum, slack = tolerance(n, spread);
        const bool zero = weights && z[i] == 0 && e < 0x1p-126L * (1 + slack);
        if (!zero && fabsl((long double)z[i] - wanted) > wanted * slack + 2 * 0x1p-149L)
            fail_msg("element %zu of %zu is %a, expected %La", i, n, (double)z[i], wanted);
    }
}

static void rows_agree_with_the_definition(void **state) {
    (void)state;
    static const float spreads[] = {0, 1e-3f, 1, 20, 170};
    uint64_t seed = 13;
    for (size_t c = 0; c < COUNT(counts); c++) {
        for (size_t s = 0; s < COUNT(spreads); s++) {
            const size_t n = counts[c];
            float *x = row_of(&seed, n, spreads[s]), *z = test_bytes(n * sizeof *z);
            float *weights = test_bytes(n * sizeof *weights);
            softmax_f32(x, z, n);
            assert_softmax(x, z, n, spreads[s], false);
            memcpy(weights, x, n * sizeof *x);
            softmax_weights_f32(weights, n);
            assert_softmax(x, weights, n, spreads[s], true);
            softmax_f32(x, x, n); /* in place: the same bits */
            assert_memory_equal(x, z, n * sizeof *x);
            free(weights);
            free(x);
            free(z);
        }
    }
}

static void rows_may_begin_at_any_element(void **state) {
    (void)state;
    uint64_t seed = 14;
    for (size_t offset = 1; offset < 4; offset++) {
        float *x = row_of(&seed, offset + 13, 10), *z = test_bytes((13 + offset) * sizeof *z);
        softmax_f32(x + offset, z + offset, 13);
        assert_softmax(x + offset, z + offset, 13, 10, false);
        free(x);
        free(z);
    }
}

static void equal_elements_share_alike_however_large_they_are(void **state) {
    (void)state;
    static const float values[] = {0, -0.0f, 1, 1e30f, -1e30f, 3.4028235e38f, -3.4028235e38f, 1e-45f};
    for (size_t v = 0; v < COUNT(values); v++) {
        for (size_t n = 1; n <= 16; n *= 2) { /* powers of two: 1 / n is exact */
            float x[16], z[16];
            for (size_t i = 0; i < n; i++)
                x[i] = values[v];
            softmax_f32(x, z, n);
            for (size_t i = 0; i < n; i++)
                assert_true(z[i] == 1.0f / (float)n);
        }
    }
}

static void one_far_above_the_others_takes_all(void **state) {
    (void)state;
    float x[5] = {-3.4028235e38f, 3.4028235e38f, 0, -1e-45f, 1e10f}, z[5];
    const float wanted[5] = {0, 1, 0, 0, 0};
    softmax_f32(x, z, 5);
    assert_memory_equal(z, wanted, sizeof z);
}

static void minus_infinity_gets_nothing_beside_something_finite(void **state) {
    (void)state;
    const float x[6] = {-INFINITY, 2, -INFINITY, 2, -INFINITY, -INFINITY};
    const float wanted[6] = {0, 0.5f, 0, 0.5f, 0, 0};
    float z[6];
    softmax_f32(x, z, 6);
    assert_memory_equal(z, wanted, sizeof z);
}

static void a_row_with_nan_or_infinity_becomes_nan(void **state) {
    (void)state;
    const float bad[] = {NAN, -NAN, INFINITY};
    uint64_t seed = 15;
    for (size_t c = 0; c < COUNT(counts); c++) {
        for (size_t b = 0; b < COUNT(bad); b++) {
            const size_t n = counts[c], at = test_below(&seed, n);
            float *x = row_of(&seed, n, 10), *z = test_bytes(n * sizeof *z);
            x[at] = bad[b];
            softmax_f32(x, z, n);
            for (size_t i = 0; i < n; i++)
                if (!isnan(z[i]))
                    fail_msg("element %zu of %zu is %a with %f at %zu", i, n, (double)z[i], (double)bad[b], at);
            free(x);
            free(z);
        }
    }
}

static void a_row_of_minus_infinity_alone_becomes_nan(void **state) {
    (void)state;
    for (size_t n = 1; n < 10; n++) {
        float *x = test_bytes(n * sizeof *x);
        for (size_t i = 0; i < n; i++)
            x[i] = -INFINITY;
        softmax_f32(x, x, n);
        for (size_t i = 0; i < n; i++)
            assert_true(isnan(x[i]));
        free(x);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_agree_with_the_definition),
        cmocka_unit_test(rows_may_begin_at_any_element),
        cmocka_unit_test(equal_elements_share_alike_however_large_they_are),
        cmocka_unit_test(one_far_above_the_others_takes_all),
        cmocka_unit_test(minus_infinity_gets_nothing_beside_something_finite),
        cmocka_unit_test(a_row_with_nan_or_infinity_becomes_nan),
        cmocka_unit_test(a_row_of_minus_infinity_alone_becomes_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
