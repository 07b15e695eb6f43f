/* conv_blocks.h - a convolution cut into blocks of output points, each of which is a matrix product over rows found through pointers
 * (kernels/hot/gemm_f32.h). */
#ifndef OPS_CONV_BLOCKS_H
#define OPS_CONV_BLOCKS_H

#include "ops/window.h"

/* How it is cut; all sizes in floats.
 *   padded        windows reach into the padding: a block copies what it sees of the image, with zeros around it, so that every tap lies at the same
 *                 place seen from its point; but where windows have gaps in them or between them (`sparse`), so that the copy would be large and hardly
 *                 read, taps in the padding are one pixel of zeros
 *   joined        the taps of one row of a window lie side by side, and are one tap of `depth` numbers
 *   taps, depth   of the product, for one group
 *   rows, width   output points of a block; those at the end of the image may have fewer
 *   band          that copy, or that pixel */
struct conv_blocks {
    struct window window;
    bool padded, sparse, joined;
    size_t taps, depth, group_depth;
    int32_t rows, width, down, across;
    size_t count;
    uint64_t band; /* not checked yet: a single block may be more than there is memory */
};

/* Where a block's points begin, and how many there are: at most blocks->rows, and blocks->width a row. */
struct conv_place {
    int32_t n, z, y, x, rows, width;
};

/* One block.
 *   points  how many output points it has; they lie one after the other
 *   first   which is the first of them, of all the points of the batch */
struct conv_block {
    size_t points, first;
};

/* wanted: how many blocks there should be, so that all threads have something to do. */
void conv_blocks_make(const struct window *w, size_t groups, size_t wanted, struct conv_blocks *blocks);

/* Every point sees itself alone: the points are the rows of one matrix, and blocks are not needed. */
bool conv_blocks_flat(const struct conv_blocks *blocks, size_t groups);

/* Most points of a block. */
size_t conv_blocks_points(const struct conv_blocks *blocks);

struct conv_place conv_block_place(const struct conv_blocks *blocks, size_t index);

/* Find a block: pointers[t * points + r] is what tap t of point r sees of the first group.
 *   image   of the batch, channels last
 *   band    room for blocks->band floats */
struct conv_block conv_block_find(const struct conv_blocks *blocks, const struct conv_place *place, const float *image,
                                  float *band, const float **pointers);

#endif
