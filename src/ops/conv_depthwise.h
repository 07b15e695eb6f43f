/* conv_depthwise.h - the convolution of each channel by itself: what Conv2D and Conv3D are when each group has one input and one output. */
#ifndef OPS_CONV_DEPTHWISE_H
#define OPS_CONV_DEPTHWISE_H

#include "ops/op.h"
#include "ops/window.h"

/* Are weights `k` in so many groups those of such a convolution? */
bool conv_is_depthwise(const struct msw_type *k, int64_t groups);

/* Their packed form, [taps][channels]. */
struct packing conv_depthwise_packing(const struct msw_type *k);

/* The step of a use whose window is `w`. False with err: out of memory. */
bool conv_depthwise_prepare(const struct op_site *site, const struct window *w, struct step *step, struct arena *arena,
                            struct error *err);

#endif
