/* walks.h - operators that only move elements, as walks: where in the memory of input 0 each output is to be found, without a copy. */
#ifndef OPS_WALKS_H
#define OPS_WALKS_H

#include "ops/boxes.h"

/* A dense tensor as it lies. */
struct walk walk_dense(const struct msw_type *x);

/* Where output `output` of a use that check accepts lies, if input 0 lies as x. False with err: check would refuse it. */
typedef bool walk_of_output(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z,
                            struct error *err);

walk_of_output walk_transpose, walk_strided_slice, walk_slice, walk_split;

/* The same for any operator. False: its outputs are not elements of input 0 in other places, or no steps can tell those places. */
bool site_walk(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z);

#endif
