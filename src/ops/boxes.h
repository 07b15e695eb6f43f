/* boxes.h - steps that only move elements: a list of boxes, each from somewhere in an input to somewhere in an output. */
#ifndef OPS_BOXES_H
#define OPS_BOXES_H

#include "kernels/move.h"
#include "ops/op.h"

/* One box with its first elements: x_at in input `from`, z_at in output `to`. */
struct placed_box {
    uint32_t from, to;
    size_t x_at, z_at;
    struct box box;
};

/* Steps in elements of the axes of a dense tensor. */
void dense_steps(const struct msw_type *type, ptrdiff_t steps[MSW_MAX_RANK]);

/* The box of `rank` axes, outermost first. False: a dim is 0, there is nothing to move. */
bool box_of_axes(int32_t rank, const int32_t *dims, const ptrdiff_t *x_steps, const ptrdiff_t *z_steps,
                 struct box *box);

/* A step that moves `count` boxes of elements of the data type of output 0; the list is copied. */
bool boxes_step(const struct op_site *site, const struct placed_box *boxes, size_t count, struct step *step,
                struct arena *arena, struct error *err);

/* Copy output 0 from input 0, element by element in order: for views that a plan makes a step of all the same. */
bool copy_step(const struct op_site *site, struct step *step, struct arena *arena, struct error *err);

/* How a dense output is found in input 0: its axes with the steps that they have there, beginning at element `first`. */
struct walk {
    int32_t rank;
    int32_t dims[BOX_MAX_LOOPS];
    ptrdiff_t steps[BOX_MAX_LOOPS];
    size_t first;
};

/* One more axis, inside of those that are there. */
void walk_axis(struct walk *walk, int64_t dim, ptrdiff_t step);

/* The output's type, where each axis of the walk is one of its dims. */
struct msw_type walk_type(const struct op_site *site, const struct walk *walk);

bool walk_step(const struct op_site *site, const struct walk *walk, struct step *step, struct arena *arena,
               struct error *err);

/* True when it passes elements of the input that lie one behind the other, in their order, from *first on. */
bool walk_is_view(const struct walk *walk, size_t *first);

/* Input `input` as whole numbers known before the run, written to ints, which has room for `most`. False with err: it is no int32[n] or int64[n]
 * with n <= most, or only the run tells. */
bool site_known_ints(const struct op_site *site, uint32_t input, const char *what, int32_t most, int64_t *ints,
                     int32_t *count, struct error *err);

/* Axis `axis` of a tensor of that rank as it lies here: with attribute channels_last, an axis of [N, C, ...] is looked up in [N, ..., C]. */
int32_t site_layout_axis(const struct op_site *site, int32_t axis, int32_t rank);

#endif
