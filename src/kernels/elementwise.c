/* elementwise.c - one function for each row of unary.def and binary.def, but for what is fused (hot/fused_f32.c). */
#include "kernels/elementwise.h"

#include "simd/math.h"

#define PASTE(a, b) a##_##b
#define GLUE(a, b) PASTE(a, b)

#define TYPE f32
#define T float
#define V f32x4
#define LANES 4
#define LOOP SIMD_INLINE
#include "kernels/elementwise_loops.h"

#undef LOOP
/* Loops over integers are shared by their rows, so that each row is a few bytes of code. */
#define LOOP static __attribute__((noinline))
#define TYPE i32
#define T int32_t
#define V i32x4
#define LANES 4
#include "kernels/elementwise_loops.h"

#define TYPE u32
#define T uint32_t
#define V u32x4
#define LANES 4
#include "kernels/elementwise_loops.h"

#define TYPE i8
#define T int8_t
#define V i8x16
#define LANES 16
#include "kernels/elementwise_loops.h"

#define TYPE u8
#define T uint8_t
#define V u8x16
#define LANES 16
#include "kernels/elementwise_loops.h"

#define TYPE i16
#define T int16_t
#define V i16x8
#define LANES 8
#include "kernels/elementwise_loops.h"

#define TYPE u16
#define T uint16_t
#define V u16x8
#define LANES 8
#include "kernels/elementwise_loops.h"

#define TYPE i64
#define T int64_t
#define V i64x2
#define LANES 2
#include "kernels/elementwise_loops.h"

#define TYPE u64
#define T uint64_t
#define V u64x2
#define LANES 2
#include "kernels/elementwise_loops.h"

#undef LOOP

#define VECTOR_f32 f32x4
#define VECTOR_i32 i32x4
#define VECTOR_u32 u32x4
#define VECTOR_i8 i8x16
#define VECTOR_u8 u8x16
#define VECTOR_i16 i16x8
#define VECTOR_u16 u16x8
#define VECTOR_i64 i64x2
#define VECTOR_u64 u64x2

/* The loop of the operators that have numbers of their own. */
SIMD_INLINE void unary_with_f32(const float *x, float *z, size_t n, const float *p, f32x4 (*op)(f32x4, const float *)) {
    const size_t count = n % 4;
    float ending[4] = {0};
    ending_f32(x, 1, n, count, ending);
    const float *from = x;
    float *to = z;
    for (size_t end = n - count, turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < end; i += 4)
            store_f32(to + i, op(load_f32(from + i), p));
        from = to = ending;
        end = count;
    }
    for (size_t i = 0; i < count; i++)
        z[n - count + i] = ending[i];
}

#define UNARY(name, type, expression)                                                                                  \
    static VECTOR_##type name##_##type##_op(VECTOR_##type x) {                                                         \
        return (VECTOR_##type)(expression);                                                                            \
    }                                                                                                                  \
    void name##_##type(const void *x, void *z, size_t n) {                                                             \
        unary_##type(x, z, n, name##_##type##_op);                                                                     \
    }
#define UNARY_WITH(name, expression)                                                                                   \
    static f32x4 name##_f32_op(f32x4 x, const float *p) {                                                              \
        return expression;                                                                                             \
    }                                                                                                                  \
    void name##_f32(const void *x, void *z, size_t n, const float *p) {                                                \
        unary_with_f32(x, z, n, p, name##_f32_op);                                                                     \
    }
#define FUSED(name, expression)
#define CLAMP(name, lowest, highest) UNARY(name, f32, f32x4_hold(x, lowest, highest))
#include "kernels/unary.def"
#undef UNARY
#undef UNARY_WITH
#undef FUSED
#undef CLAMP

const float *clamp_of(unary_kernel kernel) {
#define UNARY(name, type, expression)
#define UNARY_WITH(name, expression)
#define FUSED(name, expression)
#define CLAMP(name, lowest, highest)                                                                                   \
    static const float name##_bounds[2] = {lowest, highest};                                                           \
    if (kernel == name##_f32)                                                                                          \
        return name##_bounds;
#include "kernels/unary.def"
#undef UNARY
#undef UNARY_WITH
#undef FUSED
#undef CLAMP
    return NULL;
}

#define BINARY(name, type, expression)                                                                                 \
    static VECTOR_##type name##_##type##_op(VECTOR_##type x, VECTOR_##type y) {                                        \
        return expression;                                                                                             \
    }                                                                                                                  \
    void name##_##type(const void *x, const void *y, void *z, size_t n, size_t sx, size_t sy) {                        \
        binary_##type(x, y, z, n, sx, sy, name##_##type##_op);                                                         \
    }
#include "kernels/binary.def"
#undef BINARY
