/* scan.c - one loop for each size of an element; integers wrap, so that signs do not matter. */
#include "kernels/scan.h"

#include <stdint.h>

/* A narrow accumulator would be widened to a signed int, whose products may overflow. */
#define RUNNING(name, kind, type, accumulator, first, operator)                                                        \
    void running_##kind##_##name(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive) {                    \
        const type *from = x;                                                                                          \
        type *to = z;                                                                                                  \
        accumulator all = first;                                                                                       \
        for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++) {                                                                 \
            const accumulator before = all;                                                                            \
            all = (accumulator)(all operator(accumulator) from[i * step]);                                             \
            to[i * step] = (type)(exclusive ? before : all);                                                           \
        }                                                                                                              \
    }
#define RUNNING_SUM_AND_PRODUCT(name, type, accumulator)                                                               \
    RUNNING(name, sum, type, accumulator, 0, +)                                                                        \
    RUNNING(name, product, type, accumulator, 1, *)
RUNNING_SUM_AND_PRODUCT(f32, float, double)
RUNNING_SUM_AND_PRODUCT(f64, double, double)
RUNNING_SUM_AND_PRODUCT(u8, uint8_t, uint32_t)
RUNNING_SUM_AND_PRODUCT(u16, uint16_t, uint32_t)
RUNNING_SUM_AND_PRODUCT(u32, uint32_t, uint32_t)
RUNNING_SUM_AND_PRODUCT(u64, uint64_t, uint64_t)
