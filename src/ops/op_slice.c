/* op_slice.c - StridedSlice and Slice: a walk through part of the input, in steps that may run backwards. */
#include "ops/rows.h"
#include "ops/walks.h"

static int64_t clamp(int64_t v, int64_t low, int64_t high) {
    return v < low ? low : v > high ? high : v;
}

/* Elements begin, begin + stride ... before end, of an axis of `size`; negative positions count from the end, all are cut to the axis. */
static void take_range(int64_t begin, int64_t end, int64_t stride, bool from_edge, bool to_edge, int64_t size,
                       int64_t *first, int64_t *count) {
    const int64_t low = stride > 0 ? 0 : -1, high = stride > 0 ? size : size - 1;
    stride = clamp(stride, -INT32_MAX, INT32_MAX);
    begin = from_edge ? (stride > 0 ? low : high) : clamp(begin < 0 ? begin + size : begin, low, high);
    end = to_edge ? (stride > 0 ? high : low) : clamp(end < 0 ? end + size : end, low, high);
    const int64_t reach = stride > 0 ? end - begin : begin - end;
    *count = reach <= 0 ? 0 : (reach - 1) / (stride > 0 ? stride : -stride) + 1;
    *first = *count ? begin : 0;
}

struct slice_spec {
    int64_t begin[MSW_MAX_RANK], end[MSW_MAX_RANK], stride[MSW_MAX_RANK];
    int32_t count;
    uint64_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
};

static bool read_slice(const struct op_site *site, struct slice_spec *s, struct error *err) {
    int32_t ends, strides;
    const struct attr *axes = site_attr(site, "axis");
    if (!site_known_ints(site, 1, "begin", MSW_MAX_RANK, s->begin, &s->count, err) ||
        !site_known_ints(site, 2, "end", MSW_MAX_RANK, s->end, &ends, err) ||
        (site->input_count > 3 && !site_known_ints(site, 3, "list of strides", MSW_MAX_RANK, s->stride, &strides, err)))
        return false;
    for (strides = site->input_count > 3 ? strides : 0; site->input_count == 3 && strides < s->count; strides++)
        s->stride[strides] = 1;
    s->begin_mask = (uint64_t)site_int(site, "begin_mask", 0);
    s->end_mask = (uint64_t)site_int(site, "end_mask", 0);
    s->ellipsis_mask = (uint64_t)site_int(site, "ellipsis_mask", 0);
    s->new_axis_mask = (uint64_t)site_int(site, "new_axis_mask", 0);
    s->shrink_mask = (uint64_t)site_int(site, "shrink_axis_mask", 0);
    if (ends != s->count || strides != s->count)
        return error_set(err, MSW_INVALID, "begin, end and strides must be of one length, got %d, %d and %d", s->count,
                         ends, strides);
    if (axes->given && axes->count != s->count)
        return error_set(err, MSW_INVALID, "axis must have as many numbers as begin, %d, got %d", s->count,
                         axes->count);
    return true;
}

/* One number of begin, end and strides, for axis `axis` of the input. */
static bool slice_axis(const struct op_site *site, const struct slice_spec *s, int32_t i, int32_t axis,
                       const struct walk *x, struct walk *w, struct error *err) {
    const int64_t size = x->dims[axis], stride = s->stride[i];
    const bool from_edge = s->begin_mask >> i & 1;
    int64_t first, count;
    if (stride == 0)
        return error_set(err, MSW_INVALID, "strides[%d] is 0", i);
    if (s->shrink_mask >> i & 1) { /* one position, and the axis goes */
        const int64_t at = from_edge ? 0 : s->begin[i] < 0 ? s->begin[i] + size : s->begin[i];
        if (at < 0 || at >= size || stride < 0)
            return error_set(err, MSW_INVALID, "begin[%d] is %l with stride %l, for one position of the %l of %x", i,
                             s->begin[i], stride, size, &site->inputs[0]);
        w->first += (size_t)at * (size_t)x->steps[axis];
        return true;
    }
    take_range(s->begin[i], s->end[i], stride, from_edge, s->end_mask >> i & 1, size, &first, &count);
    w->first += (size_t)first * (size_t)x->steps[axis];
    walk_axis(w, count, count > 1 ? (ptrdiff_t)stride * x->steps[axis] : 0);
    return true;
}

/* With attribute axis, number i of begin, end and strides is for axis axis[i]; the others stay whole. */
static bool walk_named_axes(const struct op_site *site, const struct slice_spec *s, const struct walk *x,
                            struct walk *z, struct error *err) {
    const int64_t *axes = site_attr(site, "axis")->ints;
    int32_t number[MSW_MAX_RANK];
    for (int32_t i = 0; i < x->rank; i++)
        number[i] = -1;
    for (int32_t i = 0; i < s->count; i++) {
        const int64_t axis = axes[i] < 0 ? axes[i] + x->rank : axes[i];
        if (axis < 0 || axis >= x->rank || number[axis] >= 0)
            return error_set(err, MSW_INVALID, "axis[%d] is %l: axis must hold axes of %x, each once", i, axes[i],
                             &site->inputs[0]);
        number[axis] = i;
    }
    for (int32_t axis = 0; axis < x->rank; axis++) {
        if (number[axis] < 0)
            walk_axis(z, x->dims[axis], x->steps[axis]);
        else if (!slice_axis(site, s, number[axis], axis, x, z, err))
            return false;
    }
    return true;
}

bool walk_strided_slice(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z,
                        struct error *err) {
    struct slice_spec s;
    (void)output;
    if (!read_slice(site, &s, err))
        return false;
    int32_t taken = 0, ellipses = 0, axis = 0;
    for (int32_t i = 0; i < s.count; i++) {
        ellipses += (int32_t)(s.ellipsis_mask >> i & 1);
        taken += !((s.ellipsis_mask | s.new_axis_mask) >> i & 1);
    }
    if (ellipses > 1 || taken > x->rank)
        return error_set(err, MSW_INVALID, "%d positions and %d ellipses do not fit %x", taken, ellipses,
                         &site->inputs[0]);
    *z = (struct walk){.first = x->first};
    if (site_attr(site, "axis")->given)
        return walk_named_axes(site, &s, x, z, err);
    for (int32_t i = 0; i < s.count; i++) {
        if (s.ellipsis_mask >> i & 1) {
            for (const int32_t end = axis + x->rank - taken; axis < end; axis++)
                walk_axis(z, x->dims[axis], x->steps[axis]);
        } else if (s.new_axis_mask >> i & 1) {
            walk_axis(z, 1, 0);
        } else if (!slice_axis(site, &s, i, axis++, x, z, err)) {
            return false;
        }
    }
    for (; axis < x->rank; axis++)
        walk_axis(z, x->dims[axis], x->steps[axis]);
    return z->rank <= MSW_MAX_RANK || error_set(err, MSW_INVALID, "the result would have %d dims", z->rank);
}

OP_CHECK(strided_slice) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    if (!walk_strided_slice(site, 0, &x, &w, err))
        return false;
    site->outputs[0] = walk_type(site, &w);
    return true;
}

OP_VIEW(strided_slice) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    struct error ignored;
    (void)output;
    error_clear(&ignored);
    return walk_strided_slice(site, 0, &x, &w, &ignored) && walk_is_view(&w, first);
}

OP_PREPARE(strided_slice) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    return walk_strided_slice(site, 0, &x, &w, err) && walk_step(site, &w, step, arena, err);
}

/* From begin, size elements along each axis; -1: all that follow. */
bool walk_slice(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z, struct error *err) {
    const struct msw_type *type = &site->inputs[0];
    int64_t begin[MSW_MAX_RANK], size[MSW_MAX_RANK];
    int32_t begins, sizes;
    (void)output;
    if (!site_known_ints(site, 1, "begin", MSW_MAX_RANK, begin, &begins, err) ||
        !site_known_ints(site, 2, "size", MSW_MAX_RANK, size, &sizes, err))
        return false;
    if (begins != x->rank || sizes != x->rank)
        return error_set(err, MSW_INVALID, "begin and size must have %d numbers for %x, got %d and %d", x->rank, type,
                         begins, sizes);
    *z = (struct walk){.first = x->first};
    for (int32_t i = 0; i < x->rank; i++) {
        if (begin[i] < 0 || begin[i] > x->dims[i] || size[i] < -1 || size[i] > x->dims[i] - begin[i])
            return error_set(err, MSW_INVALID, "begin[%d] is %l and size[%d] is %l, for %d of %x", i, begin[i], i,
                             size[i], x->dims[i], type);
        const int64_t count = size[i] == -1 ? x->dims[i] - begin[i] : size[i];
        z->first += count ? (size_t)begin[i] * (size_t)x->steps[i] : 0;
        walk_axis(z, count, x->steps[i]);
    }
    return true;
}

OP_CHECK(slice) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    if (!walk_slice(site, 0, &x, &w, err))
        return false;
    site->outputs[0] = walk_type(site, &w);
    return true;
}

OP_PREPARE(slice) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    return walk_slice(site, 0, &x, &w, err) && walk_step(site, &w, step, arena, err);
}

OP_VIEW(slice) {
    const struct walk x = walk_dense(&site->inputs[0]);
    struct walk w;
    struct error ignored;
    (void)output;
    error_clear(&ignored);
    return walk_slice(site, 0, &x, &w, &ignored) && walk_is_view(&w, first);
}
