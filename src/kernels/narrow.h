/* narrow.h - floats of 8 and 4 bits, stored as codes of one byte.
 *
 * Formats as in onnx/docs/docsource/technical/float8.md and the OCP Microscaling specification: sign, exponent, fraction. FN: no infinities, the highest
 * code is NaN; UZ: no negative zero, whose code is NaN. */
#ifndef KERNELS_NARROW_H
#define KERNELS_NARROW_H

#include <stdbool.h>
#include <stdint.h>

/* How a number of another type becomes one.
 *   overflow  too large becomes infinity, or NaN where there is none; else the largest. Of float4e2m1, always the largest
 *   rounding  of float8e8m0, which has powers of two alone */
enum narrow_rounding { NARROW_UP, NARROW_DOWN, NARROW_NEAREST };
struct narrow_rule {
    bool overflow;
    enum narrow_rounding rounding;
};

/* The number that a code of data type `dtype` (enum msw_dtype) stands for. */
double narrow_decode(int32_t dtype, uint8_t code);

/* The code of the nearest number, ties to the even one. float8e8m0 takes what float32 has of x, without its sign. */
uint8_t narrow_encode(int32_t dtype, double x, const struct narrow_rule *rule);

#endif
