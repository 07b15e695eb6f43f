/* pass_fold_constants.c - nodes that read constants alone are computed while the model is loaded, and their results are constants from then on. What
 * they read and what they make lie in the temporary arena until the last node that reads it is computed: what is still read afterwards is loaded, or
 * moved, together with all other weights.
 *
 * The check derives small results by itself whenever a plan is made, since shapes may follow from them; this pass is for large ones, such as tables of
 * positions that are looked up in a trained one. */
#include "graph/check.h"
#include "graph/passes.h"
#include "graph/uses.h"
#include "graph/weights.h"

/* A result may take more memory than what it is made of, but no more than this. */
enum { MAX_GROWTH_BYTES = 1024 * 1024 };

static uint64_t sum_of_bytes(const struct msw_type *types, uint32_t count) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += type_bytes(&types[i]);
    return sum;
}

static bool all_known(const struct op_site *site) {
    for (uint32_t i = 0; i < site->input_count; i++)
        if (!site->constants[i])
            return false;
    return site->input_count > 0;
}

static bool are_small_enough(const struct op_site *site) {
    size_t elements, bytes;
    for (uint32_t i = 0; i < site->output_count; i++)
        if (!type_sizes(&site->outputs[i], &elements, &bytes))
            return false;
    const uint64_t out = sum_of_bytes(site->outputs, site->output_count);
    return out <= MAX_GROWTH_BYTES || out <= sum_of_bytes(site->inputs, site->input_count);
}

/* Whether the node will be computed once its constants are there, as far as its types tell: those of results may still be unknown. */
static bool will_be_computed(const struct graph *graph, uint32_t index, const struct knowledge *k,
                             const bool *constant) {
    const struct node *node = &graph->nodes[index];
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!constant[node->inputs[i]])
            return false;
    if (node->input_count == 0 || node->call)
        return false;
    const struct op_site site = site_of(graph, index, k);
    bool known = true;
    for (uint32_t i = 0; i < site.output_count; i++)
        known &= type_is_static(&site.outputs[i]);
    for (uint32_t i = 0; i < site.input_count; i++)
        known &= type_is_static(&site.inputs[i]);
    return site_can_be_prepared(&site) && (!known || are_small_enough(&site));
}

static void want(struct value *value) {
    if (value->kind == VALUE_CONSTANT && !value->data)
        value->temporary = true;
}

bool constants_want(struct graph *graph, struct error *err) {
    struct arena arena = {0};
    struct knowledge k;
    bool *constant = arena_alloc(&arena, graph->value_count, sizeof *constant, err);
    const bool begun = constant && knowledge_begin(graph, &arena, &arena, &k, err);
    for (uint32_t v = 0; begun && v < graph->value_count; v++)
        constant[v] = graph->values[v].kind == VALUE_CONSTANT;
    for (uint32_t n = 0; begun && n < graph->node_count; n++) {
        const struct node *node = &graph->nodes[n];
        for (uint32_t i = node->input_count - node->late_count; i < node->input_count; i++)
            want(&graph->values[node->inputs[i]]);
        if (!will_be_computed(graph, n, &k, constant))
            continue;
        for (uint32_t i = 0; i < node->input_count; i++)
            want(&graph->values[node->inputs[i]]);
        for (uint32_t i = 0; i < node->output_count; i++)
            constant[node->outputs[i]] = true;
    }
    arena_free(&arena);
    return begun;
}

/* True when the node's results are known now. One that has an error in it stays, for graph_check to tell. */
static bool compute(const struct graph *graph, uint32_t index, struct knowledge *k) {
    const struct node *node = &graph->nodes[index];
    struct error unheard = {0};
    if (node->call || !late_know(node, k, &unheard))
        return false;
    const struct op_site site = site_of(graph, index, k);
    if (!all_known(&site) || (site.op->about.dtypes >> site.inputs[0].dtype & 1) == 0 ||
        !site_can_be_prepared(&site) || !site.op->check(&site, &unheard) || !are_small_enough(&site))
        return false;
    for (uint32_t i = 0; i < site.output_count; i++)
        if (!type_matches(&k->types[node->outputs[i]], &site.outputs[i]))
            return false;
    for (uint32_t i = 0; i < site.output_count; i++)
        k->types[node->outputs[i]] = site.outputs[i];
    return graph_evaluate(&site, node, k, &unheard);
}

static void become_constants(struct graph *graph, const struct node *node, const struct knowledge *k) {
    for (uint32_t i = 0; i < node->output_count; i++) {
        struct value *value = &graph->values[node->outputs[i]];
        value->kind = VALUE_CONSTANT;
        value->type = k->types[node->outputs[i]];
        value->data = k->known[node->outputs[i]];
        value->temporary = value->sole = true;
    }
}

static void release(const struct graph *graph, uint32_t index, struct knowledge *k) {
    struct value *value = &graph->values[index];
    const size_t bytes = type_bytes(&value->type);
    if (!value->temporary || !value->sole || !value->data || bytes <= WEIGHTS_SMALL_BYTES)
        return; /* what is small tells shapes */
    arena_release(graph->temporary, value->data, bytes);
    value->data = k->known[index] = NULL;
    value->sole = false;
}

/* The node is computed: what nobody else reads goes away. */
static void release_inputs(const struct graph *graph, const struct node *node, uint32_t *readers, struct knowledge *k) {
    for (uint32_t i = 0; i < node->input_count; i++)
        if (--readers[node->inputs[i]] == 0)
            release(graph, node->inputs[i], k);
}

bool pass_fold_constants(struct graph *graph, uint32_t *changes, struct error *err) {
    struct arena lists = {0};
    struct knowledge k;
    struct uses uses;
    uint32_t kept = 0;
    const bool begun = uses_find(graph, &uses, err) && knowledge_begin(graph, &lists, graph->temporary, &k, err);
    for (uint32_t n = 0; begun && n < graph->node_count; n++) {
        if (compute(graph, n, &k)) {
            become_constants(graph, &graph->nodes[n], &k);
            release_inputs(graph, &graph->nodes[n], uses.count, &k);
            ++*changes;
        } else {
            graph->nodes[kept++] = graph->nodes[n];
        }
    }
    for (uint32_t v = 0; begun && v < graph->value_count; v++) {
        struct value *value = &graph->values[v];
        if (!value->temporary || value->offset == 0)
            continue;
        release(graph, v, &k);
        value->data = NULL; /* loaded anew if anything else reads it */
    }
    arena_free(&lists);
    if (begun)
        graph->node_count = kept;
    return begun;
}
