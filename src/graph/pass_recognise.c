/* pass_recognise.c - from the last node to the first, so that of two expressions one inside the other the larger is seen. */
#include <string.h>

#include "graph/passes.h"
#include "graph/pattern.h"

static const struct {
    const char *expression, *op, *inputs;
} patterns[] = {
#define PATTERN(expression, op, inputs) {expression, #op, inputs},
#include "graph/patterns.def"
#undef PATTERN
};

enum { PATTERN_COUNT = sizeof patterns / sizeof patterns[0] };

struct walk {
    struct graph *graph;
    struct uses uses;
    const struct op *ops[PATTERN_COUNT];
    bool *taken; /* by node: it is inside of something recognised */
    struct error *err;
};

/* The result has the shape of x, which a constant of more dims could have changed, and the vectors run along its last axis. */
static bool shapes_fit(const struct graph *graph, const struct match *match, uint32_t result) {
    const struct msw_type *x = &graph->values[match_value(match, 'x')].type, *z = &graph->values[result].type;
    if (x->rank < 1 || x->rank != z->rank || (type_is_static(x) && !type_same_shape(x, z)))
        return false;
    for (const char *letter = "gb"; *letter; letter++) {
        const uint32_t value = match_value(match, *letter);
        if (value == NO_VALUE)
            continue;
        const struct msw_type *vector = &graph->values[value].type;
        if (vector->rank != 1 || vector->dims[0] < 0 || vector->dims[0] != x->dims[x->rank - 1])
            return false;
    }
    return true;
}

/* In the model's order. */
static bool set_parts(const struct walk *w, struct node *node, const struct match *match) {
    const struct node *parts[PATTERN_NODES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < match->node_count; i++) {
        const struct node *part = &w->graph->nodes[match->nodes[i]];
        uint32_t at = count++;
        for (; at > 0 && parts[at - 1] > part; at--)
            parts[at] = parts[at - 1];
        parts[at] = part;
    }
    return node_set_parts(w->graph, node, parts, count, w->err);
}

/* The node becomes the operator that it is the last part of. */
static bool replace(struct walk *w, uint32_t index, uint32_t pattern, const struct match *match) {
    const char *letters = patterns[pattern].inputs;
    struct node node = w->graph->nodes[index];
    node.op = w->ops[pattern];
    node.input_count = (uint32_t)strlen(letters);
    node.attrs = arena_alloc(w->graph->arena, (size_t)node.op->about.attr_count, sizeof *node.attrs, w->err);
    node.inputs = arena_alloc(w->graph->arena, node.input_count, sizeof *node.inputs, w->err);
    if (!node.attrs || !node.inputs)
        return false;
    for (uint32_t i = 0; i < node.input_count; i++)
        node.inputs[i] = match_value(match, letters[i]);
    for (uint32_t i = 0; i < match->node_count; i++)
        w->taken[match->nodes[i]] = true;
    if (!set_parts(w, &node, match))
        return false;
    double epsilon;
    const uint32_t e = match_value(match, 'e');
    if (e != NO_VALUE && value_number(w->graph, e, &epsilon) &&
        !node_set_float(w->graph, &node, "epsilon", epsilon, w->err))
        return false;
    w->graph->nodes[index] = node;
    return true;
}

static bool recognise(struct walk *w, uint32_t index, uint32_t *changes) {
    struct match match;
    for (uint32_t p = 0; p < PATTERN_COUNT && !w->taken[index]; p++) {
        if (!pattern_matches(w->graph, &w->uses, patterns[p].expression, index, &match) ||
            !shapes_fit(w->graph, &match, w->graph->nodes[index].outputs[0]))
            continue;
        ++*changes;
        if (!replace(w, index, p, &match))
            return false;
    }
    return true;
}

bool pass_recognise(struct graph *graph, uint32_t *changes, struct error *err) {
    struct walk w = {.graph = graph, .err = err};
    uint32_t dropped = 0;
    w.taken = arena_alloc(graph->arena, graph->node_count, sizeof *w.taken, err);
    if (!w.taken || !uses_find(graph, &w.uses, err))
        return false;
    for (uint32_t p = 0; p < PATTERN_COUNT; p++)
        w.ops[p] = op_find(patterns[p].op);
    for (uint32_t n = graph->node_count; n-- > 0;)
        if (graph->nodes[n].output_count == 1 && !recognise(&w, n, changes))
            return false;
    return pass_drop_unused(graph, &dropped,
                            err); /* what is inside must not count as a reader for the passes to come */
}
