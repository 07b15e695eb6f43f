/* resize.h - pictures of another size: between pixels, channels last. */
#ifndef KERNELS_RESIZE_H
#define KERNELS_RESIZE_H

#include <stddef.h>

/* z[c] between four pixels: first along x between left and right by `across`, then along y between top and bottom by `down`. */
void bilinear_point_f32(const float *top_left, const float *top_right, const float *bottom_left,
                        const float *bottom_right, float across, float down, size_t channels, float *z);

#endif
