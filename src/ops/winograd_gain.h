/* winograd_gain.h - what Conv2D saves by Winograd's tiles (ops/conv_winograd.h): asked by the pass that chooses where to have them. */
#ifndef OPS_WINOGRAD_GAIN_H
#define OPS_WINOGRAD_GAIN_H

#include "ops/op.h"

/* What tiles of `side` save of the time that the convolution of one run takes otherwise, in products of two numbers; 0: too little to be worth their
 * rounding.
 *   in_run  the weights are transformed in the run
 *   k       type of the weights [O][I][3][3]
 *   z       type of the output [N][H][W][O], as far as it is known (any rank, dims below 0): images of unknown size are taken to be the smaller the
 *           more channels they have */
double winograd_gain(const struct msw_type *k, const struct msw_type *z, size_t side, bool in_run);

#endif
