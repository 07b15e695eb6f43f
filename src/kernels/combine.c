/* combine.c - one loop for each type; `wide` is unsigned for integers, so that they wrap. */
#include "kernels/combine.h"

#include <stdint.h>

#include "kernels/cast.h"
#include "msw.h"

#define COMBINE(name, type, wide)                                                                                      \
    void combine_##name(void *z, const void *x, size_t n, enum combine how) {                                          \
        type *to = z;                                                                                                  \
        const type *from = x;                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const type a = to[i], b = from[i];                                                                         \
            switch (how) {                                                                                             \
            case COMBINE_ADD: to[i] = (type)((wide)a + (wide)b); break;                                                \
            case COMBINE_MUL: to[i] = (type)((wide)a * (wide)b); break;                                                \
            case COMBINE_MAX: to[i] = b > a || b != b ? b : a; break;                                                  \
            case COMBINE_MIN: to[i] = b < a || b != b ? b : a; break;                                                  \
            default: to[i] = b;                                                                                        \
            }                                                                                                          \
        }                                                                                                              \
    }
COMBINE(f32, float, float)
COMBINE(f64, double, double)
COMBINE(i8, int8_t, uint32_t)
COMBINE(u8, uint8_t, uint32_t)
COMBINE(i16, int16_t, uint32_t)
COMBINE(u16, uint16_t, uint32_t)
COMBINE(i32, int32_t, uint32_t)
COMBINE(u32, uint32_t, uint32_t)
COMBINE(i64, int64_t, uint64_t)
COMBINE(u64, uint64_t, uint64_t)

void combine_half(void *z, const void *x, size_t n, enum combine how, int dtype) {
    uint16_t *to = z;
    const uint16_t *from = x;
    for (size_t i = 0; i < n; i++) {
        float a, b;
        cast_elements(to + i, dtype, &a, MSW_FLOAT32, 1);
        cast_elements(from + i, dtype, &b, MSW_FLOAT32, 1);
        combine_f32(&a, &b, 1, how);
        cast_elements(&a, MSW_FLOAT32, to + i, dtype, 1);
    }
}
