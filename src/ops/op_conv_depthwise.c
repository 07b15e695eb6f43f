/* op_conv_depthwise.c - ConvDepthwise: rows of the image between its two convolutions are made when an output row is the first to see them, in a ring. The pass conv_depthwise makes it. */
#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "ops/conv_blocks.h"
#include "ops/conv_depthwise.h"
#include "ops/conv_pair.h"
#include "ops/fused.h"
#include "ops/rows.h"

/* CHUNK_FLOATS: of rows that are made together, so few that the ring stays in the cache: 32 K and more were slower by 1 % of MobileNetV2 in V8. */
enum { CHUNK_FLOATS = 8 * 1024 };

OP_CHECK(conv_depthwise) {
    struct conv_pair p;
    if (!conv_pair_make(site, &p, err))
        return false;
    site->outputs[0] = p.output;
    return true;
}

/* Both convolutions, and what is fused to the first. */
OP_WORK(conv_depthwise) {
    struct conv_pair p;
    struct error unheard;
    error_clear(&unheard);
    if (!conv_pair_make(site, &p, &unheard))
        return;
    const struct fused_inputs fused = fused_first(site);
    const uint64_t middle = type_elements(&p.middle), k = type_extent(&p.inputs[0][1], 1, 4);
    const uint64_t more = (uint64_t)(fused.bias > 0) + (fused.residual > 0) + (fused.activation != NULL);
    work->operations =
        middle * (2 * k + more) + 2 * (uint64_t)type_elements(&p.output) * type_extent(&p.inputs[1][1], 1, 4);
}

/* Of one input and one output channel a group, which the weights alone say. */
OP_PACKING(conv_depthwise) {
    struct conv_pair p;
    struct error unheard;
    error_clear(&unheard);
    if (input < 1 || input > 2 || (input == 2 && site->inputs[2].rank != 4) || !conv_pair_begin(site, &p, &unheard))
        return false;
    return (input == 1 || conv_is_depthwise(&site->inputs[2], p.group)) &&
           packing_conv2d(&p.sites[input - 1], 1, packing);
}

/* Scratch: weights packed in the step where they are no constants, zeros for the padding; for each worker the ring, what conv_block_find fills, and
 * pointers for a row.
 *   flat         every point sees itself alone: rows of the image between are those of one matrix
 *   chunk, ring  rows that are made together, and that are kept */
struct pair_params {
    struct conv_blocks blocks;
    struct conv_depthwise depthwise;
    struct packing packing[2];
    struct fused_inputs fused[2];
    bool packed[2], flat;
    size_t columns, chunk, ring, rows;
    size_t second_at, zeros_at, workers_at, band_at, pointers_at, row_at, worker_bytes; /* in bytes */
};

struct pair_run {
    const struct step *step;
    const struct pair_params *p;
    const float *weights[2], *zeros;
    struct epilogue e[2];
};

/* What a worker has of the image between: rows from `rows.origin` on, up to `made`, as long as the ring keeps them. */
struct ring {
    unsigned char *own;
    struct image_rows rows;
    size_t made;
};

/* `count` rows from row y of the image that begins at row `first`, through pointers. */
static void make_blocks(const struct pair_run *run, unsigned char *own, size_t row, size_t count, float *z,
                        const struct epilogue *e) {
    const struct pair_params *p = run->p;
    const struct conv_blocks *b = &p->blocks;
    const size_t height = (size_t)b->window.axis[HEIGHT].out;
    const float **pointers = (const float **)(void *)(own + p->pointers_at);
    struct conv_place place = {.n = (int32_t)(row / height), .y = (int32_t)(row % height), .rows = (int32_t)count};
    for (; place.x < b->window.axis[WIDTH].out; place.x += b->width) {
        const size_t at = (size_t)place.x * p->columns;
        const int32_t left = b->window.axis[WIDTH].out - place.x;
        const struct epilogue part = epilogue_at(e, 0, at);
        place.width = left < b->width ? left : b->width;
        const struct conv_block block =
            conv_block_find(b, &place, run->step->in[0], (float *)(void *)(own + p->band_at), pointers);
        gemm_rows_f32(pointers, block.points, block.points, b->taps, b->depth, run->weights[0], p->columns, z + at,
                      p->columns, &part);
    }
}

/* The next rows, at most up to `end`. A chunk begins at a multiple of its rows in the ring, so it never runs over its end. */
static void make_chunk(const struct pair_run *run, struct ring *ring, size_t end) {
    const struct pair_params *p = run->p;
    const size_t width = (size_t)p->depthwise.row.size, count = smaller(end - ring->made, p->chunk);
    const size_t points = ring->made * width, depth = p->blocks.depth;
    float *z = (float *)(void *)ring->own + (ring->made - ring->rows.origin) % p->ring * width * p->columns;
    const struct epilogue e = epilogue_at(&run->e[0], 0, points * p->columns);
    if (p->flat)
        gemm_f32((const float *)run->step->in[0] + points * depth, depth, count * width, depth, run->weights[0],
                 p->columns, z, p->columns, &e);
    else
        make_blocks(run, ring->own, ring->made, count, z, &e);
    ring->made += count;
}

/* The first row of the image between that output row `row` sees, or the first that none up to it sees; both among the rows of all images. */
static size_t seen(const struct pair_params *p, size_t row, bool end) {
    const struct window_axis *a = &p->depthwise.window.axis[HEIGHT];
    const ptrdiff_t first = (ptrdiff_t)(row % (size_t)a->out) * a->stride - a->pad_before,
                    y = end ? first + (ptrdiff_t)window_reach(a) : first;
    return row / (size_t)a->out * (size_t)a->size + (size_t)(y < 0 ? 0 : y > a->size ? a->size : y);
}

/* Output rows; each image begins anew. */
static void do_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct pair_run *run = context;
    const struct pair_params *p = run->p;
    const size_t height = (size_t)p->depthwise.window.axis[HEIGHT].out;
    struct ring ring = {.own = (unsigned char *)run->step->scratch + p->workers_at + worker * p->worker_bytes};
    const float **pointers = (const float **)(void *)(ring.own + p->row_at);
    ring.rows = (struct image_rows){.first = (const float *)(void *)ring.own, .count = p->ring};
    for (size_t i = begin; i < end; i++) {
        const size_t last = smaller(end, (i / height + 1) * height) - 1;
        if (i == begin || i % height == 0)
            ring.rows.origin = ring.made = seen(p, i, false);
        while (ring.made < seen(p, i, true))
            make_chunk(run, &ring, seen(p, last, true));
        conv_depthwise_row(&p->depthwise, &ring.rows, i, run->zeros, pointers, run->weights[1], run->step->out[0],
                           &run->e[1]);
    }
}

static const float *weights_at(const struct step *step, uint32_t input, size_t at) {
    const struct pair_params *p = step->params;
    struct step part = *step;
    part.scratch = (unsigned char *)step->scratch + at;
    return step_packed(&part, input, p->packed[input - 1], &p->packing[input - 1]);
}

/* Few ranges for each thread: each makes rows once more that the one before has made. */
static void run_pair(const struct step *step) {
    const struct pair_params *p = step->params;
    unsigned char *scratch = step->scratch;
    const struct pair_run run = {.step = step,
                                 .p = p,
                                 .weights = {weights_at(step, 1, 0), weights_at(step, 2, p->second_at)},
                                 .zeros = memset(scratch + p->zeros_at, 0, p->workers_at - p->zeros_at),
                                 .e = {fused_epilogue(&p->fused[0], step), fused_epilogue(&p->fused[1], step)}};
    pool_for(p->rows, divide_up(p->rows, 2 * (size_t)pool_threads()) + (p->rows == 0), do_rows, &run);
}

/* As many rows as a chunk may have; in the ring, all chunks that hold a row which a window sees, or all there are. */
static void size_ring(struct pair_params *p) {
    const struct window_axis *a = &p->depthwise.window.axis[HEIGHT];
    const size_t row = (size_t)p->depthwise.row.size * p->columns,
                 before = (size_t)window_reach(a) - 1; /* rows that a window sees above its last */
    const size_t most = CHUNK_FLOATS / (row + 1) + 1;
    p->chunk = smaller((size_t)p->blocks.rows, most);
    p->ring = p->chunk * smaller(divide_up(before, p->chunk) + 1, divide_up((size_t)a->size, p->chunk));
}

static bool lay_out(struct pair_params *p, struct step *step, struct error *err) {
    const uint64_t ring = (uint64_t)p->ring * (size_t)p->depthwise.row.size * p->columns;
    const uint64_t points = p->flat ? 0 : (uint64_t)conv_blocks_points(&p->blocks) * p->blocks.taps;
    const uint64_t at[] = {round_up_16(ring * sizeof(float)), round_up_16(p->flat ? 0 : p->blocks.band * sizeof(float)),
                           points * sizeof(float *), conv_depthwise_pointers(&p->depthwise) * sizeof(float *)};
    const uint64_t worker = pool_apart(at[0] + at[1] + at[2] + at[3]);
    p->band_at = (size_t)at[0];
    p->pointers_at = (size_t)(at[0] + at[1]);
    p->row_at = (size_t)(at[0] + at[1] + at[2]);
    p->worker_bytes = (size_t)worker;
    p->second_at = p->packed[0] ? 0 : (size_t)round_up_16(p->packing[0].bytes);
    p->zeros_at = p->second_at + (p->packed[1] ? 0 : (size_t)round_up_16(p->packing[1].bytes));
    p->workers_at = p->zeros_at + (size_t)round_up_16(p->columns * sizeof(float));
    return step_scratch(step, p->workers_at + worker * pool_threads(), err);
}

OP_PREPARE(conv_depthwise) {
    struct conv_pair pair;
    struct window windows[2];
    struct pair_params p = {.packed = {site->packed[1], site->packed[2]},
                            .fused = {fused_first(site), fused_inputs(site)}};
    if (!conv_pair_make(site, &pair, err))
        return false;
    for (uint32_t i = 0; i < 2; i++)
        if (!window_make(&pair.sites[i], pair.inputs[i][1].dims + 2, &windows[i], err))
            return false;
    for (uint32_t i = 0; i < 2; i++) {
        if (!packing_conv2d(&pair.sites[i], 1, &p.packing[i]))
            return error_set(err, MSW_LIMIT, "weights %t need more than %l bytes when packed", &pair.inputs[i][1],
                             (int64_t)TYPE_MAX_BYTES);
        packing_in_step(&p.packing[i], p.packed[i]);
    }
    p.columns = (size_t)pair.middle.dims[3];
    p.depthwise = conv_depthwise_of(&windows[1]);
    conv_blocks_make(&windows[0], 1, 1, &p.blocks);
    if (type_elements(&pair.output) > 0) {
        p.rows = (size_t)pair.output.dims[0] * (size_t)pair.output.dims[1];
        p.flat = conv_blocks_flat(&p.blocks, 1);
        size_ring(&p);
    }
    step->run = run_pair;
    return lay_out(&p, step, err) && step_params(step, &p, sizeof p, arena, err);
}
