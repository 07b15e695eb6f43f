/* scalar.c - one function for each row of scalar.def, and what their expressions call: it defines what C leaves open. */
#include <stdbool.h>
#include <stdint.h>

#include "kernels/elementwise.h"

/* Toward 0. x / 0 is the highest or lowest number, 0 / 0 is 0 (MindSpore 2.10 on CPU); the lowest number / -1 wraps to itself. */
static int64_t quotient(int64_t x, int64_t y, int64_t lowest, int64_t highest) {
    if (y == 0)
        return x == 0 ? 0 : x < 0 ? lowest : highest;
    return y == -1 ? (int64_t)(0 - (uint64_t)x) : x / y;
}

/* The sign of x; x by 0 leaves 0. */
static int64_t remainder_of(int64_t x, int64_t y) {
    return y == 0 || y == -1 ? 0 : x % y;
}

/* Downward. */
static int64_t floor_quotient(int64_t x, int64_t y, int64_t lowest, int64_t highest) {
    const int64_t q = quotient(x, y, lowest, highest), r = remainder_of(x, y);
    return r != 0 && (r < 0) != (y < 0) ? q - 1 : q;
}

/* The sign of y. */
static int64_t floor_remainder(int64_t x, int64_t y) {
    const int64_t r = remainder_of(x, y);
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

static uint64_t whole_power(uint64_t x, uint64_t y) {
    uint64_t z = 1;
    for (; y > 0; y >>= 1, x *= x)
        if (y & 1)
            z *= x;
    return z;
}

/* Wraps. A power below 0 is that of a fraction, so 0 unless x is 1 or -1. */
static int64_t power(int64_t x, int64_t y) {
    if (y < 0)
        return x == 1 ? 1 : x == -1 ? (y & 1 ? -1 : 1) : 0;
    return (int64_t)whole_power((uint64_t)x, (uint64_t)y);
}

static double whole_of(double x) {
    const double magnitude = __builtin_fabs(x);
    return magnitude < 0x1p52 ? (double)(int64_t)x : x;
}

/* Keeps the sign of 0, as whole_of does not. */
static double floor_of(double x) {
    if (x == 0)
        return x;
    const double whole = whole_of(x);
    return whole > x ? whole - 1 : whole;
}

/* x - whole(x / y) y in double, as MindSpore has it: an infinite y gives NaN. */
static float float_remainder(float x, float y, double (*whole)(double x)) {
    return (float)((double)x - whole((double)x / (double)y) * (double)y);
}

#define ELEMENT_f32 float
#define ELEMENT_i8 int8_t
#define ELEMENT_u8 uint8_t
#define ELEMENT_i16 int16_t
#define ELEMENT_i32 int32_t
#define ELEMENT_i64 int64_t
#define ELEMENT_u16 uint16_t
#define ELEMENT_u32 uint32_t
#define ELEMENT_u64 uint64_t
#define ELEMENT_f64 double
#define ELEMENT_bool bool

#define SCALAR(name, type, result, expression)                                                                         \
    void name##_##type(const void *xs, const void *ys, void *zs, size_t n, size_t sx, size_t sy) {                     \
        const ELEMENT_##type *px = xs, *py = ys;                                                                       \
        ELEMENT_##result *pz = zs;                                                                                     \
        for (size_t i = 0; i < n; i++) {                                                                               \
            const ELEMENT_##type x = px[i * sx], y = py[i * sy];                                                       \
            pz[i] = (ELEMENT_##result)(expression);                                                                    \
        }                                                                                                              \
    }
#include "kernels/scalar.def"
#undef SCALAR
