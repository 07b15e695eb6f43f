/* origin.c - from the value back to where its elements can be walked to, then forward again, so that each operator sees a walk through its input. */
#include "graph/origin.h"

/* Operators between a value and its origin. */
enum { MOST_MOVES = 12 };

bool origins_begin(const struct graph *graph, struct arena *scratch, struct origins *o, struct error *err) {
    *o = (struct origins){.graph = graph, .mul = op_find("Mul"), .div = op_find("Div"), .real_div = op_find("RealDiv")};
    return uses_find(graph, &o->uses, err) && knowledge_begin(graph, scratch, scratch, &o->k, err);
}

static bool is_static_float(const struct origins *o, uint32_t value) {
    const struct msw_type *type = &o->graph->values[value].type;
    return type_is_static(type) && type->dtype == MSW_FLOAT32;
}

/* The number that a node multiplies or divides a tensor by; main: which input the tensor is. False: it does not. */
static bool number_of(const struct origins *o, const struct node *node, uint32_t *main, struct origin_number *number) {
    const bool product = node->op == o->mul, quotient = node->op == o->div || node->op == o->real_div;
    const struct msw_type *z = &o->graph->values[node->outputs[0]].type;
    for (uint32_t i = 0; i < (product ? 2 : quotient ? 1 : 0); i++) {
        const uint32_t x = node->inputs[i], y = node->inputs[1 - i];
        if (is_static_float(o, x) && is_static_float(o, y) && type_same_shape(&o->graph->values[x].type, z) &&
            type_elements(&o->graph->values[y].type) == 1) {
            *main = i;
            *number = (struct origin_number){y, quotient};
            return true;
        }
    }
    return false;
}

/* Where input 0 of a node can be found, the node's own outputs may be too. */
static bool walk_on(const struct origins *o, uint32_t index, uint32_t value, struct origin *from) {
    const struct node *node = &o->graph->nodes[index];
    const struct op_site site = site_of(o->graph, index, &o->k);
    struct walk walk;
    uint32_t output = 0;
    while (node->outputs[output] != value)
        output++;
    if (!site_walk(&site, output, &from->walk, &walk))
        return false;
    from->walk = walk;
    return true;
}

static bool types_are_static(const struct origins *o, const struct node *node) {
    bool known = true;
    for (uint32_t i = 0; i < node->input_count; i++)
        known &= type_is_static(&o->graph->values[node->inputs[i]].type);
    for (uint32_t i = 0; i < node->output_count; i++)
        known &= type_is_static(&o->graph->values[node->outputs[i]].type);
    return known;
}

static struct origin itself(const struct origins *o, uint32_t value) {
    return (struct origin){.value = value, .walk = walk_dense(&o->graph->values[value].type)};
}

static struct origin search(const struct origins *o, uint32_t value, uint32_t numbers, int moves) {
    const uint32_t index = o->uses.producer[value];
    const struct node *node = index == NO_NODE ? NULL : &o->graph->nodes[index];
    struct origin_number number;
    uint32_t main;
    if (!node || node->call || node->fused || node->input_count == 0 || moves == 0 || !types_are_static(o, node))
        return itself(o, value);
    if (numbers > 0 && o->uses.count[value] == 1 && number_of(o, node, &main, &number)) {
        struct origin from = search(o, node->inputs[main], numbers - 1, moves - 1);
        from.numbers[from.number_count++] = number;
        return from;
    }
    struct origin from = search(o, node->inputs[0], numbers, moves - 1);
    return walk_on(o, index, value, &from) ? from : itself(o, value);
}

struct origin origin_of(const struct origins *o, uint32_t value, uint32_t numbers) {
    return search(o, value, numbers, MOST_MOVES);
}
