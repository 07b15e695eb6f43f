/* broadcast.h - two shapes broadcast to one, as few nested loops as possible. */
#ifndef OPS_BROADCAST_H
#define OPS_BROADCAST_H

#include "base/type.h"

/* Loop i runs dims[i] times; a turn moves x by x_steps[i] elements and y by y_steps[i]. The last loop is the innermost. */
struct broadcast {
    size_t loops;
    size_t dims[MSW_MAX_RANK], x_steps[MSW_MAX_RANK], y_steps[MSW_MAX_RANK];
};

/* The loops over the first `rank` dims of z for x and y aligned at the end of those dims, where the elements behind them are x_unit and y_unit
 * apart. At least one loop; the innermost has steps of 0 or the unit. x_rank, y_rank are the ranks that count of x and y. */
void broadcast_make(const int32_t *x, int32_t x_rank, size_t x_unit, const int32_t *y, int32_t y_rank, size_t y_unit,
                    const int32_t *z, int32_t rank, struct broadcast *b);

/* Position in the loops 0 .. loops. All zeros is the start. */
struct broadcast_at {
    size_t index[MSW_MAX_RANK];
    size_t x, y; /* offsets in elements */
};

/* The next turn of the first `loops` loops. False: the last turn was the end. */
bool broadcast_next(const struct broadcast *b, size_t loops, struct broadcast_at *at);

/* An operand of a matrix product: a vector is one row on the left, one column on the right; anything else stays as it is. */
struct msw_type broadcast_as_matrix(const struct msw_type *x, bool left);

#endif
