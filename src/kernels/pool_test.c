/* The largest of each channel over the points of a window, in MindSpore's own order of comparison. */
#include "base/test.h"

#include <float.h>
#include <math.h>

#include "kernels/pool.h"

static void each_channel_has_its_own_largest(void **state) {
    (void)state;
    static const size_t channels[] = {0, 1, 3, 4, 5, 8, 13, 16, 17, 127};
    static const size_t taps[] = {1, 2, 3, 4, 9, 49};
    uint64_t seed = 16;
    for (size_t c = 0; c < COUNT(channels); c++) {
        for (size_t t = 0; t < COUNT(taps); t++) {
            const size_t n = channels[c];
            float *rows[49], *z = test_bytes(n * sizeof *z), *wanted = test_bytes(n * sizeof *z);
            for (size_t k = 0; k < taps[t]; k++)
                rows[k] = test_floats(&seed, n); /* NaN, -0 and infinities among them */
            for (size_t i = 0; i < n; i++) {
                wanted[i] = -FLT_MAX;
                for (size_t k = 0; k < taps[t]; k++)
                    if (!(wanted[i] > rows[k][i]))
                        wanted[i] = rows[k][i];
            }
            max_pool_point_f32((const float *const *)rows, taps[t], n, z);
            test_same_floats(z, wanted, n, "max_pool_point_f32");
            for (size_t k = 0; k < taps[t]; k++)
                free(rows[k]);
            free(z);
            free(wanted);
        }
    }
}

static void one_window(const float *x, size_t n, float wanted) {
    const float *taps[8];
    float z;
    for (size_t i = 0; i < n; i++)
        taps[i] = x + i;
    max_pool_point_f32(taps, n, 1, &z);
    if (!test_same_float(z, wanted))
        fail_msg("a window of %zu from %a gives %a, expected %a", n, (double)x[0], (double)z, (double)wanted);
}

static void nan_wins_only_as_the_last_of_its_window(void **state) {
    (void)state;
    one_window((float[]){NAN}, 1, NAN);
    one_window((float[]){1, 2, NAN}, 3, NAN);
    one_window((float[]){1, NAN, 2}, 3, 2);
    one_window((float[]){5, NAN, 2}, 3, 2); /* what came before the NaN is forgotten */
    one_window((float[]){NAN, NAN, -INFINITY}, 3, -INFINITY);
}

static void of_equal_zeros_the_later_one_wins(void **state) {
    (void)state;
    one_window((float[]){0.0f, -0.0f}, 2, -0.0f);
    one_window((float[]){-0.0f, 0.0f}, 2, 0.0f);
}

static void a_window_without_a_finite_number_gives_the_lowest_float(void **state) {
    (void)state;
    one_window((float[]){-INFINITY, -INFINITY}, 2, -FLT_MAX);
    one_window((float[]){0}, 0, -FLT_MAX);
    one_window((float[]){-INFINITY, INFINITY}, 2, INFINITY);
}

/* The other two, against plain loops. */
static void nan_may_win_and_means_are_sums_divided(void **state) {
    (void)state;
    uint64_t seed = 17;
    for (size_t n = 0; n < 20; n++) {
        for (size_t taps = 0; taps < 10; taps++) {
            float *rows[10], *z = test_bytes(n * sizeof *z);
            float *largest = test_bytes(n * sizeof *z), *mean = test_bytes(n * sizeof *z);
            for (size_t k = 0; k < taps; k++)
                rows[k] = test_floats(&seed, n);
            for (size_t i = 0; i < n; i++) {
                float sum = 0;
                largest[i] = -INFINITY;
                for (size_t k = 0; k < taps; k++) {
                    sum += rows[k][i];
                    if (rows[k][i] > largest[i] || isnan(rows[k][i]))
                        largest[i] = rows[k][i];
                }
                mean[i] = sum / 3.0f;
            }
            max_pool_point_nan_f32((const float *const *)rows, taps, n, z);
            test_same_floats(z, largest, n, "max_pool_point_nan_f32");
            avg_pool_point_f32((const float *const *)rows, taps, n, 3.0f, z);
            test_same_floats(z, mean, n, "avg_pool_point_f32");
            for (size_t k = 0; k < taps; k++)
                free(rows[k]);
            free(z);
            free(largest);
            free(mean);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_channel_has_its_own_largest),
        cmocka_unit_test(nan_wins_only_as_the_last_of_its_window),
        cmocka_unit_test(of_equal_zeros_the_later_one_wins),
        cmocka_unit_test(nan_may_win_and_means_are_sums_divided),
        cmocka_unit_test(a_window_without_a_finite_number_gives_the_lowest_float),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
