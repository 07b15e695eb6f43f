/* onnx_microsoft.c - what onnxruntime's optimizer makes of transformers, as our operators. */
#include "read/onnx_attention.h"
#include "read/onnx_build.h"
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

/* x + bias where there is one. */
static uint32_t biased(struct onnx *o, const struct onnx_node *source, uint32_t x, uint32_t bias) {
    return bias == NO_VALUE ? x : onnx_binary(o, source, "Add", x, bias);
}

ONNX_MAKE(bias_gelu) {
    const uint32_t x = onnx_binary(o, source, "Add", onnx_input(source, 0), onnx_input(source, 1));
    return onnx_attrs_only(o, source, "") && onnx_output(o, source, 0, onnx_unary(o, source, "GeLUErf", x));
}

ONNX_MAKE(fast_gelu) {
    const uint32_t x = biased(o, source, onnx_input(source, 0), onnx_input(source, 1));
    return onnx_attrs_only(o, source, "") && onnx_output(o, source, 0, onnx_unary(o, source, "GeLU", x));
}

ONNX_MAKE(quick_gelu) {
    const uint32_t x = onnx_input(source, 0);
    float alpha;
    if (!onnx_attrs_only(o, source, "alpha") || !onnx_attr_float(o, source, "alpha", 1.702f, &alpha))
        return false;
    if (x == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "input 0 is missing");
    if (alpha == 1.702f)
        return onnx_output(o, source, 0, onnx_unary(o, source, "FastGeLU", x));
    const uint32_t gate = onnx_unary(o, source, "Sigmoid", onnx_scale(o, source, x, alpha));
    return onnx_output(o, source, 0, onnx_binary(o, source, "Mul", x, gate));
}

/* Over the last axis; beta may be left out. */
static uint32_t layer_norm(struct onnx *o, const struct onnx_node *source, uint32_t x, uint32_t gamma, uint32_t beta,
                           float epsilon) {
    const uint32_t z =
        beta == NO_VALUE ? ONNX_EMIT(o, source, "LayerNorm", x) : ONNX_EMIT(o, source, "LayerNorm", x, gamma, beta);
    if (z == NO_VALUE || !node_set_float(o->scope->graph, onnx_last(o), "epsilon", (double)epsilon, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return beta == NO_VALUE ? onnx_binary(o, source, "Mul", z, gamma) : z;
}

/* x / sqrt(mean of x^2 + epsilon) gamma */
static uint32_t root_mean_square_norm(struct onnx *o, const struct onnx_node *source, uint32_t x, uint32_t gamma,
                                      float epsilon) {
    const uint32_t mean =
        onnx_emit_ints(o, source, "ReduceMean", onnx_unary(o, source, "Square", x), "axis", (const int64_t[]){-1}, 1);
    if (mean == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "keep_dims", 1, o->err))
        return NO_VALUE;
    onnx_infer(o);
    const uint32_t safe = onnx_binary(o, source, "Add", mean, onnx_number(o, source, x, epsilon));
    const uint32_t z = onnx_binary(o, source, "Mul", x, onnx_unary(o, source, "Rsqrt", safe));
    return onnx_binary(o, source, "Mul", z, gamma);
}

/* Input, skip, gamma, beta, bias; the sum that is normalised is output 3. */
ONNX_MAKE(skip_layer_norm) {
    const bool simple = source->spelling[4] == 'S';
    float epsilon;
    if (!onnx_attrs_only(o, source, "epsilon") || !onnx_attr_float(o, source, "epsilon", 1e-12f, &epsilon))
        return false;
    const uint32_t both = onnx_binary(o, source, "Add", onnx_input(source, 0), onnx_input(source, 1));
    const uint32_t x = both == NO_VALUE ? both : biased(o, source, both, onnx_input(source, simple ? 3 : 4));
    const uint32_t gamma = onnx_input(source, 2);
    const uint32_t z = simple ? root_mean_square_norm(o, source, x, gamma, epsilon)
                              : layer_norm(o, source, x, gamma, onnx_input(source, 3), epsilon);
    return onnx_output(o, source, 0, z) && onnx_output(o, source, 3, x);
}

static uint32_t gathered(struct onnx *o, const struct onnx_node *source, uint32_t table, uint32_t indices) {
    return onnx_binary(o, source, "Gather", table, indices);
}

/* 0, 1, ... for each place of ids [B,S]. */
static uint32_t all_positions(struct onnx *o, const struct onnx_node *source, uint32_t ids) {
    const uint32_t shape = onnx_emit_int(o, source, "Shape", ids, "start", 1);
    const uint32_t zero = onnx_ints(o, (const int64_t[]){0}, 1), step = onnx_ints(o, (const int64_t[]){1}, 1);
    const uint32_t z = ONNX_EMIT(o, source, "Range", zero, shape, step);
    if (z != NO_VALUE)
        onnx_infer(o);
    return z;
}

/* ids, segments, tables of words, positions and segments, gamma, beta, mask, positions. */
ONNX_MAKE(embed_layer_norm) {
    const uint32_t ids = onnx_input(source, 0), segments = onnx_input(source, 1), mask = onnx_input(source, 7);
    float epsilon;
    if (!onnx_attrs_only(o, source, "epsilon mask_index_type") ||
        !onnx_attr_float(o, source, "epsilon", 1e-12f, &epsilon))
        return false;
    const uint32_t given = onnx_input(source, 8), places = given == NO_VALUE ? all_positions(o, source, ids) : given;
    uint32_t x = onnx_binary(o, source, "Add", gathered(o, source, onnx_input(source, 2), ids),
                             gathered(o, source, onnx_input(source, 3), places));
    if (x != NO_VALUE && segments != NO_VALUE)
        x = onnx_binary(o, source, "Add", x, gathered(o, source, onnx_input(source, 4), segments));
    const uint32_t z = layer_norm(o, source, x, onnx_input(source, 5), onnx_input(source, 6), epsilon);
    if (!onnx_output(o, source, 0, z) || !onnx_output(o, source, 2, x))
        return false;
    if (!onnx_has_output(source, 1))
        return true;
    if (mask == NO_VALUE)
        return error_set(o->err, MSW_UNSUPPORTED, "the mask's index without a mask is not supported");
    return onnx_output(o, source, 1, onnx_emit_ints(o, source, "ReduceSum", mask, "axis", (const int64_t[]){1}, 1));
}

/* Attention */

/* Which keys count, as bool that broadcasts to [B,H,S,T], from int32 [B,T] or [B,S,T]; or how many, from [B], which goes to a->lengths. */
static bool key_mask(struct onnx *o, const struct onnx_node *source, uint32_t given, struct onnx_attend *a) {
    if (given == NO_VALUE)
        return true;
    const int32_t rank = onnx_rank(o, given, "mask");
    if (rank == 1 && a->causal == 0) {
        a->lengths = onnx_emit_int(o, source, "Cast", given, "dtype", MSW_INT64);
        return a->lengths != NO_VALUE;
    }
    if (rank != 2 && rank != 3)
        return error_set(o->err, MSW_UNSUPPORTED, "a mask %t is not supported, expected [B,T] or [B,S,T]",
                         onnx_type(o, given));
    const uint32_t keys = onnx_emit_int(o, source, "Cast", given, "dtype", MSW_BOOL);
    a->mask = onnx_emit_ints(o, source, "ExpandDims", keys, "axis", (const int64_t[]){1, 2}, rank == 2 ? 2 : 1);
    return a->mask != NO_VALUE;
}

/* What is added to the scores, besides. */
static bool add_bias(struct onnx *o, const struct onnx_node *source, uint32_t bias, struct onnx_attend *a) {
    if (bias == NO_VALUE)
        return true;
    if (a->mask == NO_VALUE) {
        a->mask = bias;
        return true;
    }
    const uint32_t never = onnx_number(o, source, bias, -__builtin_inff());
    a->mask = ONNX_EMIT(o, source, "Select", a->mask, bias, never);
    if (a->mask != NO_VALUE)
        onnx_infer(o);
    return a->mask != NO_VALUE;
}

static bool read_numbers(struct onnx *o, const struct onnx_node *source, struct onnx_attend *a) {
    int64_t heads;
    if (!onnx_attr_int(o, source, "num_heads", 0, &heads) ||
        !onnx_attr_int(o, source, "unidirectional", 0, &a->causal) ||
        !onnx_attr_float(o, source, "scale", 0, &a->scale))
        return false;
    a->heads[0] = a->heads[1] = heads;
    a->window[0] = a->window[1] = -1;
    return heads > 0 || error_set(o->err, MSW_INVALID, "num_heads is %l, expected 1 or more", heads);
}

/* Keys or values behind those of before. */
static uint32_t extended(struct onnx *o, const struct onnx_node *source, uint32_t past, uint32_t x, int64_t heads) {
    x = onnx_split_heads(o, source, x, heads);
    return past == NO_VALUE || x == NO_VALUE ? x : onnx_concat(o, source, 2, (const uint32_t[]){past, x}, 2);
}

/* The parts of a past [2,B,H,P,D]. */
static bool split_past(struct onnx *o, const struct onnx_node *source, uint32_t past, uint32_t parts[2]) {
    static const int64_t halves[] = {1, 1};
    uint32_t two[2];
    if (!onnx_split(o, source, past, 0, halves, 2, two))
        return false;
    for (int i = 0; i < 2; i++)
        if ((parts[i] = onnx_emit_ints(o, source, "Squeeze", two[i], "axis", (const int64_t[]){0}, 1)) == NO_VALUE)
            return false;
    return true;
}

static bool give_present(struct onnx *o, const struct onnx_node *source, const struct onnx_attend *a) {
    const uint32_t z = ONNX_EMIT(o, source, "Stack", a->k, a->v);
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "axis", 0, o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 1, z);
}

/* Input, weights, bias, mask, past, what is added to the scores. */
ONNX_MAKE(microsoft_attention) {
    struct onnx_attend a = {.mask = NO_VALUE, .past_key = NO_VALUE, .lengths = NO_VALUE, .outputs = 1};
    const int64_t *sizes;
    uint32_t count, parts[3], past[2] = {NO_VALUE, NO_VALUE};
    int64_t rotary;
    if (!onnx_attrs_only(o, source,
                         "num_heads unidirectional scale mask_filter_value qkv_hidden_sizes do_rotary "
                         "past_present_share_buffer rotary_embedding_dim") ||
        !read_numbers(o, source, &a) || !onnx_attr_ints(o, source, "qkv_hidden_sizes", &sizes, &count) ||
        !onnx_attr_int(o, source, "do_rotary", 0, &rotary))
        return false;
    if (rotary != 0 || onnx_input(source, 6) != NO_VALUE)
        return error_set(o->err, MSW_UNSUPPORTED, "do_rotary and a past in a shared buffer are not supported");
    const uint32_t weights = onnx_input(source, 1);
    const struct msw_type *w = weights == NO_VALUE ? NULL : onnx_type(o, weights);
    const int64_t third = w && w->rank == 2 && w->dims[1] > 0 ? w->dims[1] / 3 : 0, thirds[] = {third, third, third};
    if (count != 3 && third == 0)
        return error_set(o->err, MSW_UNSUPPORTED, "needs qkv_hidden_sizes or weights of a known shape");
    const uint32_t product = onnx_binary(o, source, "MatMul", onnx_input(source, 0), weights);
    const uint32_t all = product == NO_VALUE ? product : biased(o, source, product, onnx_input(source, 2));
    if (!onnx_split(o, source, all, -1, count == 3 ? sizes : thirds, 3, parts))
        return false;
    const bool cached = onnx_input(source, 4) != NO_VALUE || onnx_has_output(source, 1);
    if (onnx_input(source, 4) != NO_VALUE && !split_past(o, source, onnx_input(source, 4), past))
        return false;
    a.q = parts[0];
    a.past_key = past[0];
    a.k = cached ? extended(o, source, past[0], parts[1], a.heads[1]) : parts[1];
    a.v = cached ? extended(o, source, past[1], parts[2], a.heads[1]) : parts[2];
    if (!key_mask(o, source, onnx_input(source, 3), &a) || !add_bias(o, source, onnx_input(source, 5), &a) ||
        !onnx_output(o, source, 0, onnx_attend(o, source, &a)))
        return false;
    return !onnx_has_output(source, 1) || give_present(o, source, &a);
}

/* The bias of all three, each as wide as its tensor. */
static bool add_three(struct onnx *o, const struct onnx_node *source, uint32_t bias, struct onnx_attend *a) {
    uint32_t *values[] = {&a->q, &a->k, &a->v}, parts[3];
    int64_t sizes[3];
    if (bias == NO_VALUE)
        return true;
    for (int i = 0; i < 3; i++) {
        const struct msw_type *x = onnx_type(o, *values[i]);
        sizes[i] = x->rank == 3 ? x->dims[2] : 0;
        if (sizes[i] < 1)
            return error_set(o->err, MSW_UNSUPPORTED, "a bias needs inputs [B,S,H*D] of known widths, got %t", x);
    }
    if (!onnx_split(o, source, bias, 0, sizes, 3, parts))
        return false;
    for (int i = 0; i < 3; i++)
        if ((*values[i] = onnx_binary(o, source, "Add", *values[i], parts[i])) == NO_VALUE)
            return false;
    return true;
}

/* Query, key, value, bias, mask of keys, what is added to the scores, past keys and values. */
ONNX_MAKE(multi_head_attention) {
    struct onnx_attend a = {.q = onnx_input(source, 0),
                            .k = onnx_input(source, 1),
                            .v = onnx_input(source, 2),
                            .mask = NO_VALUE,
                            .past_key = onnx_input(source, 6),
                            .lengths = NO_VALUE,
                            .outputs = 1};
    if (!onnx_attrs_only(o, source, "num_heads unidirectional scale mask_filter_value") || !read_numbers(o, source, &a))
        return false;
    if (a.k == NO_VALUE || a.v == NO_VALUE || a.q == NO_VALUE || onnx_input(source, 8) != NO_VALUE)
        return error_set(o->err, MSW_UNSUPPORTED,
                         "packed query, key and value, and a shared buffer, are not supported");
    if (!add_three(o, source, onnx_input(source, 3), &a))
        return false;
    if (a.past_key != NO_VALUE || onnx_has_output(source, 1)) {
        a.k = extended(o, source, a.past_key, a.k, a.heads[1]);
        a.v = extended(o, source, onnx_input(source, 7), a.v, a.heads[1]);
    }
    return key_mask(o, source, onnx_input(source, 4), &a) && add_bias(o, source, onnx_input(source, 5), &a) &&
           onnx_output(o, source, 0, onnx_attend(o, source, &a)) &&
           (!onnx_has_output(source, 1) || onnx_output(o, source, 1, a.k)) &&
           (!onnx_has_output(source, 2) || onnx_output(o, source, 2, a.v));
}

/* Input, positions, cosines, sines. */
ONNX_MAKE(microsoft_rotary) {
    const uint32_t x = onnx_input(source, 0), cosines = onnx_input(source, 2);
    int64_t packed;
    float scale;
    if (!onnx_attr_int(o, source, "is_packed_batching", 0, &packed) || !onnx_attr_float(o, source, "scale", 1, &scale))
        return false;
    if (packed != 0 || scale != 1)
        return error_set(o->err, MSW_UNSUPPORTED, "is_packed_batching must be 0 and scale 1");
    const uint32_t z =
        ONNX_EMIT(o, source, "RotaryEmbedding", x, cosines, onnx_input(source, 3), onnx_input(source, 1));
    if (z == NO_VALUE || !onnx_set_attributes(o, source, onnx_last(o),
                                              "interleaved num_heads rotary_embedding_dim -is_packed_batching -scale"))
        return false;
    /* Without their number heads are as wide as the tables say. */
    const struct msw_type *type = onnx_type(o, x), *table = onnx_type(o, cosines);
    if (node_int(onnx_last(o), "num_heads", 0) == 0 && type->rank == 3 && table->rank == 2 && table->dims[1] > 0 &&
        !node_set_int(o->scope->graph, onnx_last(o), "num_heads", type->dims[2] / (2 * (int64_t)table->dims[1]),
                      o->err))
        return false;
    onnx_infer(o);
    return onnx_output(o, source, 0, z);
}
