/* pass_choose_winograd.c - Winograd's tiles (ops/conv_winograd.h) for the convolutions of a whole model. Weights that are transformed in the run take the room
 * of others, and some for each thread; those transformed at load take 16/9 or 4 times as much, and are had where a byte saves most, until the budget is spent. */
#include <assert.h>

#include "base/order.h"
#include "graph/passes.h"
#include "graph/uses.h"
#include "ops/winograd_gain.h"

enum { BUDGET_BYTES = 8 * 1000 * 1000 }; /* by which a model's weights may grow */

/* Input channels: with more, a thread works in more than 8 MB. */
enum { DEEPEST = 4096 };

/* Products that a byte must save at least: fewer are no time that one could measure. */
static const double BYTE_SAVES = 5;

/* Tiles of `side` for a node: what a run saves then, and what the weights grow by. */
struct offer {
    struct graph *graph;
    uint32_t node;
    size_t side;
    bool in_run;
    double saved;
    uint64_t bytes;
};

struct offers {
    struct offer *at;
    uint32_t count, room;
    struct arena *arena;
    struct error *err;
};

/* Bytes of a node's weights in the form for tiles of `side`; 0: it cannot have them. */
static uint64_t weight_bytes_for(const struct graph *graph, const struct node *node, size_t side) {
    const int64_t value = (int64_t)side;
    struct attr attrs[OP_MAX_ATTRS];
    struct msw_type inputs[2];
    struct packing packing;
    for (int32_t i = 0; i < node->op->about.attr_count; i++)
        attrs[i] = node->attrs[i];
    attrs[op_attr_index(node->op, "winograd")] = (struct attr){.given = true, .count = 1, .ints = &value};
    for (uint32_t i = 0; i < 2; i++)
        inputs[i] = graph->values[node->inputs[i]].type;
    if (dtype_is_half(inputs[1].dtype))
        inputs[1].dtype = MSW_FLOAT32; /* as it is packed */
    const struct op_site site = {.op = node->op, .attrs = attrs, .input_count = 2, .inputs = inputs};
    return node->op->packing(&site, 1, &packing) ? packing.bytes : 0;
}

/* The better side, with weights transformed in the run or at load. */
static struct offer offer_of(struct graph *graph, uint32_t n, bool in_run, bool alone) {
    const struct node *node = &graph->nodes[n];
    const struct msw_type *k = &graph->values[node->inputs[1]].type, *z = &graph->values[node->outputs[0]].type;
    struct offer offer = {.graph = graph, .node = n, .side = 4, .in_run = in_run};
    if (weight_bytes_for(graph, node, 4) == 0 || (in_run && k->dims[1] > DEEPEST))
        return offer;
    const double small = winograd_gain(k, z, 2, in_run), large = winograd_gain(k, z, 4, in_run);
    offer.side = small > large ? 2 : 4;
    offer.saved = small > large ? small : large;
    if (!in_run) /* not alone: others may have the weights as they are */
        offer.bytes = weight_bytes_for(graph, node, offer.side) - (alone ? weight_bytes_for(graph, node, 0) : 0);
    return offer;
}

/* Saves x more for each byte than y? */
static bool is_better(const struct offer *x, const struct offer *y) {
    return x->saved * (double)y->bytes > y->saved * (double)x->bytes;
}

static bool add_offer(struct offers *o, const struct offer *offer) {
    if (offer->saved <= BYTE_SAVES * (double)offer->bytes)
        return true;
    struct offer *at = arena_room(o->arena, o->at, o->count, &o->room, sizeof *at, o->err);
    if (!at)
        return false;
    o->at = at;
    at[o->count++] = *offer;
    return true;
}

/* What takes no memory for weights, and what saves more. */
static bool add_offers(struct offers *o, struct graph *graph, uint32_t n, bool alone) {
    const struct offer in_run = offer_of(graph, n, true, alone);
    struct offer at_load = offer_of(graph, n, false, alone);
    at_load.saved -= in_run.saved;
    return add_offer(o, &in_run) && add_offer(o, &at_load);
}

static bool add_graph(struct offers *o, struct graph *graph, bool only_graph) {
    const struct op *conv2d = op_find("Conv2D");
    struct uses uses;
    assert(conv2d);
    if (!uses_find(graph, &uses, o->err))
        return false;
    for (uint32_t n = 0; n < graph->node_count; n++) {
        const struct node *node = &graph->nodes[n];
        if (node->op == conv2d && node->input_count > 1 && graph->values[node->inputs[1]].kind == VALUE_CONSTANT &&
            !add_offers(o, graph, n, only_graph && uses.count[node->inputs[1]] == 1))
            return false;
    }
    return true;
}

static bool precedes(const void *context, uint32_t x, uint32_t y) {
    const struct offer *offers = context;
    return is_better(&offers[x], &offers[y]);
}

static bool is_taken(const struct offer *offer) {
    const struct node *node = &offer->graph->nodes[offer->node];
    return node_attr(node, "winograd")->given;
}

static bool take(const struct offer *offer, uint32_t *changes, struct error *err) {
    struct node *node = &offer->graph->nodes[offer->node];
    ++*changes;
    return node_set_int(offer->graph, node, "winograd", (int64_t)offer->side, err) &&
           (!offer->in_run || node_set_int(offer->graph, node, "in_run", 1, err));
}

/* The best first; then what takes no memory, where that is left. */
static bool take_offers(const struct offers *o, uint32_t *changes) {
    uint32_t *order = arena_alloc(o->arena, o->count, sizeof *order, o->err);
    uint32_t *spare = arena_alloc(o->arena, o->count, sizeof *spare, o->err);
    uint64_t left = BUDGET_BYTES;
    if (!order || !spare)
        return false;
    order_indices(order, spare, o->count, precedes, o->at);
    for (uint32_t i = 0; i < o->count; i++) {
        const struct offer *offer = &o->at[order[i]];
        if (offer->in_run || offer->bytes > left)
            continue;
        if (!take(offer, changes, o->err))
            return false;
        left -= offer->bytes;
    }
    for (uint32_t i = 0; i < o->count; i++)
        if (o->at[i].in_run && !is_taken(&o->at[i]) && !take(&o->at[i], changes, o->err))
            return false;
    return true;
}

bool pass_choose_winograd(struct graph *model, uint32_t *changes, struct error *err) {
    struct arena arena = {0};
    struct offers offers = {.arena = &arena, .err = err};
    bool done = true;
    for (uint32_t i = 0; done && i < graph_total(model); i++)
        done = add_graph(&offers, graph_at(model, i), graph_total(model) == 1);
    done = done && take_offers(&offers, changes);
    arena_free(&arena);
    return done;
}
