/* window.c - output size = (size + pads - dilation * (kernel - 1) - 1) / stride + 1, rounded down (ONNX Conv, MindSpore nn.Conv2d). */
#include "ops/window.h"

#include <stddef.h>

static const char *const direction[DIRECTIONS] = {"depth", "height", "width"};

/* Sums of a few numbers up to this, and of the size of an image, fit 32 bits. */
enum { LARGEST = INT32_MAX / 4 };

/* Every entry of an optional list of `count` numbers lies in lowest .. LARGEST. */
static bool check_list(const struct op_site *site, const char *name, int32_t count, int64_t lowest, struct error *err) {
    if (op_attr_index(site->op, name) < 0 || !site_attr(site, name)->given)
        return true;
    const struct attr *attr = site_attr(site, name);
    if (attr->count != count)
        return error_set(err, MSW_INVALID, "%s must have %d numbers, got %d", name, count, attr->count);
    for (int32_t i = 0; i < count; i++)
        if (attr->ints[i] < lowest || attr->ints[i] > LARGEST)
            return error_set(err, MSW_INVALID, "%s[%d] must be in %l..%d, got %l", name, i, lowest, LARGEST,
                             attr->ints[i]);
    return true;
}

int32_t window_directions(const struct op_site *site) {
    return site->op->flags & OP_VOLUME ? 3 : 2;
}

/* Number `index` of a list that the row may lack. */
static int32_t number_at(const struct op_site *site, const char *name, int32_t index, int32_t absent) {
    return op_attr_index(site->op, name) < 0 ? absent : site_int_at(site, name, index, absent);
}

static bool is_set(const struct op_site *site, const char *name) {
    return op_attr_index(site->op, name) >= 0 && site_int(site, name, 0) != 0;
}

/* How many windows lie in `room` more points than the first needs. ceil_mode: one more that begins in the image or before it. */
static int32_t count_windows(const struct window_axis *a, int64_t room, bool ceil_mode) {
    int64_t count = room / a->stride + 1;
    if (ceil_mode && room % a->stride != 0 && count * a->stride < (int64_t)a->size + a->pad_before)
        count++;
    return (int32_t)count;
}

/* Fills the padding and out; the rest is known. */
static bool place(const struct op_site *site, int32_t d, int64_t mode, struct window_axis *a, struct error *err) {
    const int64_t reach = window_reach(a);
    const int32_t index = d - (DIRECTIONS - window_directions(site));
    int64_t before = 0, after = 0;
    if (reach > LARGEST)
        return error_set(err, MSW_LIMIT, "a window of %l in %s is more than %d", reach, direction[d], LARGEST);
    if (mode == PAD_SAME || mode == PAD_SAME_LOWER) {
        const int64_t points = (a->size + (int64_t)a->stride - 1) / a->stride;
        const int64_t total = (points - 1) * a->stride + reach - a->size;
        before = total > 0 ? (total + (mode == PAD_SAME_LOWER)) / 2 : 0;
        after = total > 0 ? total - before : 0;
    } else if (mode == PAD_EXPLICIT) {
        before = number_at(site, "pads", 2 * index, 0);
        after = number_at(site, "pads", 2 * index + 1, 0);
    }
    const int64_t room = a->size + before + after - reach;
    if (a->size > 0 && room < 0)
        return error_set(err, MSW_INVALID, "a window of %l does not fit %s %d with padding %l and %l", reach,
                         direction[d], a->size, before, after);
    a->pad_before = (int32_t)before;
    a->pad_after = (int32_t)after;
    a->out = a->size == 0 ? 0 : count_windows(a, room, is_set(site, "ceil_mode"));
    return true;
}

/* Sizes, kernel, stride and dilation of the directions that the operator knows; depth is a single layer where it does not. */
static bool read_axes(const struct op_site *site, const int32_t *kernel, struct window *w, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const int32_t count = window_directions(site), last = is_set(site, "channels_last");
    int64_t points = 1;
    w->axis[DEPTH] = (struct window_axis){.size = 1, .kernel = 1, .stride = 1, .dilation = 1};
    for (int32_t i = 0; i < count; i++) {
        const int32_t d = DIRECTIONS - count + i;
        if (kernel[i] < 1 || kernel[i] > WINDOW_MAX_TAPS)
            return error_set(err, MSW_INVALID, "kernel %s must be in 1..%d, got %d", direction[d], WINDOW_MAX_TAPS,
                             kernel[i]);
        w->axis[d] = (struct window_axis){.size = x->dims[(last ? 1 : 2) + i],
                                          .kernel = kernel[i],
                                          .stride = number_at(site, "strides", i, 1),
                                          .dilation = number_at(site, "dilations", i, 1)};
        points *= kernel[i];
    }
    return points <= WINDOW_MAX_TAPS || error_set(err, MSW_LIMIT, "a window of %d x %d has more than %d points",
                                                  kernel[count - 2], kernel[count - 1], WINDOW_MAX_TAPS);
}

bool window_make(const struct op_site *site, const int32_t *kernel, struct window *w, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const int32_t count = window_directions(site);
    const int64_t mode = site_int(site, "pad_mode", PAD_EXPLICIT);
    if (x->rank != count + 2)
        return error_set(err, MSW_INVALID, "needs an image of rank %d, got %t", count + 2, x);
    if (mode < PAD_EXPLICIT || mode > PAD_SAME_LOWER)
        return error_set(err, MSW_INVALID,
                         "pad_mode must be 0 (explicit), 1 (same), 2 (valid) or 3 (same, lower), got %l", mode);
    if (!check_list(site, "strides", count, 1, err) || !check_list(site, "dilations", count, 1, err) ||
        !check_list(site, "pads", 2 * count, 0, err) || !read_axes(site, kernel, w, err))
        return false;
    w->batch = x->dims[0];
    w->channels = x->dims[is_set(site, "channels_last") ? x->rank - 1 : 1];
    w->axis[DEPTH].out = 1;
    for (int32_t d = DIRECTIONS - count; d < DIRECTIONS; d++)
        if (!place(site, d, mode, &w->axis[d], err))
            return false;
    return true;
}

bool window_meets_image(const struct window *w, struct error *err) {
    for (int32_t d = 0; d < DIRECTIONS; d++) {
        const struct window_axis *a = &w->axis[d];
        const int64_t reach = window_reach(a);
        if (a->pad_before >= reach || a->pad_after >= reach)
            return error_set(err, MSW_INVALID, "padding %d and %d of %s must be smaller than the window's reach %l",
                             a->pad_before, a->pad_after, direction[d], reach);
    }
    return true;
}

struct msw_type window_output(const struct op_site *site, const struct window *w, int32_t channels) {
    const int32_t count = window_directions(site), last = is_set(site, "channels_last");
    struct msw_type z = {.dtype = site->inputs[0].dtype, .rank = count + 2, .dims = {w->batch}};
    z.dims[last ? count + 1 : 1] = channels;
    for (int32_t i = 0; i < count; i++)
        z.dims[(last ? 1 : 2) + i] = w->axis[DIRECTIONS - count + i].out;
    return z;
}

size_t window_image(const struct window *w) {
    return (size_t)w->axis[DEPTH].size * (size_t)w->axis[HEIGHT].size * (size_t)w->axis[WIDTH].size *
           (size_t)w->channels;
}

size_t window_points(const struct window *w) {
    return (size_t)w->axis[DEPTH].kernel * (size_t)w->axis[HEIGHT].kernel * (size_t)w->axis[WIDTH].kernel;
}

/* Where tap k of output point `at` lies. */
static ptrdiff_t position(const struct window_axis *a, int32_t at, int32_t k) {
    return (ptrdiff_t)at * a->stride - a->pad_before + (ptrdiff_t)k * a->dilation;
}

size_t window_taps(const struct window *w, const int32_t *at, const float *image, size_t pixel, const float *padding,
                   const float **out, size_t step) {
    const struct window_axis *a = w->axis;
    size_t taps = 0;
    for (int32_t kz = 0; kz < a[DEPTH].kernel; kz++) {
        const ptrdiff_t layer = position(&a[DEPTH], at[DEPTH], kz);
        for (int32_t ky = 0; ky < a[HEIGHT].kernel; ky++) {
            const ptrdiff_t y = position(&a[HEIGHT], at[HEIGHT], ky);
            const bool in_row = layer >= 0 && layer < a[DEPTH].size && y >= 0 && y < a[HEIGHT].size;
            for (int32_t kx = 0; kx < a[WIDTH].kernel; kx++) {
                const ptrdiff_t x = position(&a[WIDTH], at[WIDTH], kx);
                if (in_row && x >= 0 && x < a[WIDTH].size)
                    out[taps++ * step] = image + (size_t)((layer * a[HEIGHT].size + y) * a[WIDTH].size + x) * pixel;
                else if (padding)
                    out[taps++ * step] = padding;
            }
        }
    }
    return taps;
}
