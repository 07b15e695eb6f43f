/* op_window.c - tables for sound: windows of cosines (Hann, Hamming, Blackman), and the filters of MelWeightMatrix. */
#include <string.h>

#include "kernels/cast.h"
#include "kernels/wide.h"
#include "ops/rows.h"

/* CosineWindow: coefficients of 1, cos t, cos 2t, as many as are not 0. */
static const double windows[][3] = {{0.5, -0.5, 0}, {25.0 / 46, -21.0 / 46, 0}, {0.42, -0.5, 0.08}};

enum { WINDOWS = sizeof windows / sizeof windows[0], MAX_WINDOW = 1 << 28 };

struct window_params {
    size_t n, period;
    const double *terms;
    int32_t dtype;
};

OP_CHECK(cosine_window) {
    const int64_t kind = site_int(site, "kind", 0);
    double size = 0;
    struct msw_type *z = &site->outputs[0];
    int32_t dtype;
    if (kind < 0 || kind >= WINDOWS)
        return error_set(err, MSW_INVALID, "kind is %l, expected 0 Hann, 1 Hamming or 2 Blackman", kind);
    if (!site_dtype(site, MSW_FLOAT32, &dtype, err) || !site_number(site, 0, "size", &size, err))
        return false;
    if (!(size >= 0 && size <= (double)MAX_WINDOW))
        return error_set(err, MSW_INVALID, "the size must be in 0..%d", (int32_t)MAX_WINDOW);
    *z = (struct msw_type){.dtype = dtype, .rank = 1, .dims = {(int32_t)size}};
    return true;
}

static void run_window(const struct step *step) {
    const struct window_params *p = step->params;
    unsigned char *z = step->out[0];
    for (size_t i = 0; i < p->n; i++, z += dtype_info(p->dtype)->bytes) {
        double once, twice, sine;
        wide_circle(i % p->period, p->period, &once, &sine);
        wide_circle(2 * i % p->period, p->period, &twice, &sine);
        const double value = p->terms[0] + p->terms[1] * once + p->terms[2] * twice;
        cast_elements(&value, MSW_FLOAT64, z, p->dtype, 1);
    }
}

OP_PREPARE(cosine_window) {
    const size_t n = type_elements(&site->outputs[0]);
    const bool periodic = site_int(site, "periodic", 1) != 0;
    const struct window_params p = {.n = n,
                                    .period = periodic || n < 2 ? (n > 0 ? n : 1) : n - 1,
                                    .terms = windows[site_int(site, "kind", 0)],
                                    .dtype = site->outputs[0].dtype};
    step->run = run_window;
    return step_params(step, &p, sizeof p, arena, err);
}

/* MelWeightMatrix */

enum { MEL_BINS, MEL_LENGTH, MEL_RATE, MEL_LOW, MEL_HIGH, MEL_INPUTS };

struct mel_params {
    double given[MEL_INPUTS];
    size_t rows, columns;
    int32_t dtype;
};

static double mel_of(double hertz) {
    return 2595 / 2.302585092994045684 * wide_log(1 + hertz / 700);
}

/* The line of the spectrum where filter `i` begins: its frequency is as many steps up the scale. */
static double mel_line(const struct mel_params *p, size_t i) {
    const double low = mel_of(p->given[MEL_LOW]), high = mel_of(p->given[MEL_HIGH]);
    const double mel = low + (double)i * ((high - low) / (double)(p->columns + 2));
    const double hertz = 700 * (wide_exp(mel / 2595 * 2.302585092994045684) - 1);
    return __builtin_floor((p->given[MEL_LENGTH] + 1) * hertz / p->given[MEL_RATE]);
}

static bool read_mel(const struct op_site *site, struct mel_params *p, struct error *err) {
    static const char *const names[MEL_INPUTS] = {"number of bins", "DFT length", "sample rate", "lower edge",
                                                  "upper edge"};
    *p = (struct mel_params){0};
    for (uint32_t i = 0; i < MEL_INPUTS; i++)
        if (!site_number(site, i, names[i], &p->given[i], err))
            return false;
    const double *g = p->given;
    if (!(g[MEL_BINS] >= 1 && g[MEL_BINS] <= 1 << 20 && g[MEL_LENGTH] >= 1 && g[MEL_LENGTH] <= 1 << 24 &&
          g[MEL_RATE] >= 1 && g[MEL_LOW] >= 0 && g[MEL_HIGH] >= g[MEL_LOW]))
        return error_set(err, MSW_INVALID,
                         "needs bins, DFT length and sample rate of 1 or more, and edges that ascend from 0");
    p->rows = (size_t)g[MEL_LENGTH] / 2 + 1;
    p->columns = (size_t)g[MEL_BINS];
    if (!(mel_line(p, p->columns + 1) < (double)p->rows))
        return error_set(err, MSW_INVALID, "the upper edge is above the spectrum: its line is outside 0..%l",
                         (int64_t)p->rows - 1);
    return site_dtype(site, MSW_FLOAT32, &p->dtype, err);
}

OP_CHECK(mel_weights) {
    struct mel_params p;
    if (!read_mel(site, &p, err))
        return false;
    site->outputs[0] = (struct msw_type){.dtype = p.dtype, .rank = 2, .dims = {(int32_t)p.rows, (int32_t)p.columns}};
    return true;
}

/* A triangle: up from `first` to 1 at the centre, and down again up to the line before `end`. */
static double triangle(double line, double first, double centre, double end) {
    if (line == centre)
        return 1;
    if (line >= first && line < centre)
        return (line - first) / (centre - first);
    return line >= centre && line < end ? (end - line) / (end - centre) : 0;
}

static void run_mel(const struct step *step) {
    const struct mel_params *p = step->params;
    const size_t element = dtype_info(p->dtype)->bytes;
    unsigned char *z = step->out[0];
    for (size_t c = 0; c < p->columns; c++) {
        const double first = mel_line(p, c), centre = mel_line(p, c + 1), end = mel_line(p, c + 2);
        for (size_t r = 0; r < p->rows; r++) {
            const double value = triangle((double)r, first, centre, end);
            cast_elements(&value, MSW_FLOAT64, z + (r * p->columns + c) * element, p->dtype, 1);
        }
    }
}

OP_PREPARE(mel_weights) {
    struct mel_params p;
    step->run = run_mel;
    return read_mel(site, &p, err) && step_params(step, &p, sizeof p, arena, err);
}
