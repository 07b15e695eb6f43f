/* pass_conv_depthwise.c - a Conv2D that is read by nothing but a convolution of each channel by itself becomes one node with it, where the image between
 * them is too large for the cache: a thread then has a few rows of it at a time. */
#include <string.h>

#include "graph/passes.h"
#include "graph/uses.h"
#include "ops/conv_depthwise.h"
#include "ops/conv_pair.h"

enum { WEIGHTS = 1, OWN_INPUTS = 2 /* of Conv2D; others belong to what is fused to it */ };

struct walk {
    struct graph *graph;
    struct uses uses;
    const struct op *conv2d, *pair;
    bool *joined; /* by node: another does its work */
    struct error *err;
};

static const struct msw_type *type_of(const struct walk *w, uint32_t value) {
    return &w->graph->values[value].type;
}

/* Rows of the image before it that two neighbouring output rows both see, where its windows are higher than their stride. */
static int64_t shared_rows(const struct walk *w, const struct node *depthwise) {
    const int64_t reach = type_of(w, depthwise->inputs[WEIGHTS])->dims[2] - 1;
    return reach * node_int(depthwise, "dilations", 1) + 1 - node_int(depthwise, "strides", 1);
}

/* Of float32 alone: 16-bit floats would not be rounded between. */
static bool can_be_first(const struct walk *w, const struct node *node) {
    const struct msw_type *x = type_of(w, node->inputs[0]), *z = type_of(w, node->outputs[0]);
    return node_is_channels_last(node) && node_int(node, "group", 1) == 1 && node_int(node, "winograd", 0) == 0 &&
           type_is_static(x) && type_is_static(z) && x->dtype == MSW_FLOAT32;
}

/* The convolution whose image `node` alone reads, channel by channel. */
static struct node *first_of(const struct walk *w, const struct node *node) {
    struct node *first = NULL;
    if (node->op == w->conv2d && node_is_channels_last(node))
        first = uses_only(w->graph, &w->uses, node->inputs[0], w->conv2d);
    if (!first || !can_be_first(w, first))
        return NULL;
    const struct msw_type *k = type_of(w, node->inputs[WEIGHTS]);
    return k->rank == 4 && conv_is_depthwise(k, node_int(node, "group", 1)) &&
                   conv_pair_pays(type_of(w, node->inputs[0]), shared_rows(w, node))
               ? first
               : NULL;
}

static bool set_lists(struct walk *w, struct node *joined, const struct node *const *parts) {
    for (size_t l = 0; l < CONV_PAIR_LISTS; l++) {
        const struct conv_pair_list *list = &conv_pair_lists[l];
        int64_t ints[8];
        for (int32_t i = 0; i < 2 * list->count; i++) {
            const struct attr *attr = node_attr(parts[i / list->count], list->name);
            ints[i] = attr->given ? attr->ints[i % list->count] : list->absent;
        }
        if (!node_set_ints(w->graph, joined, list->name, ints, 2 * list->count, w->err))
            return false;
    }
    return true;
}

/* The image and both weights, then what belongs to what is fused to the first and to the second. */
static bool set_inputs(struct walk *w, struct node *joined, const struct node *first, const struct node *second) {
    const size_t extra = first->input_count - OWN_INPUTS;
    joined->input_count = first->input_count + second->input_count - 1;
    joined->inputs = arena_alloc(w->graph->arena, joined->input_count, sizeof *joined->inputs, w->err);
    if (!joined->inputs)
        return false;
    uint32_t *to = joined->inputs;
    memcpy(to, first->inputs, OWN_INPUTS * sizeof *to);
    to[OWN_INPUTS] = second->inputs[WEIGHTS];
    memcpy(to + OWN_INPUTS + 1, first->inputs + OWN_INPUTS, extra * sizeof *to);
    memcpy(to + OWN_INPUTS + 1 + extra, second->inputs + OWN_INPUTS, (second->input_count - OWN_INPUTS) * sizeof *to);
    return true;
}

static bool set_fused(struct walk *w, struct node *joined, const struct fused *first) {
    struct fused *fused = arena_alloc(w->graph->arena, 1, sizeof *fused, w->err);
    if (!fused)
        return false;
    if (joined->fused)
        *fused = *joined->fused;
    fused->first = first;
    joined->fused = fused;
    return true;
}

/* In the place of the second. */
static bool join(struct walk *w, const struct node *first, struct node *second) {
    const struct node *const parts[] = {first, second};
    struct node joined = *second;
    joined.op = w->pair;
    joined.attrs = arena_alloc(w->graph->arena, (size_t)joined.op->about.attr_count, sizeof *joined.attrs, w->err);
    if (!joined.attrs || !set_lists(w, &joined, parts) || !set_inputs(w, &joined, first, second) ||
        ((first->fused || second->fused) && !set_fused(w, &joined, first->fused)) ||
        !node_set_parts(w->graph, &joined, parts, 2, w->err))
        return false;
    *second = joined;
    return true;
}

bool pass_conv_depthwise(struct graph *graph, uint32_t *changes, struct error *err) {
    struct walk w = {.graph = graph, .conv2d = op_find("Conv2D"), .pair = op_find("ConvDepthwise"), .err = err};
    w.joined = arena_alloc(graph->arena, graph->node_count, sizeof *w.joined, err);
    if (!w.joined || !uses_find(graph, &w.uses, err))
        return false;
    for (uint32_t n = 0; n < graph->node_count; n++) {
        const struct node *first = first_of(&w, &graph->nodes[n]);
        if (!first)
            continue;
        w.joined[w.uses.producer[graph->nodes[n].inputs[0]]] = true;
        ++*changes;
        if (!join(&w, first, &graph->nodes[n]))
            return false;
    }
    graph_drop_nodes(graph, w.joined);
    return true;
}
