/* window.h - windows that slide over an image: the attributes that convolution and pooling share, checked once. */
#ifndef OPS_WINDOW_H
#define OPS_WINDOW_H

#include "ops/op.h"

/* How windows are padded: attribute pad_mode. */
enum pad_mode {
    PAD_EXPLICIT = 0, /* by attribute pads */
    PAD_SAME = 1,     /* so that the output has ceil(size / stride) points, the odd one at the end */
    PAD_VALID = 2,    /* not at all */
};

/* Most points of one window: far above what nets use, and few enough that pointers to them are a small part of memory. */
enum { WINDOW_MAX_TAPS = 1 << 20 };

/* One direction, 0 for height and 1 for width, in elements of the image. */
struct window_axis {
    int32_t size, kernel, stride, dilation, pad_before, pad_after, out;
};

struct window {
    int32_t batch, channels;
    struct window_axis axis[2];
};

/* Reads strides[2], dilations[2], pads[4] (top, bottom, left, right), pad_mode and channels_last, and the image x of rank 4; kernel is height, width.
 * False with err: a wrong rank, a stride, dilation or kernel below 1, more than WINDOW_MAX_TAPS points, a padding below 0 or not smaller
 * than the kernel's reach, a window larger than the padded image. */
bool window_make(const struct op_site *site, const int32_t kernel[2], struct window *w, struct error *err);

/* For pooling: no window may lie in the padding alone. False with err: a padding as large as the window's reach. */
bool window_meets_image(const struct window *w, struct error *err);

/* Type of an image: dtype, batch, channels, and the window's outputs, in the layout that the site has. */
struct msw_type window_output(const struct op_site *site, const struct window *w, int32_t channels);

/* Pointers to the channels that the output points (oy, first_x ..) see, for the kernels of gemm_f32.h and pool.h.
 * Fills out[r] for each tap in kernel order; a tap in the padding gives `padding`, or is left out where padding is NULL.
 *   image   of one batch item, channels last    pixel   step from pixel to pixel, in floats
 * Returns the number of taps. */
size_t window_taps(const struct window *w, int32_t oy, int32_t ox, const float *image, size_t pixel,
                   const float *padding, const float **out, size_t step);

#endif
