/* fold.c - one loop for each row of fold.def, and for sums of floats, the most frequent, one with all its lanes in registers. */
#include "kernels/fold.h"

#include "simd/simd.h"

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

#define LANES_double floats
#define LANES_int64_t ints
#define LANES(accumulator) LANES_##accumulator

/* The whole width stays in registers. */
static void sum_wide(union fold_lanes *lanes, const float *x, size_t rows, size_t step) {
    f64x2 sums[FOLD_WIDTH / 2];
    memcpy(sums, lanes->floats, sizeof sums);
    for (size_t r = 0; r < rows; r++, x += step)
        SIMD_UNROLL for (size_t j = 0; j < FOLD_WIDTH / 2; j++) sums[j] += f64x2_load_f32(x + 2 * j);
    memcpy(lanes->floats, sums, sizeof sums);
}

void fold_sum_f32(union fold_lanes *lanes, const void *x, size_t rows, size_t step, size_t width) {
    const float *p = x;
    if (width == FOLD_WIDTH) {
        sum_wide(lanes, p, rows, step);
        return;
    }
    for (size_t r = 0; r < rows; r++, p += step)
        for (size_t j = 0; j < width; j++)
            lanes->floats[j] += (double)p[j];
}

#define FOLD(name, element, accumulator, expression)                                                                   \
    void fold_##name##_##element(union fold_lanes *lanes, const void *from, size_t rows, size_t step, size_t width) {  \
        const ELEMENT_##element *p = from;                                                                             \
        for (size_t r = 0; r < rows; r++, p += step) {                                                                 \
            for (size_t j = 0; j < width; j++) {                                                                       \
                const accumulator a = lanes->LANES(accumulator)[j], x = (accumulator)p[j];                             \
                lanes->LANES(accumulator)[j] = expression;                                                             \
            }                                                                                                          \
        }                                                                                                              \
    }
#include "kernels/fold.def"
#undef FOLD
