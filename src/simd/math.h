/* math.h - elementary functions on four lanes, our own so that every target gives the same bits. Each tells its largest error, in units in the
 * last place, over the floats that math_test.c tries. In a file of kernels/hot that includes simd_relaxed.h, e^x and what is made of it fuse their
 * products and sums where the build does. */
#ifndef SIMD_MATH_H
#define SIMD_MATH_H

#include "simd/simd_relaxed.h"

SIMD_INLINE f32x4 f32x4_copysign(f32x4 x, f32x4 sign) {
    return (f32x4)((f32x4_bits(x) & 0x7fffffff) | (f32x4_bits(sign) & INT32_MIN));
}

SIMD_INLINE f32x4 f32x4_abs(f32x4 x) {
    return f32x4_from_bits(f32x4_bits(x) & 0x7fffffff);
}

/* To a whole number: adding 2^23 leaves no room for a fraction, so the sum rounds to even. Larger numbers are whole. The sign stays, also of 0. */
SIMD_INLINE f32x4 f32x4_round(f32x4 x) {
    const f32x4 limit = f32x4_splat(8388608.0f), a = f32x4_abs(x);
    return f32x4_select(a < limit, f32x4_copysign((a + limit) - limit, x), x);
}

SIMD_INLINE f32x4 f32x4_floor(f32x4 x) {
    const f32x4 r = f32x4_round(x);
    return f32x4_select(r > x, r - f32x4_splat(1), r);
}

SIMD_INLINE f32x4 f32x4_ceil(f32x4 x) {
    return -f32x4_floor(-x);
}

SIMD_INLINE f32x4 f32x4_trunc(f32x4 x) {
    return f32x4_copysign(f32x4_floor(f32x4_abs(x)), x);
}

/* Correctly rounded on every target (-fno-math-errno makes it one instruction). */
SIMD_INLINE float f32_sqrt(float x) {
    return __builtin_sqrtf(x);
}

SIMD_INLINE f32x4 f32x4_sqrt(f32x4 x) {
    for (int i = 0; i < 4; i++)
        x[i] = f32_sqrt(x[i]);
    return x;
}

/* e^x as 2^n * (1 + q). ln2 is split as in Cody and Waite (1980): n * ln2_high is exact. q = r + r^2 P(r) with P a minimax fit, by
 * least squares that are weighted anew until all errors are alike: off by 2^-28 for |r| <= ln2 / 2. */
struct f32x4_power {
    i32x4 n;
    f32x4 q;
};

SIMD_INLINE struct f32x4_power f32x4_exp_parts(f32x4 x) {
    const f32x4 log2e = f32x4_constant(1.44269504f);
    const f32x4 ln2_high = f32x4_constant(-0.693359375f); /* 9 bits: times |n| <= 254 exact */
    const f32x4 ln2_low = f32x4_constant(2.12194440e-4f);
    const f32x4 round =
        f32x4_constant(12582912.0f); /* 1.5 * 2^23: adding it leaves the nearest integer in the low bits */
    const f32x4 shifted = f32x4_madd(x, log2e, round);
    const f32x4 n = shifted - round;
    const f32x4 r = f32x4_madd(n, ln2_low, f32x4_madd(n, ln2_high, x));

    f32x4 p = f32x4_constant(0.0013820662f);
    p = f32x4_madd(p, r, f32x4_constant(0.008368675f));
    p = f32x4_madd(p, r, f32x4_constant(0.041668266f));
    p = f32x4_madd(p, r, f32x4_constant(0.16666521f));
    p = f32x4_madd(p, r, f32x4_constant(0.49999994f));
    const u32x4 whole = (u32x4)shifted - (u32x4)round; /* far below 0, which a weight may be, it wraps */
    return (struct f32x4_power){.n = (i32x4)whole, .q = f32x4_madd(p * r, r, r)};
}

SIMD_INLINE f32x4 f32x4_clamp(f32x4 x, float lowest, float highest) { /* NaN stays */
    return f32x4_min(f32x4_max(x, f32x4_constant(lowest)), f32x4_constant(highest));
}

/* 2^n for -126 <= n <= 127; 0 for n = -127. */
SIMD_INLINE f32x4 f32x4_power_of_two(i32x4 n) {
    return f32x4_from_bits((n + 127) << 23);
}

/* e^x. NaN stays NaN, -inf gives 0, overflow inf. Largest error over all floats, each of which was tried: 0.992.
 * x = n ln2 + r with n an integer and |r| <= ln2 / 2; e^r by a polynomial; 2^n in two factors, so that subnormal results round once. The lowest x is
 * that where both are 0: a product that underflows takes a processor ten times as long, and masks put large negative numbers there. */
SIMD_INLINE f32x4 f32x4_exp(f32x4 x) {
    const struct f32x4_power e = f32x4_exp_parts(f32x4_clamp(x, -176.0f, 89.0f));
    const i32x4 half = e.n >> 1;
    return (e.q + f32x4_constant(1.0f)) * f32x4_power_of_two(half) * f32x4_power_of_two(e.n - half);
}

/* e^x for x <= 0, not NaN: a weight of a softmax. What would be below the smallest normal float is 0, also where x is -inf: subnormals, and products
 * with them, take a processor ten times as long. Largest error, as of e^x: 0.992, and 1.017 with fused multiply-adds. */
SIMD_INLINE f32x4 f32x4_exp_weight(f32x4 x) {
    const struct f32x4_power e = f32x4_exp_parts(x);
    const f32x4 z = f32x4_from_bits((i32x4)((u32x4)(e.q + f32x4_constant(1)) + ((u32x4)e.n << 23)));
    return f32x4_from_bits(f32x4_bits(z) & (x >= f32x4_constant(-87.336544f)));
}

/* e^x - 1 without the loss of digits around 0, for x up to 60. */
SIMD_INLINE f32x4 f32x4_expm1_small(f32x4 x) {
    const struct f32x4_power e = f32x4_exp_parts(f32x4_max(x, f32x4_constant(-30)));
    const f32x4 scale = f32x4_power_of_two(e.n);
    const f32x4 z = scale * e.q + (scale - f32x4_constant(1));
    return f32x4_select(e.n == 0, f32x4_copysign(e.q, x), z);
}

/* The same for any x. Largest error: 1.52. */
SIMD_INLINE f32x4 f32x4_expm1(f32x4 x) {
    const f32x4 limit = f32x4_constant(60);
    return f32x4_select(x > limit, f32x4_exp(x), f32x4_expm1_small(f32x4_min(x, limit)));
}

/* Natural logarithm; below 0 NaN, of 0 -inf. Largest error: 0.85.
 * x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)) with s = f / (2 + f): after fdlibm's e_logf.c. */
SIMD_INLINE f32x4 f32x4_log(f32x4 x) {
    const i32x4 tiny = x < f32x4_constant(0x1p-126f);
    const f32x4 normal = f32x4_select(tiny, x * f32x4_constant(0x1p25f), x);
    const i32x4 bits = (i32x4)((u32x4)normal + (0x3f800000 - 0x3f3504f3));
    const i32x4 exponent = (bits >> 23) - 127 - (tiny & 25);
    const f32x4 f = f32x4_from_bits((bits & 0x7fffff) + 0x3f3504f3) - f32x4_constant(1);
    const f32x4 k = f32x4_from_i32x4(exponent);
    const f32x4 s = f / (f32x4_constant(2) + f), z = s * s, half_square = f32x4_constant(0.5f) * f * f;
    f32x4 r = f32x4_constant(0.24279079f);
    r = r * z + f32x4_constant(0.28498787f);
    r = r * z + f32x4_constant(0.40000972f);
    r = r * z + f32x4_constant(0.66666663f);
    r = r * z;
    const f32x4 low = s * (half_square + r) + k * f32x4_constant(9.0580006e-6f);
    const f32x4 log = low - half_square + f + k * f32x4_constant(0x1.62e3p-1f);
    const f32x4 edge = f32x4_select(x == f32x4_splat(0), f32x4_splat(-__builtin_inff()), (x - x) / (x - x));
    const i32x4 inside = (x > f32x4_splat(0)) & (x <= f32x4_constant(3.4028235e38f));
    return f32x4_select(inside, log, f32x4_select(x == f32x4_splat(__builtin_inff()), x, edge));
}

/* log(1 + x) for x >= 0: the digits that 1 + x rounds away are added again, to first order. Largest error: 1.2. */
SIMD_INLINE f32x4 f32x4_log1p(f32x4 x) {
    const f32x4 u = f32x4_constant(1) + x, lost = x - (u - f32x4_constant(1));
    return f32x4_select(x < f32x4_constant(1e10f), f32x4_log(u) + lost / u, f32x4_log(x));
}

/* Largest error: 2.5. -expm1(-2|x|) / (2 + expm1(-2|x|)) */
SIMD_INLINE f32x4 f32x4_tanh(f32x4 x) {
    const f32x4 t = f32x4_expm1_small(f32x4_abs(x) * f32x4_constant(-2));
    return f32x4_copysign(t / (f32x4_constant(2) + t), x);
}

/* 1 / (1 + e^-x), by a power that cannot overflow, so that results near 0 keep their digits. Largest error: 2.1. */
SIMD_INLINE f32x4 f32x4_sigmoid(f32x4 x) {
    const f32x4 e = f32x4_exp(-f32x4_abs(x));
    return f32x4_select(x < f32x4_splat(0), e, f32x4_constant(1)) / (f32x4_constant(1) + e);
}

/* Largest error: 1.1. x + x P(x^2) up to 0.93, then 1 - e^-(x + x R(x)); both polynomials are minimax fits of scipy's erf and erfc,
 * off by less than 2^-24 / 50. */
SIMD_INLINE f32x4 f32x4_erf(f32x4 x) {
    const f32x4 a = f32x4_abs(x), s = x * x;
    f32x4 p = f32x4_constant(8.25103416e-05f);
    p = p * s + f32x4_constant(-0.000811405713f);
    p = p * s + f32x4_constant(0.0051984638f);
    p = p * s + f32x4_constant(-0.0268583447f);
    p = p * s + f32x4_constant(0.112836763f);
    p = p * s + f32x4_constant(-0.376126319f);
    p = p * s + f32x4_constant(0.128379166f);
    const f32x4 t = f32x4_min(a, f32x4_constant(4));
    f32x4 r = f32x4_constant(1.04328647e-05f);
    r = r * t + f32x4_constant(-0.000314855715f);
    r = r * t + f32x4_constant(0.00361033273f);
    r = r * t + f32x4_constant(-0.0236945469f);
    r = r * t + f32x4_constant(0.106159031f);
    r = r * t + f32x4_constant(0.635198057f);
    r = r * t + f32x4_constant(0.128637075f);
    const struct f32x4_power e = f32x4_exp_parts(-(r * t + t)); /* not so far below 0 that it would need two factors */
    const f32x4 far = f32x4_constant(1) - (e.q + f32x4_constant(1)) * f32x4_power_of_two(e.n);
    return f32x4_select(a < f32x4_constant(0.93f), p * x + x, f32x4_copysign(far, x));
}

/* log(1 + e^x). Largest error: 1.9. */
SIMD_INLINE f32x4 f32x4_softplus(f32x4 x) {
    const f32x4 positive = f32x4_select(x < f32x4_splat(0), f32x4_splat(0), x);
    return positive + f32x4_log1p(f32x4_exp(-f32x4_abs(x)));
}

/* x tanh(log(1 + e^x)): with e = e^x the tangent is (e^2 + 2e) / (e^2 + 2e + 2), which is 1 to all digits from 20 on.
 * Largest error: 4.5; below -87, where e is subnormal, 2^-142. */
SIMD_INLINE f32x4 f32x4_mish(f32x4 x) {
    const f32x4 e = f32x4_exp(f32x4_min(x, f32x4_constant(20))), n = e * (e + f32x4_constant(2));
    return x * (n / (n + f32x4_constant(2)));
}

/* x / 2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), written as a sigmoid: no digits are lost where the tangent is near -1. */
SIMD_INLINE f32x4 f32x4_gelu(f32x4 x) {
    const f32x4 inner = x + f32x4_constant(0.044715f) * x * x * x;
    return x * f32x4_sigmoid(f32x4_constant(1.59576912f) * inner); /* 2 sqrt(2/pi) */
}

/* x / 2 (1 + erf(x / sqrt(2))) = x (1 - e / 2), below 0 x e / 2, where e = 1 - erf(|x| / sqrt(2)) = 2^-(|x| P(|x|)): nothing is lost where the error
 * function is near -1. Largest error above 0: 2.8; below, 2^-23.6 times x. P and the power are minimax fits of scipy's erfc and of 2^x, weighted
 * by what e is off for them; from 13 on e is 0. */
SIMD_INLINE f32x4 f32x4_gelu_erf(f32x4 x) {
    const f32x4 t = f32x4_abs(x), round = f32x4_constant(12582912.0f); /* 1.5 * 2^23, as for e^x */
    f32x4 p = f32x4_constant(2.83491140e-06f);
    p = f32x4_madd(p, t, f32x4_constant(-3.93777678e-05f));
    p = f32x4_madd(p, t, f32x4_constant(0.00018618013f));
    p = f32x4_madd(p, t, f32x4_constant(0.00013693667f));
    p = f32x4_madd(p, t, f32x4_constant(-0.0070634205f));
    p = f32x4_madd(p, t, f32x4_constant(0.05249618f));
    p = f32x4_madd(p, t, f32x4_constant(0.4592082f));
    p = f32x4_madd(p, t, f32x4_constant(1.1511052f));
    const f32x4 y = f32x4_min(p * t, f32x4_constant(126)), shifted = round - y, r = (round - shifted) - y;
    f32x4 q = f32x4_constant(0.0013264724f);
    q = f32x4_madd(q, r, f32x4_constant(0.009671513f));
    q = f32x4_madd(q, r, f32x4_constant(0.055507336f));
    q = f32x4_madd(q, r, f32x4_constant(0.24022242f));
    q = f32x4_madd(q, r, f32x4_constant(0.693147f));
    q = f32x4_madd(q, r, f32x4_constant(1));
    const f32x4 half = q * f32x4_power_of_two(f32x4_bits(shifted) - f32x4_bits(round) - 1);
    return x * f32x4_select(x < f32x4_splat(0), half, f32x4_constant(1) - half);
}

/* x relu6(x + 3) / 6 */
SIMD_INLINE f32x4 f32x4_hswish(f32x4 x) {
    const f32x4 inside = x * (x + f32x4_constant(3)) / f32x4_constant(6);
    const f32x4 z = f32x4_select(x <= f32x4_constant(-3), f32x4_splat(0), inside);
    return f32x4_select(x >= f32x4_constant(3), x, z);
}

/* x > 0 ? x : alpha (e^(x scale) - 1) */
SIMD_INLINE f32x4 f32x4_elu(f32x4 x, float alpha, float scale) {
    return f32x4_select(x > f32x4_splat(0), x, f32x4_splat(alpha) * f32x4_expm1(x * f32x4_splat(scale)));
}

/* Nearer to 0 by lambda, or 0 where that would pass it, and where x is NaN. */
SIMD_INLINE f32x4 f32x4_softshrink(f32x4 x, float lambda) {
    const f32x4 l = f32x4_splat(lambda);
    const f32x4 below = f32x4_select(x < -l, x + l, f32x4_splat(0));
    return f32x4_select(x > l, x - l, below);
}

/* By way of double, lane by lane, correctly rounded but for one in some thousands: for any x, and for all the cases of C's pow. */
float f32_sin(float x);
float f32_cos(float x);
float f32_pow(float x, float y);

SIMD_INLINE f32x4 f32x4_each(f32x4 x, float (*f)(float)) {
    for (int i = 0; i < 4; i++)
        x[i] = f(x[i]);
    return x;
}

SIMD_INLINE f32x4 f32x4_pow(f32x4 x, f32x4 y) {
    if (y[0] == 2 && y[1] == 2 && y[2] == 2 && y[3] == 2)
        return x * x; /* the nearest float, as of f32_pow: variances are spelled so */
    for (int i = 0; i < 4; i++)
        x[i] = f32_pow(x[i], y[i]);
    return x;
}

#endif
