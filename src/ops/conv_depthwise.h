/* conv_depthwise.h - the convolution of each channel by itself: what Conv2D and Conv3D are when each group has one input and one output. */
#ifndef OPS_CONV_DEPTHWISE_H
#define OPS_CONV_DEPTHWISE_H

#include "kernels/hot/depthwise_f32.h"
#include "ops/op.h"
#include "ops/window.h"

/* Are weights `k` in so many groups those of such a convolution? */
bool conv_is_depthwise(const struct msw_type *k, int64_t groups);

/* Their packed form, [taps][channels]. */
struct packing conv_depthwise_packing(const struct msw_type *k);

/* Row by row. */
struct conv_depthwise {
    struct depthwise row;
    struct window window;
};

struct conv_depthwise conv_depthwise_of(const struct window *w);

/* Rows of the images of a batch, of which no more than some may be at hand: row y of all lies at first + (y - origin) % count rows. */
struct image_rows {
    const float *first;
    size_t origin, count;
};

/* How many pointers a row is worked on with. */
size_t conv_depthwise_pointers(const struct conv_depthwise *c);

/* Output row `row` of all images of the batch.
 *   zeros      a pixel of the padding
 *   weights    packed
 *   z, e       of the whole output */
void conv_depthwise_row(const struct conv_depthwise *c, const struct image_rows *images, size_t row, const float *zeros,
                        const float **pointers, const float *weights, float *z, const struct epilogue *e);

/* The step of a use whose window is `w`. False with err: out of memory. */
bool conv_depthwise_prepare(const struct op_site *site, const struct window *w, struct step *step, struct arena *arena,
                            struct error *err);

#endif
