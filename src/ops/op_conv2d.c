/* op_conv2d.c - convolution (cross-correlation) of images and of volumes, float32, in groups. */
#include <string.h>

#include "kernels/hot/gemm_f32.h"
#include "ops/conv_depthwise.h"
#include "ops/conv_winograd.h"
#include "ops/fused.h"
#include "ops/rows.h"

/* Input 1, the weights, is always [O][I / group][KH][KW], with OP_VOLUME [O][I / group][KD][KH][KW], in whichever layout the images are. */
static bool conv_window(const struct op_site *site, struct window *w, int64_t *group, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *k = &site->inputs[1];
    const int32_t directions = window_directions(site);
    *group = site_int(site, "group", 1);
    if (k->dtype != x->dtype || k->rank != directions + 2)
        return error_set(err, MSW_INVALID, "needs weights [O,I/group,%sKH,KW] of the image's data type, got %t for %t",
                         directions == 3 ? "KD," : "", k, x);
    if (!window_make(site, k->dims + 2, w, err))
        return false;
    if (*group < 1 || *group > INT32_MAX || w->channels % *group != 0 || k->dims[0] % *group != 0)
        return error_set(err, MSW_INVALID, "group must divide %d input and %d output channels, got %l", w->channels,
                         k->dims[0], *group);
    if (k->dims[1] != w->channels / *group)
        return error_set(err, MSW_INVALID, "weights %x want %d channels a group, the image %x has %d in %l groups", k,
                         k->dims[1], x, w->channels, *group);
    return true;
}

OP_CHECK(conv2d) {
    struct window w;
    int64_t group;
    if (!conv_window(site, &w, &group, err) || !conv_winograd_check(site, err))
        return false;
    site->outputs[0] = window_output(site, &w, site->inputs[1].dims[0]);
    return true;
}

/* A multiply-add for each weight of an output channel, also where the window hangs over the edge. */
OP_WORK(conv2d) {
    const struct msw_type *k = &site->inputs[1];
    work->operations = 2 * (uint64_t)type_elements(&site->outputs[0]) * type_extent(k, 1, k->rank);
}

/* packing->shape: groups, columns of a group, depth, taps. */
static void pack(const struct packing *packing, const void *source, size_t first, size_t count, void *packed) {
    const size_t columns = packing->shape[1], depth = packing->shape[2], taps = packing->shape[3];
    const size_t group_floats = panel_columns(columns) * depth * taps;
    const float *from = source;
    for (size_t row = first; row < first + count; row++, from += depth * taps)
        pack_columns_f32(from, row % columns, 1, depth, taps, (float *)packed + row / columns * group_floats);
}

OP_PACKING(conv2d) {
    const struct msw_type *k = &site->inputs[1];
    const int64_t group = site_int(site, "group", 1);
    if (input != 1 || k->dtype != MSW_FLOAT32 || k->rank != window_directions(site) + 2 || group < 1 ||
        group > INT32_MAX || k->dims[0] % group != 0)
        return false;
    if (conv_winograd_side(site))
        return conv_winograd_packing(site, packing);
    if (conv_is_depthwise(k, group)) {
        *packing = conv_depthwise_packing(k);
        return true;
    }
    const size_t groups = (size_t)group;
    const size_t depth = (size_t)k->dims[1], taps = type_extent(k, 2, k->rank);
    *packing = (struct packing){.pack = pack,
                                .rows = (size_t)k->dims[0],
                                .row_bytes = depth * taps * sizeof(float),
                                .shape = {groups, (size_t)k->dims[0] / groups, depth, taps}};
    const uint64_t bytes = (uint64_t)groups * panel_columns(packing->shape[1]) * packing->row_bytes;
    packing->bytes = (size_t)bytes;
    return bytes <= TYPE_MAX_BYTES; /* a group of one column becomes eight times as large */
}

/* Scratch: weights packed in the step where they are no constant, zeros for the taps in the padding, pointers for a row of output points. */
struct conv_params {
    struct window window;
    struct packing packing;
    struct fused_inputs fused;
    bool packed;
    size_t zeros_at, pointers_at; /* in bytes */
};

/* Weights in packed form, and the rest of the scratch. */
static const float *ready(const struct step *step, float **zeros, const float ***pointers) {
    const struct conv_params *p = step->params;
    *zeros = (float *)(void *)((unsigned char *)step->scratch + p->zeros_at);
    *pointers = (const float **)(void *)((unsigned char *)step->scratch + p->pointers_at);
    memset(*zeros, 0, p->pointers_at - p->zeros_at);
    if (p->packed)
        return step->in[1];
    memset(step->scratch, 0, p->packing.bytes);
    p->packing.pack(&p->packing, step->in[1], 0, p->packing.rows, step->scratch);
    return step->scratch;
}

/* One row of output points, from `at` on. */
static void conv_row(const struct conv_params *p, const float *image, int32_t *at, const float *weights,
                     const float *zeros, const float **pointers, float *z, const struct epilogue *e) {
    const struct window *w = &p->window;
    const size_t groups = p->packing.shape[0], columns = p->packing.shape[1], depth = p->packing.shape[2];
    const size_t taps = p->packing.shape[3], group_floats = panel_columns(columns) * depth * taps;
    const int32_t ow = w->axis[WIDTH].out;
    for (size_t g = 0; g < groups; g++) {
        for (at[WIDTH] = 0; at[WIDTH] < ow; at[WIDTH]++) {
            const size_t ox = (size_t)at[WIDTH];
            window_taps(w, at, image + g * depth, depth * groups, zeros,
                        pointers + ox / TILE_ROWS * TILE_ROWS * taps + ox % TILE_ROWS, TILE_ROWS);
        }
        const struct epilogue part = epilogue_at(e, g * columns, g * columns);
        gemm_rows_f32(pointers, (size_t)ow, taps, depth, weights + g * group_floats, columns, z + g * columns,
                      columns * groups, &part);
    }
}

static void run_conv2d(const struct step *step) {
    const struct conv_params *p = step->params;
    const struct window *w = &p->window;
    const size_t row = (size_t)w->axis[WIDTH].out * p->packing.rows;
    const struct epilogue all = fused_epilogue(&p->fused, step);
    float *zeros, *const z = step->out[0];
    size_t done = 0;
    const float **pointers, *weights = ready(step, &zeros, &pointers), *image = step->in[0];
    for (int32_t n = 0; n < w->batch; n++, image += window_image(w)) {
        int32_t at[DIRECTIONS];
        for (at[DEPTH] = 0; at[DEPTH] < w->axis[DEPTH].out; at[DEPTH]++)
            for (at[HEIGHT] = 0; at[HEIGHT] < w->axis[HEIGHT].out; at[HEIGHT]++, done += row) {
                const struct epilogue e = epilogue_at(&all, 0, done);
                conv_row(p, image, at, weights, zeros, pointers, z + done, &e);
            }
    }
}

OP_PREPARE(conv2d) {
    struct conv_params p = {.packed = site->packed[1], .fused = fused_inputs(site)};
    int64_t group;
    if (!conv_window(site, &p.window, &group, err))
        return false;
    if (conv_winograd_side(site))
        return conv_winograd_prepare(site, &p.window, step, arena, err);
    if (conv_is_depthwise(&site->inputs[1], group))
        return conv_depthwise_prepare(site, &p.window, step, arena, err);
    if (!packing_conv2d(site, 1, &p.packing))
        return error_set(err, MSW_LIMIT, "weights %t need more than %l bytes when packed", &site->inputs[1],
                         (int64_t)TYPE_MAX_BYTES);
    if (type_elements(&site->outputs[0]) == 0)
        p.window.batch = 0; /* no work, however many points without channels there are */
    const size_t taps = p.packing.shape[3];
    const size_t row_points = ((size_t)p.window.axis[WIDTH].out + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS;
    p.zeros_at = p.packed ? 0 : (p.packing.bytes + 15) / 16 * 16;
    p.pointers_at = p.zeros_at + (p.packing.shape[2] * sizeof(float) + 15) / 16 * 16;
    step->run = run_conv2d;
    return step_scratch(step, p.pointers_at + (uint64_t)row_points * taps * sizeof(float *), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
