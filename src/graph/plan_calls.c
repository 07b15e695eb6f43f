/* plan_calls.c - functions: each is planned once for each set of input types that it is called with, and so may call itself. */
#include "base/round.h"
#include "graph/planning.h"

enum { MAX_FUNCTION_PLANS = 1024, MAX_CALL_DEPTH = 64 };

static bool fits(const struct planning *p, const struct graph *graph, const struct msw_type *types) {
    if (p->graph != graph)
        return false;
    for (uint32_t i = 0; i < graph->inputs.count; i++)
        if (!type_matches(&p->plan->inputs[i].type, &types[i]))
            return false;
    return true;
}

static struct planning *new_plan(struct planning *p, const struct graph *function, const struct msw_type *types) {
    struct planning *root = p->root, *nested = arena_alloc(p->arena, 1, sizeof *nested, p->err);
    struct plan *plan = arena_alloc(&root->plan->arena, 1, sizeof *plan, p->err);
    if (!nested || !plan)
        return NULL;
    *nested = (struct planning){.graph = function,
                                .plan = plan,
                                .root = root,
                                .next = root->next,
                                .depth = p->depth + 1,
                                .arena = p->arena,
                                .err = p->err};
    root->next = nested;
    plan->next = root->plan->functions;
    root->plan->functions = plan;
    return planning_make(nested, types) ? nested : NULL;
}

/* A plan of the function for inputs of these types: one there already, perhaps not finished (recursion), or a new one. NULL with err. */
static struct planning *plan_function(struct planning *p, const struct graph *function, const struct msw_type *types) {
    uint32_t count = 0;
    for (struct planning *made = p->root->next; made; made = made->next, count++)
        if (fits(made, function, types))
            return made;
    if (count < MAX_FUNCTION_PLANS && p->depth < MAX_CALL_DEPTH)
        return new_plan(p, function, types);
    error_set(p->err, MSW_LIMIT, "calls go deeper than %d, or need more than %d plans", (int32_t)MAX_CALL_DEPTH,
              (int32_t)MAX_FUNCTION_PLANS);
    return NULL;
}

static bool plan_branch(struct planning *p, const struct node *node, const struct call_branch *branch,
                        struct call_target *target) {
    const struct graph *function = &p->graph->functions[branch->function];
    struct msw_type *types = arena_alloc(p->arena, branch->count, sizeof *types, p->err);
    if (!types)
        return false;
    for (uint32_t i = 0; i < branch->count; i++)
        types[i] = p->k.types[node->inputs[branch->first + i]];
    if (function->outputs.count != node->output_count)
        return error_set(p->err, MSW_INVALID, "calls a function of %d results for %d", (int32_t)function->outputs.count,
                         (int32_t)node->output_count);
    struct planning *planning = plan_function(p, function, types);
    if (!planning)
        return false;
    *target = (struct call_target){
        .plan = planning->plan, .planning = planning, .first = branch->first, .count = branch->count};
    return true;
}

/* True when the node's results are the results of the function it stands in. */
static bool is_tail(const struct planning *p, const struct node *node) {
    const struct value_list *outputs = &p->graph->outputs;
    if (p == p->root || outputs->count != node->output_count)
        return false;
    for (uint32_t i = 0; i < outputs->count; i++)
        if (outputs->at[i] != node->outputs[i])
            return false;
    return true;
}

bool planning_call(struct planning *p, const struct node *node, struct call_step **step) {
    struct call_step *call = arena_alloc(&p->plan->arena, 1, sizeof *call, p->err);
    if (!call)
        return false;
    *step = call;
    call->switched = node->call->kind == CALL_SWITCH;
    call->tail = is_tail(p, node);
    if (plan_branch(p, node, &node->call->branches[0], &call->targets[0]) &&
        (!call->switched || plan_branch(p, node, &node->call->branches[1], &call->targets[1])))
        return true;
    if (call->switched && (p->err->about.status == MSW_INVALID || p->err->about.status == MSW_UNSUPPORTED))
        p->err->about.status = MSW_MORE; /* of the branch that is not taken nobody needs to hear */
    return false;
}

static bool check_target(const struct plan *plan, const struct node *node, const struct plan *target,
                         struct error *err) {
    for (uint32_t i = 0; i < node->output_count; i++) {
        const struct msw_type *declared = &plan->graph->values[node->outputs[i]].type;
        if (type_matches(declared, &target->outputs[i].type))
            continue;
        error_set(err, MSW_INVALID, "the function gives %t, but the model declares %t", &target->outputs[i].type,
                  declared);
        error_add_node(err, -1, node->name, node_op(node)->about.name);
        return false;
    }
    return true;
}

static bool check_results(const struct plan *plan, struct error *err) {
    for (uint32_t s = 0; s < plan->step_count; s++) {
        const struct call_step *call = plan->calls[s];
        const struct node *node = &plan->graph->nodes[plan->steps[s].node];
        if (call && (!check_target(plan, node, call->targets[0].plan, err) ||
                     (call->switched && !check_target(plan, node, call->targets[1].plan, err))))
            return false;
    }
    return true;
}

static size_t staging_bytes(const struct plan *plan) {
    size_t sum = 0;
    for (uint32_t i = 0; i < plan->graph->inputs.count; i++)
        sum += (size_t)round_up_16(plan->inputs[i].bytes);
    return sum;
}

bool planning_finish_calls(struct planning *root) {
    struct plan *plan = root->plan;
    size_t staging = 0;
    for (const struct plan *function = plan->functions; function; function = function->next) {
        const size_t bytes = staging_bytes(function);
        if (!check_results(function, root->err))
            return false;
        staging = bytes > staging ? bytes : staging;
    }
    plan->staging = arena_alloc(&plan->arena, 1, staging, root->err);
    return plan->staging && check_results(plan, root->err);
}
