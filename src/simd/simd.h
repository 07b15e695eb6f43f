/* simd.h - four lanes on every target: the vectors that kernels are written with, once for wasm and native.
 *
 * Arithmetic, comparison and bit operators work on these types as they stand (GCC and clang vector extensions); a comparison gives a mask of
 * all ones or zeros in the signed type of the same width. Here is what the operators lack. Integer vectors that may wrap are unsigned. */
#ifndef SIMD_SIMD_H
#define SIMD_SIMD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef float f32x4 __attribute__((vector_size(16)));
typedef double f64x2 __attribute__((vector_size(16)));
typedef int32_t i32x4 __attribute__((vector_size(16)));
typedef uint32_t u32x4 __attribute__((vector_size(16)));
typedef int8_t i8x16 __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef int16_t i16x8 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef int64_t i64x2 __attribute__((vector_size(16)));
typedef uint64_t u64x2 __attribute__((vector_size(16)));

/* Nothing that computes v may be moved past this point: it keeps a compiler from having more vectors alive than there are registers. */
#ifdef __wasm__
#define SIMD_PIN(v) __asm__ volatile("" : "+r"(v) : : "memory")
#else
#define SIMD_PIN(v) ((void)0)
#endif

#define SIMD_INLINE static inline __attribute__((always_inline))

/* Before a loop of fixed length: no loop. gcc, whose builds are not for speed, goes by its own rules. */
#ifdef __clang__
#define SIMD_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SIMD_UNROLL
#endif

/* No load or store moves across: where a compiler that gathers loads would run out of registers. */
#define SIMD_FENCE __asm__ volatile("" ::: "memory")

/* Loads and stores need no alignment. The _part forms touch only the first n elements, n below the number of lanes; lanes past them are 0. */
SIMD_INLINE f32x4 f32x4_load(const float *x) {
    f32x4 v;
    memcpy(&v, x, sizeof v);
    return v;
}

SIMD_INLINE f32x4 f32x4_load_part(const float *x, size_t n) {
    f32x4 v = {0};
    for (size_t i = 0; i < n; i++)
        v[i] = x[i];
    return v;
}

SIMD_INLINE void f32x4_store(float *z, f32x4 v) {
    memcpy(z, &v, sizeof v);
}

SIMD_INLINE void f32x4_store_part(float *z, f32x4 v, size_t n) {
    for (size_t i = 0; i < n; i++)
        z[i] = v[i];
}

/* Four elements, or as many as are left. */
SIMD_INLINE f32x4 f32x4_read(const float *x, size_t left) {
    return left >= 4 ? f32x4_load(x) : f32x4_load_part(x, left);
}

SIMD_INLINE void f32x4_write(float *z, f32x4 v, size_t left) {
    if (left >= 4)
        f32x4_store(z, v);
    else
        f32x4_store_part(z, v, left);
}

SIMD_INLINE f32x4 f32x4_splat(float x) {
    return (f32x4){x, x, x, x};
}

/* The same, of a number that a loop needs in each round: kept in a register, or on the stack. Left alone, clang puts a vector constant to each of its
 * uses, where V8 makes it anew, with three instructions; of exp and its like that is half of the time. */
SIMD_INLINE f32x4 f32x4_constant(float x) {
    f32x4 v = f32x4_splat(x);
#ifdef __wasm__
    __asm__("" : "+r"(v));
#endif
    return v;
}

SIMD_INLINE i32x4 i32x4_splat(int32_t x) {
    return (i32x4){x, x, x, x};
}

/* The same bits under another type. */
SIMD_INLINE i32x4 f32x4_bits(f32x4 x) {
    return (i32x4)x;
}

SIMD_INLINE f32x4 f32x4_from_bits(i32x4 x) {
    return (f32x4)x;
}

/* The same numbers as floats, rounded to the nearest. */
SIMD_INLINE f32x4 f32x4_from_i32x4(i32x4 x) {
    return __builtin_convertvector(x, f32x4);
}

/* Two floats as doubles. */
SIMD_INLINE f64x2 f64x2_load_f32(const float *x) {
    float v __attribute__((vector_size(8)));
    memcpy(&v, x, sizeof v);
    return __builtin_convertvector(v, f64x2);
}

/* Four lanes of x (0 to 3) and y (4 to 7). */
#ifdef __clang__
#define SIMD_SHUFFLE(x, y, a, b, c, d) __builtin_shufflevector(x, y, a, b, c, d)
#else
#define SIMD_SHUFFLE(x, y, a, b, c, d) __builtin_shuffle(x, y, (u32x4){a, b, c, d})
#endif

/* Lane by lane: mask ? x : y. */
SIMD_INLINE f32x4 f32x4_select(i32x4 mask, f32x4 x, f32x4 y) {
    return (f32x4)((mask & (i32x4)x) | (~mask & (i32x4)y));
}

/* Lane by lane: y < x ? y : x, and x < y ? y : x. So x stays where either is NaN, and where both are 0. One instruction each. */
SIMD_INLINE f32x4 f32x4_min(f32x4 x, f32x4 y) {
#ifdef __wasm__
    return __builtin_wasm_pmin_f32x4(x, y);
#else
    return f32x4_select(y < x, y, x);
#endif
}

SIMD_INLINE f32x4 f32x4_max(f32x4 x, f32x4 y) {
#ifdef __wasm__
    return __builtin_wasm_pmax_f32x4(x, y);
#else
    return f32x4_select(x < y, y, x);
#endif
}

/* Lane by lane: no less than the lowest, which a NaN becomes, and no more than the highest. */
SIMD_INLINE f32x4 f32x4_hold(f32x4 x, float lowest, float highest) {
    return f32x4_min(f32x4_splat(highest), f32x4_max(f32x4_splat(lowest), x));
}

/* (x0 + x1) + (x2 + x3): one order on every target. */
SIMD_INLINE float f32x4_sum(f32x4 x) {
    return (x[0] + x[1]) + (x[2] + x[3]);
}

#endif
