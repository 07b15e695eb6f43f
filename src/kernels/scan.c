/* scan.c - one loop for each size of an element; integers wrap, so that signs do not matter. */
#include "kernels/scan.h"

#include <stdint.h>

#define RUNNING_SUM(name, type, accumulator)                                                                           \
    void running_sum_##name(const void *x, void *z, size_t n, ptrdiff_t step, int exclusive) {                         \
        const type *from = x;                                                                                          \
        type *to = z;                                                                                                  \
        accumulator sum = 0;                                                                                           \
        for (ptrdiff_t i = 0; i < (ptrdiff_t)n; i++) {                                                                 \
            const accumulator before = sum;                                                                            \
            sum = (accumulator)(sum + (accumulator)from[i * step]);                                                    \
            to[i * step] = (type)(exclusive ? before : sum);                                                           \
        }                                                                                                              \
    }
RUNNING_SUM(f32, float, double)
RUNNING_SUM(u8, uint8_t, uint8_t)
RUNNING_SUM(u16, uint16_t, uint16_t)
RUNNING_SUM(u32, uint32_t, uint32_t)
RUNNING_SUM(u64, uint64_t, uint64_t)
