/* conv_depthwise.c - rows of output points, each seen through pointers to its taps. */
#include "ops/conv_depthwise.h"

#include <string.h>

#include "kernels/hot/depthwise_f32.h"
#include "ops/fused.h"

bool conv_is_depthwise(const struct msw_type *k, int64_t groups) {
    return k->dims[1] == 1 && k->dims[0] == groups && groups > 1;
}

/* packing->shape: channels, taps. The rows of a product would waste seven columns of eight. */
static void pack(const struct packing *packing, const void *source, size_t first, size_t count, void *packed) {
    const size_t channels = packing->shape[0], taps = packing->shape[1];
    const float *from = source;
    for (size_t c = first; c < first + count; c++)
        for (size_t t = 0; t < taps; t++)
            ((float *)packed)[t * channels + c] = *from++;
}

struct packing conv_depthwise_packing(const struct msw_type *k) {
    const size_t channels = (size_t)k->dims[0], taps = type_extent(k, 2, k->rank);
    return (struct packing){.pack = pack,
                            .bytes = channels * taps * sizeof(float),
                            .rows = channels,
                            .row_bytes = taps * sizeof(float),
                            .shape = {channels, taps}};
}

/* Scratch: weights packed in the step where they are no constant, zeros for the taps in the padding, pointers for an output point. */
struct depthwise_params {
    struct window window;
    struct packing packing;
    struct fused_inputs fused;
    bool packed;
    size_t zeros_at, pointers_at; /* in bytes */
};

/* Weights in packed form, and the rest of the scratch. */
static const float *ready(const struct step *step, float **zeros, const float ***pointers) {
    const struct depthwise_params *p = step->params;
    *zeros = (float *)(void *)((unsigned char *)step->scratch + p->zeros_at);
    *pointers = (const float **)(void *)((unsigned char *)step->scratch + p->pointers_at);
    memset(*zeros, 0, p->pointers_at - p->zeros_at);
    if (p->packed)
        return step->in[1];
    pack(&p->packing, step->in[1], 0, p->packing.rows, step->scratch);
    return step->scratch;
}

/* One row of output points, from `at` on. */
static void depthwise_row(const struct depthwise_params *p, const float *image, int32_t *at, const float *weights,
                          const float *zeros, const float **pointers, float *z, const struct epilogue *e) {
    const size_t channels = p->packing.shape[0], taps = p->packing.shape[1];
    const int32_t ow = p->window.axis[WIDTH].out;
    for (at[WIDTH] = 0; at[WIDTH] < ow; at[WIDTH]++) {
        window_taps(&p->window, at, image, channels, zeros, pointers, 1);
        depthwise_point_f32(pointers, taps, channels, weights, z + (size_t)at[WIDTH] * channels);
    }
    epilogue_rows_f32(e, z, (size_t)ow, channels, channels);
}

static void run_depthwise(const struct step *step) {
    const struct depthwise_params *p = step->params;
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
                depthwise_row(p, image, at, weights, zeros, pointers, z + done, &e);
            }
    }
}

bool conv_depthwise_prepare(const struct op_site *site, const struct window *w, struct step *step, struct arena *arena,
                            struct error *err) {
    struct depthwise_params p = {.window = *w,
                                 .packing = conv_depthwise_packing(&site->inputs[1]),
                                 .fused = fused_inputs(site),
                                 .packed = site->packed[1]};
    if (type_elements(&site->outputs[0]) == 0)
        p.window.batch = 0; /* no work, however many points without channels there are */
    p.zeros_at = p.packed ? 0 : (p.packing.bytes + 15) / 16 * 16;
    p.pointers_at = p.zeros_at + (p.packing.shape[0] * sizeof(float) + 15) / 16 * 16;
    step->run = run_depthwise;
    return step_scratch(step, p.pointers_at + (uint64_t)p.packing.shape[1] * sizeof(float *), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
