/* op_conv2d.c - convolution (cross-correlation) of images and of volumes, float32, in groups. */
#include "base/pool.h"
#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "ops/conv_blocks.h"
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
    for (size_t row = first, n; row < first + count; row += n, from += n * depth * taps) {
        const size_t left = first + count - row, of_group = columns - row % columns;
        n = left < of_group ? left : of_group;
        pack_columns_f32(from, row % columns, n, depth, taps, (float *)packed + row / columns * group_floats);
    }
}

OP_PACKING(conv2d) {
    const struct msw_type *k = &site->inputs[1];
    const int64_t group = site_int(site, "group", 1);
    if (input != 1 || k->dtype != MSW_FLOAT32 || k->rank != window_directions(site) + 2 || group < 1 ||
        group > INT32_MAX || k->dims[0] % group != 0)
        return false;
    if (conv_winograd_side(site) && !conv_winograd_in_run(site))
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

/* Scratch: weights packed in the step where they are no constant; then, for each worker, what conv_block_find fills.
 *   flat   every point sees itself alone: the points are the rows of one matrix
 *   parts  into how many ranges of columns a block's product is cut, so that all threads have something to do */
struct conv_params {
    struct conv_blocks blocks;
    struct packing packing;
    struct fused_inputs fused;
    bool packed, flat;
    size_t points, parts, workers_at, worker_bytes, pointers_at; /* in bytes */
};

struct conv_run {
    const struct conv_params *p;
    const float *image, *weights;
    float *z;
    struct epilogue e;
    unsigned char *workers;
};

/* Columns from .. to of group g for a block's points. */
static void group_product(const struct conv_run *run, const struct conv_block *block, const float *const *pointers,
                          size_t g, size_t from, size_t to) {
    const struct conv_params *p = run->p;
    const size_t columns = p->packing.shape[1], all = p->packing.rows, taps = p->blocks.taps, depth = p->blocks.depth;
    const size_t column = g * columns + from, at = block->first * all + column;
    const struct epilogue e = epilogue_at(&run->e, column, at);
    gemm_rows_f32(pointers, block->points, block->points, taps, depth,
                  run->weights + (g * panel_columns(columns) + from) * taps * depth, to - from, run->z + at, all, &e);
}

static void block_product(const struct conv_run *run, const struct conv_block *block, const float **pointers,
                          size_t part) {
    const struct conv_params *p = run->p;
    const size_t groups = p->packing.shape[0], columns = p->packing.shape[1];
    const size_t range = panel_columns(divide_up(columns, p->parts)), from = part * range;
    for (size_t g = 0; g < groups && from < columns; g++) {
        for (size_t i = 0; g > 0 && i < block->points * p->blocks.taps; i++)
            pointers[i] += p->blocks.group_depth;
        group_product(run, block, pointers, g, from, from + range < columns ? from + range : columns);
    }
}

/* Loop index: block, and within it part. Several groups have one part: their pointers move on. */
static void do_blocks(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct conv_run *run = context;
    const struct conv_params *p = run->p;
    unsigned char *own = run->workers + worker * p->worker_bytes;
    const float **pointers = (const float **)(void *)(own + p->pointers_at);
    struct conv_block block = {.points = 0};
    for (size_t i = begin; i < end; i++) {
        const struct conv_place place = conv_block_place(&p->blocks, i / p->parts);
        if (i == begin || i % p->parts == 0)
            block = conv_block_find(&p->blocks, &place, run->image, (float *)(void *)own, pointers);
        block_product(run, &block, pointers, i % p->parts);
    }
}

static void run_conv2d(const struct step *step) {
    const struct conv_params *p = step->params;
    const struct conv_run run = {.p = p,
                                 .image = step->in[0],
                                 .weights = step_packed(step, 1, p->packed, &p->packing),
                                 .z = step->out[0],
                                 .e = fused_epilogue(&p->fused, step),
                                 .workers = (unsigned char *)step->scratch + p->workers_at};
    if (p->flat)
        gemm_split_f32(run.image, p->blocks.depth, p->points, p->blocks.depth, run.weights, p->packing.rows, run.z,
                       p->packing.rows, &run.e);
    else
        pool_for(p->blocks.count * p->parts, 1, do_blocks, &run);
}

/* A few for each thread. */
static size_t wanted_items(void) {
    return pool_threads() > 1 ? 4 * (size_t)pool_threads() : 1;
}

/* A few pieces for each thread, as long as one has several panels. */
static size_t column_parts(const struct conv_blocks *b, size_t groups, size_t columns) {
    const size_t wanted = wanted_items(), most = divide_up(columns, 4 * PANEL);
    if (pool_threads() == 1 || groups > 1 || b->count == 0 || b->count >= wanted)
        return 1;
    const size_t parts = divide_up(wanted, b->count);
    return parts < most ? parts : most;
}

OP_PREPARE(conv2d) {
    struct conv_params p = {.packed = site->packed[1], .fused = fused_inputs(site)};
    struct window window;
    int64_t group;
    if (!conv_window(site, &window, &group, err))
        return false;
    if (conv_is_depthwise(&site->inputs[1], group))
        return conv_depthwise_prepare(site, &window, step, arena, err);
    if (!packing_conv2d(site, 1, &p.packing))
        return error_set(err, MSW_LIMIT, "weights %t need more than %l bytes when packed", &site->inputs[1],
                         (int64_t)TYPE_MAX_BYTES);
    packing_in_step(&p.packing, p.packed);
    if (type_elements(&site->outputs[0]) == 0)
        window.batch = 0; /* no work, however many points without channels there are */
    if (conv_winograd_side(site))
        return conv_winograd_prepare(site, &window, &p.packing, step, arena, err);
    const size_t groups = p.packing.shape[0], columns = p.packing.shape[1];
    conv_blocks_make(&window, groups, wanted_items(), &p.blocks);
    p.flat = p.blocks.count > 0 && conv_blocks_flat(&p.blocks, groups);
    p.points = p.flat ? type_elements(&site->outputs[0]) / p.packing.rows : 0;
    p.parts = column_parts(&p.blocks, groups, columns);
    p.workers_at = p.packed ? 0 : (size_t)round_up_16(p.packing.bytes);
    const uint64_t band = round_up_16(p.blocks.band * sizeof(float));
    const uint64_t pointers = (uint64_t)conv_blocks_points(&p.blocks) * p.blocks.taps * sizeof(float *);
    const uint64_t worker = p.flat ? 0 : pool_apart(band + pointers);
    p.pointers_at = (size_t)band;
    p.worker_bytes = (size_t)worker;
    step->run = run_conv2d;
    return step_scratch(step, p.workers_at + worker * pool_threads(), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
