/* op_linear_attention.c - LinearAttention: a state of keys times values for each head, which decays, is corrected and read row by row. */
#include <string.h>

#include "ops/rows.h"
#include "simd/math.h"

enum { Q, K, V, STATE, DECAY, RATE, GATED = 1, DELTA = 2, MOST_HEADS = 1 << 20 };

struct linear_attention {
    size_t batches, rows, heads, kv_heads, depth, width, decays,
        rates; /* decays, rates: numbers for each row, 0: none */
    bool has_state;
    float scale;
};

/* A row's numbers: [B,T,n]. */
static bool is_packed(const struct op_site *site, uint32_t input, const struct linear_attention *a, int64_t n) {
    const struct msw_type *x = &site->inputs[input];
    return x->dtype == site->inputs[Q].dtype && x->rank == 3 && (size_t)x->dims[0] == a->batches &&
           (size_t)x->dims[1] == a->rows && x->dims[2] == n;
}

static bool read_gates(const struct op_site *site, struct linear_attention *a, struct error *err) {
    const int64_t rule = site_int(site, "rule", GATED | DELTA), heads = (int64_t)a->kv_heads;
    const struct msw_type *s = &site->inputs[STATE];
    if (rule < 0 || rule > (GATED | DELTA) || site_has(site, DECAY) != ((rule & GATED) != 0) ||
        site_has(site, RATE) != ((rule & DELTA) != 0))
        return error_set(err, MSW_INVALID, "rule %l (0 to 3) needs x4 where it is odd and x5 from 2 on, and no other",
                         rule);
    a->decays = rule & GATED ? (size_t)site->inputs[DECAY].dims[2] : 0;
    a->rates = rule & DELTA ? (size_t)site->inputs[RATE].dims[2] : 0;
    if ((rule & GATED && !is_packed(site, DECAY, a, heads) && !is_packed(site, DECAY, a, heads * (int64_t)a->depth)) ||
        (rule & DELTA && !is_packed(site, RATE, a, heads) && !is_packed(site, RATE, a, 1)))
        return error_set(err, MSW_INVALID,
                         "decay must have a number for each of %l heads or of its keys, the rate for each head or one",
                         heads);
    a->has_state = site_has(site, STATE);
    return !a->has_state ||
           (s->dtype == site->inputs[Q].dtype && s->rank == 4 && (size_t)s->dims[0] == a->batches &&
            s->dims[1] == heads && (size_t)s->dims[2] == a->depth && (size_t)s->dims[3] == a->width) ||
           error_set(err, MSW_INVALID, "the state must be [%z,%l,%z,%z], got %t", a->batches, heads, a->depth, a->width,
                     s);
}

static bool read_linear_attention(const struct op_site *site, struct linear_attention *a, struct error *err) {
    const struct msw_type *q = &site->inputs[Q], *k = &site->inputs[K], *v = &site->inputs[V];
    const int64_t heads = site_int(site, "q_num_heads", 1), kv = site_int(site, "kv_num_heads", 1);
    *a = (struct linear_attention){0};
    if (q->rank != 3 || k->rank != 3 || v->rank != 3 || heads < 1 || kv < 1 || heads > MOST_HEADS || heads % kv != 0 ||
        q->dims[2] % heads != 0 || v->dims[2] % kv != 0)
        return error_set(
            err, MSW_INVALID,
            "needs q, k and v [B,T,H*D] and heads that divide them, q's a multiple, got %t, %t, %t, %l and %l", q, k, v,
            heads, kv);
    a->batches = (size_t)q->dims[0];
    a->rows = (size_t)q->dims[1];
    a->heads = (size_t)heads;
    a->kv_heads = (size_t)kv;
    a->depth = (size_t)(q->dims[2] / heads);
    a->width = (size_t)(v->dims[2] / kv);
    const double scale = site_float(site, "scale", 0);
    a->scale = (float)(scale != 0 ? scale : 1 / __builtin_sqrt((double)a->depth));
    if (!is_packed(site, K, a, kv * (int64_t)a->depth) || !is_packed(site, V, a, v->dims[2]))
        return error_set(err, MSW_INVALID, "%t, %t and %t do not fit", q, k, v);
    return read_gates(site, a, err);
}

OP_CHECK(linear_attention) {
    struct linear_attention a;
    if (!read_linear_attention(site, &a, err))
        return false;
    if ((uint64_t)a.heads * a.width > INT32_MAX)
        return error_set(err, MSW_LIMIT, "%z heads of %z elements are too many", a.heads, a.width);
    site->outputs[0] = site->inputs[Q];
    site->outputs[0].dims[2] = (int32_t)(a.heads * a.width);
    site->outputs[1] =
        (struct msw_type){.dtype = site->inputs[site_has(site, STATE) ? STATE : Q].dtype,
                          .rank = 4,
                          .dims = {(int32_t)a.batches, (int32_t)a.kv_heads, (int32_t)a.depth, (int32_t)a.width}};
    return true;
}

OP_WORK(linear_attention) {
    work->operations = 8 * (uint64_t)type_elements(&site->outputs[1]) * (uint64_t)site->inputs[Q].dims[1];
}

/* One row of one head of keys: the state after it. */
static void update(const struct step *step, const struct linear_attention *a, size_t row, size_t head, float *state) {
    const float *k = (const float *)step->in[K] + (row * a->kv_heads + head) * a->depth;
    const float *v = (const float *)step->in[V] + (row * a->kv_heads + head) * a->width;
    float *change = step->scratch;
    for (size_t d = 0; d < a->depth && a->decays > 0; d++) {
        const bool each = a->decays != a->kv_heads;
        const float *by = (const float *)step->in[DECAY] + row * a->decays + (each ? head * a->depth + d : head);
        const float factor = f32x4_exp(f32x4_splat(*by))[0];
        for (size_t m = 0; m < a->width; m++)
            state[d * a->width + m] *= factor;
    }
    memcpy(change, v, a->width * sizeof *change);
    if (a->rates > 0) {
        const float rate = ((const float *)step->in[RATE])[row * a->rates + (a->rates == 1 ? 0 : head)];
        for (size_t d = 0; d < a->depth; d++)
            for (size_t m = 0; m < a->width; m++)
                change[m] -= state[d * a->width + m] * k[d];
        for (size_t m = 0; m < a->width; m++)
            change[m] *= rate;
    }
    for (size_t d = 0; d < a->depth; d++)
        for (size_t m = 0; m < a->width; m++)
            state[d * a->width + m] += k[d] * change[m];
}

/* What the heads that share the state see of it. */
static void look(const struct step *step, const struct linear_attention *a, size_t row, size_t head,
                 const float *state) {
    const size_t group = a->heads / a->kv_heads;
    for (size_t h = head * group; h < (head + 1) * group; h++) {
        const float *q = (const float *)step->in[Q] + (row * a->heads + h) * a->depth;
        float *z = (float *)step->out[0] + (row * a->heads + h) * a->width;
        memset(z, 0, a->width * sizeof *z);
        for (size_t d = 0; d < a->depth; d++)
            for (size_t m = 0; m < a->width; m++)
                z[m] += q[d] * state[d * a->width + m];
        for (size_t m = 0; m < a->width; m++)
            z[m] *= a->scale;
    }
}

static void run_linear_attention(const struct step *step) {
    const struct linear_attention *a = step->params;
    const size_t state_size = a->depth * a->width, states = a->batches * a->kv_heads;
    float *state = step->out[1];
    if (a->has_state)
        memcpy(state, step->in[STATE], states * state_size * sizeof *state);
    else
        memset(state, 0, states * state_size * sizeof *state);
    for (size_t i = 0; i < states; i++, state += state_size)
        for (size_t t = 0; t < a->rows; t++) {
            const size_t row = i / a->kv_heads * a->rows + t;
            update(step, a, row, i % a->kv_heads, state);
            look(step, a, row, i % a->kv_heads, state);
        }
}

OP_PREPARE(linear_attention) {
    struct linear_attention a;
    if (!read_linear_attention(site, &a, err))
        return false;
    if (type_elements(&site->outputs[0]) == 0 && type_elements(&site->outputs[1]) == 0)
        a.batches = 0;
    step->run = run_linear_attention;
    return step_scratch(step, (uint64_t)a.width * sizeof(float), err) && step_params(step, &a, sizeof a, arena, err);
}
