/* conv_winograd.c - the weights in their packed form, and a loop over blocks of tiles that threads share. */
#include "ops/conv_winograd.h"

#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/winograd_f32.h"
#include "ops/fused.h"

/* Attribute winograd, which Conv2D alone has. */
static int64_t side_of(const struct op_site *site) {
    return op_attr_index(site->op, "winograd") < 0 ? 0 : site_int(site, "winograd", 0);
}

static bool all_one(const struct op_site *site, const char *name) {
    const struct attr *attr = site_attr(site, name);
    for (int32_t i = 0; attr->given && i < attr->count; i++)
        if (attr->ints[i] != 1)
            return false;
    return true;
}

/* By the weights' type and the attributes alone, which check may not have seen yet. */
static bool fits(const struct op_site *site) {
    const struct msw_type *k = &site->inputs[1];
    return k->rank == 4 && k->dims[2] == 3 && k->dims[3] == 3 && site_int(site, "group", 1) == 1 &&
           all_one(site, "strides") && all_one(site, "dilations");
}

static bool is_side(int64_t side) {
    return side == 2 || side == 4;
}

size_t conv_winograd_side(const struct op_site *site) {
    const int64_t side = side_of(site);
    return is_side(side) ? (size_t)side : 0;
}

bool conv_winograd_in_run(const struct op_site *site) {
    return op_attr_index(site->op, "in_run") >= 0 && site_int(site, "in_run", 0) != 0;
}

bool conv_winograd_check(const struct op_site *site, struct error *err) {
    const int64_t side = side_of(site);
    if (side != 0 && !is_side(side))
        return error_set(err, MSW_INVALID, "winograd must be 0, 2 or 4, got %l", side);
    if (side == 0 && conv_winograd_in_run(site))
        return error_set(err, MSW_INVALID, "in_run needs winograd=2 or winograd=4");
    return side == 0 || fits(site) ||
           error_set(err, MSW_INVALID,
                     "winograd=%l needs weights [O,I,3,3] in one group, strides and dilations of 1, got %t", side,
                     &site->inputs[1]);
}

/* packing->shape: side, depth, columns. */
static void pack(const struct packing *packing, const void *source, size_t first, size_t count, void *packed) {
    winograd_pack_f32(packing->shape[0], source, first, count, packing->shape[1], packing->shape[2], packed);
}

bool conv_winograd_packing(const struct op_site *site, struct packing *packing) {
    const struct msw_type *k = &site->inputs[1];
    if (k->dtype != MSW_FLOAT32 || !fits(site))
        return false;
    const size_t side = conv_winograd_side(site), depth = (size_t)k->dims[1], columns = (size_t)k->dims[0];
    const uint64_t points = (side + 2) * (side + 2);
    const uint64_t bytes = points * panel_columns(columns) * depth * sizeof(float);
    *packing = (struct packing){.pack = pack,
                                .bytes = (size_t)bytes,
                                .rows = columns,
                                .row_bytes = depth * 9 * sizeof(float),
                                .shape = {side, depth, columns}};
    return bytes <= TYPE_MAX_BYTES;
}

/* Scratch: weights packed in the step where they are no constant, zeros for the padding, and for each worker what a block works in.
 *   tiles, block  of all images; of a block
 *   parts, range  into how many ranges of columns a block is cut, so that all threads have something to do; columns of a range */
struct winograd_params {
    struct winograd convolution;
    struct packing packing;
    struct fused_inputs fused;
    bool packed;
    size_t tiles, block, parts, range;
    size_t zeros_at, workers_at, worker_bytes; /* in bytes */
};

/* What the threads share. */
struct shared {
    const struct winograd_params *p;
    struct winograd_tensors tensors;
    unsigned char *workers;
};

/* Loop index: block, and within it part. */
static void do_parts(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct shared *s = context;
    const struct winograd_params *p = s->p;
    for (size_t i = begin; i < end; i++) {
        struct winograd_part part = {.first = i / p->parts * p->block, .from = i % p->parts * p->range};
        part.count = p->tiles - part.first < p->block ? p->tiles - part.first : p->block;
        part.to = i % p->parts + 1 == p->parts ? p->convolution.columns : part.from + p->range;
        winograd_f32(&p->convolution, &s->tensors, &part, (float *)(void *)(s->workers + worker * p->worker_bytes));
    }
}

static void run_winograd(const struct step *step) {
    const struct winograd_params *p = step->params;
    unsigned char *scratch = step->scratch;
    const struct shared s = {.p = p,
                             .tensors = {.x = step->in[0],
                                         .weights = step_packed(step, 1, p->packed, &p->packing),
                                         .zeros = memset(scratch + p->zeros_at, 0, p->workers_at - p->zeros_at),
                                         .z = step->out[0],
                                         .e = fused_epilogue(&p->fused, step)},
                             .workers = scratch + p->workers_at};
    pool_for(divide_up(p->tiles, p->block) * p->parts, 1, do_parts, &s);
}

static struct winograd convolution(const struct op_site *site, const struct window *w) {
    return (struct winograd){.side = conv_winograd_side(site),
                             .in_run = conv_winograd_in_run(site),
                             .height = (size_t)w->axis[HEIGHT].size,
                             .width = (size_t)w->axis[WIDTH].size,
                             .top = (size_t)w->axis[HEIGHT].pad_before,
                             .left = (size_t)w->axis[WIDTH].pad_before,
                             .out_height = (size_t)w->axis[HEIGHT].out,
                             .out_width = (size_t)w->axis[WIDTH].out,
                             .depth = (size_t)w->channels,
                             .columns = (size_t)site->inputs[1].dims[0]};
}

/* Blocks of about one size, as large as they may be: each reads all weights. Then parts for all threads; each transforms the patches of its block again. */
static void cut(struct winograd_params *p) {
    enum { LEAST_COLUMNS = 4 * PANEL };
    const size_t most = winograd_block(&p->convolution), blocks = divide_up(p->tiles, most);
    const size_t wanted = pool_threads() > 1 ? 2 * (size_t)pool_threads() : 1;
    p->block = most;
    if (blocks == 0)
        return;
    p->block = divide_up(divide_up(p->tiles, blocks), TILE_ROWS) * TILE_ROWS;
    p->parts = blocks < wanted ? divide_up(wanted, blocks) : 1;
    p->range = divide_up(divide_up(p->convolution.columns, p->parts), LEAST_COLUMNS) * LEAST_COLUMNS;
    p->parts = divide_up(p->convolution.columns, p->range);
}

bool conv_winograd_prepare(const struct op_site *site, const struct window *w, const struct packing *packing,
                           struct step *step, struct arena *arena, struct error *err) {
    struct winograd_params p = {.convolution = convolution(site, w),
                                .packing = *packing,
                                .fused = fused_inputs(site),
                                .packed = site->packed[1]};
    if (type_elements(&site->outputs[0]) > 0)
        p.tiles = (size_t)w->batch * winograd_tiles(&p.convolution);
    cut(&p);
    p.zeros_at = p.packed ? 0 : (size_t)round_up_16(p.packing.bytes);
    p.workers_at = p.zeros_at + (size_t)round_up_16(p.convolution.depth * sizeof(float));
    const uint64_t worker = pool_apart(winograd_scratch(&p.convolution) * sizeof(float));
    p.worker_bytes = (size_t)worker;
    step->run = run_winograd;
    return step_scratch(step, p.workers_at + pool_threads() * worker, err) &&
           step_params(step, &p, sizeof p, arena, err);
}
