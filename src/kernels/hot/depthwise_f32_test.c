/* Depthwise points against the plain loop in the promised order, bit by bit. */
#include "base/test.h"

#include "kernels/hot/depthwise_f32.h"

static void check(size_t taps, size_t channels, uint64_t *seed) {
    enum { MOST_TAPS = 25 };
    float *x[MOST_TAPS], *w = test_floats(seed, taps * channels), *z = test_bytes(channels * sizeof *z);
    float *wanted = test_bytes(channels * sizeof *wanted);
    for (size_t t = 0; t < taps; t++)
        x[t] = test_floats(seed, channels);
    for (size_t c = 0; c < channels; c++) {
        float sum = 0;
        for (size_t t = 0; t < taps; t++)
            sum += x[t][c] * w[t * channels + c];
        wanted[c] = sum;
    }
    depthwise_point_f32((const float *const *)x, taps, channels, w, z);
    test_same_floats(z, wanted, channels, "depthwise point");
    for (size_t t = 0; t < taps; t++)
        free(x[t]);
    free(w);
    free(z);
    free(wanted);
}

static void every_number_of_channels_and_taps_has_the_bits_of_the_plain_loop(void **state) {
    (void)state;
    static const size_t channels[] = {0, 1, 2, 3, 4, 5, 7, 8, 13, 16, 17, 20, 31, 32, 33, 127},
                        taps[] = {0, 1, 2, 9, 25};
    uint64_t seed = 41;
    for (size_t c = 0; c < COUNT(channels); c++)
        for (size_t t = 0; t < COUNT(taps); t++)
            check(taps[t], channels[c], &seed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_channels_and_taps_has_the_bits_of_the_plain_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
