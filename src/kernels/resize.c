/* resize.c - four channels abreast. */
#include "kernels/resize.h"

#include "simd/simd.h"

static f32x4 load(const float *x, size_t left) {
    return left >= 4 ? f32x4_load(x) : f32x4_load_part(x, left);
}

void bilinear_point_f32(const float *top_left, const float *top_right, const float *bottom_left,
                        const float *bottom_right, float across, float down, size_t channels, float *z) {
    for (size_t c = 0; c < channels; c += 4) {
        const size_t left = channels - c;
        const f32x4 a = load(top_left + c, left), b = load(bottom_left + c, left);
        const f32x4 top = a + (load(top_right + c, left) - a) * f32x4_splat(across);
        const f32x4 bottom = b + (load(bottom_right + c, left) - b) * f32x4_splat(across);
        const f32x4 v = top + (bottom - top) * f32x4_splat(down);
        if (left >= 4)
            f32x4_store(z + c, v);
        else
            f32x4_store_part(z + c, v, left);
    }
}
