/* op_lstm.c - LSTM over a sequence: layers, each in one direction or both, with all weights in one tensor as MindSpore packs them. */
#include <string.h>

#include "kernels/hot/gemm_f32.h"
#include "kernels/lstm.h"
#include "ops/lstm_weights.h"
#include "ops/rows.h"

enum { MOST_WIDTH = 1 << 20, MOST_LAYERS = 1024 };

/* States that are left out are zeros, as wide as attribute hidden_size says. */
static struct msw_type state_type(const struct op_site *site, uint32_t input) {
    if (site_has(site, input))
        return site->inputs[input];
    if (site_has(site, 3 - input))
        return site->inputs[3 - input];
    const int64_t hidden = site_int(site, "hidden_size", 0), layers = site_int(site, "num_layers", 1);
    const int32_t directions = site_int(site, "bidirectional", 0) != 0 ? 2 : 1;
    return (struct msw_type){.dtype = site->inputs[0].dtype,
                             .rank = 3,
                             .dims = {layers < 1 || layers > MOST_LAYERS ? 0 : (int32_t)layers * directions,
                                      site->inputs[0].rank == 3 ? site->inputs[0].dims[1] : 0,
                                      hidden < 0 || hidden > INT32_MAX ? 0 : (int32_t)hidden}};
}

static bool read_sizes(const struct op_site *site, struct lstm_sizes *s, struct error *err) {
    const struct msw_type *x = &site->inputs[0], *w = &site->inputs[3];
    const struct msw_type first = state_type(site, 1), second = state_type(site, 2), *h = &first, *c = &second;
    const int64_t layers = site_int(site, "num_layers", 1), both = site_int(site, "bidirectional", 0) != 0;
    if (x->rank != 3 || h->rank != 3 || h->dtype != x->dtype || c->dtype != x->dtype || w->dtype != x->dtype ||
        !type_same_shape(h, c) || h->dims[1] != x->dims[1])
        return error_set(err, MSW_INVALID,
                         "needs x [T,B,I], and h and c [layers,B,H], of one data type, got %t, %t and %t", x, h, c);
    if (layers < 1 || layers > MOST_LAYERS || h->dims[0] != layers * (1 + both))
        return error_set(err, MSW_INVALID, "h %x does not fit %l layers (1 to 1024) of %l directions", h, layers,
                         1 + both);
    *s = (struct lstm_sizes){.steps = (size_t)x->dims[0],
                             .batch = (size_t)x->dims[1],
                             .input = (size_t)x->dims[2],
                             .hidden = (size_t)h->dims[2],
                             .layers = (size_t)layers,
                             .directions = (size_t)(1 + both),
                             .has_bias = site_int(site, "has_bias", 1) != 0};
    if (s->input > MOST_WIDTH ||
        s->hidden > MOST_WIDTH) /* so that products of two of them with a few layers fit 64 bits */
        return error_set(err, MSW_LIMIT, "input and hidden state may have %d elements, got %x and %x", MOST_WIDTH, x,
                         h);
    const uint64_t wanted = lstm_weight_floats(s);
    return type_elements(w) == wanted ||
           error_set(err, MSW_INVALID, "weights %x have %z elements, not %l", w, type_elements(w), (int64_t)wanted);
}

OP_CHECK(lstm) {
    struct lstm_sizes s;
    if (!read_sizes(site, &s, err))
        return false;
    site->outputs[0] = site->inputs[0];
    site->outputs[0].dims[2] = (int32_t)(s.hidden * s.directions);
    site->outputs[1] = state_type(site, 1);
    site->outputs[2] = site->outputs[1];
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
        work->operations += cells * (2 * 4 * (lstm_width(&s, layer) + s.hidden) + 4 + biases + 4 + 3 + 2);
}

/* The width of the input follows from the weights' number and the width of the state, where that is known. */
OP_PACKING(lstm) {
    const struct msw_type state = state_type(site, 1), *h = &state, *w = &site->inputs[3];
    const int64_t layers = site_int(site, "num_layers", 1);
    const bool known = h->rank == 3 && h->dims[2] > 0;
    const int64_t hidden = known ? h->dims[2] : site_int(site, "hidden_size", 0);
    if (input != 3 || w->dtype != MSW_FLOAT32 || hidden < 1 || hidden > MOST_WIDTH || layers < 1 ||
        layers > MOST_LAYERS)
        return false;
    struct lstm_sizes s = {.hidden = (size_t)hidden,
                           .layers = (size_t)layers,
                           .directions = site_int(site, "bidirectional", 0) != 0 ? 2 : 1,
                           .has_bias = site_int(site, "has_bias", 1) != 0};
    const uint64_t all = type_elements(w), others = lstm_weight_floats(&s),
                   gates = (uint64_t)4 * s.hidden * s.directions;
    if (all < others || (all - others) % gates != 0 || (all - others) / gates > MOST_WIDTH)
        return false; /* check says so */
    s.input = (size_t)((all - others) / gates);
    return lstm_packing(&s, packing);
}

/* Scratch, in floats: the weights packed in the step where they are no constant, then these. */
struct lstm_params {
    struct lstm_sizes sizes;
    struct packing packing;
    bool packed, has_h, has_c;
    size_t input_sums, state_sums, between[2];
};

static float *at(const struct step *step, size_t floats) {
    return (float *)step->scratch + floats;
}

static void begin_state(const float *from, size_t first, size_t n, float *to) {
    if (from)
        memcpy(to, from + first, n * sizeof *to);
    else
        memset(to, 0, n * sizeof *to);
}

/* One layer in one direction, from x to every directions-th block of z. */
static void run_direction(const struct step *step, const float *packed, size_t layer, size_t direction, const float *x,
                          float *z) {
    const struct lstm_params *p = step->params;
    const struct lstm_sizes *s = &p->sizes;
    const size_t hidden = s->hidden, gates = 4 * hidden, states = s->batch * hidden, depth = lstm_width(s, layer);
    const size_t number = layer * s->directions + direction;
    const struct lstm_weights w = lstm_weights_of(s, packed, layer, direction);
    float *input_sums = at(step, p->input_sums), *state_sums = at(step, p->state_sums);
    float *h = (float *)step->out[1] + number * states, *c = (float *)step->out[2] + number * states;
    begin_state(p->has_h ? step->in[1] : NULL, number * states, states, h);
    begin_state(p->has_c ? step->in[2] : NULL, number * states, states, c);
    gemm_f32(x, depth, s->steps * s->batch, depth, w.input, gates, input_sums, gates, NULL);
    for (size_t i = 0; i < s->steps; i++) {
        const size_t t = direction ? s->steps - 1 - i : i;
        gemm_f32(h, hidden, s->batch, hidden, w.state, gates, state_sums, gates, NULL);
        lstm_step_f32(input_sums + t * s->batch * gates, state_sums, w.bias, s->batch, hidden, c, h);
        for (size_t b = 0; b < s->batch; b++)
            memcpy(z + ((t * s->batch + b) * s->directions + direction) * hidden, h + b * hidden, hidden * sizeof *h);
    }
}

static void run_lstm(const struct step *step) {
    const struct lstm_params *p = step->params;
    const struct lstm_sizes *s = &p->sizes;
    const float *x = step->in[0], *packed = step_packed(step, 3, p->packed, &p->packing);
    for (size_t layer = 0; layer < s->layers; layer++) {
        float *z = layer + 1 == s->layers ? step->out[0] : at(step, p->between[layer % 2]);
        for (size_t direction = 0; direction < s->directions; direction++)
            run_direction(step, packed, layer, direction, x, z);
        x = z;
    }
}

static void run_nothing(const struct step *step) {
    (void)step;
}

OP_PREPARE(lstm) {
    struct lstm_params p = {.packed = site->packed[3], .has_h = site_has(site, 1), .has_c = site_has(site, 2)};
    if (!read_sizes(site, &p.sizes, err))
        return false;
    const struct lstm_sizes *s = &p.sizes;
    if (!lstm_packing(s, &p.packing))
        return error_set(err, MSW_LIMIT, "weights %t need more than %l bytes when packed", &site->inputs[3],
                         (int64_t)TYPE_MAX_BYTES);
    packing_in_step(&p.packing, p.packed);
    const uint64_t gates = 4 * (uint64_t)s->hidden, z = (uint64_t)s->steps * s->batch * s->hidden * s->directions;
    const uint64_t input_sums = p.packed ? 0 : p.packing.bytes / sizeof(float);
    const uint64_t state_sums = input_sums + (uint64_t)s->steps * s->batch * gates;
    const uint64_t between = state_sums + s->batch * gates, end = between + (s->layers > 1 ? 2 * z : 0);
    p.input_sums = (size_t)input_sums;
    p.state_sums = (size_t)state_sums;
    p.between[0] = (size_t)between;
    p.between[1] = (size_t)(between + z);
    step->run = s->batch * s->hidden > 0 ? run_lstm : run_nothing;
    return step_scratch(step, end * sizeof(float), err) && step_params(step, &p, sizeof p, arena, err);
}
