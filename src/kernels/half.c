/* half.c - conversions by integer arithmetic, so that every target rounds alike. */
#include "kernels/half.h"

#include <string.h>

static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

float float16_to_f32(uint16_t x) {
    const uint32_t sign = (uint32_t)(x & 0x8000) << 16, rest = x & 0x7fff;
    if (rest >= 0x7c00) /* inf and NaN */
        return from_bits(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest >= 0x400)
        return from_bits(sign | ((rest << 13) + (112u << 23)));
    const float magnitude = (float)rest * 0x1p-24f; /* subnormals: exact */
    return from_bits(sign | bits_of(magnitude));
}

uint16_t f32_to_float16(float x) {
    const uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffff;
    const uint32_t sign = bits >> 16 & 0x8000;
    if (magnitude > 0x7f800000)
        return (uint16_t)(sign | 0x7e00);
    if (magnitude >= 0x477ff000) /* 65520, half way past the largest */
        return (uint16_t)(sign | 0x7c00);
    if (magnitude < 0x38800000) { /* below the smallest normal: adding 0.5 leaves the bits in units of 2^-24, rounded */
        const uint32_t shifted = bits_of(from_bits(magnitude) + 0.5f) - bits_of(0.5f);
        return (uint16_t)(sign | shifted);
    }
    const uint32_t odd = magnitude >> 13 & 1;
    return (uint16_t)(sign | ((magnitude - (112u << 23) + 0xfff + odd) >> 13));
}

float bfloat16_to_f32(uint16_t x) {
    return from_bits((uint32_t)x << 16);
}

uint16_t f32_to_bfloat16(float x) {
    const uint32_t bits = bits_of(x);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void widen_float16(const void *x, void *z, size_t n) {
    const uint16_t *from = x;
    float *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = float16_to_f32(from[i]);
}

void narrow_float16(const void *x, void *z, size_t n) {
    const float *from = x;
    uint16_t *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = f32_to_float16(from[i]);
}

void widen_bfloat16(const void *x, void *z, size_t n) {
    const uint16_t *from = x;
    float *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = bfloat16_to_f32(from[i]);
}

void narrow_bfloat16(const void *x, void *z, size_t n) {
    const float *from = x;
    uint16_t *to = z;
    for (size_t i = 0; i < n; i++)
        to[i] = f32_to_bfloat16(from[i]);
}
