/* window.c - output size = (size + pads - dilation * (kernel - 1) - 1) / stride + 1, rounded down (ONNX Conv, MindSpore nn.Conv2d). */
#include "ops/window.h"

#include <stddef.h>

static const char *const direction[2] = {"height", "width"};

/* Sums of a few numbers up to this, and of the size of an image, fit 32 bits. */
enum { LARGEST = INT32_MAX / 4 };

/* Every entry of an optional list of `count` numbers lies in lowest .. LARGEST. */
static bool check_list(const struct op_site *site, const char *name, int32_t count, int64_t lowest, struct error *err) {
    const struct attr *attr = site_attr(site, name);
    if (!attr->given)
        return true;
    if (attr->count != count)
        return error_set(err, MSW_INVALID, "%s must have %d numbers, got %d", name, count, attr->count);
    for (int32_t i = 0; i < count; i++)
        if (attr->ints[i] < lowest || attr->ints[i] > LARGEST)
            return error_set(err, MSW_INVALID, "%s[%d] must be in %l..%d, got %l", name, i, lowest, LARGEST,
                             attr->ints[i]);
    return true;
}

/* Fills pad_before and out; the rest is known. */
static bool place(const struct op_site *site, int32_t d, int64_t mode, struct window_axis *a, struct error *err) {
    const int64_t reach = (int64_t)a->dilation * (a->kernel - 1) + 1;
    int64_t before = 0, after = 0;
    if (reach > LARGEST)
        return error_set(err, MSW_LIMIT, "a window of %l in %s is more than %d", reach, direction[d], LARGEST);
    if (mode == PAD_SAME) {
        const int64_t points = (a->size + (int64_t)a->stride - 1) / a->stride;
        const int64_t total = (points - 1) * a->stride + reach - a->size;
        before = total > 0 ? total / 2 : 0;
        after = total > 0 ? total - before : 0;
    } else if (mode == PAD_EXPLICIT) {
        before = site_int_at(site, "pads", 2 * d, 0);
        after = site_int_at(site, "pads", 2 * d + 1, 0);
    }
    const int64_t room = a->size + before + after - reach;
    if (a->size > 0 && room < 0)
        return error_set(err, MSW_INVALID, "a window of %l does not fit %s %d with padding %l and %l", reach,
                         direction[d], a->size, before, after);
    a->pad_before = (int32_t)before;
    a->pad_after = (int32_t)after;
    a->out = a->size == 0 ? 0 : (int32_t)(room / a->stride + 1);
    return true;
}

bool window_make(const struct op_site *site, const int32_t kernel[2], struct window *w, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const int32_t last = site_int(site, "channels_last", 0) != 0;
    const int64_t mode = site_int(site, "pad_mode", PAD_EXPLICIT);
    if (x->rank != 4)
        return error_set(err, MSW_INVALID, "needs an image of rank 4, got %t", x);
    if (mode < PAD_EXPLICIT || mode > PAD_VALID)
        return error_set(err, MSW_INVALID, "pad_mode must be 0 (explicit), 1 (same) or 2 (valid), got %l", mode);
    if (!check_list(site, "strides", 2, 1, err) || !check_list(site, "dilations", 2, 1, err) ||
        !check_list(site, "pads", 4, 0, err))
        return false;
    for (int32_t d = 0; d < 2; d++)
        if (kernel[d] < 1 || kernel[d] > WINDOW_MAX_TAPS)
            return error_set(err, MSW_INVALID, "kernel %s must be in 1..%d, got %d", direction[d], WINDOW_MAX_TAPS,
                             kernel[d]);
    if ((int64_t)kernel[0] * kernel[1] > WINDOW_MAX_TAPS)
        return error_set(err, MSW_LIMIT, "a window of %d x %d has more than %d points", kernel[0], kernel[1],
                         WINDOW_MAX_TAPS);
    w->batch = x->dims[0];
    w->channels = x->dims[last ? 3 : 1];
    for (int32_t d = 0; d < 2; d++) {
        w->axis[d] = (struct window_axis){.size = x->dims[(last ? 1 : 2) + d],
                                          .kernel = kernel[d],
                                          .stride = site_int_at(site, "strides", d, 1),
                                          .dilation = site_int_at(site, "dilations", d, 1)};
        if (!place(site, d, mode, &w->axis[d], err))
            return false;
    }
    return true;
}

bool window_meets_image(const struct window *w, struct error *err) {
    for (int32_t d = 0; d < 2; d++) {
        const struct window_axis *a = &w->axis[d];
        const int32_t reach = a->dilation * (a->kernel - 1) + 1;
        if (a->pad_before >= reach || a->pad_after >= reach)
            return error_set(err, MSW_INVALID, "padding %d and %d of %s must be smaller than the window's reach %d",
                             a->pad_before, a->pad_after, direction[d], reach);
    }
    return true;
}

struct msw_type window_output(const struct op_site *site, const struct window *w, int32_t channels) {
    const int32_t oh = w->axis[0].out, ow = w->axis[1].out, dtype = site->inputs[0].dtype;
    if (site_int(site, "channels_last", 0))
        return (struct msw_type){.dtype = dtype, .rank = 4, .dims = {w->batch, oh, ow, channels}};
    return (struct msw_type){.dtype = dtype, .rank = 4, .dims = {w->batch, channels, oh, ow}};
}

size_t window_taps(const struct window *w, int32_t oy, int32_t ox, const float *image, size_t pixel,
                   const float *padding, const float **out, size_t step) {
    const struct window_axis *v = &w->axis[0], *h = &w->axis[1];
    size_t taps = 0;
    for (int32_t ky = 0; ky < v->kernel; ky++) {
        const ptrdiff_t y = (ptrdiff_t)oy * v->stride - v->pad_before + (ptrdiff_t)ky * v->dilation;
        for (int32_t kx = 0; kx < h->kernel; kx++) {
            const ptrdiff_t x = (ptrdiff_t)ox * h->stride - h->pad_before + (ptrdiff_t)kx * h->dilation;
            const int inside = y >= 0 && y < v->size && x >= 0 && x < h->size;
            if (inside)
                out[taps++ * step] = image + (size_t)(y * h->size + x) * pixel;
            else if (padding)
                out[taps++ * step] = padding;
        }
    }
    return taps;
}
