/* Running sums by their definition: each element adds up its own prefix anew. */
#include "base/test.h"

#include "kernels/scan.h"

static void sums_are_those_of_the_prefixes(void **state) {
    (void)state;
    uint64_t seed = 71;
    for (size_t n = 0; n < 40; n++) {
        for (ptrdiff_t step = -3; step <= 3; step++) {
            if (step == 0)
                continue;
            const size_t width = (size_t)(step < 0 ? -step : step), span = n > 0 ? (n - 1) * width + 1 : 0;
            const size_t first = step < 0 && n > 0 ? span - 1 : 0;
            float *x = test_bytes(span * sizeof *x), *z = test_bytes(span * sizeof *z);
            uint8_t *bytes = test_bytes(span);
            for (size_t i = 0; i < span; i++) {
                x[i] = (float)test_below(&seed, 1000) / 8; /* sums are exact */
                bytes[i] = (uint8_t)test_random(&seed);
            }
            for (int exclusive = 0; exclusive < 2; exclusive++) {
                uint8_t *in_place = memcpy(test_bytes(span), bytes, span);
                running_sum_f32(x + first, z + first, n, step, exclusive);
                running_sum_u8(in_place + first, in_place + first, n, step, exclusive);
                for (size_t i = 0; i < n; i++) {
                    const size_t at = (size_t)((ptrdiff_t)first + (ptrdiff_t)i * step);
                    float sum = 0;
                    unsigned wrapped = 0;
                    for (size_t k = 0; k + (size_t)exclusive <= i; k++) {
                        sum += x[(ptrdiff_t)first + (ptrdiff_t)k * step];
                        wrapped += bytes[(ptrdiff_t)first + (ptrdiff_t)k * step];
                    }
                    assert_true(test_same_float(z[at], sum));
                    assert_int_equal(in_place[at], (uint8_t)wrapped);
                }
                free(in_place);
            }
            free(x);
            free(z);
            free(bytes);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(sums_are_those_of_the_prefixes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
