/* combine.h - elements that join others in their places: what scattering does where several meet. */
#ifndef KERNELS_COMBINE_H
#define KERNELS_COMBINE_H

#include <stddef.h>

enum combine { COMBINE_REPLACE, COMBINE_ADD, COMBINE_MUL, COMBINE_MAX, COMBINE_MIN, COMBINE_END };

/* z[i] = z[i] + x[i] and so on, i < n. Integers wrap; a NaN that an extreme meets stays. */
typedef void (*combine_kernel)(void *z, const void *x, size_t n, enum combine how);
#define COMBINE_KERNEL(name) void combine_##name(void *z, const void *x, size_t n, enum combine how);
COMBINE_KERNEL(f32)
COMBINE_KERNEL(f64)
COMBINE_KERNEL(i8)
COMBINE_KERNEL(u8)
COMBINE_KERNEL(i16)
COMBINE_KERNEL(u16)
COMBINE_KERNEL(i32)
COMBINE_KERNEL(u32)
COMBINE_KERNEL(i64)
COMBINE_KERNEL(u64)
#undef COMBINE_KERNEL

/* The same for elements of 16-bit floats, by way of float32. */
void combine_half(void *z, const void *x, size_t n, enum combine how, int dtype);

#endif
