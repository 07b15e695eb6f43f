/* axis.h - a tensor seen along one axis. */
#ifndef OPS_AXIS_H
#define OPS_AXIS_H

#include "ops/op.h"

/* [outer, n, inner]; outer is 0 where there is nothing to do. */
struct axis_view {
    size_t outer, n, inner;
};

static inline struct axis_view view_along(const struct msw_type *x, int32_t axis) {
    return (struct axis_view){.outer = type_elements(x) ? type_extent(x, 0, axis) : 0,
                              .n = (size_t)x->dims[axis],
                              .inner = type_extent(x, axis + 1, x->rank)};
}

#endif
