/* conv_depthwise_i8.c - blocks of rows of output points, which threads share: each widens the rows of the image that it sees into a band in the cache. */
#include "ops/conv_depthwise_i8.h"

#include <string.h>

#include "base/pool.h"
#include "base/round.h"
#include "kernels/hot/depthwise_i8.h"

enum { BAND_BYTES = 256 * 1024, MOST_PAIRS = 16 };

bool conv_is_depthwise_i8(const struct op_site *site, const struct msw_type *k, int64_t groups) {
    const struct attr *dilations = site_attr(site, "dilations");
    bool dilated = false;
    for (int32_t i = 0; dilations->given && i < dilations->count; i++)
        dilated |= dilations->ints[i] != 1;
    return k->dims[1] == 1 && k->dims[0] == groups && groups > 1 && !dilated && k->dims[2] <= 2 * MOST_PAIRS;
}

static size_t whole_channels(size_t channels) {
    return (channels + 7) / 8 * 8;
}

/* packing->shape: channels, rows and columns of the kernel. To [pairs of rows][columns][channels][2] int16. */
static void pack(const struct packing *packing, const unsigned char *from, size_t first, size_t count, bool is_unsigned,
                 int16_t *packed) {
    const size_t whole = whole_channels(packing->shape[0]), rows = packing->shape[1], columns = packing->shape[2];
    for (size_t c = first; c < first + count; c++)
        for (size_t y = 0; y < rows; y++)
            for (size_t x = 0; x < columns; x++, from++)
                packed[((y / 2 * columns + x) * whole + c) * 2 + y % 2] = is_unsigned ? *from : (int8_t)*from;
}

static void pack_signed(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack(p, source, first, count, false, packed);
}

static void pack_unsigned(const struct packing *p, const void *source, size_t first, size_t count, void *packed) {
    pack(p, source, first, count, true, packed);
}

struct packing conv_depthwise_packing_i8(const struct msw_type *k) {
    const size_t channels = (size_t)k->dims[0], rows = (size_t)k->dims[2], columns = (size_t)k->dims[3];
    return (struct packing){.pack = k->dtype == MSW_UINT8 ? pack_unsigned : pack_signed,
                            .bytes = divide_up(rows, 2) * columns * whole_channels(channels) * 2 * sizeof(int16_t),
                            .rows = channels,
                            .row_bytes = rows * columns,
                            .shape = {channels, rows, columns}};
}

/* Scratch: what the caller laid out; weights less their zero points, where they have some; then, for each worker, a band and sums.
 *   step   image rows from one row of the band to the next: 2 where the windows' strides skip every other
 *   rows   of output points in a block */
struct depthwise_params {
    struct conv_columns columns;
    struct packing packing;
    struct window window;
    bool packed;
    size_t pairs, step, rows, blocks, band_rows, band_width;
    size_t weights_at, workers_at, sums_at, worker_bytes;
};

struct depthwise_run {
    const struct depthwise_params *p;
    const unsigned char *image;
    const int16_t *weights;
    struct widening how;
    struct finish_i8 finish;
    unsigned char *z, *workers;
};

/* An image's row, NULL where there is none. */
static const unsigned char *image_row(const struct depthwise_run *run, size_t n, ptrdiff_t y) {
    const struct window *w = &run->p->window;
    if (y < 0 || y >= w->axis[HEIGHT].size)
        return NULL;
    return run->image + n * window_image(w) + (size_t)y * (size_t)w->axis[WIDTH].size * (size_t)w->channels;
}

static void fill_band(const struct depthwise_run *run, size_t n, ptrdiff_t y, size_t rows, int16_t *band) {
    const struct depthwise_params *p = run->p;
    const struct window_axis *a = &p->window.axis[WIDTH];
    const size_t channels = (size_t)p->window.channels;
    for (size_t i = 0; i < rows; i++, y += (ptrdiff_t)p->step) {
        const struct band_row row = {.upper = image_row(run, n, y),
                                     .lower = image_row(run, n, y + 1),
                                     .channels = channels,
                                     .size = (size_t)a->size,
                                     .before = (size_t)a->pad_before,
                                     .width = p->band_width};
        band_row_i8(&row, &run->how, band + i * p->band_width * whole_channels(channels) * 2);
    }
}

/* A row of output points; first: the band's row that their windows begin with. */
static void points_row(const struct depthwise_run *run, const int16_t *first, int32_t *sums, unsigned char *z) {
    const struct depthwise_params *p = run->p;
    const struct window_axis *a = &p->window.axis[WIDTH];
    const size_t channels = (size_t)p->window.channels, whole = whole_channels(channels), out = (size_t)a->out;
    const size_t stride = (size_t)a->stride, row = p->band_width * whole * 2;
    const int16_t *bands[MOST_PAIRS];
    for (size_t x = 0, n; x < out; x += n) {
        n = out - x >= DEPTHWISE_POINTS_I8 ? DEPTHWISE_POINTS_I8 : 1;
        for (size_t j = 0; j < p->pairs; j++)
            bands[j] = first + j * (2 / p->step) * row + x * stride * whole * 2;
        depthwise_i8(bands, p->pairs, (size_t)a->kernel, stride, whole, run->weights, n, sums);
        finish_rows_i8(&run->finish, 0, sums, whole, n, channels, NULL,
                       z + x * channels * finish_bytes(run->finish.kind), channels);
    }
}

static void do_blocks(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct depthwise_run *run = context;
    const struct depthwise_params *p = run->p;
    const struct window_axis *a = &p->window.axis[HEIGHT];
    unsigned char *own = run->workers + worker * p->worker_bytes;
    int16_t *band = (int16_t *)(void *)own;
    const size_t whole = whole_channels((size_t)p->window.channels), band_row = p->band_width * whole * 2;
    const size_t z_row =
        (size_t)p->window.axis[WIDTH].out * (size_t)p->window.channels * finish_bytes(run->finish.kind);
    for (size_t i = begin; i < end; i++) {
        const size_t n = i / p->blocks, oy = i % p->blocks * p->rows, rows = smaller(p->rows, (size_t)a->out - oy);
        const size_t stride = (size_t)a->stride / p->step; /* in rows of the band */
        fill_band(run, n, (ptrdiff_t)oy * a->stride - a->pad_before,
                  (rows - 1) * stride + (p->pairs - 1) * 2 / p->step + 1, band);
        for (size_t r = 0; r < rows; r++)
            points_row(run, band + r * stride * band_row, (int32_t *)(void *)(own + p->sums_at),
                       run->z + (n * (size_t)a->out + oy + r) * z_row);
    }
}

/* Weights less their zero points; then there are none. */
static const int16_t *without_zeros(const struct depthwise_params *p, const int16_t *packed, const int32_t *zeros,
                                    int16_t *to) {
    const size_t whole = whole_channels(p->packing.shape[0]), rows = p->packing.shape[1], columns = p->packing.shape[2];
    memset(to, 0, p->packing.bytes);
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < columns; x++)
            for (size_t c = 0; c < p->packing.shape[0]; c++) {
                const size_t at = ((y / 2 * columns + x) * whole + c) * 2 + y % 2;
                to[at] = (int16_t)(packed[at] - zeros[c]);
            }
    return to;
}

static void run_depthwise(const struct step *step) {
    const struct depthwise_params *p = step->params;
    unsigned char *scratch = step->scratch;
    struct depthwise_run run = {.p = p,
                                .image = step->in[0],
                                .weights = step_packed(step, p->columns.roles->input[CONV_W], p->packed, &p->packing),
                                .how = conv_widening(step, &p->columns),
                                .finish = conv_finish(step, &p->columns),
                                .z = step->out[0],
                                .workers = scratch + p->workers_at};
    if (run.finish.zeros)
        run.weights = without_zeros(p, run.weights, run.finish.zeros, (int16_t *)(void *)(scratch + p->weights_at));
    run.finish.zeros = NULL;
    pool_for((size_t)p->window.batch * p->blocks, 1, do_blocks, &run);
}

bool conv_depthwise_prepare_i8(const struct op_site *site, const struct window *w, const struct packing *packing,
                               const struct conv_columns *columns, uint64_t scratch_at, struct step *step,
                               struct arena *arena, struct error *err) {
    const struct window_axis *y = &w->axis[HEIGHT], *x = &w->axis[WIDTH];
    const uint32_t input = columns->roles->input[CONV_W];
    const size_t whole = whole_channels((size_t)w->channels),
                 wanted = pool_threads() > 1 ? 4 * (size_t)pool_threads() : 1;
    struct depthwise_params p = {.columns = *columns,
                                 .packing = *packing,
                                 .window = *w,
                                 .packed = site->packed[input],
                                 .pairs = divide_up((size_t)y->kernel, 2),
                                 .step = y->stride % 2 ? 1 : 2};
    if (type_elements(&site->outputs[0]) == 0)
        p.window.batch = 0;
    p.columns.w_dtype = MSW_INT8; /* unsigned weights are packed as they are */
    p.band_width = ((size_t)x->out - (p.window.batch > 0)) * (size_t)x->stride + (size_t)x->kernel;
    const uint64_t row = (uint64_t)p.band_width * whole * 2 * sizeof(int16_t);
    p.rows = (size_t)y->out;
    uint64_t band;
    for (;; p.rows = divide_up(p.rows, 2)) {
        p.blocks = p.rows ? divide_up((size_t)y->out, p.rows) : 0;
        band = p.rows ? ((uint64_t)(p.rows - 1) * (uint64_t)y->stride + 2 * (p.pairs - 1)) / p.step + 1 : 0;
        if (p.rows <= 1 || (band * row <= BAND_BYTES && p.blocks * (size_t)w->batch >= wanted))
            break;
    }
    if (row > TYPE_MAX_BYTES || band > TYPE_MAX_BYTES / (row + 1))
        return error_set(err, MSW_LIMIT, "rows of the image need more than %l bytes to work in",
                         (int64_t)TYPE_MAX_BYTES);
    p.sums_at = (size_t)(band * row);
    p.worker_bytes = (size_t)pool_apart(p.sums_at + DEPTHWISE_POINTS_I8 * whole * sizeof(int32_t));
    p.weights_at = (size_t)scratch_at;
    p.workers_at = p.weights_at + (size_t)round_up_16(packing->bytes);
    step->run = run_depthwise;
    return step_scratch(step, p.workers_at + (uint64_t)p.worker_bytes * pool_threads(), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
