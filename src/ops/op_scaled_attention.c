/* op_scaled_attention.c - attention as ONNX's operator has it: heads packed in the last axis or an axis of their own, fewer key heads than query heads, masks,
 * caches and windows. Attention is what passes recognise of it, without these. */
#include <string.h>

#include "base/pool.h"
#include "base/type.h"
#include "kernels/hot/gemm_f32.h"
#include "kernels/hot/softmax.h"
#include "ops/rows.h"
#include "simd/math.h"

enum { Q, K, V, MASK, PAST, LENGTHS, AXES = 4, BLOCK_ROWS = 32, MOST_HEADS = 1 << 20 };

/* What the second output holds. */
enum scores_kept { KEEP_PRODUCTS, KEEP_CAPPED, KEEP_BIASED, KEEP_WEIGHTS };

/* Steps from one batch, head and row to the next, in elements. */
struct heads_place {
    size_t batch, head, row;
};

struct scaled_attention {
    size_t batches, heads, kv_heads, rows, keys, depth, width;
    struct heads_place q, k, v, z;
    bool has_mask, bool_mask, has_lengths, causal;
    size_t mask_steps[AXES], mask_keys, scratch;
    int64_t past, left, right; /* left, right below 0: no window */
    float scale, cap;
    enum scores_kept kept;
    bool keeps;
};

/* [B,H,S,D], or [B,S,H*D] with the heads that attribute heads says. */
static bool read_heads(const struct op_site *site, uint32_t input, int32_t number, int32_t dims[AXES],
                       struct heads_place *p, struct error *err) {
    const struct msw_type *x = &site->inputs[input];
    const struct attr *given = site_attr(site, "heads");
    if (x->dtype != site->inputs[Q].dtype || (x->rank != 3 && x->rank != 4))
        return error_set(err, MSW_INVALID, "x%d must be %k [B,H,S,D] or [B,S,H*D], got %t", (int32_t)input,
                         site->inputs[Q].dtype, x);
    if (x->rank == 4) {
        memcpy(dims, x->dims, AXES * sizeof *dims);
        *p = (struct heads_place){type_extent(x, 1, 4), type_extent(x, 2, 4), (size_t)x->dims[3]};
        return true;
    }
    const int64_t heads = given->given && given->count == 2 ? given->ints[number] : 0;
    if (heads < 1 || heads > MOST_HEADS || x->dims[2] % heads != 0)
        return error_set(err, MSW_INVALID,
                         "heads must be two numbers that divide what x0 and x1 have along the last axis, for %t", x);
    dims[0] = x->dims[0];
    dims[1] = (int32_t)heads;
    dims[2] = x->dims[1];
    dims[3] = x->dims[2] / (int32_t)heads;
    *p = (struct heads_place){type_extent(x, 1, 3), (size_t)dims[3], (size_t)x->dims[2]};
    return true;
}

/* Its axes go to the last ones of the scores; the last may be shorter, and is then as if filled up with false. */
static bool read_mask(const struct op_site *site, const int32_t dims[AXES], struct scaled_attention *a,
                      struct error *err) {
    const struct msw_type *m = &site->inputs[MASK];
    a->has_mask = site_has(site, MASK);
    if (!a->has_mask)
        return true;
    bool fits = m->rank >= 1 && m->rank <= AXES && (m->dtype == MSW_BOOL || m->dtype == site->inputs[Q].dtype);
    for (int32_t i = AXES, step = 1; fits && i-- > AXES - m->rank;) {
        const int32_t dim = m->dims[i - (AXES - m->rank)];
        fits = i == AXES - 1 ? dim <= dims[i] : dim == 1 || dim == dims[i];
        a->mask_steps[i] = dim == 1 ? 0 : (size_t)step;
        step *= dim;
    }
    if (!fits)
        return error_set(err, MSW_INVALID, "the mask must be bool or %k and broadcast to [%d,%d,%d,%d], got %t",
                         site->inputs[Q].dtype, dims[0], dims[1], dims[2], dims[3], m);
    a->bool_mask = m->dtype == MSW_BOOL;
    a->mask_keys = (size_t)m->dims[m->rank - 1];
    return true;
}

static bool read_lengths(const struct op_site *site, struct scaled_attention *a, struct error *err) {
    const struct msw_type *past = &site->inputs[PAST], *n = &site->inputs[LENGTHS];
    const struct attr *window = site_attr(site, "window");
    if (window->given && window->count != 2)
        return error_set(err, MSW_INVALID, "window must be two numbers, got %d", window->count);
    a->left = window->given ? window->ints[0] : -1;
    a->right = window->given ? window->ints[1] : -1;
    a->has_lengths = site_has(site, LENGTHS);
    if (site_has(site, PAST) && (past->rank != AXES || past->dims[2] > (int32_t)a->keys))
        return error_set(err, MSW_INVALID, "the past keys must be [B,H,P,D], with P among the %z keys, got %t", a->keys,
                         past);
    a->past = site_has(site, PAST) ? past->dims[2] : 0;
    return !a->has_lengths || (n->dtype == MSW_INT64 && n->rank == 1 && (size_t)n->dims[0] == a->batches) ||
           error_set(err, MSW_INVALID, "needs the number of keys as int64[%z], got %t", a->batches, n);
}

static bool read_scaled_attention(const struct op_site *site, struct scaled_attention *a, int32_t scores[AXES],
                                  struct error *err) {
    int32_t q[AXES], k[AXES], v[AXES];
    *a = (struct scaled_attention){0};
    if (!read_heads(site, Q, 0, q, &a->q, err) || !read_heads(site, K, 1, k, &a->k, err) ||
        !read_heads(site, V, 1, v, &a->v, err))
        return false;
    if (k[0] != q[0] || v[0] != q[0] || k[1] != v[1] || k[2] != v[2] || k[3] != q[3] || k[1] < 1 || q[1] % k[1] != 0)
        return error_set(err, MSW_INVALID, "batches, heads, keys or depths of %t, %t and %t do not fit",
                         &site->inputs[Q], &site->inputs[K], &site->inputs[V]);
    a->batches = (size_t)q[0];
    a->heads = (size_t)q[1];
    a->kv_heads = (size_t)k[1];
    a->rows = (size_t)q[2];
    a->keys = (size_t)k[2];
    a->depth = (size_t)q[3];
    a->width = (size_t)v[3];
    const double scale = site_float(site, "scale", 0), by_depth = 1 / __builtin_sqrt((double)a->depth);
    a->scale = (float)(site_attr(site, "scale")->given ? scale : by_depth);
    a->cap = (float)site_float(site, "softcap", 0);
    a->causal = site_int(site, "causal", 0) != 0;
    const int64_t kept = site_int(site, "kept", KEEP_PRODUCTS);
    if (kept < KEEP_PRODUCTS || kept > KEEP_WEIGHTS || site->output_count > 2)
        return error_set(err, MSW_INVALID, "kept %l is not one of 0 to 3, or there are more than 2 outputs", kept);
    a->kept = (enum scores_kept)kept;
    a->keeps = site->output_count > 1;
    for (int32_t i = 0; i < AXES; i++)
        scores[i] = i == AXES - 1 ? k[2] : q[i];
    return read_mask(site, scores, a, err) && read_lengths(site, a, err);
}

OP_CHECK(scaled_attention) {
    struct scaled_attention a;
    struct msw_type *z = &site->outputs[0];
    int32_t scores[AXES];
    if (!read_scaled_attention(site, &a, scores, err))
        return false;
    *z = site->inputs[Q];
    if (z->rank == AXES)
        z->dims[3] = (int32_t)a.width;
    else if ((uint64_t)a.heads * a.width > INT32_MAX)
        return error_set(err, MSW_LIMIT, "%z heads of %z elements are too many", a.heads, a.width);
    else
        z->dims[2] = (int32_t)(a.heads * a.width);
    if (a.keeps) {
        site->outputs[1] = (struct msw_type){.dtype = z->dtype, .rank = AXES};
        memcpy(site->outputs[1].dims, scores, sizeof scores);
    }
    return true;
}

/* Both products, and five operations of a softmax. */
OP_WORK(scaled_attention) {
    struct scaled_attention a;
    struct error unheard;
    int32_t scores[AXES];
    error_clear(&unheard);
    if (read_scaled_attention(site, &a, scores, &unheard))
        work->operations = (uint64_t)a.batches * a.heads * a.rows * a.keys * (2 * (a.depth + a.width) + 5);
}

static int64_t least(int64_t x, int64_t y) {
    return x < y ? x : y;
}

/* Adds the mask to the scores of one row. False: no key is left. */
static bool mask_row(const struct step *step, size_t batch, size_t head, size_t row, float *scores) {
    const struct scaled_attention *a = step->params;
    const int64_t given = a->has_lengths ? ((const int64_t *)step->in[LENGTHS])[batch] : (int64_t)a->keys;
    const int64_t length = given < 0 ? 0 : least(given, INT32_MAX);
    const int64_t offset = a->past > 0 || !a->has_lengths ? a->past : length - (int64_t)a->rows;
    const int64_t here = (int64_t)row + offset, keys = least((int64_t)a->keys, length);
    const size_t at = batch * a->mask_steps[0] + head * a->mask_steps[1] + row * a->mask_steps[2];
    int64_t end = a->has_mask ? least(keys, (int64_t)a->mask_keys) : keys, first = 0;
    bool any = false;
    end = a->causal ? least(end, here + 1) : end;
    end = a->right >= 0 && a->right < INT32_MAX ? least(end, here + a->right + 1) : end;
    first = a->left >= 0 && a->left < here ? here - a->left : 0;
    for (int64_t j = 0; j < (int64_t)a->keys; j++) {
        float bias = j >= first && j < end ? 0 : -__builtin_inff();
        if (bias == 0 && a->has_mask && a->bool_mask)
            bias = ((const uint8_t *)step->in[MASK])[at + (size_t)j * a->mask_steps[3]] ? 0 : -__builtin_inff();
        else if (bias == 0 && a->has_mask)
            bias = ((const float *)step->in[MASK])[at + (size_t)j * a->mask_steps[3]];
        any |= bias != -__builtin_inff();
        scores[j] += bias;
    }
    return any;
}

static void cap_scores(float *scores, size_t n, float cap) {
    for (size_t i = 0; i < n; i += 4) {
        const f32x4 x = f32x4_read(scores + i, n - i);
        f32x4_write(scores + i, f32x4_tanh(x / f32x4_splat(cap)) * f32x4_splat(cap), n - i);
    }
}

static void keep(const struct scaled_attention *a, enum scores_kept now, const float *scores, float *kept) {
    if (a->keeps && a->kept == now)
        memcpy(kept, scores, a->keys * sizeof *scores);
}

/* From products to the weights of one row. */
static void weigh_row(const struct step *step, size_t batch, size_t head, size_t row, float *scores) {
    const struct scaled_attention *a = step->params;
    float *kept = a->keeps ? (float *)step->out[1] + ((batch * a->heads + head) * a->rows + row) * a->keys : NULL;
    for (size_t j = 0; j < a->keys; j++)
        scores[j] *= a->scale;
    keep(a, KEEP_PRODUCTS, scores, kept);
    if (a->cap > 0)
        cap_scores(scores, a->keys, a->cap);
    keep(a, KEEP_CAPPED, scores, kept);
    const bool plain = !a->has_mask && !a->has_lengths && !a->causal && a->left < 0 && a->right < 0;
    const bool any = plain || mask_row(step, batch, head, row, scores);
    keep(a, KEEP_BIASED, scores, kept);
    if (any)
        softmax_weights_f32(scores, a->keys);
    else
        memset(scores, 0, a->keys * sizeof *scores);
    keep(a, KEEP_WEIGHTS, scores, kept);
}

/* The query heads of one head of keys, a block of rows at a time. Scratch: keys and values packed, then the block's scores. */
static void attend(const struct step *step, size_t batch, size_t kv_head, float *scratch) {
    const struct scaled_attention *a = step->params;
    const size_t group = a->heads / a->kv_heads;
    const float *k = (const float *)step->in[K] + batch * a->k.batch + kv_head * a->k.head;
    const float *v = (const float *)step->in[V] + batch * a->v.batch + kv_head * a->v.head;
    float *packed_v = scratch + panel_columns(a->keys) * a->depth;
    float *scores = packed_v + panel_columns(a->width) * a->keys;
    pack_f32(k, 1, a->k.row, a->depth, a->keys, scratch);
    pack_f32(v, a->v.row, 1, a->keys, a->width, packed_v);
    for (size_t head = kv_head * group; head < (kv_head + 1) * group; head++)
        for (size_t row = 0; row < a->rows; row += BLOCK_ROWS) {
            const size_t n = a->rows - row < BLOCK_ROWS ? a->rows - row : BLOCK_ROWS;
            const float *q = (const float *)step->in[Q] + batch * a->q.batch + head * a->q.head + row * a->q.row;
            float *z = (float *)step->out[0] + batch * a->z.batch + head * a->z.head + row * a->z.row;
            gemm_f32(q, a->q.row, n, a->depth, scratch, a->keys, scores, a->keys, NULL);
            for (size_t i = 0; i < n; i++)
                weigh_row(step, batch, head, row + i, scores + i * a->keys);
            gemm_f32(scores, a->keys, n, a->keys, packed_v, a->width, z, a->z.row, NULL);
        }
}

static void attend_some(const void *context, uint32_t worker, size_t begin, size_t end) {
    const struct step *step = context;
    const struct scaled_attention *a = step->params;
    float *scratch = (float *)(void *)((unsigned char *)step->scratch + worker * a->scratch);
    for (size_t i = begin; i < end; i++)
        attend(step, i / a->kv_heads, i % a->kv_heads, scratch);
}

static void run_scaled_attention(const struct step *step) {
    const struct scaled_attention *a = step->params;
    pool_for(a->batches * a->kv_heads, 1, attend_some, step);
}

static void run_no_keys(const struct step *step) {
    const size_t *bytes = step->params;
    memset(step->out[0], 0, *bytes);
}

OP_PREPARE(scaled_attention) {
    struct scaled_attention a;
    int32_t scores[AXES];
    if (!read_scaled_attention(site, &a, scores, err))
        return false;
    const size_t bytes = type_bytes(&site->outputs[0]);
    if (a.keys == 0 || a.rows == 0 || a.batches == 0 || a.heads == 0) {
        step->run = run_no_keys;
        return step_params(step, &bytes, sizeof bytes, arena, err);
    }
    a.z = site->inputs[Q].rank == AXES ? (struct heads_place){a.heads * a.rows * a.width, a.rows * a.width, a.width}
                                       : (struct heads_place){a.rows * a.heads * a.width, a.width, a.heads * a.width};
    const double floats = (double)panel_columns(a.keys) * (double)a.depth +
                          (double)panel_columns(a.width) * (double)a.keys + (double)BLOCK_ROWS * (double)a.keys;
    const uint64_t each =
        floats > (double)TYPE_MAX_BYTES ? (uint64_t)TYPE_MAX_BYTES : pool_apart((uint64_t)floats * sizeof(float));
    a.scratch = (size_t)each;
    step->run = run_scaled_attention;
    return step_scratch(step, floats > (double)TYPE_MAX_BYTES ? UINT64_MAX : each * pool_threads(), err) &&
           step_params(step, &a, sizeof a, arena, err);
}
