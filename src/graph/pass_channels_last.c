/* pass_channels_last.c - one walk over the nodes, writing a new list. A value may exist in the model's layout, with its channels last, or both;
 * the second form is made when a node first asks for it. So a chain of image operators needs a Transpose at its ends alone. */
#include <assert.h>

#include "graph/passes.h"

struct walk {
    struct graph *graph;
    const struct op *transpose;
    uint32_t *last; /* by value of the model: the value that holds it with channels last, or NO_VALUE */
    bool *exists;   /* by value of the model: it has been computed in the model's layout */
    int32_t *rank;  /* by value of the model that is held with channels last: how many dims it has */
    uint32_t changes;
    struct error *err;
};

static bool has_last(const struct walk *w, uint32_t value) {
    return w->last[value] != NO_VALUE;
}

/* Add a Transpose of `from` that brings its second axis to the end, or its last one back. NULL: out of memory. */
static struct node *add_transpose(struct walk *w, uint32_t from, int32_t rank, bool to_last, const char *name) {
    int64_t perm[MSW_MAX_RANK] = {0};
    for (int32_t i = 1; i < rank; i++)
        perm[i] = to_last ? (i + 1 < rank ? i + 1 : 1) : i == 1 ? rank - 1 : i - 1;
    struct node *node = graph_add_node(w->graph, w->transpose, name, 1, 1, w->err);
    if (!node || !node_set_ints(w->graph, node, "perm", perm, rank, w->err))
        return NULL;
    node->inputs[0] = from;
    return node;
}

/* The value in the model's own layout: what a node reads that knows no other. */
static bool need_model_layout(struct walk *w, uint32_t value, const char *name) {
    if (w->exists[value])
        return true;
    struct node *node = add_transpose(w, w->last[value], w->rank[value], false, name);
    if (!node)
        return false;
    node->outputs[0] = value;
    w->exists[value] = true;
    return true;
}

/* The value, of that rank, with channels last. */
static bool need_last(struct walk *w, uint32_t value, int32_t rank, const char *name) {
    if (has_last(w, value))
        return true;
    const struct node *node = add_transpose(w, value, rank, true, name);
    if (!node)
        return false;
    w->last[value] = node->outputs[0];
    w->rank[value] = rank;
    return true;
}

/* Add `node` with its first `images` inputs and `results` outputs, all of that rank, with channels last. */
static bool add_last(struct walk *w, const struct node *node, uint32_t images, uint32_t results, int32_t rank) {
    for (uint32_t i = 0; i < node->input_count; i++) {
        const bool image = i < images && w->graph->values[node->inputs[i]].type.rank != 0;
        if (!(image ? need_last(w, node->inputs[i], rank, node->name)
                    : need_model_layout(w, node->inputs[i], node->name)))
            return false;
    }
    struct node *copy = graph_add_node(w->graph, node->op, node->name, node->input_count, node->output_count, w->err);
    if (!copy)
        return false;
    for (int32_t i = 0; i < node->op->about.attr_count; i++)
        copy->attrs[i] = node->attrs[i];
    copy->fused = node->fused;
    copy->parts = node->parts;
    copy->part_count = node->part_count;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const uint32_t value = node->inputs[i];
        copy->inputs[i] = i < images && has_last(w, value) ? w->last[value] : value;
    }
    for (uint32_t i = 0; i < node->output_count; i++) {
        const uint32_t value = node->outputs[i];
        if (i < results) {
            w->last[value] = copy->outputs[i];
            w->rank[value] = rank;
        } else {
            copy->outputs[i] = value;
            w->exists[value] = true;
        }
    }
    w->changes++;
    return op_attr_index(node->op, "channels_last") < 0 || node_set_int(w->graph, copy, "channels_last", 1, w->err);
}

static bool add_as_it_is(struct walk *w, const struct node *node) {
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!need_model_layout(w, node->inputs[i], node->name))
            return false;
    if (!graph_append_node(w->graph, node, w->err))
        return false;
    for (uint32_t i = 0; i < node->output_count; i++)
        w->exists[node->outputs[i]] = true;
    return true;
}

/* An elementwise node goes along when it would otherwise force a Transpose, and every input but scalars is such a value, all of as many dims: broadcasting
 * looks at each axis by itself, so that their order does not matter. 0, or how many dims. */
static int32_t follows(const struct walk *w, const struct node *node) {
    bool pulled = false;
    int32_t rank = 0;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const uint32_t value = node->inputs[i];
        if (w->graph->values[value].type.rank == 0)
            continue;
        if (!has_last(w, value) || (rank && w->rank[value] != rank))
            return 0;
        rank = w->rank[value];
        pulled |= !w->exists[value];
    }
    return pulled ? rank : 0;
}

/* A node that takes either layout goes along with its image; one whose operands are all images, where one of them lies with channels last and
 * the others have as many dims. */
static bool goes_along(const struct walk *w, const struct node *node, int32_t *rank) {
    const uint32_t images = node->op->flags & OP_ALL_IMAGES ? node->input_count : 1;
    *rank = 0;
    for (uint32_t i = 0; i < images; i++)
        if (has_last(w, node->inputs[i]))
            *rank = w->rank[node->inputs[i]];
    for (uint32_t i = 0; i < images && *rank; i++)
        if (!has_last(w, node->inputs[i]) && w->graph->values[node->inputs[i]].type.rank != *rank)
            *rank = 0;
    return *rank != 0;
}

/* How many outputs of a node that goes along have their channels last. */
static uint32_t results_last(const struct node *node) {
    if (node->op->flags & OP_ALL_IMAGES)
        return node->output_count;
    return node->op->flags & OP_MODEL_LAYOUT_OUT ? 0 : 1;
}

static bool add_node(struct walk *w, const struct node *node) {
    const uint32_t flags = node->op->flags;
    int32_t rank;
    if (flags & OP_CHANNELS_LAST && !node_is_channels_last(node))
        return add_last(w, node, 1, 1, flags & OP_VOLUME ? 5 : 4);
    if (flags & OP_EITHER_LAYOUT && !node_is_channels_last(node) && goes_along(w, node, &rank))
        return add_last(w, node, flags & OP_ALL_IMAGES ? node->input_count : 1, results_last(node), rank);
    if (flags & OP_ELEMENTWISE && (rank = follows(w, node)) != 0)
        return add_last(w, node, node->input_count, 1, rank);
    return add_as_it_is(w, node);
}

bool pass_channels_last(struct graph *graph, uint32_t *changes, struct error *err) {
    struct walk w = {.graph = graph, .transpose = op_find("Transpose"), .err = err};
    const struct node *nodes = graph->nodes;
    const uint32_t count = graph->node_count;
    assert(w.transpose);
    w.last = arena_alloc(graph->arena, graph->value_count, sizeof *w.last, err);
    w.exists = arena_alloc(graph->arena, graph->value_count, sizeof *w.exists, err);
    w.rank = arena_alloc(graph->arena, graph->value_count, sizeof *w.rank, err);
    if (!w.last || !w.exists || !w.rank)
        return false;
    for (uint32_t i = 0; i < graph->value_count; i++) {
        w.last[i] = NO_VALUE;
        w.exists[i] = graph->values[i].kind != VALUE_RESULT;
    }
    graph->nodes = NULL;
    graph->node_count = graph->node_room = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!add_node(&w, &nodes[i]))
            return false;
    for (uint32_t i = 0; i < graph->outputs.count; i++)
        if (!need_model_layout(&w, graph->outputs.at[i], value_name(graph, graph->outputs.at[i])))
            return false;
    *changes += w.changes;
    return true;
}
