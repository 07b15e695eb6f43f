/* Moments against long double, normalisation against its formula one element at a time. */
#include "base/test.h"

#include <math.h>

#include "kernels/hot/norm.h"

static void moments_keep_their_digits_far_from_zero(void **state) {
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 5, 13, 127, 1000000};
    uint64_t seed = 61;
    for (size_t c = 0; c < COUNT(counts); c++) {
        const size_t n = counts[c];
        float *x = test_bytes(n * sizeof *x);
        for (size_t i = 0; i < n; i++)
            x[i] = 1000 + (float)test_below(&seed, 1000) / 500;
        long double sum = 0, squares = 0;
        for (size_t i = 0; i < n; i++)
            sum += (long double)x[i];
        for (size_t i = 0; i < n; i++)
            squares += ((long double)x[i] - sum / n) * ((long double)x[i] - sum / n);
        double mean, variance;
        moments_f32(x, n, &mean, &variance);
        assert_true(fabsl((long double)mean - sum / n) <= 1e-12L * sum / n);
        assert_true(fabsl((long double)variance - squares / n) <= 1e-9L * squares / n);
        free(x);
    }
}

static void normalisation_is_its_formula_at_every_step(void **state) {
    (void)state;
    uint64_t seed = 62;
    for (size_t n = 0; n < 30; n++) {
        for (unsigned steps = 0; steps < 16; steps++) {
            const size_t s[4] = {steps & 1, steps >> 1 & 1, steps >> 2 & 1, steps >> 3 & 1};
            float *x = test_floats(&seed, n), *wanted = test_bytes(n * sizeof *wanted), *v[4];
            for (int k = 0; k < 4; k++)
                v[k] = test_floats(&seed, s[k] ? n : 1);
            for (size_t i = 0; i < n; i++)
                wanted[i] = (x[i] - v[0][i * s[0]]) * v[1][i * s[1]] * v[2][i * s[2]] + v[3][i * s[3]];
            const struct normalization by = {{v[0], s[0]}, {v[1], s[1]}, {v[2], s[2]}, {v[3], s[3]}};
            normalize_f32(x, x, n, &by); /* in place */
            test_same_floats(x, wanted, n, "normalize");
            free(x);
            free(wanted);
            for (int k = 0; k < 4; k++)
                free(v[k]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_keep_their_digits_far_from_zero),
        cmocka_unit_test(normalisation_is_its_formula_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
