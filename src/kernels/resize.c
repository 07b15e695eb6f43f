/* resize.c - four channels abreast. */
#include "kernels/resize.h"

#include "simd/simd.h"

void bilinear_point_f32(const float *top_left, const float *top_right, const float *bottom_left,
                        const float *bottom_right, float across, float down, size_t channels, float *z) {
    for (size_t c = 0; c < channels; c += 4) {
        const size_t left = channels - c;
        const f32x4 a = f32x4_read(top_left + c, left), b = f32x4_read(bottom_left + c, left);
        const f32x4 top = a + (f32x4_read(top_right + c, left) - a) * f32x4_splat(across);
        const f32x4 bottom = b + (f32x4_read(bottom_right + c, left) - b) * f32x4_splat(across);
        const f32x4 v = top + (bottom - top) * f32x4_splat(down);
        f32x4_write(z + c, v, left);
    }
}
