/* Against the C library, to a few units of the last place. */
#include "base/test.h"

#include <math.h>

#include "kernels/wide.h"

static void assert_near(double z, double right, double unit) {
    if (!(fabs(z - right) <= unit * 4e-16 || (isnan(z) && isnan(right)) || z == right))
        fail_msg("%.17g, expected %.17g", z, right);
}

static void exponentials_and_logarithms_are_those_of_the_library(void **state) {
    (void)state;
    uint64_t seed = 5;
    const double special[] = {
        0,     -0.0, 1,    -1,  (double)INFINITY, -(double)INFINITY, (double)NAN, 5e-324, 1e-310, 1e308,
        709.7, 710,  -745, -800};
    for (size_t i = 0; i < COUNT(special); i++) {
        const double e = exp(special[i]);
        if (e > 1e-300 || e == 0) /* subnormals have fewer digits */
            assert_near(wide_exp(special[i]), e, isinf(e) ? 0 : 2 * e);
        assert_near(wide_log(special[i]), log(special[i]), fabs(log(special[i])));
    }
    for (int i = 0; i < 20000; i++) {
        const double x = ((double)test_below(&seed, 1u << 30) / (1 << 29) - 1) * (i % 2 ? 600 : 2);
        const double y = (double)(1 + test_below(&seed, 1u << 30)) / (i % 3 ? 1 << 29 : 1);
        assert_near(wide_exp(x), exp(x), 2 * exp(x));
        assert_near(wide_log(y), log(y), 1 + fabs(log(y)));
    }
}

static void points_of_the_circle_are_where_the_library_has_them(void **state) {
    (void)state;
    for (uint64_t n = 1; n < 70; n++)
        for (uint64_t k = 0; k < n; k++) {
            double c, s;
            wide_circle(k, n, &c, &s);
            assert_near(c, cos(2 * 3.14159265358979323846 * (double)k / (double)n), 4);
            assert_near(s, sin(2 * 3.14159265358979323846 * (double)k / (double)n), 4);
            if (4 * k % n == 0)
                assert_true(c * s == 0 && c + s == rint(c + s));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponentials_and_logarithms_are_those_of_the_library),
        cmocka_unit_test(points_of_the_circle_are_where_the_library_has_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
