/* fold.c - one loop for each row of fold.def. */
#include "kernels/fold.h"

#define ELEMENT_f32 float
#define ELEMENT_i8 int8_t
#define ELEMENT_u8 uint8_t
#define ELEMENT_i16 int16_t
#define ELEMENT_i32 int32_t
#define ELEMENT_i64 int64_t

#define LANES_double floats
#define LANES_int64_t ints
#define LANES(accumulator) LANES_##accumulator

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
