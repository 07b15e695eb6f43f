/* pass_fold_batch_norm.c - a BatchNorm behind a convolution or a product with constant weights vanishes into them:
 *
 *     gamma * (w x + b - mean) / sqrt(variance + epsilon) + beta  =  (s w) x + (beta + s * (b - mean)),   s = gamma / sqrt(variance + epsilon)
 *
 * The scale s goes onto the weights while they are packed, the rest stays behind as a BiasAdd. */
#include <string.h>

#include "graph/passes.h"
#include "graph/uses.h"
#include "simd/math.h"

enum { X, GAMMA, BETA, MEAN, VARIANCE };

struct fold {
    struct graph *graph;
    const struct op *batch_norm, *bias_add, *conv2d, *matmul;
    struct uses uses;
    struct error *err;
};

/* The float32 vector of `size` elements that `value` is, if its numbers are known. */
static const float *vector(const struct graph *g, uint32_t value, int32_t size) {
    const struct value *v = &g->values[value];
    const bool fits = v->kind == VALUE_CONSTANT && v->data && !v->packing && v->type.dtype == MSW_FLOAT32 &&
                      v->type.rank == 1 && v->type.dims[0] == size;
    return fits ? v->data : NULL;
}

/* The axis of the weights along which the output's channels lie, or -1 where they cannot be scaled. */
static int32_t channel_axis(const struct fold *f, const struct node *node) {
    const struct value *w = &f->graph->values[node->inputs[1]];
    if (w->kind != VALUE_CONSTANT || w->scale || w->type.dtype != MSW_FLOAT32)
        return -1;
    if (node->op == f->conv2d)
        return w->type.rank == 4 ? 0 : -1;
    const struct attr *transpose_b = node_attr(node, "transpose_b");
    if (w->type.rank != 2)
        return -1;
    return transpose_b->given && transpose_b->ints[0] ? 0 : 1;
}

/* Whether all of them mean one axis by their channels: of a product it is the last. bias may be NULL. */
static bool channels_agree(const struct fold *f, const struct node *node, const struct node *bias,
                           const struct node *norm) {
    if (f->graph->values[norm->inputs[X]].type.rank == 2)
        return true;
    const bool last = node->op == f->conv2d ? node_is_channels_last(node) : true;
    return node_is_channels_last(norm) == last && (!bias || node_is_channels_last(bias) == last);
}

/* The convolution or product that makes `value` and nothing else reads. */
static struct node *producer(const struct fold *f, uint32_t value) {
    struct node *node = uses_only(f->graph, &f->uses, value, f->conv2d);
    if (!node)
        node = uses_only(f->graph, &f->uses, value, f->matmul);
    return node && node->input_count == 2 && channel_axis(f, node) >= 0 ? node : NULL;
}

/* Scale and offset of each channel; bias may be NULL. */
static bool compute(const struct fold *f, const struct node *norm, int32_t channels, const float *bias, float *scale,
                    float *offset) {
    const float *gamma = vector(f->graph, norm->inputs[GAMMA], channels);
    const float *beta = vector(f->graph, norm->inputs[BETA], channels);
    const float *mean = vector(f->graph, norm->inputs[MEAN], channels);
    const float *variance = vector(f->graph, norm->inputs[VARIANCE], channels);
    const struct attr *epsilon = node_attr(norm, "epsilon");
    const struct attr *training = node_attr(norm, "is_training");
    const float added = epsilon->given ? (float)epsilon->floats[0] : 1e-5f;
    if (!gamma || !beta || !mean || !variance || (training->given && training->ints[0]))
        return false;
    for (int32_t i = 0; i < channels; i++) {
        scale[i] = gamma[i] / f32x4_sqrt(f32x4_splat(variance[i] + added))[0];
        offset[i] = beta[i] + scale[i] * ((bias ? bias[i] : 0) - mean[i]);
    }
    return true;
}

/* The node's weights under a scale: at once where their numbers are in memory, else when they come. */
static bool scale_weights(struct fold *f, struct node *node, const float *scale) {
    struct value w = f->graph->values[node->inputs[1]];
    w.scale = scale;
    w.scale_axis = channel_axis(f, node);
    if (w.data) {
        const size_t n = type_elements(&w.type);
        float *copy = arena_alloc(w.temporary ? f->graph->temporary : f->graph->constants, n, sizeof *copy, f->err);
        if (!copy)
            return false;
        memcpy(copy, w.data, n * sizeof *copy);
        value_scale_rows(&w, 0, (size_t)w.type.dims[0], copy);
        w.data = copy;
        w.scale = NULL;
    }
    node->inputs[1] = graph_add_value(f->graph, &w, f->err);
    return node->inputs[1] != NO_VALUE;
}

/* The BatchNorm becomes a BiasAdd of `offset` to what `node` gives, in place of the one between, too, if there is one. */
static bool replace_norm(struct fold *f, uint32_t norm, const struct node *node, const struct node *old_bias,
                         const float *offset, int32_t channels) {
    const struct value bias = {
        .kind = VALUE_CONSTANT, .type = {.dtype = MSW_FLOAT32, .rank = 1, .dims = {channels}}, .data = offset};
    const uint32_t value = graph_add_value(f->graph, &bias, f->err);
    struct attr *attrs = arena_alloc(f->graph->arena, (size_t)f->bias_add->about.attr_count, sizeof *attrs, f->err);
    if (value == NO_VALUE || !attrs)
        return false;
    struct node *n = &f->graph->nodes[norm];
    const struct node *const parts[] = {old_bias, n};
    if (old_bias && !node_set_parts(f->graph, n, parts, 2, f->err))
        return false;
    const bool last = node_is_channels_last(n);
    n->op = f->bias_add;
    n->attrs = attrs;
    n->input_count = 2;
    n->inputs[0] = node->outputs[0];
    n->inputs[1] = value;
    return !last || node_set_int(f->graph, n, "channels_last", 1, f->err);
}

/* False with err: out of memory. */
static bool fold_one(struct fold *f, uint32_t index, uint32_t *changes) {
    const struct node *norm = &f->graph->nodes[index];
    struct node *bias = uses_only(f->graph, &f->uses, norm->inputs[X], f->bias_add);
    struct node *node = producer(f, bias ? bias->inputs[0] : norm->inputs[X]);
    if (!node || !channels_agree(f, node, bias, norm))
        return true;
    const int32_t channels = f->graph->values[node->inputs[1]].type.dims[channel_axis(f, node)];
    const float *old_bias = bias ? vector(f->graph, bias->inputs[1], channels) : NULL;
    if (bias && !old_bias)
        return true;
    float *scale = arena_alloc(f->graph->arena, (size_t)channels, sizeof *scale, f->err);
    float *offset = arena_alloc(f->graph->constants, (size_t)channels, sizeof *offset, f->err);
    if (!scale || !offset)
        return false;
    if (!compute(f, norm, channels, old_bias, scale, offset))
        return true;
    ++*changes;
    return scale_weights(f, node, scale) && replace_norm(f, index, node, bias, offset, channels);
}

bool pass_fold_batch_norm(struct graph *graph, uint32_t *changes, struct error *err) {
    struct fold f = {.graph = graph,
                     .batch_norm = op_find("BatchNorm"),
                     .bias_add = op_find("BiasAdd"),
                     .conv2d = op_find("Conv2D"),
                     .matmul = op_find("MatMul"),
                     .err = err};
    if (!uses_find(graph, &f.uses, err))
        return false;
    for (uint32_t n = 0; n < graph->node_count; n++)
        if (graph->nodes[n].op == f.batch_norm && !fold_one(&f, n, changes))
            return false;
    uint32_t dropped = 0; /* a bias that went along must not count as a reader for the passes to come */
    return pass_drop_unused(graph, &dropped, err);
}
