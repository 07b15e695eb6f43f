/* winograd_f32.c - a block of tiles goes through all three parts of the formula while it is in the cache: patches of the image become one row of a matrix
 * for each point, the matrices are multiplied by the packed weights, some columns at a time, and the products become tiles of the output. */
#include "kernels/hot/winograd_f32.h"

#include <stdbool.h>
#include <string.h>

#include "kernels/hot/gemm_f32.h"
#include "simd/simd_relaxed.h"

/* Tiles of a block, of which more would not fit a cache of the second level, and columns that are multiplied at once. A matrix of one point begins GAP
 * floats behind the end of the one before, or their rows would meet in the cache wherever depths are powers of 2. */
enum { BLOCK_TILES = 10 * TILE_ROWS, BLOCK_FLOATS = 256 * 1024, COLUMNS = 4 * PANEL, GAP = 16 };

/* sum + a * x */
SIMD_INLINE f32x4 times(float a, f32x4 x, f32x4 sum) {
    return f32x4_madd(f32x4_splat(a), x, sum);
}

/* F(4 x 4, 3 x 3). The points are 0, A, -A, B, -B and infinity; results at x and -x share their even and their odd part. */
static const float A = 0.625F, B = 1.5F, AA = 0.390625F, BB = 2.25F, AABB = 0.87890625F, AA_BB = 2.640625F,
                   AAA = 0.244140625F, BBB = 3.375F;

SIMD_INLINE void forward_4(const f32x4 *d, f32x4 *v) {
    const f32x4 even_a = times(-BB, d[2], d[4]), odd_a = A * times(-BB, d[1], d[3]);
    const f32x4 even_b = times(-AA, d[2], d[4]), odd_b = B * times(-AA, d[1], d[3]);
    v[0] = times(AABB, d[0], times(-AA_BB, d[2], d[4]));
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = times(AABB, d[1], times(-AA_BB, d[3], d[5]));
}

SIMD_INLINE void back_4(const f32x4 *m, f32x4 *y) {
    const f32x4 even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + (even_a + even_b);
    y[1] = times(B, odd_b, A * odd_a);
    y[2] = times(BB, even_b, AA * even_a);
    y[3] = times(BBB, odd_b, times(AAA, odd_a, m[5]));
}

/* F(2 x 2, 3 x 3). The points are 0, 1, -1 and infinity. */
SIMD_INLINE void forward_2(const f32x4 *d, f32x4 *v) {
    v[0] = d[0] - d[2];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
}

SIMD_INLINE void back_2(const f32x4 *m, f32x4 *y) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) + m[3];
}

#define SIDE 4
#define POINTS 6
#define INPUT input_4
#define OUTPUT output_4
#define FORWARD forward_4
#define BACK back_4
#include "kernels/hot/winograd_tile.h"

#define SIDE 2
#define POINTS 4
#define INPUT input_2
#define OUTPUT output_2
#define FORWARD forward_2
#define BACK back_2
#include "kernels/hot/winograd_tile.h"

static size_t tiles_across(const struct winograd *g) {
    return (g->out_width + g->side - 1) / g->side;
}

size_t winograd_tiles(const struct winograd *g) {
    return (g->out_height + g->side - 1) / g->side * tiles_across(g);
}

/* Floats of a row of the matrices of patches. */
static size_t row_floats(const struct winograd *g) {
    return (g->depth + 3) / 4 * 4;
}

/* From one point's matrix to the next. */
static size_t patch_step(const struct winograd *g) {
    return winograd_block(g) * row_floats(g) + GAP;
}

static size_t product_step(const struct winograd *g) {
    return winograd_block(g) * COLUMNS + GAP;
}

size_t winograd_block(const struct winograd *g) {
    const size_t points = (g->side + 2) * (g->side + 2), most = BLOCK_FLOATS / (points * (row_floats(g) + COLUMNS));
    return most >= BLOCK_TILES ? BLOCK_TILES : most > TILE_ROWS ? most / TILE_ROWS * TILE_ROWS : TILE_ROWS;
}

uint64_t winograd_scratch(const struct winograd *g) {
    return (uint64_t)(g->side + 2) * (g->side + 2) * (patch_step(g) + product_step(g));
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
    const size_t count = (g->side + 2) * (g->side + 2), whole = g->depth / 4 * 4, step = patch_step(g);
    void (*const input)(const float *const *, size_t, float *, size_t) = g->side == 4 ? input_4 : input_2;
    float last[WINOGRAD_POINTS * WINOGRAD_POINTS][4] = {0};
    const float *rest[WINOGRAD_POINTS * WINOGRAD_POINTS];
    input(points, whole, v, step);
    if (whole == g->depth)
        return;
    for (size_t i = 0; i < count; i++)
        rest[i] = memcpy(last[i], points[i] + whole, (g->depth - whole) * sizeof(float));
    input(rest, 4, v + whole, step);
}

/* Up to COLUMNS columns of the tiles, from column `from` on. */
static void columns(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                    const float *v, float *m) {
    const size_t points = (g->side + 2) * (g->side + 2), matrix = g->depth * panel_columns(g->columns);
    const size_t width = part->to - part->from, row = g->out_width * g->columns;
    for (size_t p = 0; p < points; p++)
        gemm_f32(v + p * patch_step(g), row_floats(g), part->count, g->depth,
                 t->weights + p * matrix + part->from * g->depth, panel_columns(width), m + p * product_step(g),
                 COLUMNS, NULL);
    for (size_t i = 0; i < part->count; i++) {
        const struct place p = place_of(g, part->first + i);
        float *z = t->z + ((p.image * g->out_height + p.y) * g->out_width + p.x) * g->columns + part->from;
        (g->side == 4 ? output_4 : output_2)(m + i * COLUMNS, product_step(g), width, z, row, g->columns, p.rows,
                                             p.points);
    }
}

/* The epilogue of tiles that lie side by side, from `first` on: row by row of the output. Returns how many they are. */
static size_t finish(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                     size_t first) {
    const struct place p = place_of(g, first);
    const size_t left = (g->out_width - p.x + g->side - 1) / g->side, most = part->first + part->count - first;
    const size_t tiles = left < most ? left : most, points = tiles == left ? g->out_width - p.x : tiles * g->side;
    for (size_t y = p.y; y < p.y + p.rows; y++) {
        const size_t at = ((p.image * g->out_height + y) * g->out_width + p.x) * g->columns + part->from;
        const struct epilogue e = epilogue_at(&t->e, part->from, at);
        epilogue_rows_f32(&e, t->z + at, points, part->to - part->from, g->columns);
    }
    return tiles;
}

void winograd_f32(const struct winograd *g, const struct winograd_tensors *t, const struct winograd_part *part,
                  float *scratch) {
    float *const products = scratch + (g->side + 2) * (g->side + 2) * patch_step(g);
    const size_t end = part->first + part->count;
    for (size_t i = 0; i < part->count; i++) {
        const float *points[WINOGRAD_POINTS * WINOGRAD_POINTS];
        const struct place p = place_of(g, part->first + i);
        patch_points(g, t->x, t->zeros, &p, points);
        patch(g, points, scratch + i * row_floats(g));
    }
    for (size_t j = part->from; j < part->to; j += COLUMNS) {
        struct winograd_part some = *part;
        some.from = j;
        some.to = part->to - j < COLUMNS ? part->to : j + COLUMNS;
        columns(g, t, &some, scratch, products);
    }
    for (size_t i = part->first; i < end;)
        i += finish(g, t, part, i);
}
