/* pass_fuse.c - one walk over the nodes, writing a new list: a BiasAdd, an Add or an activation that alone reads what an operator with OP_FUSES
 * makes becomes a part of it (struct fused). The joined node stands where the later one stood, since a residual may be younger than the product; what
 * it replaces goes away.
 *
 * A Reshape or the like in between moves behind the joined node: it changes no element's place. */
#include <string.h>

#include "graph/passes.h"
#include "graph/uses.h"
#include "ops/fused.h"
#include "ops/rows.h"

struct walk {
    struct graph *graph;
    struct uses uses;
    uint32_t *maker; /* by value: the node of the new list that makes it, or NO_NODE */
    bool *replaced;  /* by node of the new list */
    const struct op *add, *bias_add;
    struct error *err;
};

/* What a node wants of the product that makes its input `main`; extra: its other input, NO_VALUE for an activation. */
struct wish {
    uint32_t main, extra;
    bool bias, residual;
    bool channels_last; /* the bias runs along the channels of an image that has them last, whatever its size */
    const struct op *activation;
};

/* The node of the new list that makes `value` and whose result nobody else reads. */
static const struct node *sole_maker(const struct walk *w, uint32_t value) {
    const bool sole = w->maker[value] != NO_NODE && w->uses.count[value] == 1;
    return sole ? &w->graph->nodes[w->maker[value]] : NULL;
}

static const struct node *through_view(const struct walk *w, const struct node *node) {
    return node && node->op->view == view_always ? sole_maker(w, node->inputs[0]) : node;
}

static const struct msw_type *type_of(const struct walk *w, uint32_t value) {
    return &w->graph->values[value].type;
}

/* True when `bias` is one number for each element of the last axis of `value`. */
static bool runs_along_last_axis(const struct walk *w, uint32_t bias, uint32_t value) {
    const struct msw_type *b = type_of(w, bias), *x = type_of(w, value);
    return b->rank == 1 && x->rank >= 1 && b->dims[0] >= 0 && b->dims[0] == x->dims[x->rank - 1];
}

/* A vector on the right of a product leaves no axis of columns. Behind a view the last axis may be another. */
static bool takes_bias(const struct walk *w, const struct node *product, const struct wish *wish) {
    const bool direct = product->outputs[0] == wish->main;
    return type_of(w, product->inputs[1])->rank >= 2 &&
           ((direct && wish->channels_last) || runs_along_last_axis(w, wish->extra, product->outputs[0]));
}

/* The product behind a value, if it can take the wish. */
static const struct node *product(const struct walk *w, const struct wish *wish) {
    const struct node *node = through_view(w, sole_maker(w, wish->main));
    const struct fused none = {.bias = false}, *has = node && node->fused ? node->fused : &none;
    if (!node || (node->op->flags & OP_FUSES) == 0 || has->activation || (wish->residual && has->residual))
        return NULL;
    return wish->bias && (has->bias || has->residual || !takes_bias(w, node, wish)) ? NULL : node;
}

/* The wish of input `main` of an Add. */
static struct wish wish_of_sum(const struct walk *w, const struct node *node, uint32_t main) {
    struct wish wish = {.main = node->inputs[main], .extra = node->inputs[1 - main]};
    const struct msw_type *x = type_of(w, wish.main), *y = type_of(w, wish.extra);
    wish.bias = x->rank > 1 && runs_along_last_axis(w, wish.extra, wish.main);
    wish.residual = !wish.bias && type_is_static(x) && type_same_shape(x, y);
    return wish;
}

/* The younger of two products takes the other as its residual: it waits the shorter time. */
static struct wish choose_operand(const struct walk *w, const struct node *node) {
    const struct wish first = wish_of_sum(w, node, 0), second = wish_of_sum(w, node, 1);
    const bool first_can = (first.bias || first.residual) && product(w, &first);
    const bool second_can = (second.bias || second.residual) && product(w, &second);
    if (first_can && second_can)
        return w->maker[first.main] > w->maker[second.main] ? first : second;
    return second_can ? second : first;
}

/* False: the node cannot become part of another. */
static bool wish_of(const struct walk *w, const struct node *node, struct wish *wish) {
    if (node->op == w->bias_add) {
        const bool last = node_is_channels_last(node);
        *wish = (struct wish){.main = node->inputs[0],
                              .extra = node->inputs[1],
                              .bias = last || type_of(w, node->inputs[0])->rank == 2,
                              .channels_last = last};
    } else if (node->op == w->add) {
        *wish = choose_operand(w, node);
    } else {
        const bool activates = activation_kernel(node->op) != NULL;
        *wish = (struct wish){.main = node->inputs[0], .extra = NO_VALUE, .activation = activates ? node->op : NULL};
    }
    return wish->bias || wish->residual || wish->activation;
}

/* The product with what it did before and the wish of another as the new last node, whose result is `result`. */
static bool add_joined(struct walk *w, const struct node *product, const struct wish *wish, const struct node *wisher,
                       uint32_t result) {
    const struct node *const parts[] = {product, wisher};
    struct fused *fused = arena_alloc(w->graph->arena, 1, sizeof *fused, w->err);
    struct node node = *product;
    node.inputs = arena_alloc(w->graph->arena, product->input_count + 1, sizeof *node.inputs, w->err);
    node.outputs = arena_alloc(w->graph->arena, 1, sizeof *node.outputs, w->err);
    if (!fused || !node.inputs || !node.outputs || !node_set_parts(w->graph, &node, parts, 2, w->err))
        return false;
    memcpy(node.inputs, product->inputs, product->input_count * sizeof *node.inputs);
    if (wish->extra != NO_VALUE)
        node.inputs[node.input_count++] = wish->extra;
    node.outputs[0] = result;
    if (product->fused)
        *fused = *product->fused;
    fused->bias |= wish->bias;
    fused->residual |= wish->residual;
    fused->activation = wish->activation;
    node.fused = fused;
    return graph_append_node(w->graph, &node, w->err);
}

static bool note_maker(struct walk *w) {
    const struct node *node = &w->graph->nodes[w->graph->node_count - 1];
    for (uint32_t i = 0; i < node->output_count; i++)
        w->maker[node->outputs[i]] = w->graph->node_count - 1;
    return true;
}

/* A view of what its input was a view of before, now giving `result`. */
static bool add_view(struct walk *w, const struct node *old, uint32_t result) {
    struct node view = *old;
    view.outputs = arena_alloc(w->graph->arena, 1, sizeof *view.outputs, w->err);
    if (!view.outputs)
        return false;
    view.outputs[0] = result;
    return graph_append_node(w->graph, &view, w->err) && note_maker(w);
}

/* The joined node, and behind it the view that stood between, which reads the same value as before. */
static bool join(struct walk *w, const struct wish *wish, const struct node *product, const struct node *wisher) {
    const uint32_t result = wisher->outputs[0];
    const uint32_t middle = w->maker[wish->main], inner = product->outputs[0];
    const struct node between = w->graph->nodes[middle];
    w->replaced[middle] = w->replaced[w->maker[inner]] = true;
    if (inner == wish->main)
        return add_joined(w, product, wish, wisher, result) && note_maker(w);
    return add_joined(w, product, wish, wisher, inner) && note_maker(w) && add_view(w, &between, result);
}

static bool add_node(struct walk *w, const struct node *node, uint32_t *changes) {
    struct wish wish;
    const struct node *found = node->input_count > 0 && wish_of(w, node, &wish) ? product(w, &wish) : NULL;
    if (!found)
        return graph_append_node(w->graph, node, w->err) && note_maker(w);
    ++*changes;
    return join(w, &wish, found, node);
}

bool pass_fuse(struct graph *graph, uint32_t *changes, struct error *err) {
    struct walk w = {.graph = graph, .add = op_find("Add"), .bias_add = op_find("BiasAdd"), .err = err};
    const struct node *nodes = graph->nodes;
    const uint32_t count = graph->node_count, values = graph->value_count;
    w.maker = arena_alloc(graph->arena, values, sizeof *w.maker, err);
    w.replaced = arena_alloc(graph->arena, (size_t)count * 2, sizeof *w.replaced, err); /* a node makes at most two */
    if (!w.maker || !w.replaced || !uses_find(graph, &w.uses, err))
        return false;
    for (uint32_t v = 0; v < values; v++)
        w.maker[v] = NO_NODE;
    graph->nodes = NULL;
    graph->node_count = graph->node_room = 0;
    for (uint32_t n = 0; n < count; n++)
        if (!add_node(&w, &nodes[n], changes))
            return false;
    graph_drop_nodes(graph, w.replaced);
    return true;
}
