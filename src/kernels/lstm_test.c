/* A step of LSTM cells against the formulas in double precision. */
#include "base/test.h"

#include <math.h>

#include "kernels/lstm.h"

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static float *moderate(uint64_t *seed, size_t n) {
    float *x = test_bytes(n * sizeof *x);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)((double)test_random(seed) / (1ull << 62) - 2);
    return x;
}

static void check(size_t batch, size_t hidden, bool has_bias, uint64_t *seed) {
    const size_t n = batch * hidden;
    float *x = moderate(seed, 4 * n), *h = moderate(seed, 4 * n), *bias = moderate(seed, 4 * hidden);
    float *c = moderate(seed, n), *z = test_bytes(n * sizeof *z), *before = test_bytes(n * sizeof *before);
    memcpy(before, c, n * sizeof *c);
    lstm_step_f32(x, h, has_bias ? bias : NULL, batch, hidden, c, z);
    for (size_t i = 0; i < n; i++) {
        double gate[4];
        for (size_t g = 0; g < 4; g++) {
            const size_t at = i / hidden * 4 * hidden + g * hidden + i % hidden;
            gate[g] = (double)x[at] + (double)h[at] + (has_bias ? (double)bias[g * hidden + i % hidden] : 0);
        }
        const double cell = sigmoid(gate[1]) * (double)before[i] + sigmoid(gate[0]) * tanh(gate[2]);
        assert_true(fabs((double)c[i] - cell) < 1e-6 * (1 + fabs(cell)));
        assert_true(fabs((double)z[i] - sigmoid(gate[3]) * tanh(cell)) < 1e-6);
    }
    free(x);
    free(h);
    free(bias);
    free(c);
    free(z);
    free(before);
}

static void every_cell_follows_the_formula(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 3, 4, 5, 8, 13};
    uint64_t seed = 53;
    for (size_t b = 0; b < 4; b++)
        for (size_t h = 0; h < COUNT(sizes); h++)
            for (int bias = 0; bias < 2; bias++)
                check(b, sizes[h], bias, &seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_follows_the_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
