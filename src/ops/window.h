/* window.h - windows that slide over an image: the attributes that convolution and pooling share, checked once. */
#ifndef OPS_WINDOW_H
#define OPS_WINDOW_H

#include "ops/op.h"

/* How windows are padded: attribute pad_mode. */
enum pad_mode {
    PAD_EXPLICIT = 0,   /* by attribute pads */
    PAD_SAME = 1,       /* so that the output has ceil(size / stride) points, the odd one at the end */
    PAD_VALID = 2,      /* not at all */
    PAD_SAME_LOWER = 3, /* as PAD_SAME, the odd one at the beginning */
};

/* Most points of one window: far above what nets use, and few enough that pointers to them are a small part of memory. */
enum { WINDOW_MAX_TAPS = 1 << 20 };

/* Directions. An image of rank 4 has one layer of depth. */
enum { DEPTH, HEIGHT, WIDTH, DIRECTIONS };

/* One direction, in elements of the image. */
struct window_axis {
    int32_t size, kernel, stride, dilation, pad_before, pad_after, out;
};

struct window {
    int32_t batch, channels;
    struct window_axis axis[DIRECTIONS];
};

/* Of how many directions the operator's attributes speak: height and width, with OP_VOLUME depth before them. */
int32_t window_directions(const struct op_site *site);

/* Reads strides, dilations and pads (before and after: top, bottom, left, right), pad_mode, ceil_mode and channels_last, where the row has them, and
 * the image x; kernel has a number for each direction. False with err: a wrong rank, a stride, dilation or kernel below 1, more than WINDOW_MAX_TAPS
 * points, a padding below 0, a window larger than the padded image. */
bool window_make(const struct op_site *site, const int32_t *kernel, struct window *w, struct error *err);

/* For pooling: no window may lie in the padding alone. False with err: a padding as large as the window's reach. */
bool window_meets_image(const struct window *w, struct error *err);

/* Type of an image: dtype, batch, channels, and the window's outputs, in the layout that the site has. */
struct msw_type window_output(const struct op_site *site, const struct window *w, int32_t channels);

/* Elements of the image that one window spans in a direction. */
static inline int64_t window_reach(const struct window_axis *a) {
    return (int64_t)a->dilation * (a->kernel - 1) + 1;
}

/* Elements of one image of the batch. */
size_t window_image(const struct window *w);

/* Points of one window. */
size_t window_points(const struct window *w);

/* Pointers to the channels that the output point at[DIRECTIONS] sees, for the kernels of gemm_f32.h and pool.h.
 * Fills out[r * step] for each tap r in kernel order; a tap in the padding gives `padding`, or is left out where padding is NULL.
 *   image   of one batch item, channels last    pixel   step from pixel to pixel, in floats
 * Returns the number of taps. */
size_t window_taps(const struct window *w, const int32_t *at, const float *image, size_t pixel, const float *padding,
                   const float **out, size_t step);

#endif
