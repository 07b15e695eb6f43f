/* op_lstm.c - LSTM over a sequence: layers, each in one direction or both, with all weights in one tensor as MindSpore packs them. */
#include <string.h>

#include "kernels/hot/gemm_f32.h"
#include "kernels/lstm.h"
#include "ops/rows.h"

struct lstm_sizes {
    size_t steps, batch, input, hidden, layers, directions;
    bool has_bias;
};

/* Width of what a layer reads. */
static size_t width(const struct lstm_sizes *s, size_t layer) {
    return layer == 0 ? s->input : s->hidden * s->directions;
}

/* The packed weights: of all layers and directions those of the input [4H, width], then those of the hidden state [4H, H], then biases [4H]. */
static uint64_t weights_at(const struct lstm_sizes *s, int kind, size_t layer, size_t direction) {
    const uint64_t gates = 4 * (uint64_t)s->hidden, all = (uint64_t)s->layers * s->directions;
    const uint64_t number = (uint64_t)layer * s->directions + direction;
    const uint64_t later =
        layer > 0 ? number - s->directions : 0; /* layers behind the first, which are as wide as each other */
    const uint64_t first = layer > 0 ? s->directions : direction;
    if (kind == 0)
        return gates * (first * s->input + later * width(s, 1));
    const uint64_t inputs = gates * s->directions * (s->input + (uint64_t)(s->layers - 1) * width(s, 1));
    return kind == 1 ? inputs + gates * number * s->hidden : inputs + gates * all * s->hidden + gates * number;
}

static bool read_sizes(const struct op_site *site, struct lstm_sizes *s, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *h = &site->inputs[1], *c = &site->inputs[2], *w = &site->inputs[3];
    const int64_t layers = site_int(site, "num_layers", 1), both = site_int(site, "bidirectional", 0) != 0;
    if (x->rank != 3 || h->rank != 3 || h->dtype != x->dtype || c->dtype != x->dtype || w->dtype != x->dtype ||
        !type_same_shape(h, c) || h->dims[1] != x->dims[1])
        return error_set(err, MSW_INVALID,
                         "needs x [T,B,I], and h and c [layers,B,H], of one data type, got %t, %t and %t", x, h, c);
    if (layers < 1 || layers > 1024 || h->dims[0] != layers * (1 + both))
        return error_set(err, MSW_INVALID, "h %x does not fit %l layers (1 to 1024) of %l directions", h, layers,
                         1 + both);
    *s = (struct lstm_sizes){.steps = (size_t)x->dims[0],
                             .batch = (size_t)x->dims[1],
                             .input = (size_t)x->dims[2],
                             .hidden = (size_t)h->dims[2],
                             .layers = (size_t)layers,
                             .directions = (size_t)(1 + both),
                             .has_bias = site_int(site, "has_bias", 1) != 0};
    if (s->input > 1 << 20 || s->hidden > 1 << 20) /* so that products of two of them with a few layers fit 64 bits */
        return error_set(err, MSW_LIMIT, "input and hidden state may have %d elements, got %x and %x", 1 << 20, x, h);
    const uint64_t wanted = weights_at(s, 2, s->layers - 1, s->directions - 1) + (s->has_bias ? 4 * s->hidden : 0) -
                            (s->has_bias ? 0 : 4 * (uint64_t)s->hidden * (s->layers * s->directions - 1));
    return type_elements(w) == wanted ||
           error_set(err, MSW_INVALID, "weights %x have %z elements, not %l", w, type_elements(w), (int64_t)wanted);
}

OP_CHECK(lstm) {
    struct lstm_sizes s;
    if (!read_sizes(site, &s, err))
        return false;
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dims[2] = (int32_t)(s.hidden * s.directions);
    site->outputs[1] = site->inputs[1];
    site->outputs[2] = site->inputs[1];
    return true;
}

/* Of each step and direction the two products, their sum with the bias, four activations, c = f c + i g and h = o tanh(c). */
OP_WORK(lstm) {
    struct lstm_sizes s;
    struct error unheard = {0};
    if (!read_sizes(site, &s, &unheard)) /* not after check */
        return;
    const uint64_t cells = (uint64_t)s.steps * s.batch * s.hidden * s.directions, biases = s.has_bias ? 4 : 0;
    for (size_t layer = 0; layer < s.layers; layer++)
        work->operations += cells * (2 * 4 * (width(&s, layer) + s.hidden) + 4 + biases + 4 + 3 + 2);
}

/* Where things lie in the scratch, in floats. */
struct lstm_params {
    struct lstm_sizes sizes;
    size_t state_weights, input_sums, state_sums, between[2]; /* the packed weights of the input come first */
};

static float *at(const struct step *step, size_t floats) {
    return (float *)step->scratch + floats;
}

static void pack_gates(const float *w, size_t gates, size_t depth, float *packed) {
    memset(packed, 0, panel_columns(gates) * depth * sizeof *packed);
    pack_columns_f32(w, 0, gates, depth, 1, packed);
}

/* One layer in one direction, from x to every directions-th block of z. */
static void run_direction(const struct step *step, size_t layer, size_t direction, const float *x, float *z) {
    const struct lstm_params *p = step->params;
    const struct lstm_sizes *s = &p->sizes;
    const size_t hidden = s->hidden, gates = 4 * hidden, states = s->batch * hidden, depth = width(s, layer);
    const size_t number = layer * s->directions + direction;
    const float *w = step->in[3];
    const float *bias = s->has_bias ? w + weights_at(s, 2, layer, direction) : NULL;
    float *input_sums = at(step, p->input_sums), *state_sums = at(step, p->state_sums);
    float *h = (float *)step->out[1] + number * states, *c = (float *)step->out[2] + number * states;
    memcpy(h, (const float *)step->in[1] + number * states, states * sizeof *h);
    memcpy(c, (const float *)step->in[2] + number * states, states * sizeof *c);
    pack_gates(w + weights_at(s, 0, layer, direction), gates, depth, at(step, 0));
    pack_gates(w + weights_at(s, 1, layer, direction), gates, hidden, at(step, p->state_weights));
    gemm_f32(x, depth, s->steps * s->batch, depth, at(step, 0), gates, input_sums, gates, NULL);
    for (size_t i = 0; i < s->steps; i++) {
        const size_t t = direction ? s->steps - 1 - i : i;
        gemm_f32(h, hidden, s->batch, hidden, at(step, p->state_weights), gates, state_sums, gates, NULL);
        lstm_step_f32(input_sums + t * s->batch * gates, state_sums, bias, s->batch, hidden, c, h);
        for (size_t b = 0; b < s->batch; b++)
            memcpy(z + ((t * s->batch + b) * s->directions + direction) * hidden, h + b * hidden, hidden * sizeof *h);
    }
}

static void run_lstm(const struct step *step) {
    const struct lstm_params *p = step->params;
    const struct lstm_sizes *s = &p->sizes;
    const float *x = step->in[0];
    for (size_t layer = 0; layer < s->layers; layer++) {
        float *z = layer + 1 == s->layers ? step->out[0] : at(step, p->between[layer % 2]);
        for (size_t direction = 0; direction < s->directions; direction++)
            run_direction(step, layer, direction, x, z);
        x = z;
    }
}

static void run_nothing(const struct step *step) {
    (void)step;
}

OP_PREPARE(lstm) {
    struct lstm_params p;
    if (!read_sizes(site, &p.sizes, err))
        return false;
    const struct lstm_sizes *s = &p.sizes;
    const uint64_t gates = 4 * (uint64_t)s->hidden, columns = panel_columns((size_t)gates),
                   z = (uint64_t)s->steps * s->batch * s->hidden * s->directions;
    const uint64_t widest = s->layers > 1 && width(s, 1) > s->input ? width(s, 1) : s->input;
    const uint64_t state_weights = columns * widest, input_sums = state_weights + columns * s->hidden;
    const uint64_t state_sums = input_sums + (uint64_t)s->steps * s->batch * gates;
    const uint64_t between = state_sums + s->batch * gates, end = between + (s->layers > 1 ? 2 * z : 0);
    p.state_weights = (size_t)state_weights;
    p.input_sums = (size_t)input_sums;
    p.state_sums = (size_t)state_sums;
    p.between[0] = (size_t)between;
    p.between[1] = (size_t)(between + z);
    step->run = s->batch * s->hidden > 0 ? run_lstm : run_nothing;
    return step_scratch(step, end * sizeof(float), err) && step_params(step, &p, sizeof p, arena, err);
}
