/* bind_arguments.c - which constant an input of a function stands for, found by going over all calls until nothing changes: an input begins
 * unknown, becomes the constant of the first call seen, and varies as soon as another call gives something else. A function that passes an
 * input on, to others or to itself, passes on what is known of it; so constants come through nested calls and around loops. */
#include "graph/bind_arguments.h"

#include <string.h>

enum { MAX_ROUNDS = 256 }; /* each brings news one call further; deeper nesting than a plan allows needs no more */

static const struct value varies;

struct binding {
    struct graph *model;
    const struct value ***meanings; /* by graph and value: the constant it stands for, &varies, or NULL: unknown */
    bool changed;
};

static bool same_constant(const struct value *x, const struct value *y) {
    if (!type_matches(&x->type, &y->type))
        return false;
    if (x->data && y->data)
        return memcmp(x->data, y->data, type_bytes(&x->type)) == 0;
    return !x->data && !y->data && value_same_place(x, y);
}

static void meet(struct binding *b, const struct value **known, const struct value *given) {
    if (!given || *known == given || *known == &varies)
        return;
    if (*known && given != &varies && same_constant(*known, given))
        return;
    *known = *known ? &varies : given;
    b->changed = true;
}

static void visit_branch(struct binding *b, uint32_t caller, const struct node *node,
                         const struct call_branch *branch) {
    const struct graph *callee = &b->model->functions[branch->function];
    const struct value **inner = b->meanings[branch->function + 1], **outer = b->meanings[caller];
    for (uint32_t i = 0; i < callee->inputs.count; i++) {
        const uint32_t input = callee->inputs.at[i];
        const struct value *given = &varies;
        if (branch->count == callee->inputs.count && i >= branch->own)
            given = outer[node->inputs[branch->first + i]];
        if (given && given != &varies && !type_matches(&callee->values[input].type, &given->type))
            given = &varies;
        meet(b, &inner[input], given);
    }
}

static void visit_calls(struct binding *b) {
    for (uint32_t g = 0; g < graph_total(b->model); g++) {
        const struct graph *caller = graph_at(b->model, g);
        for (uint32_t n = 0; n < caller->node_count; n++) {
            const struct node *node = &caller->nodes[n];
            for (int i = 0; node->call && i < call_branch_count(node->call); i++)
                visit_branch(b, g, node, &node->call->branches[i]);
        }
    }
}

/* What is known at the beginning: constants are themselves, functions' inputs are unknown, all else varies. */
static bool begin(struct binding *b, struct arena *arena, struct error *err) {
    const uint32_t graphs = graph_total(b->model);
    b->meanings = arena_alloc(arena, graphs, sizeof *b->meanings, err);
    for (uint32_t g = 0; b->meanings && g < graphs; g++) {
        const struct graph *graph = graph_at(b->model, g);
        b->meanings[g] = arena_alloc(arena, graph->value_count, sizeof **b->meanings, err);
        if (!b->meanings[g])
            return false;
        for (uint32_t v = 0; v < graph->value_count; v++)
            b->meanings[g][v] = graph->values[v].kind == VALUE_CONSTANT ? &graph->values[v] : &varies;
        for (uint32_t i = 0; g > 0 && i < graph->inputs.count; i++)
            b->meanings[g][graph->inputs.at[i]] = NULL;
    }
    return b->meanings != NULL;
}

/* NULL: none, or a call gives more inputs than the function takes. */
static const struct value *constant_of_input(const struct binding *b, uint32_t function, uint32_t input) {
    const struct value_list *inputs = &b->model->functions[function].inputs;
    const struct value *meaning = input < inputs->count ? b->meanings[function + 1][inputs->at[input]] : NULL;
    return meaning == &varies ? NULL : meaning;
}

/* The call without the inputs that its functions hold now. */
static bool shorten_call(const struct binding *b, struct graph *caller, struct node *node, struct error *err) {
    struct call *call = arena_alloc(caller->arena, 1, sizeof *call, err);
    if (!call)
        return false;
    *call = *node->call;
    uint32_t kept = call->kind == CALL_SWITCH;
    for (int i = 0; i < call_branch_count(call); i++) {
        struct call_branch *branch = &call->branches[i];
        const uint32_t first = kept;
        for (uint32_t k = 0; k < branch->count; k++)
            if (!constant_of_input(b, branch->function, k))
                node->inputs[kept++] = node->inputs[branch->first + k];
        branch->first = first;
        branch->count = kept - first;
    }
    node->input_count = kept;
    node->call = call;
    return true;
}

static bool shorten_calls(const struct binding *b, struct error *err) {
    for (uint32_t g = 0; g < graph_total(b->model); g++) {
        struct graph *caller = graph_at(b->model, g);
        for (uint32_t n = 0; n < caller->node_count; n++)
            if (caller->nodes[n].call && caller->nodes[n].call->kind != CALL_SEQUENCE &&
                !shorten_call(b, caller, &caller->nodes[n], err))
                return false;
    }
    return true;
}

static void take_constants(const struct binding *b, uint32_t number) {
    struct graph *function = &b->model->functions[number];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < function->inputs.count; i++) {
        const uint32_t input = function->inputs.at[i];
        const struct value *constant = constant_of_input(b, number, i);
        if (constant)
            function->values[input] = *constant;
        else
            function->inputs.at[kept++] = input;
    }
    function->inputs.count = kept;
}

static bool bind(struct binding *b, struct arena *arena, struct error *err) {
    uint32_t rounds = 0;
    if (!begin(b, arena, err))
        return false;
    do {
        b->changed = false;
        visit_calls(b);
    } while (b->changed && ++rounds < MAX_ROUNDS);
    if (b->changed) /* what is known is not yet true */
        return true;
    if (!shorten_calls(b, err))
        return false;
    for (uint32_t f = 0; f < b->model->function_count; f++)
        take_constants(b, f);
    return true;
}

bool bind_arguments(struct graph *model, struct error *err) {
    struct arena arena = {0};
    struct binding b = {.model = model};
    const bool ok = model->function_count == 0 || bind(&b, &arena, err);
    arena_free(&arena);
    return ok;
}
