/* dynamic_pieces.c - a piece goes as far as the checks of its nodes come without elements that the piece itself has yet to compute. Elements that are there
 * become part of the plan, where a check asks for them. */
#include "graph/dynamic_pieces.h"

#include <string.h>

#include "base/host.h"

enum {
    MAX_KEPT = 4,        /* pieces that begin at one node */
    MAX_KEY_BYTES = 512, /* of elements that are compared whenever the piece may be used again */
};

static void find_last_uses(struct layout *l) {
    const struct graph *g = l->graph;
    for (uint32_t n = 0; n < g->node_count; n++)
        for (uint32_t i = 0; i < g->nodes[n].input_count; i++)
            l->last_use[g->nodes[n].inputs[i]] = n;
    for (uint32_t i = 0; i < g->outputs.count; i++)
        l->last_use[g->outputs.at[i]] = g->node_count;
}

bool layout_begin(struct dynamic *d, struct layout *l, const struct graph *graph, struct error *err) {
    const struct graph shut = {.values = graph->values,
                               .value_count = graph->value_count,
                               .nodes = graph->nodes,
                               .node_count = graph->node_count};
    *l = (struct layout){0};
    l->last_use = arena_alloc(&d->arena, graph->value_count, sizeof *l->last_use, err);
    l->number_of = arena_alloc(&d->arena, graph->value_count, sizeof *l->number_of, err);
    l->pieces = arena_alloc(&d->arena, graph->node_count, sizeof *l->pieces, err);
    l->changing = arena_alloc(&d->arena, graph->node_count, sizeof *l->changing, err);
    if (!l->last_use || !l->number_of || !l->pieces || !l->changing ||
        !knowledge_begin(&shut, &d->arena, NULL, &l->k, err))
        return false;
    l->graph = graph;
    memset(l->number_of, 0xff, graph->value_count * sizeof *l->number_of); /* NO_VALUE */
    find_last_uses(l);
    return true;
}

static void piece_free(struct piece *p) {
    p->run->about.arena_bytes -= p->plan.about.arena_bytes;
    p->run->about.live_bytes -= p->plan.about.live_bytes;
    p->run->about.tensor_bytes -= p->plan.about.tensor_bytes;
    p->run->about.steps -= p->plan.about.steps;
    plan_free(&p->plan);
    arena_free(&p->arena);
    host_free(p);
}

void piece_unused(struct piece *piece) {
    if (piece->once)
        piece_free(piece);
}

/* Free those that are not in use, but for the first `kept`. */
static void forget(struct piece **list, uint32_t kept) {
    while (*list) {
        struct piece *p = *list;
        if (p->holder.uses > 0 || kept > 0) {
            kept -= p->holder.uses == 0;
            list = &p->next;
            continue;
        }
        *list = p->next;
        piece_free(p);
    }
}

static void forget_all(struct dynamic *d) {
    for (uint32_t i = 0; i <= d->model->function_count; i++)
        for (uint32_t n = 0; d->layouts[i].graph && n < d->layouts[i].graph->node_count; n++)
            forget(&d->layouts[i].pieces[n], 0);
}

void layout_end(struct layout *l) {
    for (uint32_t n = 0; l->graph && n < l->graph->node_count; n++)
        forget(&l->pieces[n], 0);
    while (l->spare) {
        struct slot *next = (struct slot *)(uintptr_t)l->spare->data;
        host_free(l->spare);
        l->spare = next;
    }
}

static bool same_type(const struct msw_type *x, const struct msw_type *y) {
    return x->dtype == y->dtype && x->rank == y->rank &&
           (x->rank == 0 || memcmp(x->dims, y->dims, (size_t)x->rank * sizeof x->dims[0]) == 0);
}

static bool fits(const struct piece *p, const struct frame *f) {
    for (uint32_t i = 0; i < p->input_count; i++) {
        const struct slot *slot = &f->slots[p->inputs[i].value];
        if (slot->kind != SLOT_TENSOR || !same_type(&slot->type, &p->inputs[i].type))
            return false;
    }
    for (uint32_t i = 0; i < p->input_count; i++) {
        const struct piece_input *in = &p->inputs[i];
        const size_t bytes = in->elements ? type_bytes(&in->type) : 0;
        if (bytes > 0 && memcmp(in->elements, f->slots[in->value].data, bytes) != 0) {
            f->layout->changing[in->asker] = true;
            return false;
        }
    }
    return true;
}

static struct piece *kept_piece(const struct frame *f) {
    for (struct piece **at = &f->layout->pieces[f->next]; *at; at = &(*at)->next) {
        struct piece *p = *at;
        if (p->holder.uses > 0 || !fits(p, f))
            continue;
        *at = p->next;
        p->next = f->layout->pieces[f->next];
        f->layout->pieces[f->next] = p;
        return p;
    }
    return NULL;
}

/* Where a piece ends, and whose elements its checks ask for. */
struct cut {
    struct frame *frame;
    struct arena arena;
    uint32_t first, end;
    uint32_t *asked, *askers;
    uint32_t asked_count, room, askers_room;
    bool alone;
};

static bool add_asked(struct cut *c, uint32_t value, uint32_t asker, struct error *err) {
    uint32_t *asked = arena_room(&c->arena, c->asked, c->asked_count, &c->room, sizeof *asked, err);
    uint32_t *askers = arena_room(&c->arena, c->askers, c->asked_count, &c->askers_room, sizeof *askers, err);
    if (!asked || !askers)
        return false;
    c->asked = asked;
    c->askers = askers;
    asked[c->asked_count] = value;
    askers[c->asked_count++] = asker;
    return true;
}

/* Let node n know the elements that its check has asked for. False: they are not there before the piece, or n had better begin one of its own;
 * or err is set. */
static bool tell_asked(struct cut *c, uint32_t n, struct error *err) {
    struct layout *l = c->frame->layout;
    const struct node *node = &l->graph->nodes[n];
    bool told = false;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const uint32_t v = node->inputs[i];
        const struct slot *slot = &c->frame->slots[v];
        if (!l->k.asked[i] || l->k.known[v])
            continue;
        if (slot->kind != SLOT_TENSOR)
            return false;
        if (l->changing[n] || type_bytes(&slot->type) > MAX_KEY_BYTES) {
            if (n > c->first)
                return false;
            c->alone = true;
        }
        if (!add_asked(c, v, n, err))
            return false;
        l->k.known[v] = slot->data;
        told = true;
    }
    return told;
}

/* The types of what is there already. False: not all of it are tensors. */
static bool take_types(struct cut *c, const struct node *node) {
    struct layout *l = c->frame->layout;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const struct slot *slot = &c->frame->slots[node->inputs[i]];
        if (slot->kind == SLOT_SEQUENCE || slot->kind == SLOT_NOTHING)
            return false;
        if (slot->kind == SLOT_TENSOR)
            l->k.types[node->inputs[i]] = slot->type;
    }
    return true;
}

static bool check_one(struct cut *c, uint32_t n, struct error *err) {
    struct layout *l = c->frame->layout;
    for (;;) {
        if (graph_check_node(l->graph, n, &l->k, err))
            return true;
        if (err->about.status != MSW_MORE)
            return false;
        struct error first = *err;
        error_clear(err);
        if (!tell_asked(c, n, err)) {
            if (err->about.status == MSW_OK)
                *err = first;
            return false;
        }
    }
}

static void name_node(const struct dynamic *d, const struct graph *graph, uint32_t n, struct error *err) {
    const struct node *node = &graph->nodes[n];
    error_add_node(err, (int32_t)(graph_first_node(d->model, graph) + n), node->name, node_op(node)->about.name);
}

/* How far the piece goes. False: err says what is wrong; MSW_MORE: the first node is not for a plan. */
static bool find_end(const struct dynamic *d, struct cut *c, struct error *err) {
    const struct graph *g = c->frame->layout->graph;
    for (c->end = c->first; c->end < g->node_count && !c->alone; c->end++) {
        if (!take_types(c, &g->nodes[c->end])) {
            error_set(err, MSW_MORE, "takes tensors, not a sequence or an empty optional");
            break;
        }
        if (!check_one(c, c->end, err))
            break;
    }
    if (err->about.status != MSW_OK && err->about.status != MSW_MORE) {
        name_node(d, g, c->end, err);
        return false;
    }
    if (c->end == c->first)
        return false;
    error_clear(err);
    return true;
}

/* What the checks have found out holds for this time alone. */
static void forget_checks(struct cut *c) {
    struct layout *l = c->frame->layout;
    const struct graph *g = l->graph;
    for (uint32_t n = c->first; n < g->node_count && n <= c->end; n++)
        for (uint32_t i = 0; i < g->nodes[n].output_count; i++) {
            const uint32_t v = g->nodes[n].outputs[i];
            l->k.types[v] = g->values[v].type;
            l->k.known[v] = NULL;
            for (int k = 0; k < 2 && l->k.numbers[k]; k++)
                l->k.numbers[k][v] = NULL;
        }
    for (uint32_t i = 0; i < c->asked_count; i++) {
        l->k.known[c->asked[i]] = NULL;
        for (int k = 0; k < 2 && l->k.numbers[k]; k++)
            l->k.numbers[k][c->asked[i]] = NULL;
    }
    for (uint32_t n = c->first; n < g->node_count && n <= c->end;
         n++) /* late constants' numbers lie in the cut's arena */
        for (uint32_t i = g->nodes[n].input_count - g->nodes[n].late_count; i < g->nodes[n].input_count; i++)
            for (int k = 0; k < 2; k++)
                l->k.numbers[k][g->nodes[n].inputs[i]] = NULL;
}

static uint32_t asker_of(const struct cut *c, uint32_t value) {
    for (uint32_t i = 0; i < c->asked_count; i++)
        if (c->asked[i] == value)
            return c->askers[i];
    return NO_VALUE;
}

static bool take_elements(struct piece *p, struct piece_input *in, struct value *value, const struct slot *slot,
                          struct error *err) {
    const size_t bytes = type_bytes(&slot->type);
    void *copy = arena_alloc(&p->arena, 1, bytes, err);
    if (!copy)
        return false;
    if (bytes > 0)
        memcpy(copy, slot->data, bytes);
    value->kind = VALUE_CONSTANT;
    value->data = in->elements = copy;
    return true;
}

/* The number in the piece of a value that a node of it reads. */
static uint32_t number_input(struct piece *p, const struct cut *c, uint32_t v, struct error *err) {
    struct layout *l = c->frame->layout;
    const struct slot *slot = &c->frame->slots[v];
    struct value value = l->graph->values[v];
    if (l->number_of[v] != NO_VALUE)
        return l->number_of[v];
    if (value.kind != VALUE_CONSTANT) {
        struct piece_input *in = &p->inputs[p->input_count++];
        const uint32_t asker = asker_of(c, v);
        *in = (struct piece_input){
            .value = v, .asker = asker, .input = -1, .type = slot->type, .dies = l->last_use[v] < c->end};
        value.kind = VALUE_INPUT;
        value.data = NULL;
        value.type = slot->type;
        if (slot->kind != SLOT_TENSOR) {
            error_set(err, MSW_INVALID, "'%s' is read before it is computed", value_name(l->graph, v));
            return NO_VALUE;
        }
        if (asker != NO_VALUE && !take_elements(p, in, &value, slot, err))
            return NO_VALUE;
        if (asker == NO_VALUE) {
            in->input = (int32_t)p->graph.inputs.count;
            if (!value_list_add(&p->graph, &p->graph.inputs, p->graph.value_count, err))
                return NO_VALUE;
        }
    }
    l->number_of[v] = graph_add_value(&p->graph, &value, err);
    return l->number_of[v];
}

static bool number_output(struct piece *p, const struct cut *c, uint32_t v, uint32_t *number, struct error *err) {
    struct layout *l = c->frame->layout;
    *number = l->number_of[v] = graph_add_value(&p->graph, &l->graph->values[v], err);
    if (*number == NO_VALUE)
        return false;
    if (l->last_use[v] < c->end)
        return true;
    p->outputs[p->graph.outputs.count] = v;
    return value_list_add(&p->graph, &p->graph.outputs, *number, err);
}

static bool copy_node(struct piece *p, const struct cut *c, const struct node *source, struct error *err) {
    struct node node = *source;
    node.inputs = arena_alloc(&p->arena, node.input_count, sizeof *node.inputs, err);
    node.outputs = arena_alloc(&p->arena, node.output_count, sizeof *node.outputs, err);
    if (!node.inputs || !node.outputs)
        return false;
    for (uint32_t i = 0; i < node.input_count; i++)
        if ((node.inputs[i] = number_input(p, c, source->inputs[i], err)) == NO_VALUE)
            return false;
    for (uint32_t i = 0; i < node.output_count; i++)
        if (!number_output(p, c, source->outputs[i], &node.outputs[i], err))
            return false;
    return graph_append_node(&p->graph, &node, err);
}

static bool build(const struct dynamic *d, struct piece *p, const struct cut *c, struct error *err) {
    struct layout *l = c->frame->layout;
    const struct graph *g = l->graph;
    uint32_t inputs = 0, outputs = 0;
    for (uint32_t n = c->first; n < c->end; n++) {
        inputs += g->nodes[n].input_count;
        outputs += g->nodes[n].output_count;
    }
    p->inputs = arena_alloc(&p->arena, inputs, sizeof *p->inputs, err);
    p->outputs = arena_alloc(&p->arena, outputs, sizeof *p->outputs, err);
    p->graph = (struct graph){.arena = &p->arena,
                              .constants = &p->arena,
                              .functions = g->functions,
                              .function_count = g->function_count,
                              .model = d->model,
                              .part_of = g,
                              .part_first = c->first};
    bool built = p->inputs && p->outputs;
    for (uint32_t n = c->first; built && n < c->end; n++)
        built = copy_node(p, c, &g->nodes[n], err);
    for (uint32_t n = c->first; n < c->end; n++) {
        for (uint32_t i = 0; i < g->nodes[n].input_count; i++)
            l->number_of[g->nodes[n].inputs[i]] = NO_VALUE;
        for (uint32_t i = 0; i < g->nodes[n].output_count; i++)
            l->number_of[g->nodes[n].outputs[i]] = NO_VALUE;
    }
    return built;
}

static bool plan(struct piece *p, struct arena *scratch, struct error *err) {
    struct msw_type *types = arena_alloc(scratch, p->graph.inputs.count, sizeof *types, err);
    for (uint32_t i = 0; types && i < p->graph.inputs.count; i++)
        types[i] = p->graph.values[p->graph.inputs.at[i]].type;
    if (!types || !plan_make(&p->graph, types, &p->plan, err))
        return false;
    struct msw_plan *about = &p->run->about;
    about->arena_bytes += p->plan.about.arena_bytes;
    about->live_bytes += p->plan.about.live_bytes;
    about->tensor_bytes += p->plan.about.tensor_bytes;
    about->steps += p->plan.about.steps;
    return true;
}

static struct piece *make_piece(struct dynamic *d, struct cut *c, struct error *err) {
    struct piece *p = host_alloc(sizeof *p);
    if (!p) {
        error_no_memory(err, sizeof *p);
        return NULL;
    }
    *p = (struct piece){.holder = {.piece = p}, .run = d, .first = c->first, .end = c->end, .once = c->alone};
    if (build(d, p, c, err) && plan(p, &c->arena, err)) {
        struct piece **list = &c->frame->layout->pieces[c->first];
        if (p->once)
            return p;
        forget(list, MAX_KEPT - 1);
        p->next = *list;
        *list = p;
        return p;
    }
    if (err->about.node >= 0)
        err->about.node += (int32_t)(graph_first_node(d->model, c->frame->layout->graph) + c->first);
    arena_free(&p->arena);
    host_free(p);
    return NULL;
}

/* A function that cannot be planned with the rest is called from outside of plans: the piece ends before the first call. */
static bool end_before_call(struct cut *c) {
    const struct graph *g = c->frame->layout->graph;
    for (uint32_t n = c->first; n < c->end; n++)
        if (g->nodes[n].call) {
            c->end = n;
            return n > c->first;
        }
    return false;
}

static struct piece *cut_piece(struct dynamic *d, struct cut *c, struct error *err) {
    const bool found = find_end(d, c, err);
    forget_checks(c);
    if (!found)
        return NULL;
    struct piece *p = make_piece(d, c, err);
    if (!p && err->about.status == MSW_LIMIT) {
        error_clear(err);
        forget_all(d);
        p = make_piece(d, c, err);
    }
    while (!p && err->about.status == MSW_MORE && end_before_call(c)) {
        error_clear(err);
        p = make_piece(d, c, err);
    }
    return p;
}

struct piece *piece_find(struct dynamic *d, struct frame *frame, struct error *err) {
    struct piece *p = kept_piece(frame);
    if (p)
        return p;
    struct cut c = {.frame = frame, .first = frame->next};
    frame->layout->k.arena = &c.arena;
    p = cut_piece(d, &c, err);
    arena_free(&c.arena);
    return p;
}
