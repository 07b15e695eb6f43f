/* gemm_f32.c - loops over tiles, and the packing of weights that the tiles read. */
#include "kernels/hot/gemm_f32.h"

#include "base/pool.h"
#include "base/round.h"
#include "simd/simd_relaxed.h"

/* What stays in a cache of the second level: weights of one round over the rows, and what a block of rows reads. Rows of a convolution share most of
 * what their taps see, so one tap is counted. */
enum { ROUND_FLOATS = 48 * 1024, BLOCK_FLOATS = 160 * 1024 };

/* Where sums are so long and rows so many that it costs nothing, the first tiles of a round read the weights of the next, an eighth each and so many
 * numbers at a time: loads that nobody waits for. Then rounds are shorter, since nothing comes before the first. */
enum { AHEAD_DEPTH = 48, AHEAD_TILES = PANEL, AHEAD_FLOATS = 64, AHEAD_ROUND_FLOATS = 28 * 1024 };

/* Products and sums that are worth a thread's while; tiles for each of them that are many. */
enum { PART_SUMS = 64 * 1024, MANY_TILES = 8 };

enum { WIDE_PANELS = 4 };

#ifdef MSW_RELAXED
enum { FUSED_MULTIPLY_ADD = 1 };
#else
enum { FUSED_MULTIPLY_ADD = 0 };
#endif

/* What a tile does besides its sums.
 *   bias, residual, clamp  before it stores them, the part of an epilogue that needs no call: the bias of its first column, and where the residual of
 *                          its first sum lies; each may be NULL
 *   ahead, ahead_floats    weights that are read for whoever comes next, as far as its own sums go */
struct tile_extra {
    const float *bias, *residual, *clamp;
    const float *ahead;
    size_t ahead_floats;
};

/* Read a number of each line of the cache: loads that wait for nothing and feed nothing run ahead of memory as no tile does, whose loads stall its
 * arithmetic. */
SIMD_INLINE void touch(const float *w, size_t floats) {
    enum { LINE = 64 / sizeof(float) };
    for (size_t i = 0; i < floats; i += LINE)
        (void)*(const volatile float *)(w + i);
}

/* The last, incomplete panel: `columns` of the 8 sums of each row. */
static __attribute__((noinline)) void end_part(const struct tile_extra *extra, const f32x4 *sums, size_t rows,
                                               size_t columns, size_t j, float *z, size_t ldz) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < columns; c++) {
            float sum = sums[2 * r + c / 4][c % 4];
            sum = extra->bias ? sum + extra->bias[j + c] : sum;
            sum = extra->residual ? sum + extra->residual[r * ldz + j + c] : sum;
            sum = extra->clamp ? f32x4_hold(f32x4_splat(sum), extra->clamp[0], extra->clamp[1])[0] : sum;
            z[r * ldz + j + c] = sum;
        }
    }
}

#ifdef MSW_RELAXED /* more rows than tile_rows() gives elsewhere */
#define FN splat_6_ahead
#define ROWS 6
#define SHUFFLE 0
#define AHEAD 1
#include "kernels/hot/gemm_tile.h"

#define FN splat_5_ahead
#define ROWS 5
#define SHUFFLE 0
#define AHEAD 1
#include "kernels/hot/gemm_tile.h"

#define FN splat_6
#define ROWS 6
#define SHUFFLE 0
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

#define FN splat_5
#define ROWS 5
#define SHUFFLE 0
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

#define FN shuffle_6_ahead
#define ROWS 6
#define SHUFFLE 1
#define AHEAD 1
#include "kernels/hot/gemm_tile.h"

#define FN shuffle_6
#define ROWS 6
#define SHUFFLE 1
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"
#endif

#define FN splat_4_ahead
#define ROWS 4
#define SHUFFLE 0
#define AHEAD 1
#include "kernels/hot/gemm_tile.h"

#define FN splat_3_ahead
#define ROWS 3
#define SHUFFLE 0
#define AHEAD 1
#include "kernels/hot/gemm_tile.h"

#define FN splat_4
#define ROWS 4
#define SHUFFLE 0
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

#define FN splat_3
#define ROWS 3
#define SHUFFLE 0
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

#define FN splat_2
#define ROWS 2
#define SHUFFLE 0
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

#define FN splat_1
#define ROWS 1
#define SHUFFLE 0
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

#define FN shuffle_3_ahead
#define ROWS 3
#define SHUFFLE 1
#define AHEAD 1
#include "kernels/hot/gemm_tile.h"

#define FN shuffle_3
#define ROWS 3
#define SHUFFLE 1
#define AHEAD 0
#include "kernels/hot/gemm_tile.h"

static bool shuffles; /* what the engine likes better */

void gemm_prefer_shuffles(bool prefer) {
    shuffles = prefer;
}

/* One row by 32 columns: eight sums, so that each waits for none of the others. */
static void wide_1(const float *const *x, size_t ldx, size_t taps, size_t depth, const float *w, float *z,
                   const struct tile_extra *extra, size_t j) {
    const size_t panel = taps * depth * PANEL;
    f32x4 sum[2 * WIDE_PANELS];
    for (int i = 0; i < 2 * WIDE_PANELS; i++)
        sum[i] = f32x4_splat(0);
    for (size_t t = 0; t < taps; t++) {
        for (size_t k = 0; k < depth; k++, w += PANEL) {
            const f32x4 v = f32x4_splat(x[t * ldx][k]);
            for (size_t i = 0; i < WIDE_PANELS; i++) {
                sum[2 * i] = f32x4_madd(v, f32x4_load(w + i * panel), sum[2 * i]);
                sum[2 * i + 1] = f32x4_madd(v, f32x4_load(w + i * panel + 4), sum[2 * i + 1]);
            }
        }
    }
    for (size_t i = 0; i < 2 * WIDE_PANELS; i++) {
        sum[i] += extra->bias ? f32x4_load(extra->bias + j + 4 * i) : f32x4_splat(-0.0f); /* x + -0 is x */
        sum[i] += extra->residual ? f32x4_load(extra->residual + j + 4 * i) : f32x4_splat(-0.0f);
        f32x4_store(z + j + 4 * i, extra->clamp ? f32x4_hold(sum[i], extra->clamp[0], extra->clamp[1]) : sum[i]);
    }
}

static void one_row(const float *const *x, size_t ldx, size_t taps, size_t depth, const float *w, size_t columns,
                    float *z, const struct tile_extra *extra) {
    const size_t wide = columns / (WIDE_PANELS * PANEL) * (WIDE_PANELS * PANEL);
    const struct tile_extra rest = {.bias = extra->bias ? extra->bias + wide : NULL,
                                    .residual = extra->residual ? extra->residual + wide : NULL,
                                    .clamp = extra->clamp};
    for (size_t j = 0; j < wide; j += WIDE_PANELS * PANEL)
        wide_1(x, ldx, taps, depth, w + j * taps * depth, z, extra, j);
    splat_1(x, ldx, taps, depth, w + wide * taps * depth, columns - wide, z + wide, 0, &rest);
}

/* A tile of up to tile_rows() rows. */
static void some_rows(const float *const *x, size_t ldx, size_t rows, size_t taps, size_t depth, const float *w,
                      size_t columns, float *z, size_t ldz, const struct tile_extra *extra) {
    const bool ahead = extra->ahead_floats > 0;
    switch (rows) {
    case 1: one_row(x, ldx, taps, depth, w, columns, z, extra); break;
    case 2: splat_2(x, ldx, taps, depth, w, columns, z, ldz, extra); break;
    case 3:
        (shuffles ? ahead ? shuffle_3_ahead : shuffle_3
         : ahead  ? splat_3_ahead
                  : splat_3)(x, ldx, taps, depth, w, columns, z, ldz, extra);
        break;
#ifdef MSW_RELAXED
    case 6:
        (shuffles ? ahead ? shuffle_6_ahead : shuffle_6
         : ahead  ? splat_6_ahead
                  : splat_6)(x, ldx, taps, depth, w, columns, z, ldz, extra);
        break;
    case 5: (ahead ? splat_5_ahead : splat_5)(x, ldx, taps, depth, w, columns, z, ldz, extra); break;
#endif
    default: (ahead ? splat_4_ahead : splat_4)(x, ldx, taps, depth, w, columns, z, ldz, extra);
    }
}

/* A product. Its left rows are found through x, or, where that is NULL, lie at `first`, ld apart. */
struct product {
    const float *const *x;
    const float *first;
    size_t ldx, ld, taps, depth;
    const float *w;
    float *z;
    size_t ldz;
    struct epilogue e;
    const float *clamp; /* of its activation */
};

/* An epilogue that a caller may have left out. */
static struct epilogue epilogue_or_none(const struct epilogue *e) {
    return e ? *e : (struct epilogue){.bias = NULL};
}

/* Rows of a tile: where multiplying and adding are two instructions, their results in between need registers too. */
static size_t tile_rows(void) {
    return FUSED_MULTIPLY_ADD ? TILE_ROWS : shuffles ? 3 : 4;
}

/* Columns j .. j + count of `rows` rows from r on, at most TILE_ROWS, and then their epilogue; meanwhile `floats` numbers from `ahead` on are read. */
static void tile(const struct product *p, size_t r, size_t rows, size_t j, size_t count, const float *ahead,
                 size_t floats) {
    const size_t at = r * p->ldz + j;
    const float *const w = p->w + j * p->taps * p->depth, *pointers[TILE_ROWS];
    const struct epilogue e = epilogue_at(&p->e, j, at);
    const struct tile_extra extra = {
        .bias = e.bias, .residual = e.residual, .clamp = p->clamp, .ahead = ahead, .ahead_floats = floats};
    for (size_t i = 0; !p->x && i < rows; i++)
        pointers[i] = p->first + (r + i) * p->ld;
    some_rows(p->x ? p->x + r : pointers, p->ldx, rows, p->taps, p->depth, w, count, p->z + at, p->ldz, &extra);
    const struct epilogue last = {.activation = p->clamp ? NULL : e.activation};
    if (last.activation)
        epilogue_rows_f32(&last, p->z + at, rows, count, p->ldz);
}

/* How many of `unit` fit, at least one; each of `floats` numbers. */
static size_t units_of(size_t room, size_t floats, size_t unit) {
    const size_t units = room / (floats + 1) / unit;
    return (units > 1 ? units : 1) * unit;
}

/* Some columns, and how many there are in the round after it. */
struct round {
    size_t j, count, next;
};

/* A round over all rows of a block, in as few tiles as there can be, each of about as many rows: a tile of one takes as long as one of four. */
static void do_round(const struct product *p, size_t first, size_t end, const struct round *round, bool ahead) {
    const size_t sum = p->taps * p->depth, weights = panel_columns(round->count) * sum;
    const float *const w = p->w + round->j * sum;
    const size_t tiles = divide_up(end - first, tile_rows()), share = panel_columns(round->next) / AHEAD_TILES * sum;
    if (tiles > 1 && (round->j == 0 || !ahead))
        touch(w, weights);
    for (size_t t = 0, r = first; t < tiles; t++) {
        const size_t rows = divide_up(end - r, tiles - t);
        const bool reads = ahead && t < AHEAD_TILES;
        tile(p, r, rows, round->j, round->count, reads ? w + weights + t * share : NULL, reads ? share : 0);
        r += rows;
    }
}

/* Columns of a block of rows in rounds, so that their weights stay in the cache while the rows pass by. */
static void do_block(const struct product *p, size_t first, size_t end, size_t columns) {
    const bool ahead = p->depth >= AHEAD_DEPTH && divide_up(end - first, tile_rows()) >= AHEAD_TILES;
    const size_t room = units_of(ahead ? AHEAD_ROUND_FLOATS : ROUND_FLOATS, p->taps * p->depth, PANEL);
    for (size_t j = 0; j < columns; j += room) {
        const size_t left = columns - j, count = smaller(left, room);
        const struct round round = {.j = j, .count = count, .next = smaller(left - count, room)};
        do_round(p, first, end, &round, ahead);
    }
}

/* Blocks of about as many rows each. */
static void multiply(struct product p, size_t rows, size_t columns) {
    const size_t blocks = divide_up(rows, units_of(BLOCK_FLOATS, p.depth, TILE_ROWS));
    const size_t block = blocks ? divide_up(divide_up(rows, blocks), TILE_ROWS) * TILE_ROWS : 1;
    p.clamp = clamp_of(p.e.activation);
    for (size_t b = 0; b < rows; b += block)
        do_block(&p, b, smaller(b + block, rows), columns);
}

void gemm_rows_f32(const float *const *x, size_t ldx, size_t rows, size_t taps, size_t depth, const float *w,
                   size_t columns, float *z, size_t ldz, const struct epilogue *e) {
    const struct product p = {
        .x = x, .ldx = ldx, .taps = taps, .depth = depth, .w = w, .z = z, .ldz = ldz, .e = epilogue_or_none(e)};
    multiply(p, rows, columns);
}

void gemm_f32(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t columns, float *z,
              size_t ldz, const struct epilogue *e) {
    const struct product p = {
        .first = x, .ld = ldx, .taps = 1, .depth = depth, .w = w, .z = z, .ldz = ldz, .e = epilogue_or_none(e)};
    multiply(p, rows, columns);
}

/* A product whose rows or columns are shared. */
struct split {
    struct product product;
    size_t rows, columns;
};

static void do_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct split *s = context;
    struct product p = s->product;
    (void)worker;
    p.first += begin * p.ld;
    p.z += begin * p.ldz;
    p.e = epilogue_at(&p.e, 0, begin * p.ldz);
    multiply(p, end - begin, s->columns);
}

static void do_columns(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct split *s = context;
    struct product p = s->product;
    (void)worker;
    p.w += begin * p.depth;
    p.z += begin;
    p.e = epilogue_at(&p.e, begin, begin);
    multiply(p, s->rows, end - begin);
}

/* Of shared rows each thread reads all weights, of shared columns all of x. Rows, where each thread gets many tiles of them, and unless it is the
 * weights that are too many to be read by all. */
static bool share_rows(size_t rows, size_t depth, size_t columns) {
    return rows >= (size_t)pool_threads() * MANY_TILES * TILE_ROWS &&
           (rows >= columns || (uint64_t)columns * depth <= BLOCK_FLOATS);
}

void gemm_split_f32(const float *x, size_t ldx, size_t rows, size_t depth, const float *w, size_t columns, float *z,
                    size_t ldz, const struct epilogue *e) {
    const struct split s = {
        .product =
            {.first = x, .ld = ldx, .taps = 1, .depth = depth, .w = w, .z = z, .ldz = ldz, .e = epilogue_or_none(e)},
        .rows = rows,
        .columns = columns};
    if (pool_threads() == 1 || rows == 0 || columns == 0)
        multiply(s.product, rows, columns);
    else if (share_rows(rows, depth, columns))
        pool_for(rows, divide_up(pool_grain(PART_SUMS, (uint64_t)columns * depth), tile_rows()) * tile_rows(), do_rows,
                 &s);
    else
        pool_for(columns, panel_columns(pool_grain(PART_SUMS, (uint64_t)rows * depth)), do_columns, &s);
}
