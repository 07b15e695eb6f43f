/* fused_f32.c - the rows FUSED of unary.def: elementwise functions whose polynomials are worth a fused multiply-add. */
#include "kernels/elementwise.h"
#include "simd/math.h"
#include "simd/simd_relaxed.h"

/* The last elements stand in a vector of their own: an expression is there once for whole vectors, and once for the rest. */
#define UNARY(name, type, expression)
#define UNARY_WITH(name, expression)
#define CLAMP(name, lowest, highest)
#define FUSED(name, expression)                                                                                        \
    SIMD_INLINE f32x4 name##_op(f32x4 x) {                                                                             \
        return expression;                                                                                             \
    }                                                                                                                  \
    void name##_f32(const void *from, void *to, size_t n) {                                                            \
        const float *x = from;                                                                                         \
        float *z = to;                                                                                                 \
        const size_t whole = n / 4 * 4;                                                                                \
        for (size_t i = 0; i < whole; i += 4)                                                                          \
            f32x4_store(z + i, name##_op(f32x4_load(x + i)));                                                          \
        if (whole < n)                                                                                                 \
            f32x4_store_part(z + whole, name##_op(f32x4_load_part(x + whole, n - whole)), n - whole);                  \
    }
#include "kernels/unary.def"
