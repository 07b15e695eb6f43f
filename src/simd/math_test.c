/* exp against the C library's in long double, whose own error is 2000 times smaller than what is measured. */
#include "base/test.h"

#include <float.h>
#include <math.h>

#include "simd/math.h"

static float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Distance of z from the exact value in units of the last place that a float has there; in subnormals the unit is 2^-149. */
static double ulps(float z, long double exact) {
    int exponent = 0;
    (void)frexpl(exact, &exponent); /* exact is in [2^(exponent - 1), 2^exponent) */
    const int unit = exponent - 24 < -149 ? -149 : exponent - 24;
    return (double)(fabsl((long double)z - exact) / ldexpl(1, unit));
}

static double worst;

/* Past the largest float by half a unit or more, rounding gives inf. */
static const long double overflow_border = 0x1.ffffffp127L;

static void check_exp(float x, float z) {
    const long double exact = expl((long double)x);
    if (x != x) {
        assert_true(z != z);
    } else if (isinf(z)) {
        if (exact < overflow_border * (1 - 0x1p-24L)) /* may be reached one unit early, as the error bound allows */
            fail_msg("exp(%a) is inf, expected %La", (double)x, exact);
    } else {
        const double error = ulps(z, exact);
        worst = error > worst ? error : worst;
        if (!(error < 1.05))
            fail_msg("exp(%a) is %a, expected %La: %f units off", (double)x, (double)z, exact, error);
    }
}

static void check_four(uint32_t bits, uint32_t step) {
    f32x4 x;
    for (uint32_t i = 0; i < 4; i++)
        x[i] = float_of(bits + i * step);
    const f32x4 z = f32x4_exp(x);
    for (int i = 0; i < 4; i++)
        check_exp(x[i], z[i]);
}

/* All exponents and both signs: every 1021st of all floats. */
static void exp_is_within_its_bound_over_all_floats(void **state) {
    (void)state;
    const uint32_t step = 1021;
    for (uint64_t bits = 0; bits <= UINT32_MAX - 3ull * step; bits += 4ull * step)
        check_four((uint32_t)bits, step);
}

/* Where results overflow, become subnormal or 0, n changes, and the polynomial ends: 4000 neighbours each. */
static void exp_is_within_its_bound_around_its_edges(void **state) {
    (void)state;
    static const float edges[] = {88.72284f,   -87.33655f,   -103.97208f, -104.0f, 89.0f,
                                  0.34657359f, -0.34657359f, 1.0f,        -1.0f};
    for (size_t i = 0; i < COUNT(edges); i++) {
        uint32_t bits;
        memcpy(&bits, &edges[i], sizeof bits);
        for (uint32_t k = 0; k < 4000; k += 4)
            check_four(bits - 2000 + k, 1);
    }
    for (int n = -150; n <= 128; n++) { /* n + 1/2 times ln 2 */
        const float x = (float)((n + 0.5) * 0.6931471805599453);
        uint32_t bits;
        memcpy(&bits, &x, sizeof bits);
        for (uint32_t k = 0; k < 40; k += 4)
            check_four(bits - 20 + k, 1);
    }
}

static void exp_of_special_numbers_is_exact(void **state) {
    (void)state;
    static const struct {
        float x, z;
    } cases[] = {
        {0.0f, 1.0f},        {-0.0f, 1.0f},       {INFINITY, INFINITY}, {-INFINITY, 0.0f},     {NAN, NAN},
        {-NAN, NAN},         {FLT_MAX, INFINITY}, {-FLT_MAX, 0.0f},     {0x1p-149f, 1.0f},     {-0x1p-149f, 1.0f},
        {88.723f, INFINITY}, {89.0f, INFINITY},   {-103.98f, 0.0f},     {-103.97f, 0x1p-149f}, {-200.0f, 0.0f},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int lane = 0; lane < 4; lane++) {
            f32x4 x = {1, 2, 3, 4};
            x[lane] = cases[i].x;
            const f32x4 z = f32x4_exp(x), others = f32x4_exp((f32x4){1, 2, 3, 4});
            for (int k = 0; k < 4; k++)
                if (!test_same_float(z[k], k == lane ? cases[i].z : others[k]))
                    fail_msg("lane %d of exp(%a) in lane %d is %a", k, (double)cases[i].x, lane, (double)z[k]);
        }
    }
}

static void exp_overflows_only_where_it_must(void **state) {
    (void)state;
    const f32x4 z = f32x4_exp((f32x4){88.72283f, 88.722f, 88.0f, 87.0f}); /* ln FLT_MAX is 88.722839 */
    for (int i = 0; i < 4; i++)
        assert_true(isfinite(z[i]));
}

static int report(void **state) {
    (void)state;
    print_message("largest error of exp: %.4f units in the last place\n", worst);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_its_bound_over_all_floats),
        cmocka_unit_test(exp_is_within_its_bound_around_its_edges),
        cmocka_unit_test(exp_of_special_numbers_is_exact),
        cmocka_unit_test(exp_overflows_only_where_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, report);
}
