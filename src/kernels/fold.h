/* fold.h - sums, products and extremes over any axes, in one order on every target. */
#ifndef KERNELS_FOLD_H
#define KERNELS_FOLD_H

#include <stddef.h>
#include <stdint.h>

enum { FOLD_WIDTH = 16 };

/* As many accumulators as a fold runs side by side: doubles, or 64-bit integers. */
union fold_lanes {
    double floats[FOLD_WIDTH];
    int64_t ints[FOLD_WIDTH];
};

/* lane j takes in x[r * step + j] for r = 0, 1 ... rows - 1, where j < width <= FOLD_WIDTH. */
typedef void (*fold_kernel)(union fold_lanes *lanes, const void *x, size_t rows, size_t step, size_t width);

void fold_sum_f32(union fold_lanes *lanes, const void *x, size_t rows, size_t step, size_t width);

#define FOLD(name, element, accumulator, expression)                                                                   \
    void fold_##name##_##element(union fold_lanes *lanes, const void *x, size_t rows, size_t step, size_t width);
#include "kernels/fold.def"
#undef FOLD

#endif
