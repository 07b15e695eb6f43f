/* check.c - shape inference by the operators' own rules. */
#include "graph/check.h"

#include <string.h>

#include "ops/fused.h"

bool knowledge_begin(const struct graph *graph, struct arena *scratch, struct arena *results, struct knowledge *k,
                     struct error *err) {
    uint32_t inputs = 1, outputs = 1;
    bool late = false;
    for (uint32_t i = 0; i < graph->node_count + graph->open_count; i++) {
        const struct node *node = i < graph->node_count ? &graph->nodes[i] : &graph->open_nodes[i - graph->node_count];
        inputs = node->input_count > inputs ? node->input_count : inputs;
        outputs = node->output_count > outputs ? node->output_count : outputs;
        late |= node->late_count > 0;
    }
    *k = (struct knowledge){.arena = results};
    k->types = arena_alloc(scratch, graph->value_count, sizeof *k->types, err);
    k->known = arena_alloc(scratch, graph->value_count, sizeof *k->known, err);
    k->inputs = arena_alloc(scratch, inputs, sizeof *k->inputs, err);
    k->outputs = arena_alloc(scratch, outputs, sizeof *k->outputs, err);
    k->constants = arena_alloc(scratch, inputs, sizeof *k->constants, err);
    k->packed = arena_alloc(scratch, inputs, sizeof *k->packed, err);
    k->asked = arena_alloc(scratch, inputs, sizeof *k->asked, err);
    k->attrs = arena_alloc(scratch, OP_MAX_ATTRS, sizeof *k->attrs, err);
    for (int i = 0; late && i < 2; i++)
        k->numbers[i] = arena_alloc(scratch, graph->value_count, sizeof **k->numbers, err);
    if (!k->types || !k->known || !k->inputs || !k->outputs || !k->constants || !k->packed || !k->asked || !k->attrs ||
        (late && (!k->numbers[0] || !k->numbers[1])))
        return false;
    for (uint32_t v = 0; v < graph->value_count; v++) {
        k->types[v] = graph->values[v].type;
        k->known[v] =
            graph->values[v].kind == VALUE_CONSTANT && !graph->values[v].packing ? graph->values[v].data : NULL;
    }
    return true;
}

struct op_site site_of(const struct graph *graph, uint32_t index, const struct knowledge *k) {
    const struct node *node = &graph->nodes[index];
    for (uint32_t i = 0; i < node->input_count; i++) {
        k->inputs[i] = k->types[node->inputs[i]];
        k->packed[i] = graph->values[node->inputs[i]].packing != NULL;
        k->constants[i] = k->known[node->inputs[i]];
        k->asked[i] = false;
    }
    for (uint32_t i = 0; i < node->output_count; i++)
        k->outputs[i] = k->types[node->outputs[i]];
    return (struct op_site){.op = node_op(node),
                            .attrs = node->late_count > 0 ? late_attrs(node, k) : node->attrs,
                            .input_count = node->input_count - node->late_count,
                            .inputs = k->inputs,
                            .constants = k->constants,
                            .packed = k->packed,
                            .asked = k->asked,
                            .fused = node->fused,
                            .output_count = node->output_count,
                            .outputs = k->outputs};
}

bool node_is_known(const struct graph *graph, uint32_t index, const struct knowledge *k) {
    const struct node *node = &graph->nodes[index];
    return graph->values[node->outputs[0]].kind == VALUE_RESULT && k->known[node->outputs[0]] != NULL;
}

/* Shape arithmetic is small; anything larger is left to the run. */
enum { MAX_KNOWN_BYTES = 4096 };

static bool can_be_known(const struct op_site *site) {
    size_t sum = 0;
    for (uint32_t i = 0; i < site->output_count; i++)
        sum += type_bytes(&site->outputs[i]);
    if (sum > MAX_KNOWN_BYTES || !site_can_be_prepared(site))
        return false;
    for (uint32_t i = 0; i < site->input_count && (site->op->flags & OP_OF_SHAPE) == 0; i++)
        if (!site->constants[i])
            return false;
    return true;
}

bool graph_evaluate(const struct op_site *site, const struct node *node, struct knowledge *k, struct error *err) {
    struct step step = {0};
    const size_t outputs = site->output_count;
    void **out = arena_alloc(k->arena, outputs, sizeof *out, err);
    if (!out || !step_prepare(site, &step, k->arena, err))
        return false;
    for (size_t i = 0; i < outputs; i++) {
        const struct msw_type *type = &site->outputs[i];
        out[i] = arena_alloc(k->arena, type_elements(type), dtype_info(type->dtype)->bytes, err);
        if (!out[i])
            return false;
    }
    step.in = site->constants;
    step.out = out;
    step.scratch = arena_alloc(k->arena, 1, step.scratch_bytes, err);
    if (!step.scratch)
        return false;
    if (step.verify && !step.verify(&step, err))
        return false;
    step.run(&step);
    arena_release(k->arena, step.scratch, step.scratch_bytes);
    for (size_t i = 0; i < outputs; i++)
        k->known[node->outputs[i]] = out[i];
    return true;
}

static bool check_output(const struct graph *graph, const struct node *node, uint32_t i, const struct msw_type *type,
                         struct error *err) {
    const struct msw_type *declared = &graph->values[node->outputs[i]].type;
    size_t elements, bytes;
    if (!type_sizes(type, &elements, &bytes))
        return error_set(err, MSW_LIMIT, "output %t is larger than %l bytes", type, (int64_t)TYPE_MAX_BYTES);
    if (!type_matches(declared, type))
        return error_set(err, MSW_INVALID, "the output is %t, but the model declares %t", type, declared);
    return true;
}

static bool check_branch(const struct graph *graph, const struct node *node, const struct call_branch *branch,
                         const struct knowledge *k, struct error *err) {
    const struct graph *callee = &graph->functions[branch->function];
    if (branch->count != callee->inputs.count)
        return error_set(err, MSW_INVALID, "calls a function of %d inputs with %d", (int32_t)callee->inputs.count,
                         (int32_t)branch->count);
    for (uint32_t i = 0; i < branch->count; i++) {
        const struct msw_type *given = &k->types[node->inputs[branch->first + i]];
        const struct msw_type *wanted = &callee->values[callee->inputs.at[i]].type;
        if (!type_matches(wanted, given))
            return error_set(err, MSW_INVALID, "calls a function with %t where it takes %t", given, wanted);
    }
    return true;
}

/* Functions are looked into for the types of their results; each costs a budget that all calls of a graph share, since functions that call others
 * twice would take forever. Where it ends, the run goes into them one by one. */
enum { MAX_LOOKS = 256, MAX_LOOK_DEPTH = 32 };

/* Whether function `branch->function`, called so, has results of these types; first: they are found out. */
static bool look_into(const struct graph *graph, const struct node *node, const struct call_branch *branch, bool first,
                      struct knowledge *k, struct error *err) {
    struct graph callee = graph->functions[branch->function];
    uint32_t looks = 0, *all = k->looks ? k->looks : &looks;
    struct arena arena = {0};
    struct knowledge inner;
    callee.open_nodes = NULL;
    callee.open_count = 0;
    if (++*all > MAX_LOOKS || k->depth == MAX_LOOK_DEPTH || callee.outputs.count != node->output_count)
        return error_set(err, MSW_MORE, "calls too many functions");
    bool ok = knowledge_begin(&callee, &arena, &arena, &inner, err);
    inner.looks = all;
    inner.depth = k->depth + 1;
    for (uint32_t i = 0; ok && i < branch->count; i++)
        inner.types[callee.inputs.at[i]] = k->types[node->inputs[branch->first + i]];
    ok = ok && graph_check(&callee, &inner, err);
    for (uint32_t i = 0; ok && i < node->output_count; i++) {
        const struct msw_type *found = &inner.types[callee.outputs.at[i]];
        struct msw_type *result = &k->types[node->outputs[i]];
        if (!type_matches(result, found))
            ok = error_set(err, first ? MSW_INVALID : MSW_MORE, "the function gives %t, but the model declares %t",
                           found, result);
        *result = ok ? *found : *result;
    }
    arena_free(&arena);
    return ok;
}

/* The types of results where the model does not declare them. */
static bool find_results(const struct graph *graph, const struct node *node, struct knowledge *k, struct error *err) {
    const struct call *call = node->call;
    bool ok = look_into(graph, node, &call->branches[0], true, k, err);
    if (call->kind == CALL_PLAIN)
        return ok;
    ok = ok && look_into(graph, node, &call->branches[1], false, k, err);
    if (ok)
        return true;
    for (uint32_t i = 0; i < node->output_count; i++)
        k->types[node->outputs[i]] = graph->values[node->outputs[i]].type;
    if (err->about.status == MSW_INVALID || err->about.status == MSW_UNSUPPORTED)
        err->about.status = MSW_MORE; /* of the branch that is not taken nobody needs to hear */
    return false;
}

static bool results_are_declared(const struct node *node, const struct knowledge *k) {
    size_t elements, bytes;
    for (uint32_t i = 0; i < node->output_count; i++)
        if (!type_sizes(&k->types[node->outputs[i]], &elements, &bytes))
            return false;
    return true;
}

/* Where the model declares the types of a call's results, the plan of the function is held to them. */
static bool check_call(const struct graph *graph, const struct node *node, struct knowledge *k, struct error *err) {
    const struct call *call = node->call;
    if (call->kind > CALL_SWITCH)
        return error_set(err, MSW_MORE, "is planned while the model runs");
    if (call->kind == CALL_SWITCH &&
        (k->types[node->inputs[0]].dtype != MSW_BOOL || type_elements(&k->types[node->inputs[0]]) != 1))
        return error_set(err, MSW_INVALID, "a condition must be one bool, got %t", &k->types[node->inputs[0]]);
    if (!check_branch(graph, node, &call->branches[0], k, err) ||
        (call->kind == CALL_SWITCH && !check_branch(graph, node, &call->branches[1], k, err)))
        return false;
    return results_are_declared(node, k) || find_results(graph, node, k, err);
}

bool graph_check_node(const struct graph *graph, uint32_t index, struct knowledge *k, struct error *err) {
    const struct node *node = &graph->nodes[index];
    if (node->call)
        return check_call(graph, node, k, err);
    memset(k->asked, 0, node->input_count * sizeof *k->asked);
    if (!late_know(node, k, err))
        return false;
    const struct op_site site = site_of(graph, index, k);
    const uint32_t dtypes = site.op->about.dtypes;
    if (site.input_count > 0 && (dtypes >> site.inputs[0].dtype & 1) == 0)
        return error_set(err, node->name ? MSW_UNSUPPORTED : MSW_USAGE, "%k is not supported (%K)",
                         site.inputs[0].dtype, dtypes);
    if (!site.op->check(&site, err) || !fused_check(&site, err))
        return false;
    for (uint32_t i = 0; i < node->output_count; i++) {
        if (!check_output(graph, node, i, &site.outputs[i], err))
            return false;
        k->types[node->outputs[i]] = site.outputs[i];
    }
    return !can_be_known(&site) || graph_evaluate(&site, node, k, err);
}

static bool inputs_are_static(const struct node *node, const struct knowledge *k) {
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!type_is_static(&k->types[node->inputs[i]]))
            return false;
    return true;
}

static bool check_nodes(const struct graph *graph, bool partly, struct knowledge *k, struct error *err) {
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (partly && !inputs_are_static(&graph->nodes[i], k))
            continue;
        if (graph_check_node(graph, i, k, err))
            continue;
        if (partly && err->about.status == MSW_MORE) {
            error_clear(err);
            continue;
        }
        error_add_node(err, (int32_t)i, graph->nodes[i].name, node_op(&graph->nodes[i])->about.name);
        return false;
    }
    return true;
}

/* What a run leaves in a state is of the type that the next one reads. */
static bool check_states(const struct graph *graph, const struct knowledge *k, struct error *err) {
    for (uint32_t i = 0; i < graph->state_count; i++) {
        const uint32_t before = graph->inputs.at[graph_visible_inputs(graph) + i];
        const uint32_t after = graph->outputs.at[graph_visible_outputs(graph) + i];
        if (type_is_static(&k->types[after]) && !type_matches(&k->types[before], &k->types[after]))
            return error_set(err, MSW_INVALID, "parameter '%s' is %t, but the model writes %t to it",
                             value_name(graph, before), &k->types[before], &k->types[after]);
    }
    return true;
}

/* A pass may have given a result another meaning, which is known no more. */
static void forget_results(const struct graph *graph, struct knowledge *k) {
    for (uint32_t v = 0; v < graph->value_count; v++)
        if (graph->values[v].kind == VALUE_RESULT) {
            k->known[v] = NULL;
            for (int i = 0; i < 2 && k->numbers[i]; i++)
                k->numbers[i][v] = NULL;
        }
}

static bool check(const struct graph *graph, bool partly, struct knowledge *k, struct error *err) {
    if (graph->open_nodes) {
        struct graph before = *graph;
        before.nodes = graph->open_nodes;
        before.node_count = graph->open_count;
        if (!check_nodes(&before, partly, k, err)) {
            err->about.node = -1; /* hosts count the nodes after the passes */
            return false;
        }
        forget_results(graph, k);
    }
    return check_nodes(graph, partly, k, err) && check_states(graph, k, err);
}

bool graph_check(const struct graph *graph, struct knowledge *k, struct error *err) {
    return check(graph, false, k, err);
}

bool graph_check_partly(const struct graph *graph, struct knowledge *k, struct error *err) {
    return check(graph, true, k, err);
}

bool graph_inputs_are_static(const struct graph *graph) {
    for (uint32_t i = 0; i < graph->inputs.count; i++)
        if (!type_is_static(&graph->values[graph->inputs.at[i]].type))
            return false;
    return true;
}

static bool check_into_values(struct graph *graph, struct arena *arena, struct error *err) {
    struct knowledge k;
    if (!knowledge_begin(graph, arena, arena, &k, err))
        return false;
    if (!graph_inputs_are_static(graph))
        return late_settle(graph, &k, err);
    if (!graph_check_partly(graph, &k, err) || !late_settle(graph, &k, err))
        return false;
    for (uint32_t i = 0; i < graph->value_count; i++)
        graph->values[i].type = k.types[i];
    return true;
}

bool graph_check_declared(struct graph *graph, struct error *err) {
    struct arena arena = {0};
    const bool ok = check_into_values(graph, &arena, err);
    arena_free(&arena);
    return ok;
}
