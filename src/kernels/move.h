/* move.h - kernels that move elements without looking at them. */
#ifndef KERNELS_MOVE_H
#define KERNELS_MOVE_H

#include <stddef.h>

/* Twice the rank of a tensor: Tile walks through each axis of its input and, outside of that, through the copies. */
enum { BOX_MAX_LOOPS = 16 };

/* A box of elements: nested loops, the innermost first. A turn of loop i moves x by x_steps[i] elements and z by z_steps[i]; steps may be 0 or below. */
struct box {
    size_t loops;
    size_t dims[BOX_MAX_LOOPS];
    ptrdiff_t x_steps[BOX_MAX_LOOPS], z_steps[BOX_MAX_LOOPS];
};

/* One more loop around those that are there; one of a single turn is left out, and one that continues the loop before it is joined to it. */
void box_add(struct box *box, size_t dim, ptrdiff_t x_step, ptrdiff_t z_step);

/* Copy the box from x to z, which are where its first element lies. No dim is 0.
 *   element   bytes of an element: 1, 2, 4 or 8 */
void move_box(const void *x, void *z, const struct box *box, size_t element);

#endif
