/* narrow.c - one codec for all formats, by their numbers of bits. */
#include "kernels/narrow.h"

#include <string.h>

#include "msw.h"

/* bias of the exponent; largest finite code; code of an infinity and of a NaN without sign, NONE: there is none */
enum { NONE = 0xff };
struct format {
    int fraction, bias;
    uint8_t largest, infinity, nan, sign;
};

static const struct format *format_of(int32_t dtype) {
    static const struct format e4m3fn = {3, 7, 0x7e, NONE, 0x7f, 0x80}, e4m3fnuz = {3, 8, 0x7f, NONE, 0x80, 0x80},
                               e5m2 = {2, 15, 0x7b, 0x7c, 0x7f, 0x80}, e5m2fnuz = {2, 16, 0x7f, NONE, 0x80, 0x80},
                               e2m1 = {1, 1, 0x07, NONE, 0x00, 0x08};
    switch (dtype) {
    case MSW_FLOAT8E4M3FN: return &e4m3fn;
    case MSW_FLOAT8E4M3FNUZ: return &e4m3fnuz;
    case MSW_FLOAT8E5M2: return &e5m2;
    case MSW_FLOAT8E5M2FNUZ: return &e5m2fnuz;
    default: return &e2m1;
    }
}

/* 2^power, for powers that a double has. */
static double power_of_two(int power) {
    double z;
    const uint64_t bits = (uint64_t)(power + 1023) << 52;
    memcpy(&z, &bits, sizeof z);
    return z;
}

double narrow_decode(int32_t dtype, uint8_t code) {
    if (dtype == MSW_FLOAT8E8M0)
        return code == 0xff ? (double)__builtin_nanf("") : power_of_two(code - 127);
    const struct format *f = format_of(dtype);
    const uint8_t size = (uint8_t)(code & (f->sign - 1));
    const bool negative = (code & f->sign) != 0;
    if (f->nan == f->sign ? code == f->nan : f->nan > f->largest && size > f->largest && size != f->infinity)
        return (double)__builtin_nanf("");
    if (size == f->infinity)
        return negative ? -__builtin_inf() : __builtin_inf();
    const int exponent = size >> f->fraction, units = size & ((1 << f->fraction) - 1);
    const double z = exponent == 0 ? units * power_of_two(1 - f->bias - f->fraction)
                                   : ((1 << f->fraction) + units) * power_of_two(exponent - f->bias - f->fraction);
    return negative ? -z : z;
}

/* onnx.numpy_helper.to_float8e8m0: the exponent of float32, one more where rounding says so and it stays below NaN's. */
static uint8_t encode_power(double x, const struct narrow_rule *rule) {
    uint32_t bits;
    const float single = (float)x;
    memcpy(&bits, &single, sizeof bits);
    const uint32_t exponent = bits >> 23 & 0xff, fraction = bits & 0x7fffff;
    if (exponent == 0xff)
        return 0xff;
    const bool half = (fraction & 0x400000) != 0, more = (fraction & 0x3fffff) != 0;
    const bool up = rule->rounding == NARROW_UP        ? fraction != 0
                    : rule->rounding == NARROW_NEAREST ? half && (more || exponent > 0)
                                                       : false;
    return (uint8_t)(exponent + (up && (exponent < 0xfe || rule->overflow)));
}

uint8_t narrow_encode(int32_t dtype, double x, const struct narrow_rule *rule) {
    if (dtype == MSW_FLOAT8E8M0)
        return encode_power(x, rule);
    const struct format *f = format_of(dtype);
    const uint8_t sign = __builtin_signbit(x) ? f->sign : 0;
    const double size = __builtin_fabs(x);
    if (x != x)
        return f->nan == f->sign ? f->nan : (uint8_t)(sign | f->nan);
    uint64_t bits;
    memcpy(&bits, &size, sizeof bits);
    const int lowest = 1 - f->bias, own = (int)(bits >> 52) - 1023, exponent = own < lowest ? lowest : own;
    uint32_t code = (uint32_t)f->largest + 1;
    if (own < 1000 && exponent + f->bias <= 32) {
        /* adding 2^52 rounds a small double to a whole number, to the even one of two */
        const double units = (size * power_of_two(f->fraction - exponent) + 0x1p52) - 0x1p52;
        code = (uint32_t)((exponent + f->bias - 1) << f->fraction) + (uint32_t)units;
    }
    if (code > f->largest)
        code = !rule->overflow || f->nan == 0 ? f->largest : f->infinity != NONE ? f->infinity : f->nan;
    if (code == f->nan && f->nan == f->sign)
        return f->nan;
    return code == 0 && f->nan == f->sign ? 0 : (uint8_t)(sign | code);
}
