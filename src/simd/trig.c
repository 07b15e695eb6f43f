/* trig.c - sine and cosine: the angle is brought into [-pi/4, pi/4] in double, where a short polynomial has all the digits that a float shows. */
#include "simd/math.h"

/* The first 224 bits of 2/pi behind the point. */
static const uint32_t two_over_pi[] = {0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                       0xdb629599, 0x3c439041, 0xfe5163ab};

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* 32 bits of 2/pi from bit `first` on. */
static uint32_t window(uint32_t first) {
    const uint32_t *word = two_over_pi + first / 32, shift = first % 32;
    return shift == 0 ? word[0] : word[0] << shift | word[1] >> (32 - shift);
}

/* |x| >= 2^25, as m * 2^e with m an integer of 24 bits: of x * 2/pi only what is below 4 matters, so the bits of 2/pi that count 4 and more
 * are left out (Payne and Hanek, 1983). Gives the quarter, and the rest in radians. */
static double reduce_large(float x, uint32_t *quarter) {
    const uint32_t bits = bits_of(x), e = (bits >> 23 & 255) - 150, first = e - 2;
    const uint64_t m = (bits & 0x7fffff) | 0x800000;
    const uint64_t turns = (m * window(first) << 32) + m * window(first + 32) + (m * window(first + 64) >> 32);
    const uint64_t nearest = (turns + (1ull << 61)) >> 62;
    *quarter = (uint32_t)nearest & 3;
    return (double)(int64_t)(turns - (nearest << 62)) * (1.57079632679489661923 * 0x1p-62);
}

/* |x| = quarter * pi/2 + the result. Below 2^25 by pi/2 in two parts, the first of 25 bits, so that its multiples are exact. */
static double reduce(float x, uint32_t *quarter) {
    const double a = (double)__builtin_fabsf(x), round = 0x1.8p52;
    if (a >= 0x1p25)
        return reduce_large((float)a, quarter);
    const double n = (a * 0.63661977236758134308 + round) - round;
    *quarter = (uint32_t)(int64_t)n & 3;
    return (a - n * 1.57079631090164184570) - n * 1.58932547735281966916e-8;
}

/* Taylor: the first term left out is below 1e-10 of the result. */
static double sin_poly(double r) {
    const double s = r * r;
    double p = -1.0 / 39916800;
    p = p * s + 1.0 / 362880;
    p = p * s - 1.0 / 5040;
    p = p * s + 1.0 / 120;
    p = p * s - 1.0 / 6;
    return p * s * r + r;
}

static double cos_poly(double r) {
    const double s = r * r;
    double p = 1.0 / 479001600;
    p = p * s - 1.0 / 3628800;
    p = p * s + 1.0 / 40320;
    p = p * s - 1.0 / 720;
    p = p * s + 1.0 / 24;
    p = p * s - 0.5;
    return p * s + 1;
}

/* sin(|x| + quarters * pi/2) */
static double turned_sin(float x, uint32_t quarters) {
    uint32_t quarter;
    const double r = reduce(x, &quarter);
    quarter += quarters;
    const double value = quarter & 1 ? cos_poly(r) : sin_poly(r);
    return quarter & 2 ? -value : value;
}

float f32_sin(float x) {
    if (!(__builtin_fabsf(x) <= 3.4028235e38f))
        return x - x; /* inf and NaN give NaN */
    if (__builtin_fabsf(x) < 0x1p-12f)
        return x; /* also keeps -0 */
    const float z = (float)turned_sin(x, 0);
    return x < 0 ? -z : z;
}

float f32_cos(float x) {
    return __builtin_fabsf(x) <= 3.4028235e38f ? (float)turned_sin(x, 1) : x - x;
}
