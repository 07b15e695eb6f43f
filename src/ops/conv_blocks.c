/* conv_blocks.c - blocks are as large as lets what they see stay in the cache of the second level while all the weights pass by. */
#include "ops/conv_blocks.h"

#include <string.h>

enum { BAND_FLOATS = 128 * 1024, MOST_POINTERS = 64 * 1024, FEW_POINTS = 8, MANY_POINTS = 96 };

/* How many points of the image n output points see in one direction. */
static size_t reach(const struct window_axis *a, int32_t n) {
    return (size_t)(n - 1) * (size_t)a->stride + (size_t)window_reach(a);
}

static bool sees_padding(const struct window *w) {
    for (int32_t d = 0; d < DIRECTIONS; d++) {
        const struct window_axis *a = &w->axis[d];
        if (a->out > 0 && (a->pad_before > 0 || reach(a, a->out) > (size_t)a->size))
            return true;
    }
    return false;
}

/* In double, since the size of no block has been checked yet. */
static double band_floats(const struct conv_blocks *b, int32_t rows, int32_t width) {
    const struct window *w = &b->window;
    return !b->padded || b->sparse ? 0
                                   : (double)w->axis[DEPTH].kernel * (double)reach(&w->axis[HEIGHT], rows) *
                                         (double)reach(&w->axis[WIDTH], width) * (double)w->channels;
}

static bool fits(const struct conv_blocks *b, int32_t rows, int32_t width) {
    return (double)rows * width * (double)b->taps <= (double)MOST_POINTERS &&
           band_floats(b, rows, width) <= (double)BAND_FLOATS;
}

static int32_t parts(int32_t size, int32_t part) {
    return (size + part - 1) / part;
}

/* Whole rows where one fits, and as many as fit, but so many blocks as are wanted, as long as they have many points; blocks of about the same size. */
static void choose_size(struct conv_blocks *b, int64_t wanted) {
    const int32_t height = b->window.axis[HEIGHT].out, width = b->window.axis[WIDTH].out;
    b->rows = 1;
    b->width = width;
    while (b->width > FEW_POINTS && !fits(b, 1, b->width))
        b->width = parts(b->width, 2);
    while (b->width == width && b->rows < height && fits(b, b->rows + 1, width))
        b->rows++;
    while (b->rows > 1 && b->rows * b->width > 2 * MANY_POINTS &&
           (int64_t)b->window.batch * b->window.axis[DEPTH].out * parts(height, b->rows) < wanted)
        b->rows = parts(b->rows, 2);
    b->down = parts(height, b->rows);
    b->across = parts(width, b->width);
    b->rows = parts(height, b->down);
    b->width = parts(width, b->across);
}

/* Windows have gaps in them, or between them. */
static bool is_sparse(const struct window *w) {
    bool gaps = false;
    for (int32_t d = 0; d < DIRECTIONS; d++)
        gaps |= w->axis[d].dilation > 1 || w->axis[d].stride > w->axis[d].kernel;
    return gaps;
}

void conv_blocks_make(const struct window *w, size_t groups, size_t wanted, struct conv_blocks *b) {
    const struct window_axis *a = w->axis;
    const size_t points = window_points(w), row = (size_t)a[WIDTH].kernel;
    *b = (struct conv_blocks){.window = *w, .padded = sees_padding(w), .group_depth = (size_t)w->channels / groups};
    if (w->batch == 0 || a[DEPTH].out == 0 || a[HEIGHT].out == 0 || a[WIDTH].out == 0)
        return;
    b->sparse = b->padded && is_sparse(w);
    b->joined = groups == 1 && a[WIDTH].dilation == 1 && !b->sparse;
    b->taps = b->joined ? points / row : points;
    b->depth = b->joined ? row * b->group_depth : b->group_depth;
    if (w->channels == 0) { /* all sums are empty, however many points of the image there are */
        b->padded = b->sparse = false;
        b->taps = b->depth = 0;
    }
    choose_size(b, (int64_t)wanted);
    b->count = (size_t)w->batch * (size_t)a[DEPTH].out * (size_t)b->down * (size_t)b->across;
    b->band = b->sparse ? (uint64_t)w->channels : (uint64_t)band_floats(b, b->rows, b->width);
}

bool conv_blocks_flat(const struct conv_blocks *b, size_t groups) {
    bool flat = !b->padded && groups == 1;
    for (int32_t d = 0; d < DIRECTIONS; d++)
        flat = flat && b->window.axis[d].kernel == 1 && b->window.axis[d].stride == 1;
    return flat;
}

size_t conv_blocks_points(const struct conv_blocks *b) {
    return (size_t)b->rows * (size_t)b->width;
}

static int32_t at_most(int32_t a, int32_t b) {
    return a < b ? a : b;
}

struct conv_place conv_block_place(const struct conv_blocks *b, size_t index) {
    const struct window_axis *a = b->window.axis;
    struct conv_place p;
    p.x = (int32_t)(index % (size_t)b->across) * b->width;
    index /= (size_t)b->across;
    p.y = (int32_t)(index % (size_t)b->down) * b->rows;
    index /= (size_t)b->down;
    p.z = (int32_t)(index % (size_t)a[DEPTH].out);
    p.n = (int32_t)(index / (size_t)a[DEPTH].out);
    p.rows = at_most(a[HEIGHT].out - p.y, b->rows);
    p.width = at_most(a[WIDTH].out - p.x, b->width);
    return p;
}

/* Points of an image: what lies under `first` for the first tap. */
struct view {
    const float *first;
    size_t layer, row; /* steps, in pixels */
};

/* `count` pixels of a row of the image from column x on, which may lie outside of it; row NULL: none of them is inside. */
static void copy_row(const float *row, int32_t size, ptrdiff_t x, size_t count, size_t pixel, float *to) {
    const size_t before = x < 0 ? (size_t)-x : 0, from = x > 0 ? (size_t)x : 0;
    size_t inside = row && from < (size_t)size && before < count ? (size_t)size - from : 0;
    if (inside > count - (inside ? before : 0))
        inside = count - before;
    const size_t lead = inside ? before : count;
    memset(to, 0, lead * pixel * sizeof *to);
    if (inside == 0)
        return;
    memcpy(to + lead * pixel, row + from * pixel, inside * pixel * sizeof *to);
    memset(to + (lead + inside) * pixel, 0, (count - lead - inside) * pixel * sizeof *to);
}

/* The first input point that an output point sees. */
static ptrdiff_t begin(const struct window_axis *a, int32_t at) {
    return (ptrdiff_t)at * a->stride - a->pad_before;
}

static struct view copy_band(const struct window *w, const struct conv_place *p, const float *image, float *band) {
    const struct window_axis *a = w->axis;
    const size_t pixel = (size_t)w->channels, rows = reach(&a[HEIGHT], p->rows), width = reach(&a[WIDTH], p->width);
    float *to = band;
    for (int32_t k = 0; k < a[DEPTH].kernel; k++) {
        const ptrdiff_t z = begin(&a[DEPTH], p->z) + (ptrdiff_t)k * a[DEPTH].dilation;
        for (size_t r = 0; r < rows; r++, to += width * pixel) {
            const ptrdiff_t y = begin(&a[HEIGHT], p->y) + (ptrdiff_t)r;
            const bool inside = z >= 0 && z < a[DEPTH].size && y >= 0 && y < a[HEIGHT].size;
            const size_t at = inside ? ((size_t)z * (size_t)a[HEIGHT].size + (size_t)y) * (size_t)a[WIDTH].size : 0;
            copy_row(inside ? image + at * pixel : NULL, a[WIDTH].size, begin(&a[WIDTH], p->x), width, pixel, to);
        }
    }
    return (struct view){.first = band, .layer = rows * width, .row = width};
}

/* The image itself, where no tap lies outside of it. */
static struct view whole_image(const struct window *w, const struct conv_place *p, const float *image) {
    const struct window_axis *a = w->axis;
    const size_t row = (size_t)a[WIDTH].size, layer = (size_t)a[HEIGHT].size * row;
    const size_t first =
        (size_t)begin(&a[DEPTH], p->z) * layer + (size_t)begin(&a[HEIGHT], p->y) * row + (size_t)begin(&a[WIDTH], p->x);
    return (struct view){
        .first = image + first * (size_t)w->channels, .layer = layer * (size_t)a[DEPTH].dilation, .row = row};
}

/* The points of a block under one tap. */
static const float **point_at(const struct conv_blocks *b, const struct conv_place *p, const struct view *v,
                              const float *tap, const float **pointers) {
    const struct window_axis *a = b->window.axis;
    const size_t pixel = (size_t)b->window.channels;
    for (int32_t y = 0; y < p->rows; y++) {
        const float *at = tap + (size_t)y * (size_t)a[HEIGHT].stride * v->row * pixel;
        for (int32_t x = 0; x < p->width; x++, at += (size_t)a[WIDTH].stride * pixel)
            *pointers++ = at;
    }
    return pointers;
}

static void point(const struct conv_blocks *b, const struct conv_place *p, const struct view *v,
                  const float **pointers) {
    const struct window_axis *a = b->window.axis;
    const size_t pixel = (size_t)b->window.channels;
    const int32_t across = b->joined ? 1 : a[WIDTH].kernel;
    for (int32_t kz = 0; kz < a[DEPTH].kernel; kz++) {
        for (int32_t ky = 0; ky < a[HEIGHT].kernel; ky++) {
            const size_t row = (size_t)kz * v->layer + (size_t)ky * (size_t)a[HEIGHT].dilation * v->row;
            for (int32_t kx = 0; kx < across; kx++)
                pointers =
                    point_at(b, p, v, v->first + (row + (size_t)kx * (size_t)a[WIDTH].dilation) * pixel, pointers);
        }
    }
}

/* The same for windows that may see far: each tap is looked for. */
static void point_sparsely(const struct conv_blocks *b, const struct conv_place *p, const float *image, float *zeros,
                           const float **pointers) {
    const size_t pixel = (size_t)b->window.channels;
    memset(zeros, 0, pixel * sizeof *zeros);
    for (int32_t i = 0; i < p->rows * p->width; i++) {
        const int32_t at[DIRECTIONS] = {p->z, p->y + i / p->width, p->x + i % p->width};
        window_taps(&b->window, at, image, pixel, zeros, pointers + i, (size_t)p->rows * (size_t)p->width);
    }
}

struct conv_block conv_block_find(const struct conv_blocks *b, const struct conv_place *p, const float *image,
                                  float *band, const float **pointers) {
    const struct window *w = &b->window;
    const struct window_axis *a = w->axis;
    const float *one = image + (size_t)p->n * window_image(w);
    if (b->sparse) {
        point_sparsely(b, p, one, band, pointers);
    } else if (b->taps > 0) {
        const struct view v = b->padded ? copy_band(w, p, one, band) : whole_image(w, p, one);
        point(b, p, &v, pointers);
    }
    const size_t row = ((size_t)p->n * (size_t)a[DEPTH].out + (size_t)p->z) * (size_t)a[HEIGHT].out + (size_t)p->y;
    return (struct conv_block){.points = (size_t)p->rows * (size_t)p->width,
                               .first = row * (size_t)a[WIDTH].out + (size_t)p->x};
}
