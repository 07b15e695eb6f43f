/* pattern.c - expressions are read while they are matched: they are short, and most nodes differ in their first word. */
#include "graph/pattern.h"

#include <string.h>

#include "kernels/half.h"

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
    return c >= 'a' && c <= 'z';
}

/* The end of the term that begins at `t`: of a number, a letter, or an operator with its inputs. */
static const char *end_of_term(const char *t) {
    int depth = 0;
    for (; *t && (depth > 0 || (*t != ',' && *t != ')')); t++)
        depth += *t == '(' ? 1 : *t == ')' ? -1 : 0;
    return t;
}

static double number_at(const char *t) {
    double number = 0, place = 1;
    for (; is_digit(*t); t++)
        number = number * 10 + (*t - '0');
    if (*t == '.')
        for (t++; is_digit(*t); t++)
            number += (*t - '0') * (place /= 10);
    return number;
}

bool value_number(const struct graph *graph, uint32_t value, double *number) {
    const struct value *v = &graph->values[value];
    float wide;
    if (v->kind != VALUE_CONSTANT || !v->data || v->packing || type_elements(&v->type) != 1)
        return false;
    if (v->type.dtype == MSW_FLOAT16)
        widen_float16(v->data, &wide, 1);
    else if (v->type.dtype == MSW_BFLOAT16)
        widen_bfloat16(v->data, &wide, 1);
    else if (v->type.dtype == MSW_FLOAT32)
        memcpy(&wide, v->data, sizeof wide);
    else
        return false;
    *number = (double)wide;
    return true;
}

/* To the precision in which the model has it. */
static bool is_number(const struct graph *graph, uint32_t value, double wanted) {
    const int32_t dtype = graph->values[value].type.dtype;
    const double precision = dtype == MSW_FLOAT32 ? 1e-6 : dtype == MSW_FLOAT16 ? 1e-3 : 1e-2;
    double number;
    return value_number(graph, value, &number) && number - wanted <= precision * wanted &&
           wanted - number <= precision * wanted;
}

static bool bind(struct match *m, char letter, uint32_t value) {
    uint32_t *bound = &m->bound[letter - 'a'];
    double number;
    if (letter == 'e' && !(value_number(m->graph, value, &number) && number > 0))
        return false;
    if (*bound == NO_VALUE)
        *bound = value;
    return *bound == value;
}

/* The mean along the last axis, which stays. */
static bool is_mean_of_last_axis(const struct graph *graph, const struct node *node) {
    const struct attr *axis = node_attr(node, "axis"), *keep = node_attr(node, "keep_dims");
    const int32_t rank = graph->values[node->inputs[0]].type.rank;
    return axis->given && axis->count == 1 && (axis->ints[0] == -1 || axis->ints[0] == (int64_t)rank - 1) && rank > 0 &&
           keep->given && keep->ints[0] != 0;
}

static bool is_operator(const struct graph *graph, const struct node *node, const char *t) {
    const char *name = node->op->about.name, *at = name;
    while (*at && *at == *t)
        at++, t++;
    if (*at || *t != '(' || node->fused)
        return false;
    return strcmp(name, "ReduceMean") != 0 || is_mean_of_last_axis(graph, node);
}

static bool note_node(struct match *m, uint32_t node) {
    for (uint32_t i = 0; i < m->node_count; i++)
        if (m->nodes[i] == node)
            return true;
    if (m->node_count == PATTERN_NODES)
        return false;
    m->nodes[m->node_count++] = node;
    return true;
}

static bool matches(struct match *m, const char *t, uint32_t value);

static bool matches_pair(struct match *m, const char *first, const char *second, const struct node *node) {
    const struct match before = *m;
    if (matches(m, first, node->inputs[0]) && matches(m, second, node->inputs[1]))
        return true;
    *m = before;
    const bool either_order = strcmp(node->op->about.name, "Add") == 0 || strcmp(node->op->about.name, "Mul") == 0;
    return either_order && matches(m, first, node->inputs[1]) && matches(m, second, node->inputs[0]);
}

/* The value of an operator with one or two inputs. */
static bool matches(struct match *m, const char *t, uint32_t value) {
    if (is_digit(*t))
        return is_number(m->graph, value, number_at(t));
    if (is_letter(*t))
        return bind(m, *t, value);
    const uint32_t maker = m->uses->producer[value];
    if (maker == NO_NODE || !is_operator(m->graph, &m->graph->nodes[maker], t) || !note_node(m, maker))
        return false;
    const struct node *node = &m->graph->nodes[maker];
    const char *first = t + strlen(node->op->about.name) + 1, *comma = end_of_term(first);
    if (*comma == ')')
        return node->input_count == 1 && matches(m, first, node->inputs[0]);
    return node->input_count == 2 && matches_pair(m, first, comma + 2, node);
}

/* True when all readers of what the inner nodes make are nodes of the match. */
static bool is_closed(const struct match *m) {
    for (uint32_t i = 1; i < m->node_count; i++) {
        const uint32_t value = m->graph->nodes[m->nodes[i]].outputs[0];
        uint32_t readers = 0;
        for (uint32_t n = 0; n < m->node_count; n++)
            for (uint32_t k = 0; k < m->graph->nodes[m->nodes[n]].input_count; k++)
                readers += m->graph->nodes[m->nodes[n]].inputs[k] == value;
        if (readers != m->uses->count[value])
            return false;
    }
    return true;
}

bool pattern_matches(const struct graph *graph, const struct uses *uses, const char *expression, uint32_t root,
                     struct match *match) {
    *match = (struct match){.graph = graph, .uses = uses};
    for (int i = 0; i < PATTERN_LETTERS; i++)
        match->bound[i] = NO_VALUE;
    return matches(match, expression, graph->nodes[root].outputs[0]) && is_closed(match);
}

uint32_t match_value(const struct match *match, char letter) {
    return match->bound[letter - 'a'];
}
