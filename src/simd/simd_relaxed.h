/* simd_relaxed.h - the one operation whose rounding is the engine's choice in a relaxed build, for the files of kernels/hot alone that include this: a
 * product that is added to a sum, where a fused instruction doubles the speed. Everywhere else it is the plain build's two roundings. */
#ifndef SIMD_SIMD_RELAXED_H
#define SIMD_SIMD_RELAXED_H

#include "simd/simd.h"

/* sum + a * b */
SIMD_INLINE f32x4 f32x4_madd(f32x4 a, f32x4 b, f32x4 sum) {
#if defined MSW_RELAXED && defined __wasm__
    return __builtin_wasm_relaxed_madd_f32x4(a, b, sum);
#else
    return sum + a * b;
#endif
}

#endif
