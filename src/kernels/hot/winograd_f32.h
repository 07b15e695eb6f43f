/* winograd_f32.h - convolution by 3 x 3 weights in fewer products: Winograd's minimal filtering F(m x m, 3 x 3).
 *
 *     Y = A^T [ sum over channels of (G g G^T) . (B^T d B) ] A
 *
 * gives a tile Y of m x m output points from a patch d of (m + 2) x (m + 2) input points; "." multiplies element by element (Lavin & Gray, Fast Algorithms
 * for Convolutional Neural Networks, 2015, arxiv.org/abs/1509.09308). So a tile takes (m + 2)^2 products for each pair of channels where the sum as it is
 * written takes 9 m^2: for m = 2 a factor of 2.25, for m = 4 of 4. G g G^T is computed at load, in double, or in the run, in float,
 * where a block of tiles needs it: that reads the fewest weights from memory.
 *
 * The matrices follow from m + 1 points at which polynomials are evaluated, and infinity (Toom and Cook). Points as far as 2 apart amplify rounding, so m = 4
 * has 0, +-5/8, +-3/2 (oneDNN's choice) in place of the paper's 0, +-1, +-2. With 64 channels the largest error, relative to the largest result, is then
 * 1.0e-6 (5e-6 with the paper's), with m = 2 and 0, +-1 it is 3e-7; a plain sum has 6e-7. Larger tiles lose too much.
 *
 * A NaN or an infinity in the image reaches the whole tile, and numbers within a factor of 40 of the largest float can overflow. */
#ifndef KERNELS_HOT_WINOGRAD_F32_H
#define KERNELS_HOT_WINOGRAD_F32_H

#include <stdbool.h>
#include <stdint.h>

#include "kernels/hot/epilogue.h"

/* Input points of the largest tile in each direction. */
enum { WINOGRAD_POINTS = 6 };

/* A convolution with strides of 1 of images with their channels last, cut into tiles: those of an image row by row, then those of the next image.
 *   side                   m, 2 or 4: output points of a tile in each direction
 *   height, width          of an image
 *   top, left              padding
 *   out_height, out_width  output points of an image
 *   depth, columns         channels of the image and of the output
 *   in_run                 weights are those of the plain sum, packed with 9 taps (pack_f32.h), and transformed in float for each block of tiles */
struct winograd {
    size_t side, height, width, top, left, out_height, out_width, depth, columns;
    bool in_run;
};

/* Tiles of one image. */
size_t winograd_tiles(const struct winograd *g);

/* Floats of the weights in packed form: a panel-packed matrix (gemm_f32.h) for each of (side + 2)^2 points. */
size_t winograd_weights(size_t side, size_t depth, size_t columns);

/* Pack weights [columns][depth][3][3]. Columns first .. first + count, `source` points to the first of them; the panels' tails must hold zeros. */
void winograd_pack_f32(size_t side, const float *source, size_t first, size_t count, size_t depth, size_t columns,
                       float *packed);

/* Most tiles that winograd_f32 does at once, and the floats that it works in. */
size_t winograd_block(const struct winograd *g);
uint64_t winograd_scratch(const struct winograd *g);

/* The tensors of a convolution: x and z whole, packed weights, `depth` zeros, and what is done to z besides. */
struct winograd_tensors {
    const float *x, *weights, *zeros;
    float *z;
    struct epilogue e;
};

/* Tiles first .. first + count, count at most winograd_block, and of those the columns from .. to; `from` is a multiple of PANEL. */
struct winograd_part {
    size_t first, count, from, to;
};

void winograd_f32(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                  float *scratch);

#endif
