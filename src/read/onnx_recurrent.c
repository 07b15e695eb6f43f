/* onnx_recurrent.c - ONNX's RNN, GRU and LSTM: the usual LSTM with its weights in our operator's order, all others as node Recurrent. */
#include <string.h>

#include "kernels/activate.h"
#include "read/onnx_build.h"
#include "read/onnx_compose.h"
#include "read/onnx_rows.h"

enum { X, W, R, B, LENGTHS, H0, C0, P };
enum { MOST_ACTIVATIONS = 6 };
enum cell { RNN, GRU, LSTM };
enum direction { FORWARD, REVERSE, BOTH };

struct recurrent {
    enum cell cell;
    enum direction direction;
    int64_t layout, variant, hidden;
    float clip;
    uint32_t activation_count; /* 0: the usual ones */
    int64_t kinds[MOST_ACTIVATIONS];
    double alpha[MOST_ACTIVATIONS], beta[MOST_ACTIVATIONS];
};

/* By number of activation_kind. */
static const struct activation_word {
    const char *name;
    bool has_alpha, has_beta;
    float alpha, beta;
} activations[ACTIVATIONS] = {
    [ACTIVATE_SIGMOID] = {"sigmoid", false, false, 0, 0},
    [ACTIVATE_TANH] = {"tanh", false, false, 0, 0},
    [ACTIVATE_RELU] = {"relu", false, false, 0, 0},
    [ACTIVATE_AFFINE] = {"affine", true, true, 1, 0},
    [ACTIVATE_LEAKY_RELU] = {"leakyrelu", true, false, 0.01f, 0},
    [ACTIVATE_THRESHOLDED_RELU] = {"thresholdedrelu", true, false, 1, 0},
    [ACTIVATE_SCALED_TANH] = {"scaledtanh", true, true, 1, 1},
    [ACTIVATE_HARD_SIGMOID] = {"hardsigmoid", true, true, 0.2f, 0.5f},
    [ACTIVATE_ELU] = {"elu", true, false, 1, 0},
    [ACTIVATE_SOFTSIGN] = {"softsign", false, false, 0, 0},
    [ACTIVATE_SOFTPLUS] = {"softplus", false, false, 0, 0},
};

/* Files write them in upper and lower case. */
static bool same_word(struct text text, const char *word) {
    size_t i = 0;
    while (i < text.length && word[i] &&
           (text.at[i] >= 'A' && text.at[i] <= 'Z' ? text.at[i] + 32 : text.at[i]) == word[i])
        i++;
    return i == text.length && !word[i];
}

static int64_t find_activation(struct text text) {
    for (int64_t kind = 0; kind < ACTIVATIONS; kind++)
        if (same_word(text, activations[kind].name))
            return kind;
    return -1;
}

/* alpha and beta have a number for each activation that takes one. */
static bool read_activations(struct onnx *o, const struct onnx_node *source, struct recurrent *r) {
    const struct onnx_attribute *list = onnx_attribute(source, "activations");
    const float *alpha, *beta;
    uint32_t alphas, betas, a = 0, b = 0;
    if (!onnx_attr_floats(o, source, "activation_alpha", &alpha, &alphas) ||
        !onnx_attr_floats(o, source, "activation_beta", &beta, &betas))
        return false;
    if (!list || list->count == 0)
        return true;
    if (list->kind != ONNX_STRINGS || list->count > MOST_ACTIVATIONS)
        return error_set(o->err, MSW_INVALID, "activations must be at most %d words", (int32_t)MOST_ACTIVATIONS);
    r->activation_count = list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        r->kinds[i] = find_activation(list->strings[i]);
        const char *text = onnx_string(o, list->strings[i]);
        if (r->kinds[i] < 0)
            return text && error_set(o->err, MSW_UNSUPPORTED, "activation '%s' is not supported", text);
        const struct activation_word *word = &activations[r->kinds[i]];
        r->alpha[i] = (double)(word->has_alpha && a < alphas ? alpha[a++] : word->alpha);
        r->beta[i] = (double)(word->has_beta && b < betas ? beta[b++] : word->beta);
    }
    return true;
}

static bool read_recurrent(struct onnx *o, const struct onnx_node *source, struct recurrent *r) {
    static const char *const directions[] = {"forward", "reverse", "bidirectional"};
    const char *direction;
    *r = (struct recurrent){.cell = source->spelling[0] == 'L' ? LSTM : source->spelling[0] == 'G' ? GRU : RNN};
    const char *variant = r->cell == LSTM ? "input_forget" : "linear_before_reset";
    if (!onnx_attrs_only(o, source,
                         "activations activation_alpha activation_beta clip direction hidden_size layout input_forget "
                         "linear_before_reset output_sequence") ||
        !onnx_attr_int(o, source, "layout", 0, &r->layout) || !onnx_attr_int(o, source, variant, 0, &r->variant) ||
        !onnx_attr_int(o, source, "hidden_size", 0, &r->hidden) || !onnx_attr_float(o, source, "clip", 0, &r->clip) ||
        !onnx_attr_text(o, source, "direction", "forward", &direction) || !read_activations(o, source, r))
        return false;
    int number = FORWARD;
    while (number <= BOTH && strcmp(direction, directions[number]) != 0)
        number++;
    if (number > BOTH)
        return error_set(o->err, MSW_INVALID, "direction is '%s', expected forward, reverse or bidirectional",
                         direction);
    r->direction = (enum direction)number;
    const struct msw_type *state_weights =
        source->input_count > R && source->values[R] != NO_VALUE ? onnx_type(o, source->values[R]) : NULL;
    if (state_weights && state_weights->rank == 3 && state_weights->dims[2] > 0)
        r->hidden = state_weights->dims[2];
    return true;
}

/* [B,T,...] as [T,B,...] and back, where the layout says so. */
static uint32_t turned(struct onnx *o, const struct onnx_node *source, const struct recurrent *r, uint32_t x) {
    if (x == NO_VALUE || r->layout == 0)
        return x;
    return onnx_emit_ints(o, source, "Transpose", x, "perm", (const int64_t[]){1, 0, 2}, 3);
}

static bool give_states(struct onnx *o, const struct onnx_node *source, const struct recurrent *r, uint32_t h,
                        uint32_t c) {
    return (!onnx_has_output(source, 1) || onnx_output(o, source, 1, turned(o, source, r, h))) &&
           (!onnx_has_output(source, 2) || onnx_output(o, source, 2, turned(o, source, r, c)));
}

/* The general operator */

static bool set_floats(struct onnx *o, struct node *node, const char *name, const double *numbers, uint32_t count) {
    double *copy = arena_alloc(o->arena, count, sizeof *copy, o->err);
    if (!copy)
        return false;
    memcpy(copy, numbers, count * sizeof *copy);
    node->attrs[op_attr_index(node->op, name)] = (struct attr){.given = true, .count = (int32_t)count, .floats = copy};
    return true;
}

static bool set_options(struct onnx *o, struct node *node, const struct recurrent *r) {
    struct graph *g = o->scope->graph;
    return node_set_int(g, node, "cell", r->cell, o->err) && node_set_int(g, node, "direction", r->direction, o->err) &&
           node_set_int(g, node, "variant", r->variant, o->err) &&
           node_set_float(g, node, "clip", (double)r->clip, o->err) &&
           (r->activation_count == 0 ||
            (node_set_ints(g, node, "activations", r->kinds, (int32_t)r->activation_count, o->err) &&
             set_floats(o, node, "alpha", r->alpha, r->activation_count) &&
             set_floats(o, node, "beta", r->beta, r->activation_count)));
}

static bool make_general(struct onnx *o, const struct onnx_node *source, const struct recurrent *r) {
    const uint32_t inputs[] = {turned(o, source, r, onnx_input(source, X)),
                               onnx_input(source, W),
                               onnx_input(source, R),
                               onnx_optional(o, onnx_input(source, B)),
                               onnx_optional(o, onnx_input(source, LENGTHS)),
                               onnx_optional(o, turned(o, source, r, onnx_input(source, H0))),
                               onnx_optional(o, turned(o, source, r, onnx_input(source, C0))),
                               onnx_optional(o, onnx_input(source, P))};
    if (onnx_emit(o, source, "Recurrent", sizeof inputs / sizeof inputs[0], inputs, 3) == NO_VALUE ||
        !set_options(o, onnx_last(o), r))
        return false;
    onnx_infer(o);
    const uint32_t z = onnx_last(o)->outputs[0], h = onnx_last(o)->outputs[1], c = onnx_last(o)->outputs[2];
    uint32_t y = z;
    if (onnx_has_output(source, 0) && r->layout != 0)
        y = onnx_emit_ints(o, source, "Transpose", z, "perm", (const int64_t[]){2, 0, 1, 3}, 4);
    return (!onnx_has_output(source, 0) || onnx_output(o, source, 0, y)) && give_states(o, source, r, h, c);
}

/* The usual LSTM */

/* Gates input, output, forget, candidate become input, forget, candidate, output, in one row. first: of the parts of B those of the state follow. */
static uint32_t in_order(struct onnx *o, const struct onnx_node *source, const uint32_t *parts) {
    return onnx_concat(o, source, 1, (const uint32_t[]){parts[0], parts[2], parts[3], parts[1]}, 4);
}

static uint32_t flat_weights(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t hidden) {
    const int64_t sizes[] = {hidden, hidden, hidden, hidden};
    uint32_t parts[4];
    if (!onnx_split(o, source, x, 1, sizes, 4, parts))
        return NO_VALUE;
    return onnx_reshape(o, source, in_order(o, source, parts), (const int64_t[]){-1}, 1);
}

static uint32_t flat_biases(struct onnx *o, const struct onnx_node *source, uint32_t x, int64_t hidden) {
    const int64_t sizes[] = {hidden, hidden, hidden, hidden, hidden, hidden, hidden, hidden};
    uint32_t parts[8];
    if (!onnx_split(o, source, x, 1, sizes, 8, parts))
        return NO_VALUE;
    const uint32_t sum = onnx_binary(o, source, "Add", in_order(o, source, parts), in_order(o, source, parts + 4));
    return onnx_reshape(o, source, sum, (const int64_t[]){-1}, 1);
}

static uint32_t backwards(struct onnx *o, const struct onnx_node *source, const struct recurrent *r, uint32_t x) {
    return x == NO_VALUE || r->direction != REVERSE
               ? x
               : onnx_emit_ints(o, source, "ReverseV2", x, "axis", (const int64_t[]){0}, 1);
}

/* [T,B,directions*H] as the file has it. */
static uint32_t apart(struct onnx *o, const struct onnx_node *source, const struct recurrent *r, uint32_t z) {
    static const int64_t perms[2][4] = {{0, 2, 1, 3}, {1, 0, 2, 3}};
    z = backwards(o, source, r, z);
    if (r->layout == 0 && r->direction != BOTH)
        return onnx_emit_ints(o, source, "ExpandDims", z, "axis", (const int64_t[]){1}, 1);
    z = onnx_reshape(o, source, z, (const int64_t[]){0, 0, r->direction == BOTH ? 2 : 1, -1}, 4);
    return z == NO_VALUE ? z : onnx_emit_ints(o, source, "Transpose", z, "perm", perms[r->layout != 0], 4);
}

static bool make_lstm(struct onnx *o, const struct onnx_node *source, const struct recurrent *r) {
    const uint32_t bias = onnx_input(source, B);
    uint32_t weights[3] = {flat_weights(o, source, onnx_input(source, W), r->hidden), NO_VALUE, NO_VALUE};
    if (weights[0] == NO_VALUE ||
        (weights[1] = flat_weights(o, source, onnx_input(source, R), r->hidden)) == NO_VALUE ||
        (bias != NO_VALUE && (weights[2] = flat_biases(o, source, bias, r->hidden)) == NO_VALUE))
        return false;
    const uint32_t x = backwards(o, source, r, turned(o, source, r, onnx_input(source, X)));
    const uint32_t inputs[] = {x, onnx_optional(o, turned(o, source, r, onnx_input(source, H0))),
                               onnx_optional(o, turned(o, source, r, onnx_input(source, C0))),
                               onnx_concat(o, source, 0, weights, bias == NO_VALUE ? 2 : 3)};
    struct graph *g = o->scope->graph;
    if (onnx_emit(o, source, "LSTM", 4, inputs, 3) == NO_VALUE ||
        !node_set_int(g, onnx_last(o), "bidirectional", r->direction == BOTH, o->err) ||
        !node_set_int(g, onnx_last(o), "has_bias", bias != NO_VALUE, o->err) ||
        !node_set_int(g, onnx_last(o), "hidden_size", r->hidden, o->err))
        return false;
    onnx_infer(o);
    const uint32_t z = onnx_last(o)->outputs[0], h = onnx_last(o)->outputs[1], c = onnx_last(o)->outputs[2];
    return (!onnx_has_output(source, 0) || onnx_output(o, source, 0, apart(o, source, r, z))) &&
           give_states(o, source, r, h, c);
}

/* The activations, each direction's, are those that an LSTM has where none are named. */
static bool are_usual(const struct recurrent *r) {
    bool usual = true;
    for (uint32_t i = 0; i < r->activation_count; i++)
        usual &= r->kinds[i] == (i % 3 == 0 ? ACTIVATE_SIGMOID : ACTIVATE_TANH);
    return usual;
}

ONNX_MAKE(recurrent) {
    struct recurrent r;
    if (!read_recurrent(o, source, &r))
        return false;
    const bool plain = onnx_input(source, LENGTHS) == NO_VALUE && onnx_input(source, P) == NO_VALUE && r.clip == 0 &&
                       r.variant == 0 && r.hidden > 0 && are_usual(&r);
    return r.cell == LSTM && plain ? make_lstm(o, source, &r) : make_general(o, source, &r);
}
