/* op_resize.c - ResizeBilinear and ResizeNearest: each point of the answer lies somewhere in the image, by the rule that two attributes choose. */
#include <string.h>

#include "kernels/resize.h"
#include "ops/boxes.h"
#include "ops/rows.h"

/* One direction. */
struct resize_axis {
    int32_t in, out;
    float scale;
};

struct resize {
    int32_t batch;
    size_t pixel; /* of bilinear in floats, of nearest in bytes */
    bool align_corners, half_pixel_centers;
    struct resize_axis axis[2];
};

static bool read_resize(const struct op_site *site, struct resize *r, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const int32_t last = site_int(site, "channels_last", 0) != 0;
    int64_t size[2];
    int32_t count;
    if (x->rank != 4)
        return error_set(err, MSW_INVALID, "needs an image of rank 4, got %t", x);
    if (!site_known_ints(site, 1, "size", 2, size, &count, err))
        return false;
    r->align_corners = site_int(site, "align_corners", 0) != 0;
    r->half_pixel_centers = site_int(site, "half_pixel_centers", 0) != 0;
    if (count != 2 || (r->align_corners && r->half_pixel_centers))
        return error_set(err, MSW_INVALID,
                         "needs height and width, and align_corners or half_pixel_centers but not both, got %d sizes",
                         count);
    r->batch = x->dims[0];
    r->pixel = (size_t)x->dims[last ? 3 : 1];
    for (int32_t d = 0; d < 2; d++) {
        struct resize_axis *a = &r->axis[d];
        if (size[d] < 1 || size[d] > INT32_MAX / 4 || x->dims[(last ? 1 : 2) + d] < 1)
            return error_set(err, MSW_INVALID, "size[%d] is %l, for an image %x", d, size[d], x);
        a->in = x->dims[(last ? 1 : 2) + d];
        a->out = (int32_t)size[d];
        a->scale =
            r->align_corners && a->out > 1 ? (float)(a->in - 1) / (float)(a->out - 1) : (float)a->in / (float)a->out;
    }
    return true;
}

OP_CHECK(resize) {
    struct resize r;
    const struct msw_type *x = &site->inputs[0];
    if (!read_resize(site, &r, err))
        return false;
    site->outputs[0] = *x;
    for (int32_t d = 0; d < 2; d++)
        site->outputs[0].dims[(site_int(site, "channels_last", 0) ? 1 : 2) + d] = r.axis[d].out;
    return true;
}

/* The two elements between which point i lies, and how far behind the first. */
static void between(const struct resize *r, const struct resize_axis *a, int32_t i, size_t *low, size_t *high,
                    float *fraction) {
    float at = r->half_pixel_centers ? ((float)i + 0.5f) * a->scale - 0.5f : (float)i * a->scale;
    at = at < 0 ? 0 : at;
    const int32_t before = (int32_t)at < a->in ? (int32_t)at : a->in - 1;
    *low = (size_t)before;
    *high = (size_t)(before + 1 < a->in ? before + 1 : before);
    *fraction = at - (float)before;
}

static void run_bilinear(const struct step *step) {
    const struct resize *r = step->params;
    const struct resize_axis *v = &r->axis[0], *h = &r->axis[1];
    const size_t row = (size_t)h->in * r->pixel;
    const float *x = step->in[0];
    float *z = step->out[0];
    for (int32_t n = 0; n < r->batch; n++, x += (size_t)v->in * row) {
        for (int32_t oy = 0; oy < v->out; oy++) {
            size_t top, bottom, left, right;
            float down, across;
            between(r, v, oy, &top, &bottom, &down);
            for (int32_t ox = 0; ox < h->out; ox++, z += r->pixel) {
                between(r, h, ox, &left, &right, &across);
                bilinear_point_f32(x + top * row + left * r->pixel, x + top * row + right * r->pixel,
                                   x + bottom * row + left * r->pixel, x + bottom * row + right * r->pixel, across,
                                   down, r->pixel, z);
            }
        }
    }
}

OP_PREPARE(resize_bilinear) {
    struct resize r;
    if (!read_resize(site, &r, err))
        return false;
    if (type_elements(&site->outputs[0]) == 0)
        r.batch = 0;
    step->run = run_bilinear;
    return step_params(step, &r, sizeof r, arena, err);
}

/* align_corners rounds half away from 0. */
static size_t nearest(const struct resize *r, const struct resize_axis *a, int32_t i) {
    const float at = r->align_corners        ? (float)i * a->scale + 0.5f
                     : r->half_pixel_centers ? ((float)i + 0.5f) * a->scale
                                             : (float)i * a->scale;
    return (size_t)((int32_t)at < a->in ? (int32_t)at : a->in - 1);
}

static void run_nearest(const struct step *step) {
    const struct resize *r = step->params;
    const struct resize_axis *v = &r->axis[0], *h = &r->axis[1];
    const size_t row = (size_t)h->in * r->pixel;
    const unsigned char *x = step->in[0];
    unsigned char *z = step->out[0];
    for (int32_t n = 0; n < r->batch; n++, x += (size_t)v->in * row) {
        for (int32_t oy = 0; oy < v->out; oy++) {
            const unsigned char *from = x + nearest(r, v, oy) * row;
            for (int32_t ox = 0; ox < h->out; ox++, z += r->pixel)
                memcpy(z, from + nearest(r, h, ox) * r->pixel, r->pixel);
        }
    }
}

OP_PREPARE(resize_nearest) {
    struct resize r;
    if (!read_resize(site, &r, err))
        return false;
    r.pixel *= dtype_info(site->inputs[0].dtype)->bytes;
    if (type_elements(&site->outputs[0]) == 0)
        r.batch = 0;
    step->run = run_nearest;
    return step_params(step, &r, sizeof r, arena, err);
}
