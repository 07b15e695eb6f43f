/* pow.c - powers of floats, as 2^(y log2 x) in double: enough digits that the float is almost always the nearest one. */
#include "simd/math.h"

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x a positive float, so normal as a double. x = 2^k m, m in [sqrt(1/2), sqrt(2)); log m = 2 (s + s^3/3 + ...), s = (m - 1) / (m + 1), |s| < 0.172. */
static double log2_of(double x) {
    const uint64_t root_half = 0x3fe6a09e667f3bcd, bits = bits_of(x) + (0x3ff0000000000000 - root_half);
    const double k = (double)((int32_t)(bits >> 52) - 1023);
    const double m = from_bits((bits & 0xfffffffffffff) + root_half);
    const double s = (m - 1) / (m + 1), z = s * s;
    static const double odd[] = {1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1.0};
    double p = 0;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        p = p * z + odd[i];
    return k + 2 * s * p * 1.44269504088896340736;
}

/* 2^t: Taylor of e^(f ln2) for the fraction f, |f| <= 1/2. Beyond what a float holds any result will do that rounds to inf or 0. */
static double exp2_of(double t) {
    const double round = 0x1.8p52;
    t = t > 200 ? 200 : t < -200 ? -200 : t;
    const double n = (t + round) - round, r = (t - n) * 0.69314718055994530942;
    static const double factorials[] = {1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                                        1.0 / 120,      1.0 / 24,      1.0 / 6,      1.0 / 2,     1.0,        1.0};
    double p = 0;
    for (size_t i = 0; i < sizeof factorials / sizeof factorials[0]; i++)
        p = p * r + factorials[i];
    return p * from_bits((uint64_t)((int64_t)n + 1023) << 52);
}

enum parity { FRACTION, EVEN, ODD };

static enum parity parity_of(float y) {
    const float a = __builtin_fabsf(y);
    if (a >= 0x1p24f)
        return EVEN;
    const int32_t whole = (int32_t)a;
    return (float)whole != a ? FRACTION : whole & 1 ? ODD : EVEN;
}

float f32_pow(float x, float y) {
    if (y == 0 || x == 1)
        return 1;
    if (x != x || y != y)
        return x + y;
    if (y == 2)
        return x * x;
    const float a = __builtin_fabsf(x), inf = __builtin_inff();
    const enum parity parity = parity_of(y);
    if (__builtin_fabsf(y) == inf)
        return a == 1 ? 1 : (a > 1) == (y > 0) ? inf : 0;
    if (x < 0 && a < inf && parity == FRACTION)
        return (x - x) / (x - x);
    float z;
    if (a == 0 || a == inf)
        z = (a == 0) == (y > 0) ? 0 : inf;
    else
        z = (float)exp2_of((double)y * log2_of((double)a));
    return parity == ODD && __builtin_signbit(x) ? -z : z;
}
