/* half.h - the two 16-bit floats, stored as such and computed in float32. */
#ifndef KERNELS_HALF_H
#define KERNELS_HALF_H

#include <stddef.h>
#include <stdint.h>

/* One element. To 16 bits: to the nearest, ties to even; NaN stays NaN (quiet, sign kept); too large becomes inf; subnormals are kept.
 * float16 is IEEE binary16 (5 bits of exponent, 10 of fraction), bfloat16 the upper half of a float32. */
float float16_to_f32(uint16_t x);
uint16_t f32_to_float16(float x);
float bfloat16_to_f32(uint16_t x);
uint16_t f32_to_bfloat16(float x);

/* n elements. x and z do not overlap. */
typedef void (*half_kernel)(const void *x, void *z, size_t n);
void widen_float16(const void *x, void *z, size_t n);
void narrow_float16(const void *x, void *z, size_t n);
void widen_bfloat16(const void *x, void *z, size_t n);
void narrow_bfloat16(const void *x, void *z, size_t n);

#endif
