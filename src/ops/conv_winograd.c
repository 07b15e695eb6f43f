/* conv_winograd.c - the weights in their packed form, and a loop over blocks of tiles that threads share. */
#include "ops/conv_winograd.h"

#include <string.h>

#include "base/pool.h"
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

bool conv_winograd_check(const struct op_site *site, struct error *err) {
    const int64_t side = side_of(site);
    if (side != 0 && !is_side(side))
        return error_set(err, MSW_INVALID, "winograd must be 0, 2 or 4, got %l", side);
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

/* Scratch: weights packed in the step where they are no constant, zeros for the padding, and for each worker what a block works in. */
struct winograd_params {
    struct winograd convolution;
    struct packing packing;
    struct fused_inputs fused;
    bool packed;
    size_t tiles, grain;                     /* of all images; tiles that one thread does at once */
    size_t zeros_at, blocks_at, block_bytes; /* in bytes */
};

/* What the threads share. */
struct shared {
    const struct winograd_params *p;
    const float *x, *weights, *zeros;
    unsigned char *blocks;
    float *z;
    struct epilogue epilogue;
};

static void work(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct shared *s = context;
    float *scratch = (float *)(void *)(s->blocks + worker * s->p->block_bytes);
    for (size_t count; begin < end; begin += count) {
        count = end - begin < s->p->grain ? end - begin : s->p->grain;
        winograd_f32(&s->p->convolution, s->x, s->weights, s->zeros, begin, count, s->z, &s->epilogue, scratch);
    }
}

static void run_winograd(const struct step *step) {
    const struct winograd_params *p = step->params;
    unsigned char *scratch = step->scratch;
    const struct shared s = {.p = p,
                             .x = step->in[0],
                             .weights = p->packed ? step->in[1] : step->scratch,
                             .zeros = memset(scratch + p->zeros_at, 0, p->blocks_at - p->zeros_at),
                             .blocks = scratch + p->blocks_at,
                             .z = step->out[0],
                             .epilogue = fused_epilogue(&p->fused, step)};
    if (!p->packed) {
        memset(scratch, 0, p->packing.bytes);
        pack(&p->packing, step->in[1], 0, p->packing.rows, scratch);
    }
    pool_for(p->tiles, p->grain, work, &s);
}

static struct winograd convolution(const struct op_site *site, const struct window *w) {
    return (struct winograd){.side = conv_winograd_side(site),
                             .height = (size_t)w->axis[HEIGHT].size,
                             .width = (size_t)w->axis[WIDTH].size,
                             .top = (size_t)w->axis[HEIGHT].pad_before,
                             .left = (size_t)w->axis[WIDTH].pad_before,
                             .out_height = (size_t)w->axis[HEIGHT].out,
                             .out_width = (size_t)w->axis[WIDTH].out,
                             .depth = (size_t)w->channels,
                             .columns = (size_t)site->inputs[1].dims[0]};
}

/* A block, or less where there would be none for the last thread. */
static size_t grain(const struct winograd *g, size_t tiles) {
    const size_t threads = pool_threads(), share = (tiles + threads - 1) / threads, block = winograd_block(g);
    return share < block ? (share + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS : block;
}

static size_t round_up(size_t bytes) {
    return (bytes + 15) / 16 * 16;
}

bool conv_winograd_prepare(const struct op_site *site, const struct window *w, struct step *step, struct arena *arena,
                           struct error *err) {
    struct winograd_params p = {
        .convolution = convolution(site, w), .fused = fused_inputs(site), .packed = site->packed[1]};
    if (!conv_winograd_packing(site, &p.packing))
        return error_set(err, MSW_LIMIT, "weights %t need more than %l bytes when packed", &site->inputs[1],
                         (int64_t)TYPE_MAX_BYTES);
    if (type_elements(&site->outputs[0]) > 0)
        p.tiles = (size_t)w->batch * winograd_tiles(&p.convolution);
    p.grain = grain(&p.convolution, p.tiles);
    p.zeros_at = p.packed ? 0 : round_up(p.packing.bytes);
    p.blocks_at = p.zeros_at + round_up(p.convolution.depth * sizeof(float));
    const uint64_t block = winograd_scratch(&p.convolution) * sizeof(float); /* a multiple of 16 bytes */
    p.block_bytes = (size_t)block;
    step->run = run_winograd;
    return step_scratch(step, p.blocks_at + pool_threads() * block, err) && step_params(step, &p, sizeof p, arena, err);
}
