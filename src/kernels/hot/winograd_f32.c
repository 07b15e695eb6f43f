/* winograd_f32.c - a block of tiles goes through all three parts of the formula while it is in the cache: patches of the image become one row of a matrix
 * for each point, the matrices are multiplied by the packed weights, some columns at a time, and the products become tiles of the output. */
#include "kernels/hot/winograd_f32.h"

#include <stdbool.h>
#include <string.h>

#include "base/round.h"
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/winograd_transform.h"

/* Tiles of a block, of which more would not fit a cache of the second level, and columns that are multiplied at once: fewer where their weights, transformed
 * in the run, would be more than WEIGHT_FLOATS. A matrix of one point begins GAP floats behind the end of the one before, or their rows would meet in the
 * cache wherever depths are powers of 2. */
enum {
    BLOCK_TILES = 10 * TILE_ROWS,
    BLOCK_FLOATS = 256 * 1024,
    COLUMNS = 4 * PANEL,
    WEIGHT_FLOATS = 80 * 1024,
    GAP = 16
};

static size_t tiles_across(const struct winograd *g) {
    return divide_up(g->out_width, g->side);
}

size_t winograd_tiles(const struct winograd *g) {
    return divide_up(g->out_height, g->side) * tiles_across(g);
}

/* Floats of a row of the matrices of patches. */
static size_t row_floats(const struct winograd *g) {
    return (g->depth + 3) / 4 * 4;
}

static size_t points_of(const struct winograd *g) {
    return (g->side + 2) * (g->side + 2);
}

/* Columns that are multiplied at once. */
static size_t at_once(const struct winograd *g) {
    const size_t most = g->in_run ? WEIGHT_FLOATS / (points_of(g) * (g->depth + 1)) / PANEL * PANEL : COLUMNS;
    return most < PANEL ? PANEL : most > COLUMNS ? COLUMNS : most;
}

/* From one point's matrix to the next. */
static size_t patch_step(const struct winograd *g) {
    return winograd_block(g) * row_floats(g) + GAP;
}

/* Of weights that are transformed in the run. */
static size_t weight_step(const struct winograd *g) {
    return g->in_run ? g->depth * at_once(g) + GAP : 0;
}

static size_t product_step(const struct winograd *g) {
    return winograd_block(g) * at_once(g) + GAP;
}

size_t winograd_block(const struct winograd *g) {
    const size_t most = BLOCK_FLOATS / (points_of(g) * (row_floats(g) + at_once(g)));
    return most >= BLOCK_TILES ? BLOCK_TILES : most > TILE_ROWS ? most / TILE_ROWS * TILE_ROWS : TILE_ROWS;
}

uint64_t winograd_scratch(const struct winograd *g) {
    return (uint64_t)points_of(g) * (patch_step(g) + product_step(g) + weight_step(g));
}

/* Where a tile lies: its first output point, and how many of its points there are. */
struct place {
    size_t image, y, x, rows, points;
};

static struct place place_of(const struct winograd *g, size_t tile) {
    const size_t across = tiles_across(g), tiles = winograd_tiles(g);
    struct place p = {.image = tile / tiles, .y = tile % tiles / across * g->side, .x = tile % across * g->side};
    p.rows = g->out_height - p.y < g->side ? g->out_height - p.y : g->side;
    p.points = g->out_width - p.x < g->side ? g->out_width - p.x : g->side;
    return p;
}

/* The points of a tile's patch, those in the padding being zeros. */
static void patch_points(const struct winograd *g, const float *x, const float *zeros, const struct place *p,
                         const float **points) {
    const size_t side = g->side + 2;
    const float *image = x + p->image * g->height * g->width * g->depth;
    for (size_t i = 0; i < side; i++)
        for (size_t j = 0; j < side; j++) {
            const size_t y = p->y + i - g->top, column = p->x + j - g->left; /* before the image: wraps, so too large */
            const bool inside = y < g->height && column < g->width;
            *points++ = inside ? image + (y * g->width + column) * g->depth : zeros;
        }
}

static void patch(const struct winograd *g, const float *const *points, float *v) {
    const size_t count = points_of(g), whole = g->depth / 4 * 4, step = patch_step(g);
    const struct winograd_transform *transform = winograd_transform(g->side);
    float last[WINOGRAD_POINTS * WINOGRAD_POINTS][4] = {0};
    const float *rest[WINOGRAD_POINTS * WINOGRAD_POINTS];
    transform->input(points, whole, v, step);
    if (whole == g->depth)
        return;
    for (size_t i = 0; i < count; i++)
        rest[i] = memcpy(last[i], points[i] + whole, (g->depth - whole) * sizeof(float));
    transform->input(rest, 4, v + whole, step);
}

/* Weights of some columns: those of point p are at + p * step. */
struct weights {
    const float *at;
    size_t step;
};

static struct weights weights_of(const struct winograd *g, const struct winograd_tensors *t, size_t from, size_t width,
                                 float *room) {
    if (!g->in_run)
        return (struct weights){t->weights + from * g->depth, g->depth * panel_columns(g->columns)};
    for (size_t j = 0; j < width; j += PANEL)
        winograd_transform(g->side)->weights(t->weights + (from + j) * 9 * g->depth, g->depth, room + j * g->depth,
                                             weight_step(g));
    return (struct weights){room, weight_step(g)};
}

/* Some columns of the tiles, from column `from` on. */
static void columns(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                    const float *v, float *m) {
    const size_t points = points_of(g), width = part->to - part->from, row = g->out_width * g->columns;
    const struct weights w = weights_of(g, t, part->from, width, m + points * product_step(g));
    for (size_t p = 0; p < points; p++)
        gemm_f32(v + p * patch_step(g), row_floats(g), part->count, g->depth, w.at + p * w.step, panel_columns(width),
                 m + p * product_step(g), at_once(g), NULL);
    for (size_t i = 0; i < part->count; i++) {
        const struct place p = place_of(g, part->first + i);
        float *z = t->z + ((p.image * g->out_height + p.y) * g->out_width + p.x) * g->columns + part->from;
        winograd_transform(g->side)->output(m + i * at_once(g), product_step(g), width, z, row, g->columns, p.rows,
                                            p.points);
    }
}

/* The epilogue of tiles that lie side by side, from `first` on: row by row of the output. Returns how many they are. */
static size_t finish(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                     size_t first) {
    const struct place p = place_of(g, first);
    const size_t left = divide_up(g->out_width - p.x, g->side), most = part->first + part->count - first;
    const size_t tiles = smaller(left, most), points = tiles == left ? g->out_width - p.x : tiles * g->side;
    for (size_t y = p.y; y < p.y + p.rows; y++) {
        const size_t at = ((p.image * g->out_height + y) * g->out_width + p.x) * g->columns + part->from;
        const struct epilogue e = epilogue_at(&t->e, part->from, at);
        epilogue_rows_f32(&e, t->z + at, points, part->to - part->from, g->columns);
    }
    return tiles;
}

void winograd_f32(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                  float *scratch) {
    float *const products = scratch + points_of(g) * patch_step(g);
    const size_t end = part->first + part->count;
    for (size_t i = 0; i < part->count; i++) {
        const float *points[WINOGRAD_POINTS * WINOGRAD_POINTS];
        const struct place p = place_of(g, part->first + i);
        patch_points(g, t->x, t->zeros, &p, points);
        patch(g, points, scratch + i * row_floats(g));
    }
    for (size_t j = part->from; j < part->to; j += at_once(g)) {
        struct winograd_part some = *part;
        some.from = j;
        some.to = part->to - j < at_once(g) ? part->to : j + at_once(g);
        columns(g, t, &some, scratch, products);
    }
    for (size_t i = part->first; i < end;)
        i += finish(g, t, part, i);
}
