/* op_move.c - operators whose output is one walk through the whole input along other steps: Transpose, ReverseV2, BroadcastTo, Tile. */
#include "ops/rows.h"
#include "ops/walks.h"

/* Transpose */

/* From axis i of the output to the axis of the input: attribute perm, or all axes backwards. An axis below 0 counts from the end. */
static int32_t source_axis(const struct op_site *site, int32_t i) {
    const int32_t rank = site->inputs[0].rank;
    const int32_t axis = site_int_at(site, "perm", i, rank - 1 - i);
    return axis < 0 ? axis + rank : axis;
}

static bool check_perm(const struct op_site *site, struct error *err) {
    const struct attr *perm = site_attr(site, "perm");
    const struct msw_type *x = &site->inputs[0];
    uint32_t seen = 0;
    if (perm->given && perm->count != x->rank)
        return error_set(err, MSW_INVALID, "perm must have %d numbers for %t, got %d", x->rank, x, perm->count);
    for (int32_t i = 0; perm->given && i < x->rank; i++) {
        const int64_t axis = perm->ints[i] < 0 ? perm->ints[i] + x->rank : perm->ints[i];
        if (axis < 0 || axis >= x->rank || (seen >> axis & 1))
            return error_set(err, MSW_INVALID, "perm[%d] is %l: perm must hold each axis of %t once", i, perm->ints[i],
                             x);
        seen |= 1u << axis;
    }
    return true;
}

bool walk_transpose(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z,
                    struct error *err) {
    (void)output;
    if (!check_perm(site, err))
        return false;
    *z = (struct walk){.first = x->first};
    for (int32_t i = 0; i < x->rank; i++)
        walk_axis(z, x->dims[source_axis(site, i)], x->steps[source_axis(site, i)]);
    return true;
}

OP_CHECK(transpose) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    if (!walk_transpose(site, 0, &x, &w, err))
        return false;
    site->outputs[0] = walk_type(site, &w);
    return true;
}

/* Dims larger than 1 keep their order: the elements lie as before. */
OP_VIEW(transpose) {
    (void)output, (void)first;
    const struct msw_type *x = &site->inputs[0];
    int32_t last = -1;
    for (int32_t i = 0; i < x->rank; i++) {
        const int32_t from = source_axis(site, i);
        if (x->dims[from] == 1)
            continue;
        if (from < last)
            return false;
        last = from;
    }
    return true;
}

OP_PREPARE(transpose) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    return walk_transpose(site, 0, &x, &w, err) && walk_step(site, &w, step, arena, err);
}

/* ReverseV2 */

static bool walk_reverse(const struct op_site *site, struct walk *w, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const struct attr *axes = site_attr(site, "axis");
    ptrdiff_t steps[MSW_MAX_RANK];
    dense_steps(x, steps);
    *w = (struct walk){0};
    for (int32_t i = 0; i < x->rank; i++)
        walk_axis(w, x->dims[i], steps[i]);
    uint32_t seen = 0;
    for (int32_t i = 0; i < axes->count; i++) {
        const int64_t axis = axes->ints[i] < 0 ? axes->ints[i] + x->rank : axes->ints[i];
        if (axis < 0 || axis >= x->rank || (seen >> axis & 1))
            return error_set(err, MSW_INVALID, "axis[%d] is %l: axis must hold axes of %t, each once", i, axes->ints[i],
                             x);
        seen |= 1u << axis;
        if (type_elements(x) > 0)
            w->first += (size_t)((x->dims[axis] - 1) * w->steps[axis]);
        w->steps[axis] = -w->steps[axis];
    }
    return true;
}

OP_CHECK(reverse) {
    struct walk w;
    site->outputs[0] = site->inputs[0];
    return walk_reverse(site, &w, err);
}

OP_PREPARE(reverse) {
    struct walk w;
    return walk_reverse(site, &w, err) && walk_step(site, &w, step, arena, err);
}

/* BroadcastTo and Tile */

/* The shape that input and `dims` are both broadcast to: a 1 of either gives way. */
static bool meet_shape(const struct msw_type *x, int64_t dims[MSW_MAX_RANK], int32_t *count, struct error *err) {
    struct msw_type wanted = {.rank = *count}, met = {0};
    for (int32_t i = 0; i < *count; i++) {
        if (dims[i] < 0 || dims[i] > INT32_MAX)
            return error_set(err, MSW_INVALID, "dim %d of the shape is %l", i, dims[i]);
        wanted.dims[i] = (int32_t)dims[i];
    }
    if (!type_broadcast(x, &wanted, &met))
        return error_set(err, MSW_INVALID, "shapes %x and %x cannot be broadcast to one", x, &wanted);
    *count = met.rank;
    for (int32_t i = 0; i < met.rank; i++)
        dims[i] = met.dims[i];
    return true;
}

/* -1 keeps a dim of the input. */
static bool walk_broadcast(const struct op_site *site, struct walk *w, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    ptrdiff_t steps[MSW_MAX_RANK];
    int64_t dims[MSW_MAX_RANK];
    int32_t count;
    if (!site_known_ints(site, 1, "shape", MSW_MAX_RANK, dims, &count, err))
        return false;
    if (site_int(site, "two_way", 0) && !meet_shape(x, dims, &count, err))
        return false;
    if (count < x->rank)
        return error_set(err, MSW_INVALID, "%x has more dims than the %d of the new shape", x, count);
    dense_steps(x, steps);
    *w = (struct walk){0};
    for (int32_t i = 0; i < count; i++) {
        const int32_t axis = i - (count - x->rank);
        const int64_t size = axis < 0 ? 1 : x->dims[axis];
        const int64_t dim = dims[i] == -1 && axis >= 0 ? size : dims[i];
        if (dim < 0 || dim > INT32_MAX || (dim != size && size != 1))
            return error_set(err, MSW_INVALID, "dim %d of the new shape is %l, for %l of %x", i, dims[i], size, x);
        walk_axis(w, dim, dim == size && axis >= 0 ? steps[axis] : 0);
    }
    return true;
}

OP_CHECK(broadcast_to) {
    struct walk w;
    if (!walk_broadcast(site, &w, err))
        return false;
    site->outputs[0] = walk_type(site, &w);
    return true;
}

OP_VIEW(broadcast_to) {
    (void)output, (void)first;
    return type_elements(&site->outputs[0]) == type_elements(&site->inputs[0]);
}

OP_PREPARE(broadcast_to) {
    struct walk w;
    return walk_broadcast(site, &w, err) && walk_step(site, &w, step, arena, err);
}

/* How often the input is repeated along axis i of the output, where either may have more axes than the other; and the input's size there. */
struct repeats {
    int32_t rank;
    int64_t times[MSW_MAX_RANK];
    int32_t size[MSW_MAX_RANK];
};

static bool read_repeats(const struct op_site *site, struct repeats *r, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    int64_t times[MSW_MAX_RANK];
    int32_t count;
    if (!site_known_ints(site, 1, "list of multiples", MSW_MAX_RANK, times, &count, err))
        return false;
    r->rank = count > x->rank ? count : x->rank;
    for (int32_t i = 0; i < r->rank; i++) {
        const int32_t axis = i - (r->rank - x->rank), at = i - (r->rank - count);
        r->size[i] = axis < 0 ? 1 : x->dims[axis];
        r->times[i] = at < 0 ? 1 : times[at];
        if (r->times[i] < 0 || r->times[i] > INT32_MAX || r->times[i] * r->size[i] > INT32_MAX)
            return error_set(err, MSW_INVALID, "a dim of %d cannot be repeated %l times", r->size[i], r->times[i]);
    }
    return true;
}

OP_CHECK(tile) {
    struct repeats r;
    struct msw_type *z = &site->outputs[0];
    if (!read_repeats(site, &r, err))
        return false;
    *z = (struct msw_type){.dtype = site->inputs[0].dtype, .rank = r.rank};
    for (int32_t i = 0; i < r.rank; i++)
        z->dims[i] = (int32_t)(r.times[i] * r.size[i]);
    return true;
}

OP_PREPARE(tile) {
    struct repeats r;
    struct walk w = {0};
    if (!read_repeats(site, &r, err))
        return false;
    ptrdiff_t steps[MSW_MAX_RANK], unit = 1;
    for (int32_t i = r.rank; i-- > 0; unit *= r.size[i])
        steps[i] = unit;
    for (int32_t i = 0; i < r.rank; i++) {
        walk_axis(&w, r.times[i], 0);
        walk_axis(&w, r.size[i], steps[i]);
    }
    return walk_step(site, &w, step, arena, err);
}
