/* cast.c - by way of double or int64, block by block, so that each data type needs three loops and not one for each other type. */
#include "kernels/cast.h"

#include <stdbool.h>
#include <string.h>

#include "kernels/half.h"
#include "msw.h"

enum { BLOCK = 128 };

/* Which is what a type's elements become: every float fits a double, every integer and bool an int64. */
union block {
    double floats[BLOCK];
    int64_t ints[BLOCK];
};

static int32_t int32_of(double x) {
    return x > -2147483649.0 && x < 2147483648.0 ? (int32_t)x : INT32_MIN;
}

static uint64_t uint64_of(double x) {
    return x >= 0x1p63 && x < 0x1p64 ? (uint64_t)x : (uint64_t)(x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN);
}

static int64_t int64_of(double x) {
    return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN;
}

#define LOAD(name, type, into, expression)                                                                             \
    static void load_##name(const void *from, union block *to, size_t n) {                                             \
        const type *p = from;                                                                                          \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const type x = p[i];                                                                                       \
            to->into[i] = expression;                                                                                  \
        }                                                                                                              \
    }
LOAD(f16, uint16_t, floats, (double)float16_to_f32(x))
LOAD(bf16, uint16_t, floats, (double)bfloat16_to_f32(x))
LOAD(f32, float, floats, (double)x)
LOAD(f64, double, floats, x)
LOAD(i8, int8_t, ints, (int32_t)x) /* the cast says a number is meant, not a character */
LOAD(i16, int16_t, ints, x)
LOAD(i32, int32_t, ints, x)
LOAD(i64, int64_t, ints, x)
LOAD(u8, uint8_t, ints, x)
LOAD(u16, uint16_t, ints, x)
LOAD(u32, uint32_t, ints, x)
LOAD(u64, uint64_t, ints, (int64_t)x)
LOAD(u64_to, uint64_t, floats, (double)x) /* floats: not all of them fit an int64 */

#define STORE(name, type, number, out_of, expression)                                                                  \
    static void store_##name##_of_##out_of(const union block *from, void *to, size_t n) {                              \
        type *p = to;                                                                                                  \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const number x = from->out_of[i];                                                                          \
            p[i] = expression;                                                                                         \
        }                                                                                                              \
    }
STORE(f16, uint16_t, double, floats, f32_to_float16((float)x))
STORE(bf16, uint16_t, double, floats, f32_to_bfloat16((float)x))
STORE(f32, float, double, floats, (float)x)
STORE(f64, double, double, floats, x)
STORE(i8, int8_t, double, floats, (int8_t)int32_of(x))
STORE(i16, int16_t, double, floats, (int16_t)int32_of(x))
STORE(i32, int32_t, double, floats, int32_of(x))
STORE(i64, int64_t, double, floats, int64_of(x))
STORE(u8, uint8_t, double, floats, (uint8_t)int32_of(x))
STORE(u16, uint16_t, double, floats, (uint16_t)int32_of(x))
STORE(u32, uint32_t, double, floats, (uint32_t)int64_of(x))
STORE(u64, uint64_t, double, floats, uint64_of(x))
STORE(bool, bool, double, floats, x != 0)
STORE(f16, uint16_t, int64_t, ints, f32_to_float16((float)x))
STORE(bf16, uint16_t, int64_t, ints, f32_to_bfloat16((float)x))
STORE(f32, float, int64_t, ints, (float)x)
STORE(f64, double, int64_t, ints, (double)x)
STORE(i8, int8_t, int64_t, ints, (int8_t)x)
STORE(i16, int16_t, int64_t, ints, (int16_t)x)
STORE(i32, int32_t, int64_t, ints, (int32_t)x)
STORE(i64, int64_t, int64_t, ints, x)
STORE(u8, uint8_t, int64_t, ints, (uint8_t)x)
STORE(u16, uint16_t, int64_t, ints, (uint16_t)x)
STORE(u32, uint32_t, int64_t, ints, (uint32_t)x)
STORE(bool, bool, int64_t, ints, x != 0)

/* 4 and 2 bits: the low ones of a whole number, with its sign. */
#define STORE_BITS(name, type, shift)                                                                                  \
    STORE(name, type, int64_t, ints, (type)((type)((uint32_t)x << (shift)) >> (shift)))                                \
    STORE(name, type, double, floats, (type)((type)((uint32_t)int32_of(x) << (shift)) >> (shift)))
STORE_BITS(i4, int8_t, 4)
STORE_BITS(u4, uint8_t, 4)
STORE_BITS(i2, int8_t, 6)
STORE_BITS(u2, uint8_t, 6)

static const struct {
    size_t bytes;
    bool is_float;
    void (*load)(const void *from, union block *to, size_t n);
    void (*store_float)(const union block *from, void *to, size_t n);
    void (*store_int)(const union block *from, void *to, size_t n);
} types[] = {
#define FLOATS(name) true, load_##name, store_##name##_of_floats, store_##name##_of_ints
#define WHOLE(loaded, name) false, load_##loaded, store_##name##_of_floats, store_##name##_of_ints
    [MSW_FLOAT32] = {4, FLOATS(f32)},
    [MSW_INT32] = {4, WHOLE(i32, i32)},
    [MSW_INT8] = {1, WHOLE(i8, i8)},
    [MSW_UINT8] = {1, WHOLE(u8, u8)},
    [MSW_INT64] = {8, WHOLE(i64, i64)},
    [MSW_BOOL] = {1, WHOLE(u8, bool)},
    [MSW_FLOAT16] = {2, FLOATS(f16)},
    [MSW_BFLOAT16] = {2, FLOATS(bf16)},
    [MSW_FLOAT64] = {8, FLOATS(f64)},
    [MSW_INT16] = {2, WHOLE(i16, i16)},
    [MSW_UINT16] = {2, WHOLE(u16, u16)},
    [MSW_UINT32] = {4, WHOLE(u32, u32)},
    [MSW_UINT64] = {8, false, load_u64, store_u64_of_floats, store_i64_of_ints},
    [MSW_INT4] = {1, WHOLE(i8, i4)},
    [MSW_UINT4] = {1, WHOLE(u8, u4)},
    [MSW_INT2] = {1, WHOLE(i8, i2)},
    [MSW_UINT2] = {1, WHOLE(u8, u2)},
};

static bool is_narrow(int32_t dtype) {
    return dtype == MSW_FLOAT4E2M1 || (dtype >= MSW_FLOAT8E4M3FN && dtype <= MSW_FLOAT8E8M0);
}

/* A block as doubles where `to` is a float and not every number of `from` an int64. True: they are doubles. */
static bool load(const unsigned char *source, int32_t from, int32_t to, union block *block, size_t n) {
    if (is_narrow(from)) {
        for (size_t i = 0; i < n; i++)
            block->floats[i] = narrow_decode(from, source[i]);
        return true;
    }
    const bool wide = from == MSW_UINT64 && (is_narrow(to) || types[to].is_float);
    (wide ? load_u64_to : types[from].load)(source, block, n);
    return wide || types[from].is_float;
}

void cast_elements_by(const struct narrow_rule *rule, const void *x, int32_t from, void *z, int32_t to, size_t n) {
    const unsigned char *source = x;
    unsigned char *target = z;
    union block block;
    if (from == to && n > 0) {
        memcpy(z, x, n * (is_narrow(to) ? 1 : types[to].bytes));
        return;
    }
    while (n > 0) {
        const size_t count = n < BLOCK ? n : BLOCK;
        const bool floats = load(source, from, to, &block, count);
        if (is_narrow(to))
            for (size_t i = 0; i < count; i++)
                target[i] = narrow_encode(to, floats ? block.floats[i] : (double)block.ints[i], rule);
        else
            (floats ? types[to].store_float : types[to].store_int)(&block, target, count);
        source += count * (is_narrow(from) ? 1 : types[from].bytes);
        target += count * (is_narrow(to) ? 1 : types[to].bytes);
        n -= count;
    }
}

void cast_elements(const void *x, int32_t from, void *z, int32_t to, size_t n) {
    static const struct narrow_rule saturating = {0};
    cast_elements_by(&saturating, x, from, z, to, n);
}
