/* integers.h - what simd.h lacks for kernels of 8- and 16-bit integers. */
#ifndef SIMD_INTEGERS_H
#define SIMD_INTEGERS_H

#include "simd/simd.h"

SIMD_INLINE i32x4 i32x4_load(const void *x) {
    i32x4 v;
    memcpy(&v, x, sizeof v);
    return v;
}

SIMD_INLINE void i32x4_store(void *z, i32x4 v) {
    memcpy(z, &v, sizeof v);
}

/* 32 bits into all lanes. */
SIMD_INLINE i32x4 i32x4_load_splat(const void *x) {
    int32_t v;
    memcpy(&v, x, sizeof v);
    return i32x4_splat(v);
}

SIMD_INLINE i16x8 i16x8_splat(int16_t x) {
    return (i16x8){x, x, x, x, x, x, x, x};
}

SIMD_INLINE i16x8 i16x8_load(const void *x) {
    i16x8 v;
    memcpy(&v, x, sizeof v);
    return v;
}

SIMD_INLINE void i16x8_store(void *z, i16x8 v) {
    memcpy(z, &v, sizeof v);
}

/* Eight bytes as numbers. */
SIMD_INLINE i16x8 i16x8_load_i8(const void *x) {
    int8_t v __attribute__((vector_size(8)));
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, i16x8);
}

SIMD_INLINE i16x8 i16x8_load_u8(const void *x) {
    uint8_t v __attribute__((vector_size(8)));
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, i16x8);
}

/* Lane i: x[2i] * y[2i] + x[2i + 1] * y[2i + 1]. */
SIMD_INLINE u32x4 i16x8_dot(i16x8 x, i16x8 y) {
#ifdef __wasm__
    return (u32x4)__builtin_wasm_dot_s_i32x4_i16x8(x, y);
#else
    u32x4 z;
    for (int i = 0; i < 4; i++)
        z[i] = (uint32_t)(x[2 * i] * y[2 * i]) + (uint32_t)(x[2 * i + 1] * y[2 * i + 1]);
    return z;
#endif
}

/* Lanes 0, 1, 2, 3 of x between those of y; and lanes 4 to 7. */
#ifdef __clang__
#define I16X8_ZIP(x, y, a)                                                                                             \
    __builtin_shufflevector(x, y, a, 8 + (a), 1 + (a), 9 + (a), 2 + (a), 10 + (a), 3 + (a), 11 + (a))
#else
#define I16X8_ZIP(x, y, a)                                                                                             \
    __builtin_shuffle(x, y, (i16x8){a, 8 + (a), 1 + (a), 9 + (a), 2 + (a), 10 + (a), 3 + (a), 11 + (a)})
#endif
SIMD_INLINE i16x8 i16x8_zip_low(i16x8 x, i16x8 y) {
    return I16X8_ZIP(x, y, 0);
}

SIMD_INLINE i16x8 i16x8_zip_high(i16x8 x, i16x8 y) {
    return I16X8_ZIP(x, y, 4);
}

/* Eight numbers that bytes can hold, as bytes: those of x, then those of y. */
SIMD_INLINE void i32x4_store_bytes(void *z, i32x4 x, i32x4 y) {
#ifdef __wasm__
    const i16x8 both = __builtin_wasm_narrow_s_i16x8_i32x4(x, y) & 0xff;
    const i8x16 bytes = (i8x16)__builtin_wasm_narrow_u_i8x16_i16x8(both, both);
    memcpy(z, &bytes, 8);
#else
    unsigned char bytes[8];
    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)x[i];
        bytes[4 + i] = (unsigned char)y[i];
    }
    memcpy(z, bytes, sizeof bytes);
#endif
}

#endif
