/* op_conv_transpose.c - transposed convolution, float32: what Conv2D reads from its image, this adds to its answer.
 *
 * Output point o of a direction takes tap k of input point i where o = i * stride - pad + k * dilation. So the points with one remainder of (o + pad) /
 * stride, a phase, all see the same taps, and each phase is an ordinary convolution with those alone: no product with a zero between the points. */
#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "ops/rows.h"

struct transposed_axis {
    int32_t in, out, kernel, stride, dilation, pad;
};

struct transposed {
    int32_t batch, channels, groups, columns; /* channels of x, and output channels of a group */
    struct transposed_axis axis[2];
};

enum { LARGEST = INT32_MAX / 4, MOST_TAPS = 1 << 20 };

static bool read_list(const struct op_site *site, const char *name, int32_t count, int64_t lowest, struct error *err) {
    const struct attr *attr = site_attr(site, name);
    if (attr->given && attr->count != count)
        return error_set(err, MSW_INVALID, "%s must have %d numbers, got %d", name, count, attr->count);
    for (int32_t i = 0; attr->given && i < count; i++)
        if (attr->ints[i] < lowest || attr->ints[i] > LARGEST)
            return error_set(err, MSW_INVALID, "%s[%d] must be in %l..%d, got %l", name, i, lowest, LARGEST,
                             attr->ints[i]);
    return true;
}

/* The output is as large as `size` says, which must lead back to x by Conv2D's rule; without it, as small as it can be. */
static bool place(const struct op_site *site, int32_t d, int64_t mode, struct transposed_axis *a, struct error *err) {
    const int64_t reach = (int64_t)a->dilation * (a->kernel - 1) + 1;
    const int64_t covered = ((int64_t)a->in - 1) * a->stride + reach;
    int64_t before = 0, after = 0;
    if (a->in == 0 || reach > LARGEST || covered > LARGEST)
        return error_set(err, MSW_LIMIT, "%d points with stride %d and a window of %l cannot be convolved", a->in,
                         a->stride, reach);
    const int64_t given = site_int_at(site, "size", d, -1);
    if (mode == 0) {
        before = site_int_at(site, "pads", 2 * d, 0);
        after = site_int_at(site, "pads", 2 * d + 1, 0);
    } else if (mode == 1 && given >= 0 && covered > given) {
        before = (covered - given) / 2;
        after = covered - given - before;
    }
    const int64_t out = given >= 0 ? given : covered - before - after, room = out + before + after - reach;
    if (out < 0 || room < 0 || room / a->stride + 1 != a->in)
        return error_set(err, MSW_INVALID, "size %l with padding %l and %l does not lead back to %d points", out,
                         before, after, a->in);
    a->out = (int32_t)out;
    a->pad = (int32_t)before;
    return true;
}

static bool read_transposed(const struct op_site *site, struct transposed *p, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *k = &site->inputs[1];
    const int64_t group = site_int(site, "group", 1), mode = site_int(site, "pad_mode", 0);
    const int32_t last = site_int(site, "channels_last", 0) != 0;
    if (x->rank != 4 || k->rank != 4 || k->dtype != x->dtype)
        return error_set(err, MSW_INVALID, "needs an image of rank 4 and weights [C,O/group,KH,KW], got %t and %t", x,
                         k);
    if (mode < 0 || mode > 2)
        return error_set(err, MSW_INVALID, "pad_mode must be 0 (explicit), 1 (same) or 2 (valid), got %l", mode);
    if (!read_list(site, "strides", 2, 1, err) || !read_list(site, "dilations", 2, 1, err) ||
        !read_list(site, "pads", 4, 0, err) || !read_list(site, "size", 2, 0, err))
        return false;
    p->batch = x->dims[0];
    p->channels = x->dims[last ? 3 : 1];
    p->columns = k->dims[1];
    if (group < 1 || group > INT32_MAX || p->channels % group != 0 || k->dims[0] != p->channels ||
        (int64_t)p->columns * group > INT32_MAX)
        return error_set(err, MSW_INVALID, "weights %x do not fit %d channels in %l groups", k, p->channels, group);
    p->groups = (int32_t)group;
    for (int32_t d = 0; d < 2; d++) {
        p->axis[d] = (struct transposed_axis){.in = x->dims[(last ? 1 : 2) + d],
                                              .kernel = k->dims[2 + d],
                                              .stride = site_int_at(site, "strides", d, 1),
                                              .dilation = site_int_at(site, "dilations", d, 1)};
        if (p->axis[d].kernel < 1 || p->axis[d].kernel > MOST_TAPS)
            return error_set(err, MSW_INVALID, "the kernel of %x must have 1..%d points in each direction", k,
                             MOST_TAPS);
        if (!place(site, d, mode, &p->axis[d], err))
            return false;
    }
    return (int64_t)p->axis[0].kernel * p->axis[1].kernel <= MOST_TAPS ||
           error_set(err, MSW_LIMIT, "a window of %x has more than %d points", k, MOST_TAPS);
}

OP_CHECK(conv_transpose) {
    struct transposed p;
    if (!read_transposed(site, &p, err))
        return false;
    const int32_t channels = p.columns * p.groups, h = p.axis[0].out, w = p.axis[1].out;
    struct msw_type z = {.dtype = site->inputs[0].dtype, .rank = 4, .dims = {p.batch, channels, h, w}};
    if (site_int(site, "channels_last", 0))
        z = (struct msw_type){.dtype = z.dtype, .rank = 4, .dims = {p.batch, h, w, channels}};
    site->outputs[0] = z;
    return true;
}

/* A multiply-add for each weight of a point of x, also where the answer is cut off. */
OP_WORK(conv_transpose) {
    const struct msw_type *k = &site->inputs[1];
    work->operations = 2 * (uint64_t)type_elements(&site->inputs[0]) * type_extent(k, 1, k->rank);
}

/* Products that take some 2 us: what a thread is given at least. */
enum { POOL_PRODUCTS = 25000 };

/* Scratch: the phase's weights in panels, zeros for taps outside, for each worker pointers for a row of output points, taps of the phase.
 *   room      points that a tap has pointers for
 *   pointers  of a worker */
struct transposed_params {
    struct transposed t;
    size_t zeros_at, pointers_at, taps_at, room, pointers;
};

/* A phase of one direction, and a tap of it. */
static bool has_tap(const struct transposed_axis *a, int32_t phase, int32_t k) {
    return ((int64_t)phase - (int64_t)k * a->dilation) % a->stride == 0;
}

/* The input point that tap k of output point o sees, or -1. */
static int32_t input_of(const struct transposed_axis *a, int32_t o, int32_t k) {
    const int64_t at = (int64_t)o + a->pad - (int64_t)k * a->dilation;
    return at < 0 || at / a->stride >= a->in ? -1 : (int32_t)(at / a->stride);
}

/* First output point of a phase. */
static int32_t first_of(const struct transposed_axis *a, int32_t phase) {
    const int32_t o = (phase - a->pad) % a->stride;
    return o < 0 ? o + a->stride : o;
}

static size_t find_taps(const struct transposed *t, int32_t py, int32_t px, int32_t *taps) {
    size_t count = 0;
    for (int32_t ky = 0; ky < t->axis[0].kernel; ky++)
        for (int32_t kx = 0; kx < t->axis[1].kernel && has_tap(&t->axis[0], py, ky); kx++)
            if (has_tap(&t->axis[1], px, kx))
                taps[count++] = ky * t->axis[1].kernel + kx;
    return count;
}

/* Weights [C][columns][KH * KW] of group g, of these taps alone, in panels. */
static void pack_phase(const struct transposed *t, size_t g, const int32_t *taps, size_t count, const float *w,
                       float *panels) {
    const size_t depth = (size_t)(t->channels / t->groups), columns = (size_t)t->columns;
    const size_t points = (size_t)t->axis[0].kernel * (size_t)t->axis[1].kernel;
    memset(panels, 0, panel_columns(columns) * count * depth * sizeof *panels);
    for (size_t k = 0; k < depth; k++)
        for (size_t j = 0; j < columns; j++)
            for (size_t i = 0; i < count; i++)
                panels[((j / PANEL * count + i) * depth + k) * PANEL + j % PANEL] =
                    w[((g * depth + k) * columns + j) * points + (size_t)taps[i]];
}

/* The output points (py + a multiple of the stride, px + one), whose windows have taps in the same places. */
struct phase {
    const struct transposed *t;
    int32_t py, px;
    const int32_t *taps;
    size_t count, group, room, rows; /* rows of output points in an image */
    const float *panels, *zeros, *x;
    const float **pointers; /* for each worker so many: */
    size_t worker_pointers;
    float *z;
};

/* The points of the phase in output row oy. */
static void phase_row(const struct phase *ph, const float *image, int32_t oy, const float **pointers, float *z) {
    const struct transposed *t = ph->t;
    const size_t depth = (size_t)(t->channels / t->groups), columns = (size_t)t->columns;
    const size_t pixel = columns * (size_t)t->groups;
    const struct transposed_axis *v = &t->axis[0], *h = &t->axis[1];
    const int32_t first = first_of(h, ph->px);
    size_t points = 0;
    for (int32_t ox = first; ox < h->out; ox += h->stride, points++) {
        for (size_t i = 0; i < ph->count; i++) {
            const int32_t y = input_of(v, oy, ph->taps[i] / h->kernel), x = input_of(h, ox, ph->taps[i] % h->kernel);
            pointers[i * ph->room + points] =
                y < 0 || x < 0
                    ? ph->zeros
                    : image + ((size_t)y * (size_t)h->in + (size_t)x) * (size_t)t->channels + ph->group * depth;
        }
    }
    if (points > 0)
        gemm_rows_f32(pointers, ph->room, points, ph->count, depth, ph->panels, columns,
                      z + ((size_t)oy * (size_t)h->out + (size_t)first) * pixel + ph->group * columns,
                      (size_t)h->stride * pixel, NULL);
}

static void phase_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct phase *ph = context;
    const struct transposed *t = ph->t;
    const struct transposed_axis *v = &t->axis[0], *h = &t->axis[1];
    const size_t image = (size_t)v->in * (size_t)h->in * (size_t)t->channels;
    const size_t answer = (size_t)v->out * (size_t)h->out * (size_t)t->columns * (size_t)t->groups;
    for (size_t i = begin; i < end; i++) {
        const size_t n = i / ph->rows, oy = (size_t)first_of(v, ph->py) + i % ph->rows * (size_t)v->stride;
        phase_row(ph, ph->x + n * image, (int32_t)oy, ph->pointers + worker * ph->worker_pointers, ph->z + n * answer);
    }
}

static void run_phase(struct phase *ph) {
    const struct transposed *t = ph->t;
    const struct transposed_axis *v = &t->axis[0];
    const int32_t first = first_of(v, ph->py);
    const uint64_t products = (uint64_t)ph->room * ph->count * (size_t)(t->channels / t->groups) * (size_t)t->columns;
    ph->rows = first < v->out ? (size_t)((v->out - 1 - first) / v->stride) + 1 : 0;
    pool_for((size_t)t->batch * ph->rows, pool_grain(POOL_PRODUCTS, products), phase_rows, ph);
}

static void *part(const struct step *step, size_t at) {
    return (unsigned char *)step->scratch + at;
}

static int32_t phases_of(const struct transposed_axis *a) {
    return a->stride < a->out ? a->stride : a->out; /* a phase further on has no point */
}

static void run_conv_transpose(const struct step *step) {
    const struct transposed_params *p = step->params;
    const struct transposed *t = &p->t;
    float *panels = step->scratch, *zeros = part(step, p->zeros_at);
    int32_t *taps = part(step, p->taps_at);
    memset(zeros, 0, (size_t)(t->channels / t->groups) * sizeof *zeros);
    for (int32_t i = 0; i < phases_of(&t->axis[0]); i++) {
        for (int32_t j = 0; j < phases_of(&t->axis[1]); j++) {
            const int32_t py = (i + t->axis[0].pad) % t->axis[0].stride, px = (j + t->axis[1].pad) % t->axis[1].stride;
            const size_t count = find_taps(t, py, px, taps);
            for (size_t g = 0; g < (size_t)t->groups; g++) {
                struct phase ph = {.t = t,
                                   .py = py,
                                   .px = px,
                                   .taps = taps,
                                   .count = count,
                                   .group = g,
                                   .room = p->room,
                                   .panels = panels,
                                   .zeros = zeros,
                                   .x = step->in[0],
                                   .pointers = part(step, p->pointers_at),
                                   .worker_pointers = p->pointers,
                                   .z = step->out[0]};
                pack_phase(t, g, taps, count, step->in[1], panels);
                run_phase(&ph);
            }
        }
    }
}

/* Without channels all sums are empty, however many points the window has. */
static void run_empty(const struct step *step) {
    const size_t *bytes = step->params;
    memset(step->out[0], 0, *bytes);
}

OP_PREPARE(conv_transpose) {
    struct transposed_params p = {0};
    if (!read_transposed(site, &p.t, err))
        return false;
    const size_t bytes = type_bytes(&site->outputs[0]);
    if (bytes == 0 || p.t.channels == 0) {
        step->run = run_empty;
        return step_params(step, &bytes, sizeof bytes, arena, err);
    }
    const struct transposed_axis *h = &p.t.axis[1];
    const uint64_t depth = (uint64_t)(p.t.channels / p.t.groups), columns = panel_columns((size_t)p.t.columns);
    const uint64_t taps = (uint64_t)p.t.axis[0].kernel * (uint64_t)h->kernel;
    const uint64_t points = (uint64_t)h->out / (uint64_t)h->stride + 1;
    const uint64_t zeros_at = round_up_16(columns * depth * taps * sizeof(float));
    const uint64_t pointers_at = zeros_at + round_up_16(depth * sizeof(float));
    const uint64_t taps_at = pointers_at + round_up_16(pool_threads() * points * taps * sizeof(float *));
    p.room = (size_t)points;
    p.pointers = (size_t)(points * taps);
    p.zeros_at = (size_t)zeros_at;
    p.pointers_at = (size_t)pointers_at;
    p.taps_at = (size_t)taps_at;
    step->run = run_conv_transpose;
    return step_scratch(step, taps_at + taps * sizeof(int32_t), err) && step_params(step, &p, sizeof p, arena, err);
}
