/* pass_attention.c - from the last node to the first: a product with a Softmax on its left, that of another product, becomes one Attention. Its inputs
 * are read where they lie before Reshape, Transpose and their like, and a Transpose behind it becomes the order in which it writes. */
#include <string.h>

#include "graph/origin.h"
#include "graph/passes.h"

enum { AXES = 4, NUMBERS = 1, MOST_OPERANDS = 6, DIVIDES = 3, MULTIPLIES = 2, PER_TARGET = 4 };

struct walk_back {
    struct graph *graph;
    struct origins origins;
    const struct op *attention, *matmul, *softmax, *transpose;
    bool *taken; /* by node: it is part of an Attention */
    struct error *err;
};

/* What becomes one node.
 *   first, softmax, second  inner nodes between them have no other reader
 *   operands                what is done to the scores, the last one first: by which node, an input of it, and its number in attribute score */
struct find {
    const struct node *first, *softmax, *second;
    uint32_t operand_count;
    struct {
        const struct node *node;
        uint32_t value;
        int64_t score;
    } operands[MOST_OPERANDS];
    int64_t perm[AXES];
    int32_t perm_count;
};

static const struct msw_type *type_of(const struct walk_back *w, uint32_t value) {
    return &w->graph->values[value].type;
}

/* The node that makes `value`, which nobody else reads. */
static const struct node *sole_maker(const struct walk_back *w, uint32_t value) {
    const uint32_t producer = w->origins.uses.producer[value];
    const bool sole = producer != NO_NODE && w->origins.uses.count[value] == 1;
    return sole && !w->taken[producer] && !w->graph->nodes[producer].fused ? &w->graph->nodes[producer] : NULL;
}

static bool flag(const struct node *node, const char *name) {
    return node_int(node, name, 0) != 0;
}

/* A product of float32 tensors that all have between two and four dims. */
static bool is_product(const struct walk_back *w, const struct node *node) {
    const uint32_t values[] = {node->inputs[0], node->inputs[1], node->outputs[0]};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        const struct msw_type *type = type_of(w, values[i]);
        if (node->op != w->matmul || type->dtype != MSW_FLOAT32 || type->rank < 2 || type->rank > AXES ||
            !type_is_static(type) || type_elements(type) == 0)
            return false;
    }
    return !node->fused;
}

static bool is_softmax_of_rows(const struct walk_back *w, const struct node *node) {
    const struct attr *axis = node_attr(node, "axis");
    return !axis->given || axis->ints[0] == -1 || axis->ints[0] == type_of(w, node->outputs[0])->rank - 1;
}

/* Which number of attribute score stands for an operator of two inputs; -1: none. */
static int64_t score_of(const struct op *op) {
    static const char *const names[] = {"Add", "Sub", "Mul", "Div"};
    for (int64_t i = 0; i < (int64_t)(sizeof names / sizeof names[0]); i++)
        if (strcmp(op->about.name, names[i]) == 0)
            return i;
    return strcmp(op->about.name, "RealDiv") == 0 ? DIVIDES : -1;
}

/* From the softmax back to the first product, through what an operand at a time does to the scores, whose shape stays. */
static bool find_first(const struct walk_back *w, uint32_t scores, struct find *f) {
    const struct node *node = sole_maker(w, scores);
    if (!node || (node->op == w->matmul && !is_product(w, node)))
        return false;
    if (node->op == w->matmul) {
        f->first = node;
        return true;
    }
    const int64_t score = score_of(node->op);
    const uint32_t sides = score < 0 || f->operand_count == MOST_OPERANDS ? 0 : score % 2 == 0 ? 2 : 1; /* Add, Mul */
    for (uint32_t i = 0; i < sides; i++) {
        const uint32_t x = node->inputs[i], y = node->inputs[1 - i], count = f->operand_count;
        if (!type_same_shape(type_of(w, x), type_of(w, scores)) || !type_is_static(type_of(w, y)))
            continue;
        f->operands[count].node = node;
        f->operands[count].value = y;
        f->operands[count].score = score;
        f->operand_count = count + 1;
        if (find_first(w, x, f))
            return true;
        f->operand_count = count;
    }
    return false;
}

/* The Softmax on the left of `node`, and all behind it. */
static bool find_both(const struct walk_back *w, const struct node *node, struct find *f) {
    *f = (struct find){.second = node};
    if (!is_product(w, node) || flag(node, "transpose_a"))
        return false;
    const struct node *softmax = sole_maker(w, node->inputs[0]);
    f->softmax = softmax;
    return softmax && softmax->op == w->softmax && is_softmax_of_rows(w, softmax) &&
           find_first(w, softmax->inputs[0], f);
}

/* The axes of [N,H,S,E] that a product of that rank has; with a Transpose behind it in its order, whose last axis must stay. */
static bool order_axes(const struct node *transpose, int32_t rank, struct find *f) {
    const struct attr *perm = transpose ? node_attr(transpose, "perm") : NULL;
    f->perm_count = rank;
    for (int32_t i = 0; i < rank; i++) {
        const int64_t axis = perm ? perm->ints[i] + (perm->ints[i] < 0 ? rank : 0) : i;
        f->perm[i] = axis + AXES - rank;
    }
    return f->perm[rank - 1] == AXES - 1;
}

static int64_t axis_from_end(const struct msw_type *type, int32_t from_end) {
    return from_end < type->rank ? type->dims[type->rank - 1 - from_end] : 1;
}

/* Scores are wanted once for each matrix of the result. */
static bool dims_fit(const struct walk_back *w, const struct find *f) {
    const struct msw_type *scores = type_of(w, f->first->outputs[0]), *z = type_of(w, f->second->outputs[0]);
    return axis_from_end(scores, 2) == axis_from_end(z, 2) && axis_from_end(scores, 3) == axis_from_end(z, 3);
}

/* A Transpose of such a product, or the product itself. */
static bool find_at(const struct walk_back *w, const struct node *node, struct find *f) {
    const struct node *transpose = node->op == w->transpose ? node : NULL;
    const struct node *product = transpose ? sole_maker(w, node->inputs[0]) : node;
    if (!product || product->op != w->matmul || (transpose && !node_attr(transpose, "perm")->given))
        return false;
    return find_both(w, product, f) && dims_fit(w, f) &&
           order_axes(transpose, type_of(w, product->outputs[0])->rank, f);
}

/* The walk as first element and steps of four axes [batches, heads, rows, columns]; an axis of one element is read again and again. */
static bool place_of(const struct walk *walk, bool swapped, int64_t place[AXES + 1]) {
    place[0] = (int64_t)walk->first;
    for (int32_t i = 0; i < AXES; i++) {
        const int32_t axis = i - (AXES - walk->rank);
        const bool many = axis >= 0 && walk->dims[axis] != 1;
        const int32_t to = swapped && i >= AXES - 2 ? AXES - 1 - (i - (AXES - 2)) : i;
        place[1 + to] = many ? walk->steps[axis] : i >= AXES - 2;
        if (place[1 + to] < 0)
            return false;
    }
    return true;
}

/* Where its three tensors come from. */
struct sources {
    struct origin origins[3];
    int64_t places[3][AXES + 1];
};

/* False: one of them runs backwards, or is multiplied by a number of too many dims. */
static bool find_sources(const struct walk_back *w, const struct find *f, struct sources *s) {
    const uint32_t values[] = {f->first->inputs[0], f->first->inputs[1], f->second->inputs[1]};
    const bool swapped[] = {flag(f->first, "transpose_a"), !flag(f->first, "transpose_b"),
                            flag(f->second, "transpose_b")};
    for (uint32_t i = 0; i < 3; i++) {
        struct origin *origin = &s->origins[i];
        *origin = origin_of(&w->origins, values[i], i < 2 ? NUMBERS : 0);
        for (uint32_t n = 0; n < origin->number_count; n++)
            if (type_of(w, origin->numbers[n].value)->rank > AXES)
                return false;
        if (!place_of(&origin->walk, swapped[i], s->places[i]))
            return false;
    }
    return true;
}

/* Operands of q and k, then those of the scores in the order in which they work. */
static bool set_operands(struct walk_back *w, struct node *node, const struct sources *s, const struct find *f) {
    int64_t score[MOST_OPERANDS + 2 * NUMBERS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const struct origin *o = &s->origins[i];
        for (uint32_t n = 0; n < o->number_count; n++) {
            node->inputs[3 + count] = o->numbers[n].value;
            score[count++] = (o->numbers[n].divides ? DIVIDES : MULTIPLIES) + PER_TARGET * ((int64_t)i + 1);
        }
    }
    for (uint32_t i = f->operand_count; i-- > 0;) {
        node->inputs[3 + count] = f->operands[i].value;
        score[count++] = f->operands[i].score;
    }
    return count == 0 || node_set_ints(w->graph, node, "score", score, (int32_t)count, w->err);
}

static bool set_dims(struct walk_back *w, struct node *node, const struct find *f) {
    const struct msw_type *scores = type_of(w, f->first->outputs[0]), *z = type_of(w, f->second->outputs[0]),
                          *q = type_of(w, f->first->inputs[0]);
    const int64_t depth = axis_from_end(q, flag(f->first, "transpose_a") ? 1 : 0);
    const int64_t dims[] = {
        axis_from_end(z, 3), axis_from_end(z, 2), axis_from_end(scores, 1), axis_from_end(scores, 0), depth,
        axis_from_end(z, 0)};
    return node_set_ints(w->graph, node, "dims", dims, (int32_t)(sizeof dims / sizeof dims[0]), w->err);
}

/* In the model's order; `last` may be the second product or a Transpose of it. */
static bool set_parts(struct walk_back *w, struct node *node, const struct find *f, const struct node *last) {
    const struct node *parts[MOST_OPERANDS + 4];
    uint32_t count = 0;
    parts[count++] = f->first;
    for (uint32_t i = f->operand_count; i-- > 0;)
        parts[count++] = f->operands[i].node;
    parts[count++] = f->softmax;
    parts[count++] = f->second;
    if (last != f->second)
        parts[count++] = last;
    return node_set_parts(w->graph, node, parts, count, w->err);
}

/* The node becomes an Attention in the place of all that was found. */
static bool replace(struct walk_back *w, uint32_t index, const struct find *f, const struct sources *s) {
    static const char *const names[] = {"q", "k", "v"};
    struct node node = w->graph->nodes[index];
    node.op = w->attention;
    node.input_count = 3 + s->origins[0].number_count + s->origins[1].number_count + f->operand_count;
    node.attrs = arena_alloc(w->graph->arena, (size_t)node.op->about.attr_count, sizeof *node.attrs, w->err);
    node.inputs = arena_alloc(w->graph->arena, node.input_count, sizeof *node.inputs, w->err);
    if (!node.attrs || !node.inputs || !set_parts(w, &node, f, &w->graph->nodes[index]) || !set_dims(w, &node, f) ||
        !set_operands(w, &node, s, f) || !node_set_ints(w->graph, &node, "perm", f->perm, f->perm_count, w->err))
        return false;
    for (uint32_t i = 0; i < 3; i++) {
        node.inputs[i] = s->origins[i].value;
        if (!node_set_ints(w->graph, &node, names[i], s->places[i], AXES + 1, w->err))
            return false;
    }
    w->taken[w->origins.uses.producer[f->second->outputs[0]]] = true;
    w->graph->nodes[index] = node;
    return true;
}

static bool walk(struct walk_back *w, uint32_t *changes) {
    for (uint32_t n = w->graph->node_count; n-- > 0;) {
        struct find f;
        struct sources s;
        if (w->taken[n] || !find_at(w, &w->graph->nodes[n], &f) || !find_sources(w, &f, &s))
            continue;
        ++*changes;
        if (!replace(w, n, &f, &s))
            return false;
    }
    return true;
}

bool pass_attention(struct graph *graph, uint32_t *changes, struct error *err) {
    struct walk_back w = {.graph = graph,
                          .attention = op_find("Attention"),
                          .matmul = op_find("MatMul"),
                          .softmax = op_find("Softmax"),
                          .transpose = op_find("Transpose"),
                          .err = err};
    struct arena lists = {0};
    uint32_t dropped = 0;
    w.taken = arena_alloc(&lists, graph->node_count, sizeof *w.taken, err);
    const bool done = w.taken && origins_begin(graph, &lists, &w.origins, err) && walk(&w, changes);
    arena_free(&lists);
    return done && pass_drop_unused(graph, &dropped,
                                    err); /* what is inside must not count as a reader for the passes to come */
}
