/* elementwise.h - functions that work element by element, made from the rows of unary.def, binary.def and scalar.def. */
#ifndef KERNELS_ELEMENTWISE_H
#define KERNELS_ELEMENTWISE_H

#include <stddef.h>

/* z[i] = f(x[i]) for n elements. z may be x. */
typedef void (*unary_kernel)(const void *x, void *z, size_t n);

/* The same, with numbers p of the operator's own. */
typedef void (*unary_with_kernel)(const void *x, void *z, size_t n, const float *p);

/* z[i] = f(x[i * sx], y[i * sy]) for n elements; sx, sy are 0 (one element for all) or 1. z may be x where sx is 1, y where sy is 1. */
typedef void (*binary_kernel)(const void *x, const void *y, void *z, size_t n, size_t sx, size_t sy);

#define UNARY(name, type, expression) void name##_##type(const void *x, void *z, size_t n);
#define UNARY_WITH(name, expression) void name##_f32(const void *x, void *z, size_t n, const float *p);
#define FUSED(name, expression) UNARY(name, f32, )
#define CLAMP(name, lowest, highest) UNARY(name, f32, )
#include "kernels/unary.def"
#undef UNARY
#undef UNARY_WITH
#undef FUSED
#undef CLAMP

/* The two bounds of a kernel that is a row CLAMP, else NULL: so others can hold numbers between them that are still in a register. */
const float *clamp_of(unary_kernel kernel);

#define BINARY(name, type, expression)                                                                                 \
    void name##_##type(const void *x, const void *y, void *z, size_t n, size_t sx, size_t sy);
#include "kernels/binary.def"
#undef BINARY

#define SCALAR(name, type, result, expression)                                                                         \
    void name##_##type(const void *x, const void *y, void *z, size_t n, size_t sx, size_t sy);
#include "kernels/scalar.def"
#undef SCALAR

#endif
