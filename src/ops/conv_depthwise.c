/* conv_depthwise.c - rows of output points, which threads share. */
#include "ops/conv_depthwise.h"

#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "kernels/hot/depthwise_f32.h"
#include "ops/fused.h"

/* Products that take some 2 us: what a thread is given at least. */
enum { POOL_PRODUCTS = 25000 };

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

struct conv_depthwise conv_depthwise_of(const struct window *w) {
    const struct window_axis *a = w->axis;
    return (struct conv_depthwise){.row = {.channels = (size_t)w->channels,
                                           .kernel_rows = (size_t)a[DEPTH].kernel * (size_t)a[HEIGHT].kernel,
                                           .kernel = (size_t)a[WIDTH].kernel,
                                           .size = a[WIDTH].size,
                                           .stride = a[WIDTH].stride,
                                           .dilation = a[WIDTH].dilation,
                                           .pad_before = a[WIDTH].pad_before,
                                           .out = a[WIDTH].out},
                                   .window = *w};
}

size_t conv_depthwise_pointers(const struct conv_depthwise *c) {
    return c->row.kernel_rows + depthwise_pointers(&c->row);
}

/* The rows of the image that output row `row` sees, NULL in the padding. */
static void find_rows(const struct conv_depthwise *c, const struct image_rows *images, size_t row, const float **out) {
    const struct window_axis *depth = &c->window.axis[DEPTH], *height = &c->window.axis[HEIGHT];
    const size_t row_floats = (size_t)c->row.size * c->row.channels;
    const ptrdiff_t oy = (ptrdiff_t)(row % (size_t)height->out);
    const ptrdiff_t oz = (ptrdiff_t)(row / (size_t)height->out % (size_t)depth->out);
    const size_t layers = row / ((size_t)height->out * (size_t)depth->out) * (size_t)depth->size;
    for (int32_t kz = 0; kz < depth->kernel; kz++) {
        const ptrdiff_t z = oz * depth->stride - depth->pad_before + (ptrdiff_t)kz * depth->dilation;
        for (int32_t ky = 0; ky < height->kernel; ky++) {
            const ptrdiff_t y = oy * height->stride - height->pad_before + (ptrdiff_t)ky * height->dilation;
            const bool inside = z >= 0 && z < depth->size && y >= 0 && y < height->size;
            const size_t at = inside ? (layers + (size_t)z) * (size_t)height->size + (size_t)y - images->origin : 0;
            *out++ = inside ? images->first + at % images->count * row_floats : NULL;
        }
    }
}

void conv_depthwise_row(const struct conv_depthwise *c, const struct image_rows *images, size_t row, const float *zeros,
                        const float **pointers, const float *weights, float *z, const struct epilogue *all) {
    const size_t at = row * (size_t)c->row.out * c->row.channels;
    const struct epilogue e = epilogue_at(all, 0, at);
    find_rows(c, images, row, pointers);
    depthwise_row_f32(&c->row, pointers, zeros, pointers + c->row.kernel_rows, weights, z + at, &e);
}

/* Scratch: weights packed in the step where they are no constant, zeros for the padding, and for each worker pointers to rows and to pixels. */
struct depthwise_params {
    struct conv_depthwise convolution;
    struct packing packing;
    struct fused_inputs fused;
    bool packed;
    size_t zeros_at, pointers_at, worker_bytes;
    size_t rows; /* of the whole output */
};

/* Weights in packed form, and the rest of the scratch. */
static const float *ready(const struct step *step) {
    const struct depthwise_params *p = step->params;
    unsigned char *scratch = step->scratch;
    memset(scratch + p->zeros_at, 0, p->pointers_at - p->zeros_at);
    return step_packed(step, 1, p->packed, &p->packing);
}

struct depthwise_run {
    const struct step *step;
    const float *weights;
};

static void run_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct depthwise_run *run = context;
    const struct step *step = run->step;
    const struct depthwise_params *p = step->params;
    unsigned char *scratch = step->scratch;
    const float **pointers = (const float **)(void *)(scratch + p->pointers_at + worker * p->worker_bytes);
    const struct image_rows images = {.first = step->in[0], .count = SIZE_MAX};
    const struct epilogue e = fused_epilogue(&p->fused, step);
    for (size_t i = begin; i < end; i++)
        conv_depthwise_row(&p->convolution, &images, i, (const float *)(void *)(scratch + p->zeros_at), pointers,
                           run->weights, step->out[0], &e);
}

static void run_depthwise(const struct step *step) {
    const struct depthwise_params *p = step->params;
    const struct depthwise_run run = {.step = step, .weights = ready(step)};
    const struct depthwise *row = &p->convolution.row;
    const uint64_t row_products = (uint64_t)row->out * row->channels * row->kernel_rows * row->kernel;
    pool_for(p->rows, pool_grain(POOL_PRODUCTS, row_products), run_rows, &run);
}

bool conv_depthwise_prepare(const struct op_site *site, const struct window *w, struct step *step, struct arena *arena,
                            struct error *err) {
    const struct window_axis *a = w->axis;
    struct depthwise_params p = {.convolution = conv_depthwise_of(w),
                                 .packing = conv_depthwise_packing(&site->inputs[1]),
                                 .fused = fused_inputs(site),
                                 .packed = site->packed[1]};
    packing_in_step(&p.packing, p.packed);
    if (type_elements(&site->outputs[0]) > 0) /* else no work, however many points without channels there are */
        p.rows = (size_t)w->batch * (size_t)a[DEPTH].out * (size_t)a[HEIGHT].out;
    p.worker_bytes = (size_t)pool_apart(conv_depthwise_pointers(&p.convolution) * sizeof(float *));
    p.zeros_at = p.packed ? 0 : (size_t)round_up_16(p.packing.bytes);
    p.pointers_at = p.zeros_at + (size_t)round_up_16(p.convolution.row.channels * sizeof(float));
    step->run = run_depthwise;
    return step_scratch(step, p.pointers_at + (uint64_t)pool_threads() * p.worker_bytes, err) &&
           step_params(step, &p, sizeof p, arena, err);
}
