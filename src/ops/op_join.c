/* op_join.c - tensors put together along an axis and taken apart again: Concat, Stack, Split, Unstack. */
#include "ops/rows.h"
#include "ops/walks.h"

/* Axis attribute, counted in the model's layout, as the axis where it lies here. */
static bool join_axis(const struct op_site *site, int32_t rank, int32_t *axis, struct error *err) {
    if (!site_axis(site, "axis", 0, rank, axis, err))
        return false;
    if (op_attr_index(site->op, "channels_last") >= 0)
        *axis = site_layout_axis(site, *axis, rank);
    return true;
}

/* Part of a whole along an axis: `size` of its `whole` elements there, beginning at `at`. inner: elements behind each of them. */
struct part {
    size_t outer, inner, whole, size, at;
};

static struct placed_box part_to_whole(const struct part *p, uint32_t from) {
    struct placed_box b = {.from = from, .z_at = p->at * p->inner};
    box_add(&b.box, p->size * p->inner, 1, 1);
    box_add(&b.box, p->outer, (ptrdiff_t)(p->size * p->inner), (ptrdiff_t)(p->whole * p->inner));
    return b;
}

static struct placed_box whole_to_part(const struct part *p, uint32_t to) {
    struct placed_box b = {.to = to, .x_at = p->at * p->inner};
    box_add(&b.box, p->size * p->inner, 1, 1);
    box_add(&b.box, p->outer, (ptrdiff_t)(p->whole * p->inner), (ptrdiff_t)(p->size * p->inner));
    return b;
}

OP_CHECK(concat) {
    const struct msw_type *first = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    int32_t axis;
    if (!join_axis(site, first->rank, &axis, err))
        return false;
    *z = *first;
    int64_t size = 0;
    for (uint32_t i = 0; i < site->input_count; i++) {
        struct msw_type x = site->inputs[i];
        const bool fits = x.dtype == z->dtype && x.rank == z->rank;
        size += fits ? x.dims[axis] : 0;
        if (fits)
            x.dims[axis] = z->dims[axis];
        if (!fits || !type_same_shape(&x, z))
            return error_set(err, MSW_INVALID, "%t and %t cannot be joined along axis %d", first, &site->inputs[i],
                             axis);
    }
    if (size > INT32_MAX)
        return error_set(err, MSW_LIMIT, "the result would have %l elements along axis %d", size, axis);
    z->dims[axis] = (int32_t)size;
    return true;
}

OP_PREPARE(concat) {
    const struct msw_type *z = &site->outputs[0];
    int32_t axis;
    size_t count = 0;
    struct placed_box *boxes = arena_alloc(arena, site->input_count, sizeof *boxes, err);
    if (!boxes || !join_axis(site, z->rank, &axis, err))
        return false;
    struct part p = {
        .outer = type_extent(z, 0, axis), .inner = type_extent(z, axis + 1, z->rank), .whole = (size_t)z->dims[axis]};
    for (uint32_t i = 0; i < site->input_count; i++, p.at += p.size) {
        p.size = (size_t)site->inputs[i].dims[axis];
        if (type_elements(&site->inputs[i]) > 0)
            boxes[count++] = part_to_whole(&p, i);
    }
    return boxes_step(site, boxes, count, step, arena, err);
}

OP_CHECK(stack) {
    const struct msw_type *x = &site->inputs[0];
    struct msw_type *z = &site->outputs[0];
    int32_t axis;
    if (x->rank == MSW_MAX_RANK)
        return error_set(err, MSW_INVALID, "%t has no room for another dim: %d is the most", x, MSW_MAX_RANK);
    if (!join_axis(site, x->rank + 1, &axis, err))
        return false;
    for (uint32_t i = 1; i < site->input_count; i++)
        if (site->inputs[i].dtype != x->dtype || !type_same_shape(&site->inputs[i], x))
            return error_set(err, MSW_INVALID, "%t and %t cannot be stacked: they must be of one type", x,
                             &site->inputs[i]);
    *z = (struct msw_type){.dtype = x->dtype, .rank = x->rank + 1};
    for (int32_t i = 0; i < z->rank; i++)
        z->dims[i] = i < axis ? x->dims[i] : i == axis ? (int32_t)site->input_count : x->dims[i - 1];
    return true;
}

OP_PREPARE(stack) {
    const struct msw_type *x = &site->inputs[0], *z = &site->outputs[0];
    int32_t axis;
    struct placed_box *boxes = arena_alloc(arena, site->input_count, sizeof *boxes, err);
    if (!boxes || !join_axis(site, z->rank, &axis, err))
        return false;
    struct part p = {.outer = type_extent(z, 0, axis),
                     .inner = type_extent(z, axis + 1, z->rank),
                     .whole = site->input_count,
                     .size = 1};
    for (uint32_t i = 0; i < site->input_count; i++, p.at++)
        boxes[i] = part_to_whole(&p, i);
    return boxes_step(site, boxes, type_elements(x) > 0 ? site->input_count : 0, step, arena, err);
}

/* Sizes of the parts: attribute sizes, or all equal. */
static bool part_size(const struct op_site *site, const struct msw_type *x, int32_t axis, uint32_t i, int64_t *size,
                      struct error *err) {
    const struct attr *sizes = site_attr(site, "sizes");
    const int64_t count = site->output_count;
    const int64_t whole = x->dims[axis], part = (whole + count - 1) / count, left = whole - part * i;
    if (!sizes->given && site_int(site, "uneven", 0)) { /* the last ones may be smaller */
        *size = left < 0 ? 0 : left < part ? left : part;
        return true;
    }
    if (!sizes->given && x->dims[axis] % count != 0)
        return error_set(err, MSW_INVALID, "the %d elements of axis %d of %x cannot be split into %l equal parts",
                         x->dims[axis], axis, x, count);
    if (sizes->given && sizes->count != count)
        return error_set(err, MSW_INVALID, "sizes must have %l numbers, got %d", count, sizes->count);
    *size = sizes->given ? sizes->ints[i] : x->dims[axis] / count;
    return (*size >= 0 && *size <= x->dims[axis]) ||
           error_set(err, MSW_INVALID, "sizes[%d] is %l, of %d", (int32_t)i, *size, x->dims[axis]);
}

OP_CHECK(split) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    int64_t sum = 0;
    if (!join_axis(site, x->rank, &axis, err))
        return false;
    for (uint32_t i = 0; i < site->output_count; i++) {
        int64_t size = 0;
        if (!part_size(site, x, axis, i, &size, err))
            return false;
        site->outputs[i] = *x;
        site->outputs[i].dims[axis] = (int32_t)size;
        sum += size;
    }
    return sum == x->dims[axis] ||
           error_set(err, MSW_INVALID, "sizes sum up to %l, axis %d of %x has %d", sum, axis, x, x->dims[axis]);
}

/* Of Split, and of Unstack, whose parts are one element wide and lack the axis. */
bool walk_split(const struct op_site *site, uint32_t output, const struct walk *x, struct walk *z, struct error *err) {
    const bool keeps_axis = site->outputs[output].rank == x->rank;
    int32_t axis;
    int64_t size = 1;
    if (!join_axis(site, x->rank, &axis, err))
        return false;
    *z = (struct walk){.first = x->first};
    for (uint32_t i = 0; i <= output; i++) {
        if (keeps_axis && !part_size(site, &site->inputs[0], axis, i, &size, err))
            return false;
        z->first += i < output ? (size_t)size * (size_t)x->steps[axis] : 0;
    }
    for (int32_t i = 0; i < x->rank; i++)
        if (i != axis || keeps_axis)
            walk_axis(z, i == axis ? size : x->dims[i], x->steps[i]);
    return true;
}

/* Parts along the first axis that has more than one element lie one behind the other. */
static bool parts_are_views(const struct op_site *site) {
    int32_t axis;
    struct error ignored;
    error_clear(&ignored);
    if (!join_axis(site, site->inputs[0].rank, &axis, &ignored))
        return false;
    return type_extent(&site->inputs[0], 0, axis) == 1;
}

OP_VIEW(split) {
    (void)output, (void)first;
    return parts_are_views(site);
}

OP_PREPARE(split) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    size_t count = 0;
    struct placed_box *boxes = arena_alloc(arena, site->output_count, sizeof *boxes, err);
    if (!boxes || !join_axis(site, x->rank, &axis, err))
        return false;
    struct part p = {
        .outer = type_extent(x, 0, axis), .inner = type_extent(x, axis + 1, x->rank), .whole = (size_t)x->dims[axis]};
    for (uint32_t i = 0; i < site->output_count; i++, p.at += p.size) {
        p.size = (size_t)site->outputs[i].dims[axis];
        if (type_elements(&site->outputs[i]) > 0)
            boxes[count++] = whole_to_part(&p, i);
    }
    return boxes_step(site, boxes, count, step, arena, err);
}

OP_CHECK(unstack) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    if (!join_axis(site, x->rank, &axis, err))
        return false;
    if (x->dims[axis] != (int64_t)site->output_count)
        return error_set(err, MSW_INVALID, "axis %d of %x has %d elements, the outputs are %d", axis, x, x->dims[axis],
                         (int32_t)site->output_count);
    struct msw_type z = {.dtype = x->dtype};
    for (int32_t i = 0; i < x->rank; i++)
        if (i != axis)
            z.dims[z.rank++] = x->dims[i];
    for (uint32_t i = 0; i < site->output_count; i++)
        site->outputs[i] = z;
    return true;
}

OP_VIEW(unstack) {
    (void)output, (void)first;
    return parts_are_views(site);
}

OP_PREPARE(unstack) {
    const struct msw_type *x = &site->inputs[0];
    int32_t axis;
    struct placed_box *boxes = arena_alloc(arena, site->output_count, sizeof *boxes, err);
    if (!boxes || !join_axis(site, x->rank, &axis, err))
        return false;
    struct part p = {.outer = type_extent(x, 0, axis),
                     .inner = type_extent(x, axis + 1, x->rank),
                     .whole = (size_t)x->dims[axis],
                     .size = 1};
    for (uint32_t i = 0; i < site->output_count; i++, p.at++)
        boxes[i] = whole_to_part(&p, i);
    return boxes_step(site, boxes, type_elements(x) > 0 ? site->output_count : 0, step, arena, err);
}
