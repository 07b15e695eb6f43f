/* op_signal.c - spectra: DFT, and STFT, which is the DFT of windowed frames of a signal. Numbers are complex: a last axis of 2, or 1 where they are real. */
#include "kernels/cast.h"
#include "kernels/fourier.h"
#include "ops/axis.h"
#include "ops/rows.h"

/* A transform of rows: `given` numbers of `parts` each are read (others count as 0), `kept` are written, of kept_parts each.
 *   mirrored  the input is the first half of a spectrum of real numbers */
struct spectrum {
    size_t n, given, parts, kept, kept_parts;
    bool inverse, mirrored;
    int32_t dtype;
};

/* Room that transforms work in: the roots of unity, a row, its spectrum, and as much to join factors. */
enum { ROWS = 4 };

static double number_at(const struct spectrum *s, const void *x, size_t i) {
    double number;
    cast_elements((const unsigned char *)x + i * dtype_info(s->dtype)->bytes, s->dtype, &number, MSW_FLOAT64, 1);
    return number;
}

static void put_number(const struct spectrum *s, double number, void *z, size_t i) {
    cast_elements(&number, MSW_FLOAT64, (unsigned char *)z + i * dtype_info(s->dtype)->bytes, s->dtype, 1);
}

/* One row: number i is at element (x_at + i * x_step) * parts of x, and goes to (z_at + i * z_step) * kept_parts of z. */
struct row {
    const void *x, *window;
    void *z;
    size_t x_at, x_step, z_at, z_step;
};

static void read_row(const struct spectrum *s, const struct row *r, struct complex *row) {
    for (size_t i = 0; i < s->n; i++) {
        const size_t at = (r->x_at + i * r->x_step) * s->parts;
        row[i] = (struct complex){0};
        if (i < s->given) {
            row[i].re = number_at(s, r->x, at);
            row[i].im = s->parts == 2 ? number_at(s, r->x, at + 1) : 0;
        }
        if (r->window) {
            const double weight = number_at(s, r->window, i);
            row[i].re *= weight;
            row[i].im *= weight;
        }
    }
    for (size_t i = s->n / 2 + 1; s->mirrored && i < s->n; i++)
        row[i] = (struct complex){row[s->n - i].re, -row[s->n - i].im};
    if (s->mirrored) { /* what would make the answer complex is passed over */
        row[0].im = 0;
        if (s->n % 2 == 0)
            row[s->n / 2].im = 0;
    }
}

static void transform_row(const struct spectrum *s, const struct row *r, struct complex *room) {
    struct complex *row = room + s->n, *z = row + s->n;
    read_row(s, r, row);
    fourier(row, z, s->n, room, z + s->n);
    for (size_t i = 0; i < s->kept; i++) {
        const size_t at = (r->z_at + i * r->z_step) * s->kept_parts;
        const double scale = s->inverse ? (double)s->n : 1;
        put_number(s, z[i].re / scale, r->z, at);
        if (s->kept_parts == 2)
            put_number(s, z[i].im / scale, r->z, at + 1);
    }
}

/* DFT */

enum { MAX_LENGTH = 1 << 24 };

static bool check_parts(const struct msw_type *x, struct error *err) {
    return (x->rank >= 2 && (x->dims[x->rank - 1] == 1 || x->dims[x->rank - 1] == 2)) ||
           error_set(err, MSW_INVALID, "needs rank 2 or more and a last axis of 1 (real) or 2 (complex), got %t", x);
}

static bool read_dft(const struct op_site *site, struct spectrum *s, int32_t *axis, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const bool onesided = site_int(site, "onesided", 0) != 0;
    if (!check_parts(x, err) || !site_axis(site, "axis", -2, x->rank, axis, err))
        return false;
    if (*axis == x->rank - 1)
        return error_set(err, MSW_INVALID, "axis %d is that of the real and imaginary parts", *axis);
    *s = (struct spectrum){
        .parts = (size_t)x->dims[x->rank - 1], .inverse = site_int(site, "inverse", 0) != 0, .dtype = x->dtype};
    const int64_t size = x->dims[*axis];
    s->mirrored = s->inverse && onesided;
    const int64_t n = site_int(site, "length", s->mirrored ? 2 * (size - 1) : size);
    if (n < 1 || n > MAX_LENGTH)
        return error_set(err, MSW_INVALID, "the length must be in 1..%d, got %l", (int32_t)MAX_LENGTH, n);
    s->n = (size_t)n;
    s->given = size < n ? (size_t)size : (size_t)n;
    s->kept = onesided && !s->inverse ? s->n / 2 + 1 : s->n;
    s->kept_parts = s->mirrored ? 1 : 2;
    return true;
}

OP_CHECK(dft) {
    struct spectrum s;
    int32_t axis;
    if (!read_dft(site, &s, &axis, err))
        return false;
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dims[axis] = (int32_t)s.kept;
    site->outputs[0].dims[site->inputs[0].rank - 1] = (int32_t)s.kept_parts;
    return true;
}

struct dft_params {
    struct spectrum spectrum;
    size_t outer, size, inner;
};

static void run_dft(const struct step *step) {
    const struct dft_params *p = step->params;
    struct row r = {.x = step->in[0], .z = step->out[0], .x_step = p->inner, .z_step = p->inner};
    fourier_roots(step->scratch, p->spectrum.n, p->spectrum.inverse);
    for (size_t o = 0; o < p->outer; o++)
        for (size_t i = 0; i < p->inner; i++) {
            r.x_at = o * p->size * p->inner + i;
            r.z_at = o * p->spectrum.kept * p->inner + i;
            transform_row(&p->spectrum, &r, step->scratch);
        }
}

OP_PREPARE(dft) {
    const struct msw_type *x = &site->inputs[0];
    struct dft_params p;
    int32_t axis;
    if (!read_dft(site, &p.spectrum, &axis, err))
        return false;
    p.outer = type_elements(&site->outputs[0]) > 0 ? type_extent(x, 0, axis) : 0;
    p.size = (size_t)x->dims[axis];
    p.inner = type_extent(x, axis + 1, x->rank - 1);
    step->run = run_dft;
    return step_scratch(step, ROWS * (uint64_t)p.spectrum.n * sizeof(struct complex), err) &&
           step_params(step, &p, sizeof p, arena, err);
}

/* Of every row as many additions as its length has in a sum of factors, at least the logarithm. */
OP_WORK(dft) {
    const uint64_t n = type_elements(&site->outputs[0]);
    uint64_t log = 1;
    while (log < 63 && n >> log)
        log++;
    work->operations = 5 * n * log;
}

/* STFT */

struct stft_params {
    struct spectrum spectrum;
    size_t batch, signal, frames, hop;
    bool windowed;
};

static bool read_stft(const struct op_site *site, struct stft_params *p, struct error *err) {
    const struct msw_type *x = &site->inputs[0];
    const bool windowed = site_has(site, 1);
    if (x->rank != 3 || !check_parts(x, err))
        return error_set(err, MSW_INVALID, "needs signals [N,L,1] or [N,L,2], got %t", x);
    if (windowed && (site->inputs[1].rank != 1 || site->inputs[1].dtype != x->dtype))
        return error_set(err, MSW_INVALID, "the window must be %k[n], got %t", x->dtype, &site->inputs[1]);
    const int64_t length = site_int(site, "frame_length", windowed ? site->inputs[1].dims[0] : x->dims[1]);
    const int64_t hop = site_int(site, "frame_step", 1);
    if (windowed && length != site->inputs[1].dims[0])
        return error_set(err, MSW_INVALID, "the window has %d elements, frames %l", site->inputs[1].dims[0], length);
    if (length < 1 || length > x->dims[1] || length > MAX_LENGTH || hop < 1)
        return error_set(err, MSW_INVALID, "frames of %l elements every %l do not fit %x", length, hop, x);
    const size_t n = (size_t)length;
    const bool onesided = site_int(site, "onesided", 1) != 0;
    *p = (struct stft_params){.spectrum = {.n = n,
                                           .given = n,
                                           .parts = (size_t)x->dims[2],
                                           .kept = onesided ? n / 2 + 1 : n,
                                           .kept_parts = 2,
                                           .dtype = x->dtype},
                              .batch = (size_t)x->dims[0],
                              .signal = (size_t)x->dims[1],
                              .frames = (size_t)((x->dims[1] - length) / hop + 1),
                              .hop = hop < x->dims[1] ? (size_t)hop : (size_t)x->dims[1],
                              .windowed = windowed};
    return true;
}

OP_CHECK(stft) {
    struct stft_params p;
    if (!read_stft(site, &p, err))
        return false;
    site->outputs[0] =
        (struct msw_type){.dtype = site->inputs[0].dtype,
                          .rank = 4,
                          .dims = {site->inputs[0].dims[0], (int32_t)p.frames, (int32_t)p.spectrum.kept, 2}};
    return true;
}

static void run_stft(const struct step *step) {
    const struct stft_params *p = step->params;
    struct row r = {.x = step->in[0], .z = step->out[0], .x_step = 1, .z_step = 1};
    r.window = p->windowed ? step->in[1] : NULL;
    fourier_roots(step->scratch, p->spectrum.n, false);
    for (size_t b = 0; b < p->batch; b++)
        for (size_t f = 0; f < p->frames; f++) {
            r.x_at = b * p->signal + f * p->hop;
            r.z_at = (b * p->frames + f) * p->spectrum.kept;
            transform_row(&p->spectrum, &r, step->scratch);
        }
}

OP_PREPARE(stft) {
    struct stft_params p;
    if (!read_stft(site, &p, err))
        return false;
    step->run = run_stft;
    return step_scratch(step, ROWS * (uint64_t)p.spectrum.n * sizeof(struct complex), err) &&
           step_params(step, &p, sizeof p, arena, err);
}
