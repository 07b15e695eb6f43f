/* along.h - indices that each name an element of x along one axis, their own place being the element's along the others: GatherD reads there,
 * ScatterElements writes. */
#ifndef OPS_ALONG_H
#define OPS_ALONG_H

#include "ops/op.h"

/* Indices, or their shape.
 *   steps  of x, 0 along the axis    size, along  of the axis: how many elements it has, and the step from one to the next */
struct along {
    struct msw_type shape;
    ptrdiff_t steps[MSW_MAX_RANK];
    size_t elements, size, along;
    bool wide;
};

/* Where the next index is; zeros at first. */
struct along_at {
    int32_t index[MSW_MAX_RANK];
    ptrdiff_t from;
    size_t done;
};

/* A tensor of indices is int32 or int64. */
bool check_indices(const struct msw_type *indices, struct error *err);

/* Each index is one of -size .. size - 1. False with err. */
bool verify_range(const void *indices, bool wide, size_t n, int64_t size, struct error *err);

/* Whether input 1 names elements of input 0 along the attribute axis (default 0). */
bool along_check(const struct op_site *site, struct error *err);
bool along_make(const struct op_site *site, struct along *a, struct error *err);
bool along_verify(const struct along *a, const void *indices, struct error *err);

/* The element of x that the next index names. */
size_t along_next(const struct along *a, const void *indices, struct along_at *at);

#endif
