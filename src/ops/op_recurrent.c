/* op_recurrent.c - Recurrent: ONNX's RNN, GRU and LSTM with all that their usual forms, which LSTM does faster, leave out: lengths, peepholes, any activations. */
#include <string.h>

#include "kernels/activate.h"
#include "kernels/hot/gemm_f32.h"
#include "ops/rows.h"

enum { X, W, R, B, LENGTHS, H0, C0, P, MOST_ACTIVATIONS = 6, MOST_WIDTH = 1 << 20 };
enum cell { RNN, GRU, LSTM, CELLS };

static const size_t gate_counts[CELLS] = {1, 3, 4}, activation_counts[CELLS] = {1, 2, 3};

/* Places in the scratch are in floats: both matrices packed, of a GRU the third gate's for itself, the gates' sums from the input, the gates of a step,
 * and two more tensors like the state. */
struct recurrent {
    enum cell cell;
    size_t steps, batch, input, hidden, gates, directions, state_gates;
    bool first_reverse, variant, has_bias, has_lengths, has_h, has_c, has_peepholes;
    float clip;
    struct activation activations[MOST_ACTIVATIONS];
    size_t packed_r, packed_h, sums, now, apart, product;
};

static bool is_shape(const struct op_site *site, uint32_t input, int32_t rank, size_t a, size_t b, size_t c) {
    const struct msw_type *x = &site->inputs[input];
    const size_t dims[] = {a, b, c};
    bool same = x->rank == rank && x->dtype == site->inputs[X].dtype;
    for (int32_t i = 0; same && i < rank; i++)
        same = (size_t)x->dims[i] == dims[i];
    return same;
}

static bool read_activations(const struct op_site *site, struct recurrent *r, struct error *err) {
    static const int64_t usual[CELLS][3] = {
        {ACTIVATE_TANH}, {ACTIVATE_SIGMOID, ACTIVATE_TANH}, {ACTIVATE_SIGMOID, ACTIVATE_TANH, ACTIVATE_TANH}};
    const struct attr *kinds = site_attr(site, "activations"), *alpha = site_attr(site, "alpha"),
                      *beta = site_attr(site, "beta");
    const size_t each = activation_counts[r->cell], count = each * r->directions;
    if ((kinds->given && (size_t)kinds->count != count) || (alpha->given && (size_t)alpha->count != count) ||
        (beta->given && (size_t)beta->count != count))
        return error_set(err, MSW_INVALID, "activations, alpha and beta must be lists of %z", count);
    for (size_t i = 0; i < count; i++) {
        const int64_t kind = kinds->given ? kinds->ints[i] : usual[r->cell][i % each];
        if (kind < 0 || kind >= ACTIVATIONS)
            return error_set(err, MSW_INVALID, "activations[%z] is %l, not one of 0 to %d", i, kind,
                             (int32_t)ACTIVATIONS - 1);
        r->activations[i] = (struct activation){.kind = (enum activation_kind)kind,
                                                .alpha = alpha->given ? (float)alpha->floats[i] : 1,
                                                .beta = beta->given ? (float)beta->floats[i] : 0};
    }
    return true;
}

static bool read_options(const struct op_site *site, struct recurrent *r, struct error *err) {
    const size_t d = r->directions, h = r->hidden;
    r->has_bias = site_has(site, B);
    r->has_lengths = site_has(site, LENGTHS);
    r->has_h = site_has(site, H0);
    r->has_c = site_has(site, C0);
    r->has_peepholes = site_has(site, P);
    if ((r->has_bias && !is_shape(site, B, 2, d, 2 * r->gates * h, 0)) ||
        (r->has_h && !is_shape(site, H0, 3, d, r->batch, h)) || (r->has_c && !is_shape(site, C0, 3, d, r->batch, h)) ||
        (r->has_peepholes && !is_shape(site, P, 2, d, 3 * h, 0)))
        return error_set(err, MSW_INVALID, "biases must be %k [%z,%z], states [%z,%z,%z], peepholes [%z,%z]",
                         site->inputs[X].dtype, d, 2 * r->gates * h, d, r->batch, h, d, 3 * h);
    const struct msw_type *n = r->has_lengths ? &site->inputs[LENGTHS] : NULL;
    if (n && (n->dtype != MSW_INT32 || n->rank != 1 || (size_t)n->dims[0] != r->batch))
        return error_set(err, MSW_INVALID, "lengths must be int32[%z], got %t", r->batch, n);
    if (r->cell != LSTM && (r->has_c || r->has_peepholes))
        return error_set(err, MSW_INVALID, "only an LSTM has cells and peepholes");
    return read_activations(site, r, err);
}

static bool read_recurrent(const struct op_site *site, struct recurrent *r, struct error *err) {
    const struct msw_type *x = &site->inputs[X], *w = &site->inputs[W], *u = &site->inputs[R];
    const int64_t cell = site_int(site, "cell", RNN), direction = site_int(site, "direction", 0);
    if (cell < RNN || cell > LSTM || direction < 0 || direction > 2)
        return error_set(err, MSW_INVALID, "cell %l and direction %l must be 0, 1 or 2", cell, direction);
    *r = (struct recurrent){.cell = (enum cell)cell,
                            .gates = gate_counts[cell],
                            .directions = direction == 2 ? 2 : 1,
                            .first_reverse = direction == 1,
                            .variant = site_int(site, "variant", 0) != 0,
                            .clip = (float)site_float(site, "clip", 0)};
    if (x->rank != 3 || u->rank != 3 || w->rank != 3 || u->dims[2] > MOST_WIDTH || x->dims[2] > MOST_WIDTH)
        return error_set(
            err, MSW_INVALID,
            "needs [T,B,I], [directions,gates,I] and [directions,gates,H], I and H at most %d, got %t, %t and %t",
            (int32_t)MOST_WIDTH, x, w, u);
    r->steps = (size_t)x->dims[0];
    r->batch = (size_t)x->dims[1];
    r->input = (size_t)x->dims[2];
    r->hidden = (size_t)u->dims[2];
    r->state_gates = r->cell == GRU ? 2 : r->gates;
    if (!is_shape(site, W, 3, r->directions, r->gates * r->hidden, r->input) ||
        !is_shape(site, R, 3, r->directions, r->gates * r->hidden, r->hidden))
        return error_set(err, MSW_INVALID, "weights must be [%z,%z,%z] and [%z,%z,%z], got %t and %t", r->directions,
                         r->gates * r->hidden, r->input, r->directions, r->gates * r->hidden, r->hidden, w, u);
    return read_options(site, r, err);
}

OP_CHECK(recurrent) {
    struct recurrent r;
    if (!read_recurrent(site, &r, err))
        return false;
    const int32_t dtype = site->inputs[X].dtype, t = (int32_t)r.steps, d = (int32_t)r.directions, b = (int32_t)r.batch,
                  h = (int32_t)r.hidden;
    site->outputs[0] = (struct msw_type){.dtype = dtype, .rank = 4, .dims = {t, d, b, h}};
    site->outputs[1] = (struct msw_type){.dtype = dtype, .rank = 3, .dims = {d, b, h}};
    site->outputs[2] = (struct msw_type){.dtype = dtype, .rank = 3, .dims = {r.cell == LSTM ? d : 0, b, h}};
    return true;
}

OP_WORK(recurrent) {
    const uint64_t gates = type_elements(&site->inputs[W]) + type_elements(&site->inputs[R]);
    work->operations = 2 * gates * (uint64_t)site->inputs[X].dims[0] * (uint64_t)site->inputs[X].dims[1];
}

/* What a direction works with. */
struct pass {
    const struct recurrent *r;
    const float *w, *u, *bias, *peepholes; /* bias: of the input, then of the state; NULL: none */
    const struct activation *activations;
    float *scratch, *h, *c;
};

static void activate_gate(const struct pass *p, size_t which, float *x) {
    activate(&p->activations[which], p->r->clip, x, p->r->hidden);
}

/* gates += peepholes * cells; part: i, o, f */
static void peep(const struct pass *p, size_t part, const float *c, float *gate) {
    for (size_t j = 0; p->peepholes && j < p->r->hidden; j++)
        gate[j] += p->peepholes[part * p->r->hidden + j] * c[j];
}

static void finish_lstm(const struct pass *p, float *gates, float *h, float *c) {
    const size_t n = p->r->hidden;
    float *i = gates, *out = gates + n, *f = gates + 2 * n, *g = gates + 3 * n;
    peep(p, 0, c, i);
    peep(p, 2, c, f);
    activate_gate(p, 0, i);
    activate_gate(p, 0, f);
    activate_gate(p, 1, g);
    for (size_t j = 0; j < n; j++)
        c[j] = (p->r->variant ? 1 - i[j] : f[j]) * c[j] + i[j] * g[j];
    peep(p, 1, c, out);
    activate_gate(p, 0, out);
    memcpy(g, c, n * sizeof *g);
    activate(&p->activations[2], 0, g, n); /* onnxruntime clips the gates alone */
    for (size_t j = 0; j < n; j++)
        h[j] = out[j] * g[j];
}

/* product: what the third gate gets from the state */
static void finish_gru(const struct pass *p, float *gates, const float *product, float *h) {
    const size_t n = p->r->hidden;
    const float *z = gates, *reset = gates + n, *bias = p->bias ? p->bias + 5 * n : NULL;
    float *g = gates + 2 * n;
    for (size_t j = 0; j < n; j++) {
        const float state = product[j] + (bias ? bias[j] : 0);
        g[j] += p->r->variant ? reset[j] * state : state;
    }
    activate_gate(p, 1, g);
    for (size_t j = 0; j < n; j++)
        h[j] = (1 - z[j]) * g[j] + z[j] * h[j];
}

static size_t length_of(const struct step *step, size_t item) {
    const struct recurrent *r = step->params;
    const int32_t n = r->has_lengths ? ((const int32_t *)step->in[LENGTHS])[item] : (int32_t)r->steps;
    return n < 0 ? 0 : (size_t)n < r->steps ? (size_t)n : r->steps;
}

/* The gates' sums of an item: from its input at time t, from its state, and the biases. */
static void sum_gates(const struct pass *p, size_t t, size_t item, const float *from_state, float *gates) {
    const struct recurrent *r = p->r;
    const size_t n = r->gates * r->hidden, of_state = r->state_gates * r->hidden;
    const float *x = p->scratch + r->sums + (t * r->batch + item) * n;
    for (size_t j = 0; j < n; j++) {
        float sum = x[j] + (p->bias ? p->bias[j] : 0);
        sum += j < of_state ? from_state[j] + (p->bias ? p->bias[n + j] : 0) : 0;
        gates[j] = sum;
    }
}

/* Number `i` of the steps, from the front or the back of each item's sequence. */
static void do_step(const struct step *step, const struct pass *p, size_t i, bool reverse, float *y) {
    const struct recurrent *r = p->r;
    const size_t n = r->hidden, gates = r->gates * n, of_state = r->state_gates * n;
    float *now = p->scratch + r->now, *apart = p->scratch + r->apart, *product = p->scratch + r->product;
    float *from_state = product + r->batch * n;
    gemm_f32(p->h, n, r->batch, n, p->scratch + r->packed_r, of_state, from_state, of_state, NULL);
    for (size_t b = 0; b < r->batch; b++) {
        const size_t length = length_of(step, b), t = reverse ? length - 1 - i : i;
        if (i >= length)
            continue;
        sum_gates(p, t, b, from_state + b * of_state, now + b * gates);
        for (size_t k = 0; k < 2 && r->cell == GRU; k++)
            activate_gate(p, 0, now + b * gates + k * n);
        for (size_t j = 0; j < n && r->cell == GRU; j++)
            apart[b * n + j] = (r->variant ? 1 : now[b * gates + n + j]) * p->h[b * n + j];
    }
    if (r->cell == GRU)
        gemm_f32(apart, n, r->batch, n, p->scratch + r->packed_h, n, product, n, NULL);
    for (size_t b = 0; b < r->batch; b++) {
        const size_t length = length_of(step, b), t = reverse ? length - 1 - i : i;
        float *h = p->h + b * n, *g = now + b * gates;
        if (i >= length)
            continue;
        if (r->cell == LSTM)
            finish_lstm(p, g, h, p->c + b * n);
        else if (r->cell == GRU)
            finish_gru(p, g, product + b * n, h);
        else {
            activate_gate(p, 0, g);
            memcpy(h, g, n * sizeof *h);
        }
        memcpy(y + (t * r->directions * r->batch + b) * n, h, n * sizeof *h);
    }
}

static void begin_state(const float *from, size_t first, size_t n, float *to) {
    if (from)
        memcpy(to, from + first, n * sizeof *to);
    else
        memset(to, 0, n * sizeof *to);
}

static void run_direction(const struct step *step, size_t d) {
    const struct recurrent *r = step->params;
    const size_t n = r->hidden, gates = r->gates * n, states = r->batch * n, of_state = r->state_gates * n;
    struct pass p = {.r = r,
                     .w = (const float *)step->in[W] + d * gates * r->input,
                     .u = (const float *)step->in[R] + d * gates * n,
                     .bias = r->has_bias ? (const float *)step->in[B] + d * 2 * gates : NULL,
                     .peepholes = r->has_peepholes ? (const float *)step->in[P] + d * 3 * n : NULL,
                     .activations = r->activations + d * activation_counts[r->cell],
                     .scratch = step->scratch,
                     .h = (float *)step->out[1] + d * states,
                     .c = (float *)step->out[2] + (r->cell == LSTM ? d * states : 0)};
    begin_state(r->has_h ? step->in[H0] : NULL, d * states, states, p.h);
    if (r->cell == LSTM)
        begin_state(r->has_c ? step->in[C0] : NULL, d * states, states, p.c);
    pack_f32(p.w, 1, r->input, r->input, gates, p.scratch);
    gemm_f32(step->in[X], r->input, r->steps * r->batch, r->input, p.scratch, gates, p.scratch + r->sums, gates, NULL);
    pack_f32(p.u, 1, n, n, of_state, p.scratch + r->packed_r);
    if (r->cell == GRU)
        pack_f32(p.u + of_state * n, 1, n, n, n, p.scratch + r->packed_h);
    for (size_t i = 0; i < r->steps; i++)
        do_step(step, &p, i, d == 1 || r->first_reverse, (float *)step->out[0] + d * states);
}

static void run_recurrent(const struct step *step) {
    const struct recurrent *r = step->params;
    const size_t all = r->steps * r->directions * r->batch * r->hidden;
    if (all > 0)
        memset(step->out[0], 0, all * sizeof(float));
    for (size_t i = 0; r->cell == GRU && i < r->batch * r->hidden; i++)
        ((float *)step->scratch)[r->apart + i] = 0; /* also of items that have ended */
    for (size_t d = 0; d < r->directions && r->batch * r->hidden > 0; d++)
        run_direction(step, d);
}

OP_PREPARE(recurrent) {
    struct recurrent r;
    if (!read_recurrent(site, &r, err))
        return false;
    const uint64_t gates = r.gates * r.hidden, of_state = r.state_gates * r.hidden,
                   states = (uint64_t)r.batch * r.hidden;
    const uint64_t packed_r = (uint64_t)panel_columns((size_t)gates) * r.input;
    const uint64_t packed_h = packed_r + (uint64_t)panel_columns((size_t)of_state) * r.hidden;
    const uint64_t sums = packed_h + (r.cell == GRU ? (uint64_t)panel_columns(r.hidden) * r.hidden : 0);
    const uint64_t now = sums + (uint64_t)r.steps * r.batch * gates, apart = now + r.batch * gates;
    const uint64_t product = apart + states, end = product + states + r.batch * of_state;
    r.packed_r = (size_t)packed_r;
    r.packed_h = (size_t)packed_h;
    r.sums = (size_t)sums;
    r.now = (size_t)now;
    r.apart = (size_t)apart;
    r.product = (size_t)product;
    step->run = run_recurrent;
    return step_scratch(step, end * sizeof(float), err) && step_params(step, &r, sizeof r, arena, err);
}
