/* Transforms against the definition, for lengths of every kind of factor. */
#include "base/test.h"

#include <math.h>

#include "kernels/fourier.h"

static void check(size_t n, bool inverse, uint64_t *seed) {
    struct complex *x = test_bytes(n * sizeof *x), *z = test_bytes(n * sizeof *z);
    struct complex *roots = test_bytes(n * sizeof *roots), *spare = test_bytes(n * sizeof *spare);
    for (size_t i = 0; i < n; i++)
        x[i] = (struct complex){(double)test_below(seed, 2000) / 1000 - 1, (double)test_below(seed, 2000) / 1000 - 1};
    fourier_roots(roots, n, inverse);
    fourier(x, z, n, roots, spare);
    for (size_t k = 0; k < n; k++) {
        double re = 0, im = 0, size = 0;
        for (size_t j = 0; j < n; j++) {
            const double angle = (inverse ? 2 : -2) * 3.14159265358979323846 * (double)(j * k % n) / (double)n;
            re += x[j].re * cos(angle) - x[j].im * sin(angle);
            im += x[j].re * sin(angle) + x[j].im * cos(angle);
            size += fabs(x[j].re) + fabs(x[j].im);
        }
        if (!(fabs(z[k].re - re) <= 1e-14 * size && fabs(z[k].im - im) <= 1e-14 * size))
            fail_msg("element %zu of %zu: %g + %gi, expected %g + %gi", k, n, z[k].re, z[k].im, re, im);
    }
    free(x), free(z), free(roots), free(spare);
}

static void transforms_are_sums_of_roots_of_unity(void **state) {
    (void)state;
    uint64_t seed = 7;
    static const size_t lengths[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 30, 49, 60, 64, 97, 121, 128, 400, 512};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        check(lengths[i], false, &seed);
        check(lengths[i], true, &seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(transforms_are_sums_of_roots_of_unity)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
