/* winograd_gain.c - a model of the time, from measurements of single layers: images of 2 to 224 pixels, 3 to 512 channels, in Node 26 and wasmtime 50. */
#include "ops/winograd_gain.h"

#include "base/round.h"
#include "kernels/hot/winograd_f32.h"

/* In products: transforming one point of a tile, in or out, or of weights; reading a weight that is in no cache, which small images do not make up for.
 * LAYER: points * I * O of ResNet's layers, and of others that double their channels where they halve their images: how large images are that no one has
 * told. */
static const double TRANSFORM = 7, SPREAD = 3, READ = 10, LAYER = 56.0 * 56 * 64 * 64;

/* Below this part of the time, tiles are not worth it. */
static const double WORTH = 0.15;

struct size {
    double points, tiles; /* of all images */
};

static double tiles_along(int32_t points, size_t side) {
    return (double)divide_up((size_t)points, side);
}

static struct size size_of(const struct msw_type *z, double pairs, size_t side) {
    if (z->rank != 4 || z->dims[1] < 0 || z->dims[2] < 0)
        return (struct size){LAYER / pairs, LAYER / pairs / (double)(side * side)};
    const double images = z->dims[0] < 0 ? 1 : z->dims[0];
    return (struct size){images * z->dims[1] * z->dims[2],
                         images * tiles_along(z->dims[1], side) * tiles_along(z->dims[2], side)};
}

/* For each pair of channels: weights as they are packed, or those that are read and then transformed for each block of tiles. */
static double weights_time(const struct winograd *g, double tiles) {
    const double points = (double)((g->side + 2) * (g->side + 2)), block = (double)winograd_block(g);
    return g->in_run ? 9 * READ + points * SPREAD * __builtin_ceil(tiles / block) : points * READ;
}

double winograd_gain(const struct msw_type *k, const struct msw_type *z, size_t side, bool in_run) {
    const double in = k->dims[1], out = k->dims[0], pairs = in * out;
    if (pairs == 0)
        return 0;
    const struct winograd g = {.side = side, .depth = (size_t)k->dims[1], .in_run = in_run};
    const struct size size = size_of(z, pairs, side);
    const double plain = 9 * pairs * (size.points + READ), points = (double)((side + 2) * (side + 2));
    const double tiled = points * size.tiles * (pairs + TRANSFORM * (in + out)) + pairs * weights_time(&g, size.tiles);
    return plain - tiled < WORTH * plain ? 0 : plain - tiled;
}
