/* cast.c - by way of double or int64, block by block, so that ten data types need thirty loops and not a hundred. */
#include "kernels/cast.h"

#include <stdbool.h>

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
STORE(bool, bool, int64_t, ints, x != 0)

static const struct {
    size_t bytes;
    bool is_float;
    void (*load)(const void *from, union block *to, size_t n);
    void (*store_float)(const union block *from, void *to, size_t n);
    void (*store_int)(const union block *from, void *to, size_t n);
} types[] = {
    [MSW_FLOAT32] = {4, true, load_f32, store_f32_of_floats, store_f32_of_ints},
    [MSW_INT32] = {4, false, load_i32, store_i32_of_floats, store_i32_of_ints},
    [MSW_INT8] = {1, false, load_i8, store_i8_of_floats, store_i8_of_ints},
    [MSW_UINT8] = {1, false, load_u8, store_u8_of_floats, store_u8_of_ints},
    [MSW_INT64] = {8, false, load_i64, store_i64_of_floats, store_i64_of_ints},
    [MSW_BOOL] = {1, false, load_u8, store_bool_of_floats, store_bool_of_ints},
    [MSW_FLOAT16] = {2, true, load_f16, store_f16_of_floats, store_f16_of_ints},
    [MSW_BFLOAT16] = {2, true, load_bf16, store_bf16_of_floats, store_bf16_of_ints},
    [MSW_FLOAT64] = {8, true, load_f64, store_f64_of_floats, store_f64_of_ints},
    [MSW_INT16] = {2, false, load_i16, store_i16_of_floats, store_i16_of_ints},
};

void cast_elements(const void *x, int32_t from, void *z, int32_t to, size_t n) {
    const unsigned char *source = x;
    unsigned char *target = z;
    union block block;
    while (n > 0) {
        const size_t count = n < BLOCK ? n : BLOCK;
        types[from].load(source, &block, count);
        (types[from].is_float ? types[to].store_float : types[to].store_int)(&block, target, count);
        source += count * types[from].bytes;
        target += count * types[to].bytes;
        n -= count;
    }
}
