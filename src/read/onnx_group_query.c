/* onnx_group_query.c - GroupQueryAttention of com.microsoft: each item of a batch has its own number of keys so far, behind which the new ones are written. */
#include "read/onnx_attention.h"
#include "read/onnx_build.h"
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

enum {
    QUERY,
    KEY,
    VALUE,
    PAST_KEY,
    PAST_VALUE,
    LAST_KEYS,
    TOTAL,
    COSINES,
    SINES,
    POSITIONS,
    BIAS,
    INPUTS,
    MOST_HEADS = 1 << 20
};

/* rows: of the query, int64 [1]; lengths: keys of each item with the new ones, at least the rows; past: where the new ones begin, int64 [B] */
struct group_query {
    struct onnx_attend attend;
    int64_t rotary, interleaved;
    uint32_t rows, lengths, past;
};

static uint32_t as_int64(struct onnx *o, const struct onnx_node *source, uint32_t x) {
    const uint32_t wide = onnx_emit_int(o, source, "Cast", x, "dtype", MSW_INT64);
    return onnx_reshape(o, source, wide, (const int64_t[]){-1}, 1);
}

static uint32_t dim_of(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t axis) {
    const uint32_t shape = onnx_unary(o, source, "Shape", x);
    if (shape == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "start", axis, o->err) ||
        !node_set_int(o->scope->graph, onnx_last(o), "end", axis + 1, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return shape;
}

static bool read_group_query(struct onnx *o, const struct onnx_node *source, struct group_query *g) {
    int64_t window, smooth;
    g->attend = (struct onnx_attend){
        .mask = onnx_input(source, BIAS), .past_key = NO_VALUE, .lengths = NO_VALUE, .outputs = 1, .causal = 1};
    if (!onnx_attrs_only(o, source,
                         "num_heads kv_num_heads scale do_rotary rotary_interleaved local_window_size softcap "
                         "smooth_softmax") ||
        !onnx_attr_int(o, source, "num_heads", 0, &g->attend.heads[0]) ||
        !onnx_attr_int(o, source, "kv_num_heads", 0, &g->attend.heads[1]) ||
        !onnx_attr_float(o, source, "scale", 0, &g->attend.scale) ||
        !onnx_attr_float(o, source, "softcap", 0, &g->attend.softcap) ||
        !onnx_attr_int(o, source, "do_rotary", 0, &g->rotary) ||
        !onnx_attr_int(o, source, "rotary_interleaved", 0, &g->interleaved) ||
        !onnx_attr_int(o, source, "local_window_size", -1, &window) ||
        !onnx_attr_int(o, source, "smooth_softmax", 0, &smooth))
        return false;
    if (smooth > 0 || source->input_count > INPUTS)
        return error_set(o->err, MSW_UNSUPPORTED, "smooth_softmax and sinks are not supported");
    if (g->attend.heads[0] > MOST_HEADS || g->attend.heads[1] > MOST_HEADS)
        return error_set(o->err, MSW_LIMIT, "num_heads and kv_num_heads are at most %d", (int32_t)MOST_HEADS);
    if (g->attend.heads[0] < 1 || g->attend.heads[1] < 1 || onnx_input(source, LAST_KEYS) == NO_VALUE ||
        onnx_input(source, QUERY) == NO_VALUE || onnx_input(source, TOTAL) == NO_VALUE)
        return error_set(o->err, MSW_INVALID,
                         "needs num_heads, kv_num_heads, a query, seqlens_k and total_sequence_length");
    g->attend.window[0] = window > 0 ? window - 1 : -1;
    g->attend.window[1] = -1;
    return true;
}

/* One tensor may hold all three, each row one behind the other. */
static bool read_three(struct onnx *o, const struct onnx_node *source, struct onnx_attend *a) {
    a->q = onnx_input(source, QUERY);
    a->k = onnx_input(source, KEY);
    a->v = onnx_input(source, VALUE);
    if (a->k != NO_VALUE && a->v != NO_VALUE)
        return true;
    const struct msw_type *x = onnx_type(o, a->q);
    const int64_t heads = a->heads[0] + 2 * a->heads[1],
                  depth = x->rank == 3 && x->dims[2] > 0 ? x->dims[2] / heads : 0;
    const int64_t sizes[] = {a->heads[0] * depth, a->heads[1] * depth, a->heads[1] * depth};
    uint32_t parts[3];
    if (depth == 0)
        return error_set(o->err, MSW_UNSUPPORTED, "query, key and value in one tensor need a known shape, got %t", x);
    if (!onnx_split(o, source, a->q, -1, sizes, 3, parts))
        return false;
    a->q = parts[0];
    a->k = parts[1];
    a->v = parts[2];
    return true;
}

static uint32_t positions_of(struct onnx *o, const struct onnx_node *source, const struct group_query *g) {
    if (onnx_input(source, POSITIONS) != NO_VALUE)
        return onnx_input(source, POSITIONS);
    const uint32_t zero = onnx_ints(o, (const int64_t[]){0}, 1), one = onnx_ints(o, (const int64_t[]){1}, 1);
    const uint32_t places = ONNX_EMIT(o, source, "Range", zero, g->rows, one);
    if (places != NO_VALUE)
        onnx_infer(o);
    return onnx_binary(o, source, "Add", onnx_reshape(o, source, g->past, (const int64_t[]){-1, 1}, 2),
                       onnx_reshape(o, source, places, (const int64_t[]){1, -1}, 2));
}

static uint32_t turned(struct onnx *o, const struct onnx_node *source, const struct group_query *g, uint32_t x,
                       uint32_t positions, int64_t heads) {
    const uint32_t z =
        ONNX_EMIT(o, source, "RotaryEmbedding", x, onnx_input(source, COSINES), onnx_input(source, SINES), positions);
    const struct msw_type *table = z == NO_VALUE ? NULL : onnx_type(o, onnx_input(source, COSINES));
    const int64_t width = table && table->rank == 2 && table->dims[1] > 0 ? 2 * (int64_t)table->dims[1] : 0;
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "num_heads", heads, o->err) ||
        !node_set_int(o->scope->graph, onnx_last(o), "rotary_embedding_dim", width, o->err) ||
        !node_set_int(o->scope->graph, onnx_last(o), "interleaved", g->interleaved, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return z;
}

/* The past, made long enough where it is not, with the new keys or values of each item behind its own. */
static uint32_t present(struct onnx *o, const struct onnx_node *source, const struct group_query *g, uint32_t past,
                        uint32_t x) {
    x = onnx_split_heads(o, source, x, g->attend.heads[1]);
    if (past == NO_VALUE || x == NO_VALUE)
        return x;
    const uint32_t total = as_int64(o, source, onnx_input(source, TOTAL));
    const uint32_t lacking = onnx_binary(o, source, "Maximum", onnx_ints(o, (const int64_t[]){0}, 1),
                                         onnx_binary(o, source, "Sub", total, dim_of(o, source, past, 2)));
    const uint32_t before = onnx_ints(o, (const int64_t[]){0, 0, 0, 0, 0}, 5),
                   after = onnx_ints(o, (const int64_t[]){0, 0}, 2);
    const uint32_t paddings = onnx_concat(o, source, 0, (const uint32_t[]){before, lacking, after}, 3);
    const uint32_t room = paddings == NO_VALUE ? NO_VALUE : ONNX_EMIT(o, source, "Pad", past);
    if (room == NO_VALUE || !onnx_late(o, "paddings", paddings))
        return NO_VALUE;
    onnx_infer(o);
    const uint32_t z = ONNX_EMIT(o, source, "TensorScatter", room, x, g->past);
    if (z == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), "axis", 2, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return z;
}

ONNX_MAKE(group_query_attention) {
    struct group_query g;
    if (!read_group_query(o, source, &g))
        return false;
    struct onnx_attend *a = &g.attend;
    g.rows = dim_of(o, source, onnx_input(source, QUERY), 1);
    const uint32_t keys = onnx_binary(o, source, "Add", as_int64(o, source, onnx_input(source, LAST_KEYS)),
                                      onnx_ints(o, (const int64_t[]){1}, 1));
    g.lengths = onnx_binary(o, source, "Maximum", keys, g.rows);
    g.past = onnx_binary(o, source, "Sub", g.lengths, g.rows);
    if (g.past == NO_VALUE || !read_three(o, source, a))
        return false;
    if (g.rotary != 0) {
        const uint32_t positions = positions_of(o, source, &g);
        a->q = turned(o, source, &g, a->q, positions, a->heads[0]);
        a->k = turned(o, source, &g, a->k, positions, a->heads[1]);
    }
    a->k = present(o, source, &g, onnx_input(source, PAST_KEY), a->k);
    a->v = present(o, source, &g, onnx_input(source, PAST_VALUE), a->v);
    a->lengths = g.lengths;
    if (a->q == NO_VALUE || a->k == NO_VALUE || a->v == NO_VALUE)
        return false;
    return onnx_output(o, source, 0, onnx_attend(o, source, a)) &&
           (!onnx_has_output(source, 1) || onnx_output(o, source, 1, a->k)) &&
           (!onnx_has_output(source, 2) || onnx_output(o, source, 2, a->v));
}
