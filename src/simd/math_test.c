/* Functions against the C library's in long double, whose own error is 2000 times smaller than what is measured. */
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

/* Past the largest float by half a unit or more, rounding gives inf. */
static const long double overflow_border = 0x1.ffffffp127L;

/* A function, its name in long double, and the bound that its comment in math.h states, a little rounded up.
 *   step  between the floats that are tried, as a number of floats: those by way of double and lane by lane take longer */
struct function {
    const char *name;
    f32x4 (*f)(f32x4 x);
    long double (*exact)(long double x);
    double bound;
    uint32_t step;
    double tiny; /* errors below this do not count */
    double worst;
    float worst_at;
};

static f32x4 exp_f(f32x4 x) {
    return f32x4_exp(x);
}

/* Promised for x <= 0 alone. */
static f32x4 exp_weight_f(f32x4 x) {
    return f32x4_select(x == x, f32x4_exp_weight(f32x4_min(x, f32x4_splat(0))), x);
}

static f32x4 expm1_f(f32x4 x) {
    return f32x4_expm1(x);
}

static f32x4 log_f(f32x4 x) {
    return f32x4_log(x);
}

static f32x4 log1p_f(f32x4 x) {
    return f32x4_log1p(x);
}

static f32x4 tanh_f(f32x4 x) {
    return f32x4_tanh(x);
}

static f32x4 sigmoid_f(f32x4 x) {
    return f32x4_sigmoid(x);
}

static f32x4 erf_f(f32x4 x) {
    return f32x4_erf(x);
}

static f32x4 softplus_f(f32x4 x) {
    return f32x4_softplus(x);
}

static f32x4 mish_f(f32x4 x) {
    return f32x4_mish(x);
}

static f32x4 sqrt_f(f32x4 x) {
    return f32x4_sqrt(x);
}

static f32x4 round_f(f32x4 x) {
    return f32x4_round(x);
}

static f32x4 floor_f(f32x4 x) {
    return f32x4_floor(x);
}

static f32x4 ceil_f(f32x4 x) {
    return f32x4_ceil(x);
}

static f32x4 trunc_f(f32x4 x) {
    return f32x4_trunc(x);
}

static f32x4 sin_f(f32x4 x) {
    return f32x4_each(x, f32_sin);
}

static f32x4 cos_f(f32x4 x) {
    return f32x4_each(x, f32_cos);
}

static long double exp_weightl(long double x) {
    const long double weight = expl(x > 0 ? 0 : x);
    return weight < 0x1p-126L ? 0 : weight;
}

static long double sigmoidl(long double x) {
    return 1 / (1 + expl(-x));
}

static long double softplusl(long double x) {
    return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x));
}

static long double mishl(long double x) {
    return x < -12000 ? -0.0L : x * tanhl(softplusl(x)); /* further down long double ends */
}

static struct function functions[] = {
    {"exp", exp_f, expl, 1.05, 4099, 0, 0, 0},
    {"expm1", expm1_f, expm1l, 1.8, 1021, 0, 0, 0},
    {"exp_weight", exp_weight_f, exp_weightl, 1.05, 1021, 0, 0, 0},
    {"log", log_f, logl, 1.0, 4099, 0, 0, 0},
    {"log1p", log1p_f, log1pl, 2.0, 1021, 0, 0, 0},
    {"tanh", tanh_f, tanhl, 2.6, 4099, 0, 0, 0},
    {"sigmoid", sigmoid_f, sigmoidl, 2.5, 1021, 0, 0, 0},
    {"erf", erf_f, erfl, 1.5, 4099, 0, 0, 0},
    {"softplus", softplus_f, softplusl, 2.5, 1021, 0, 0, 0},
    {"mish", mish_f, mishl, 4.5, 4099, 0x1p-142, 0, 0},
    {"sqrt", sqrt_f, sqrtl, 0.5, 4099, 0, 0, 0},
    {"round", round_f, rintl, 0, 4099, 0, 0, 0},
    {"floor", floor_f, floorl, 0, 4099, 0, 0, 0},
    {"ceil", ceil_f, ceill, 0, 4099, 0, 0, 0},
    {"trunc", trunc_f, truncl, 0, 4099, 0, 0, 0},
    {"sin", sin_f, sinl, 0.51, 4099, 0, 0, 0},
    {"cos", cos_f, cosl, 0.51, 4099, 0, 0, 0},
};

static void check(struct function *f, float x, float z) {
    if (f->f == log1p_f && x < 0)
        return; /* promised for x >= 0 alone */
    const long double exact = f->exact((long double)x);
    if (exact != exact) {
        if (z == z)
            fail_msg("%s(%a) is %a, expected NaN", f->name, (double)x, (double)z);
    } else if (isinf(z) || isinf(exact)) {
        const bool early = fabsl(exact) >= overflow_border * (1 - 0x1p-24L); /* by one unit, as the bound allows */
        if (!early || (z < 0) != (exact < 0) || !(isinf(z) || fabsl(exact) < overflow_border * (1 + 0x1p-24L)))
            fail_msg("%s(%a) is %a, expected %La", f->name, (double)x, (double)z, exact);
    } else {
        const bool counts = fabsl((long double)z - exact) > (long double)f->tiny;
        const double error = counts ? ulps(z, exact) : 0;
        if (error > f->worst) {
            f->worst = error;
            f->worst_at = x;
        }
        if (!(error <= f->bound))
            fail_msg("%s(%a) is %a, expected %La: %f units off", f->name, (double)x, (double)z, exact, error);
    }
}

static void check_four(struct function *f, uint32_t bits, uint32_t step) {
    f32x4 x;
    for (uint32_t i = 0; i < 4; i++)
        x[i] = float_of(bits + i * step);
    const f32x4 z = f->f(x);
    for (int i = 0; i < 4; i++)
        check(f, x[i], z[i]);
}

/* All exponents and both signs. */
static void functions_are_within_their_bounds_over_all_floats(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(functions); i++)
        for (uint64_t bits = 0; bits <= UINT32_MAX - 3ull * functions[i].step; bits += 4ull * functions[i].step)
            check_four(&functions[i], (uint32_t)bits, functions[i].step);
}

/* Below 0 an error counts against x: so much the formula loses in float where the error function is near -1. */
static void gelu_is_near_its_formula(void **state) {
    (void)state;
    double worst_above = 0, worst_below = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 1021) {
        const float x = float_of((uint32_t)bits), z = f32x4_gelu_erf(f32x4_splat(x))[0];
        const long double exact = (long double)x / 2 * erfcl(-(long double)x / sqrtl(2));
        if (x != x || isinf(x)) {
            assert_true(x > 0 ? z == x : z != z); /* -inf times 0 */
            continue;
        }
        const long double off = fabsl((long double)z - exact) - 0x1p-149L; /* a unit where numbers are subnormal */
        const double error = x > 0 ? ulps(z, exact) : off > 0 ? (double)(off / fabsl((long double)x)) : 0;
        double *worst = x > 0 ? &worst_above : &worst_below;
        *worst = error > *worst ? error : *worst;
        if (!(error <= (x > 0 ? 2.8 : 0x1p-23)) || (x < -16 && z != 0))
            fail_msg("gelu(%a) is %a, expected %La", (double)x, (double)z, exact);
    }
    assert_true(f32x4_gelu_erf(f32x4_splat(INFINITY))[0] == INFINITY);
    assert_true(isnan(f32x4_gelu_erf(f32x4_splat(-INFINITY))[0]) && isnan(f32x4_gelu_erf(f32x4_splat(NAN))[0]));
    print_message("gelu: %g above 0, %g times x below\n", worst_above, worst_below);
}

static void check_around(float x, uint32_t reach) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    for (size_t i = 0; i < COUNT(functions); i++)
        for (uint32_t k = 0; k < 2 * reach; k += 4)
            check_four(&functions[i], bits - reach + k, 1);
}

/* Where results overflow, become subnormal or 0, and polynomials and formulas take turns. */
static void functions_are_within_their_bounds_around_their_edges(void **state) {
    (void)state;
    static const float edges[] = {88.72284f, -87.33655f, -103.97208f, -104.0f,     89.0f,     0.34657359f, -0.34657359f,
                                  1.0f,      -1.0f,      0.70710678f, 1.41421356f, 0x1p-126f, 0.93f,       -0.93f,
                                  4.0f,      20.0f,      -30.0f,      60.0f,       1e10f,     0x1p23f,     0x1p24f,
                                  0x1p25f,   -0x1p25f,   0x1p-12f,    0.78539816f, 3.4e38f};
    for (size_t i = 0; i < COUNT(edges); i++)
        check_around(edges[i], 1000);
    for (int n = -150; n <= 128; n++) /* n + 1/2 times ln 2: where exp changes its power of two */
        check_around((float)((n + 0.5) * 0.6931471805599453), 20);
    for (int n = 1; n <= 200; n++) /* multiples of pi/4: where sines are small, and quarters change */
        check_around((float)(n * 0.78539816339744831), 20);
    for (int n = 0; n < 40; n++) /* halves and whole numbers */
        check_around((float)n * 0.5f, 4);
}

/* The float of all that comes nearest to a multiple of pi/2, from exhaustive search (Muller, Elementary Functions, 11.1). */
static void sines_of_large_angles_are_reduced_with_enough_digits(void **state) {
    (void)state;
    check_around(0x1.f4d4b4p+115f, 20);
    for (int e = 20; e < 128; e++)
        check_around(ldexpf(1.7f, e), 8);
}

/* Powers of all kinds of bases and exponents, against long double. */
static void pow_is_the_nearest_float_or_the_next(void **state) {
    (void)state;
    uint64_t seed = 21;
    double worst = 0;
    for (int i = 0; i < 2000000; i++) {
        float x = float_of((uint32_t)test_random(&seed) & 0x7fffffff), y = float_of((uint32_t)test_random(&seed));
        if (i % 2) { /* exponents that neither overflow nor vanish */
            x = (float)exp2((double)test_below(&seed, 1000) / 100 - 5);
            y = (float)((double)test_below(&seed, 20000) / 1000 - 10);
        }
        const long double exact = powl((long double)x, (long double)y);
        const float z = f32_pow(x, y);
        if (exact != exact) {
            assert_true(z != z);
        } else if (isinf(z) || fabsl(exact) >= overflow_border) {
            assert_true(isinf(z) && fabsl(exact) >= overflow_border);
        } else {
            const double error = ulps(z, exact);
            worst = error > worst ? error : worst;
            if (!(error <= 0.501))
                fail_msg("pow(%a, %a) is %a, expected %La: %f units off", (double)x, (double)y, (double)z, exact,
                         error);
        }
    }
    print_message("pow: %.4f units\n", worst);
}

/* The nearest float to a square, in double, where it is exact. */
static void pow_two_is_the_square(void **state) {
    (void)state;
    uint64_t seed = 5;
    for (int i = 0; i < 100000; i++) {
        const float x = float_of((uint32_t)test_random(&seed)), wanted = (float)((double)x * (double)x);
        const f32x4 all = f32x4_pow(f32x4_splat(x), f32x4_splat(2));
        const f32x4 one = f32x4_pow((f32x4){x, 1, 1, 1}, (f32x4){2, 3, 4, 5});
        for (int lane = 0; lane < 4; lane++)
            assert_true(all[lane] == wanted || (x != x && all[lane] != all[lane]));
        assert_true(one[0] == wanted || (x != x && one[0] != one[0]));
    }
}

/* C's table of special cases (7.12.7.4 and F.10.4.4), by the C library. */
static void pow_of_special_numbers_is_as_in_c(void **state) {
    (void)state;
    static const float special[] = {0.0f,        -0.0f,        1.0f,      -1.0f,      2.0f,     -2.0f,
                                    0.5f,        -0.5f,        3.0f,      -3.0f,      INFINITY, -INFINITY,
                                    NAN,         2.5f,         -2.5f,     1e30f,      -1e30f,   16777215.0f,
                                    16777216.0f, -16777215.0f, 0x1p-149f, -0x1p-149f, FLT_MAX,  -FLT_MAX};
    for (size_t i = 0; i < COUNT(special); i++)
        for (size_t k = 0; k < COUNT(special); k++) {
            const float wanted = (float)pow((double)special[i], (double)special[k]),
                        z = f32_pow(special[i], special[k]);
            if (!test_same_float(z, wanted))
                fail_msg("pow(%a, %a) is %a, expected %a", (double)special[i], (double)special[k], (double)z,
                         (double)wanted);
        }
}

static void zeros_keep_their_sign(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(functions); i++) {
        if (functions[i].f == log1p_f)
            continue;
        const float wanted = (float)functions[i].exact(-0.0L), z = functions[i].f((f32x4){1, -0.0f, 1, 1})[1];
        if (wanted == 0 && !test_same_float(z, wanted))
            fail_msg("%s(-0) is %a", functions[i].name, (double)z);
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
    for (size_t i = 0; i < COUNT(functions); i++)
        print_message("largest error of %s: %.4f units in the last place, at %a\n", functions[i].name,
                      functions[i].worst, (double)functions[i].worst_at);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_within_their_bounds_over_all_floats),
        cmocka_unit_test(functions_are_within_their_bounds_around_their_edges),
        cmocka_unit_test(sines_of_large_angles_are_reduced_with_enough_digits),
        cmocka_unit_test(pow_is_the_nearest_float_or_the_next),
        cmocka_unit_test(pow_two_is_the_square),
        cmocka_unit_test(pow_of_special_numbers_is_as_in_c),
        cmocka_unit_test(gelu_is_near_its_formula),
        cmocka_unit_test(zeros_keep_their_sign),
        cmocka_unit_test(exp_of_special_numbers_is_exact),
        cmocka_unit_test(exp_overflows_only_where_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, report);
}
