/* op_pool.c - windows of an image or volume, and windows that divide it, as one number each: largest or mean, float32. */
#include "base/pool.h"
#include "kernels/pool.h"
#include "ops/rows.h"
#include "ops/window.h"

static bool pool_window(const struct op_site *site, struct window *w, struct error *err) {
    const struct attr *kernel = site_attr(site, "kernel");
    const int32_t count = window_directions(site);
    int32_t size[DIRECTIONS];
    if (kernel->count != count)
        return error_set(err, MSW_INVALID, "kernel must have %d numbers, got %d", count, kernel->count);
    for (int32_t i = 0; i < count; i++) {
        if (kernel->ints[i] < 1 || kernel->ints[i] > WINDOW_MAX_TAPS)
            return error_set(err, MSW_INVALID, "kernel[%d] must be in 1..%d, got %l", i, WINDOW_MAX_TAPS,
                             kernel->ints[i]);
        size[i] = (int32_t)kernel->ints[i];
    }
    return window_make(site, size, w, err) && window_meets_image(w, err);
}

struct pool_params;

/* The numbers under the window at `at` become one, for each channel. */
typedef void (*pool_point)(const struct pool_params *p, const int32_t *at, const float *const *x, size_t taps,
                           float *z);

/*   divisor  of a mean: a number given, else how many points of image, and with `padded` of its padding, the window covers */
struct pool_params {
    pool_point point;
    struct window window;
    int64_t divisor;
    bool padded, nan_wins;
};

/* Points of the window at `at` along one direction that lie in the image or its padding. */
static int64_t padded_points(const struct window_axis *a, int32_t at) {
    const int64_t first = (int64_t)at * a->stride - a->pad_before, end = first + a->kernel;
    const int64_t edge = (int64_t)a->size + a->pad_after;
    return (end < edge ? end : edge) - first;
}

static int64_t divisor_of(const struct pool_params *p, const int32_t *at, size_t taps) {
    int64_t points = 1;
    if (p->divisor > 0)
        return p->divisor;
    for (int32_t d = 0; d < DIRECTIONS; d++)
        points *= padded_points(&p->window.axis[d], at[d]);
    return p->padded ? points : (int64_t)taps;
}

static void max_point(const struct pool_params *p, const int32_t *at, const float *const *x, size_t taps, float *z) {
    (void)at;
    (p->nan_wins ? max_pool_point_nan_f32 : max_pool_point_f32)(x, taps, (size_t)p->window.channels, z);
}

static void mean_point(const struct pool_params *p, const int32_t *at, const float *const *x, size_t taps, float *z) {
    avg_pool_point_f32(x, taps, (size_t)p->window.channels, (float)divisor_of(p, at, taps), z);
}

/* Numbers of the image that take some 2 us: what a thread is given at least. */
enum { POOL_ELEMENTS = 8192 };

static size_t worker_bytes(const struct window *w) {
    return (size_t)pool_apart(window_points(w) * sizeof(float *));
}

/* Rows of output points. Scratch: pointers to a window's points, for each worker. */
static void pool_rows(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct pool_params *p = step->params;
    const struct window *w = &p->window;
    const struct window_axis *a = w->axis;
    const size_t pixel = (size_t)w->channels;
    const float **taps = (const float **)(void *)((unsigned char *)step->scratch + worker * worker_bytes(w));
    float *z = (float *)step->out[0] + begin * (size_t)a[WIDTH].out * pixel;
    for (size_t row = begin; row < end; row++) {
        const size_t layer = row / (size_t)a[HEIGHT].out;
        const float *image = (const float *)step->in[0] + layer / (size_t)a[DEPTH].out * window_image(w);
        int32_t at[DIRECTIONS] = {(int32_t)(layer % (size_t)a[DEPTH].out), (int32_t)(row % (size_t)a[HEIGHT].out), 0};
        for (; at[WIDTH] < a[WIDTH].out; at[WIDTH]++, z += pixel)
            p->point(p, at, taps, window_taps(w, at, image, pixel, NULL, taps, 1), z);
    }
}

static void run_pool(const struct step *step) {
    const struct pool_params *p = step->params;
    const struct window_axis *a = p->window.axis;
    const uint64_t row = (uint64_t)a[WIDTH].out * (uint64_t)p->window.channels * window_points(&p->window);
    const size_t rows = (size_t)p->window.batch * (size_t)a[DEPTH].out * (size_t)a[HEIGHT].out;
    pool_for(rows, pool_grain(POOL_ELEMENTS, row), pool_rows, step);
}

static bool prepare_pool(const struct op_site *site, struct pool_params *p, struct step *step, struct arena *arena,
                         struct error *err) {
    if (!pool_window(site, &p->window, err))
        return false;
    if (type_elements(&site->outputs[0]) == 0)
        p->window.batch = 0; /* no work, however many points without channels there are */
    step->run = run_pool;
    return step_scratch(step, (uint64_t)pool_threads() * worker_bytes(&p->window), err) &&
           step_params(step, p, sizeof *p, arena, err);
}

OP_CHECK(pool) {
    struct window w;
    if (!pool_window(site, &w, err))
        return false;
    site->outputs[0] = window_output(site, &w, w.channels);
    return true;
}

OP_WORK(pool) {
    const struct attr *kernel = site_attr(site, "kernel");
    work->operations = type_elements(&site->outputs[0]);
    for (int32_t i = 0; i < kernel->count; i++)
        work->operations *= (uint64_t)kernel->ints[i];
}

OP_PREPARE(max_pool) {
    struct pool_params p = {.point = max_point, .nan_wins = site_int(site, "nan_wins", 0) != 0};
    return prepare_pool(site, &p, step, arena, err);
}

OP_CHECK(avg_pool) {
    const int64_t divisor = site_int(site, "divisor", 0);
    if (divisor < 0 || divisor > INT32_MAX)
        return error_set(err, MSW_INVALID, "divisor must be in 0..%d, got %l", INT32_MAX, divisor);
    return check_pool(site, err);
}

OP_PREPARE(avg_pool) {
    struct pool_params p = {.point = mean_point,
                            .divisor = site_int(site, "divisor", 0),
                            .padded = site_int(site, "count_include_pad", 0) != 0};
    return prepare_pool(site, &p, step, arena, err);
}

/* Windows that divide the image: point i of n sees elements floor(i * size / n) up to ceil((i + 1) * size / n). */
struct adaptive_params {
    int32_t batch, channels, size[2], out[2];
};

static bool adaptive_sizes(const struct op_site *site, struct adaptive_params *p, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const struct attr *size = site_attr(site, "size");
    const int32_t last = site_int(site, "channels_last", 0) != 0;
    if (x->rank != 4)
        return error_set(err, MSW_INVALID, "needs an image of rank 4, got %t", x);
    if (size->count != 2)
        return error_set(err, MSW_INVALID, "size must have 2 numbers, got %d", size->count);
    p->batch = x->dims[0];
    p->channels = x->dims[last ? 3 : 1];
    for (int32_t i = 0; i < 2; i++) {
        p->size[i] = x->dims[(last ? 1 : 2) + i];
        if (size->ints[i] < -1 || size->ints[i] == 0 || size->ints[i] > INT32_MAX || p->size[i] == 0)
            return error_set(err, MSW_INVALID, "size[%d] is %l, for %d of %x: must be 1 or more, or -1 to keep it", i,
                             size->ints[i], p->size[i], x);
        p->out[i] = size->ints[i] == -1 ? p->size[i] : (int32_t)size->ints[i];
    }
    return true;
}

OP_CHECK(adaptive_pool) {
    struct adaptive_params p;
    if (!adaptive_sizes(site, &p, err))
        return false;
    struct msw_type z = {.dtype = site->inputs[0].dtype, .rank = 4, .dims = {p.batch, p.channels, p.out[0], p.out[1]}};
    if (site_int(site, "channels_last", 0))
        z = (struct msw_type){.dtype = z.dtype, .rank = 4, .dims = {p.batch, p.out[0], p.out[1], p.channels}};
    site->outputs[0] = z;
    return true;
}

static int32_t part_begin(const struct adaptive_params *p, int32_t d, int32_t i) {
    return (int32_t)((int64_t)i * p->size[d] / p->out[d]);
}

static int32_t part_end(const struct adaptive_params *p, int32_t d, int32_t i) {
    return (int32_t)((((int64_t)i + 1) * p->size[d] + p->out[d] - 1) / p->out[d]);
}

static void adaptive_point(const struct adaptive_params *p, bool mean, int32_t oy, int32_t ox, const float *image,
                           const float **pointers, float *z) {
    const size_t channels = (size_t)p->channels;
    size_t taps = 0;
    for (int32_t y = part_begin(p, 0, oy); y < part_end(p, 0, oy); y++)
        for (int32_t x = part_begin(p, 1, ox); x < part_end(p, 1, ox); x++)
            pointers[taps++] = image + ((size_t)y * (size_t)p->size[1] + (size_t)x) * channels;
    if (mean)
        avg_pool_point_f32(pointers, taps, channels, (float)taps, z);
    else
        max_pool_point_f32(pointers, taps, channels, z);
}

static void run_adaptive(const struct step *step, bool mean) {
    const struct adaptive_params *p = step->params;
    const size_t channels = (size_t)p->channels;
    const float *image = step->in[0];
    float *z = step->out[0];
    for (int32_t n = 0; n < p->batch; n++, image += (size_t)p->size[0] * (size_t)p->size[1] * channels)
        for (int32_t oy = 0; oy < p->out[0]; oy++)
            for (int32_t ox = 0; ox < p->out[1]; ox++, z += channels)
                adaptive_point(p, mean, oy, ox, image, step->scratch, z);
}

static void run_adaptive_mean(const struct step *step) {
    run_adaptive(step, true);
}

static void run_adaptive_max(const struct step *step) {
    run_adaptive(step, false);
}

static bool prepare_adaptive(const struct op_site *site, struct step *step, struct arena *arena, struct error *err) {
    struct adaptive_params p;
    uint64_t points = 1;
    if (!adaptive_sizes(site, &p, err))
        return false;
    for (int32_t d = 0; d < 2; d++)
        points *= (uint64_t)p.size[d] / (uint64_t)p.out[d] + 2; /* no window is larger */
    if (type_elements(&site->outputs[0]) == 0)
        p.batch = 0;
    return step_scratch(step, points * sizeof(float *), err) && step_params(step, &p, sizeof p, arena, err);
}

OP_PREPARE(adaptive_avg_pool) {
    step->run = run_adaptive_mean;
    return prepare_adaptive(site, step, arena, err);
}

OP_PREPARE(adaptive_max_pool) {
    step->run = run_adaptive_max;
    return prepare_adaptive(site, step, arena, err);
}
