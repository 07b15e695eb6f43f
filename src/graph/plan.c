/* plan.c - types, then steps, then lifetimes, then offsets, then pointers. */
#include "graph/plan.h"

#include <string.h>

#include "base/host.h"
#include "graph/planning.h"

static uint32_t most_outputs(const struct graph *graph) {
    uint32_t most = 1;
    for (uint32_t n = 0; n < graph->node_count; n++)
        most = graph->nodes[n].output_count > most ? graph->nodes[n].output_count : most;
    return most;
}

static bool alloc_lists(struct planning *p) {
    const struct graph *g = p->graph;
    const size_t values = g->value_count, nodes = g->node_count;
    p->last_use = arena_alloc(p->arena, values, sizeof *p->last_use, p->err);
    p->buffer_of = arena_alloc(p->arena, values, sizeof *p->buffer_of, p->err);
    p->offset_of = arena_alloc(p->arena, values, sizeof *p->offset_of, p->err);
    p->constant_of = arena_alloc(p->arena, values, sizeof *p->constant_of, p->err);
    p->firsts = arena_alloc(p->arena, most_outputs(g), sizeof *p->firsts, p->err);
    p->buffers = arena_alloc(p->arena, values + nodes + g->outputs.count, sizeof *p->buffers, p->err);
    p->saved_to = arena_alloc(p->arena, g->outputs.count, sizeof *p->saved_to, p->err);
    p->scratch_of = arena_alloc(p->arena, nodes, sizeof *p->scratch_of, p->err);
    p->plan->steps = arena_alloc(&p->plan->arena, nodes, sizeof *p->plan->steps, p->err);
    p->plan->about_steps = arena_alloc(&p->plan->arena, nodes, sizeof *p->plan->about_steps, p->err);
    p->plan->calls = arena_alloc(&p->plan->arena, nodes, sizeof *p->plan->calls, p->err);
    p->plan->inputs = arena_alloc(&p->plan->arena, g->inputs.count, sizeof *p->plan->inputs, p->err);
    p->plan->outputs = arena_alloc(&p->plan->arena, g->outputs.count, sizeof *p->plan->outputs, p->err);
    p->plan->moves = arena_alloc(&p->plan->arena, g->outputs.count + g->state_count, sizeof *p->plan->moves, p->err);
    return p->last_use && p->buffer_of && p->offset_of && p->constant_of && p->firsts && p->buffers && p->saved_to &&
           p->scratch_of && p->plan->steps && p->plan->about_steps && p->plan->calls && p->plan->inputs &&
           p->plan->outputs && p->plan->moves && knowledge_begin(g, p->arena, &p->plan->arena, &p->k, p->err);
}

static bool take_input_types(struct planning *p, const struct msw_type *inputs) {
    const struct graph *g = p->graph;
    for (uint32_t i = graph_visible_inputs(g); i < g->inputs.count; i++)
        p->plan->inputs[i].type = p->k.types[g->inputs.at[i]];
    for (uint32_t i = 0; i < graph_visible_inputs(g); i++) {
        const uint32_t value = g->inputs.at[i];
        size_t elements, bytes;
        if (!dtype_known(inputs[i].dtype))
            return error_set(p->err, MSW_INVALID, "input '%s': %d is not a data type", value_name(g, value),
                             inputs[i].dtype);
        if (!type_sizes(&inputs[i], &elements, &bytes))
            return error_set(p->err, MSW_INVALID, "input '%s': %t is not a shape of at most %d dims and %l bytes",
                             value_name(g, value), &inputs[i], MSW_MAX_RANK, (int64_t)TYPE_MAX_BYTES);
        if (!type_matches(&g->values[value].type, &inputs[i]))
            return error_set(p->err, MSW_INVALID, "input '%s' is %t, the model expects %t", value_name(g, value),
                             &inputs[i], &g->values[value].type);
        p->k.types[value] = inputs[i];
        p->plan->inputs[i].type = inputs[i]; /* already now, for a function that calls itself */
    }
    return true;
}

/* What a node reads twice counts once. */
static uint64_t repeated_bytes(const struct planning *p, const struct node *node) {
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < node->input_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (node->inputs[k] == node->inputs[i]) {
                bytes += type_bytes(&p->k.types[node->inputs[i]]);
                break;
            }
    return bytes;
}

static struct msw_step describe_step(const struct planning *p, const struct op_site *site, uint32_t n) {
    const struct work work = site_work(site);
    return (struct msw_step){.operations = work.operations,
                             .bytes = work.bytes - repeated_bytes(p, &p->graph->nodes[n]),
                             .node = (int32_t)(graph_first_node(p->root->graph, p->graph) + n),
                             .output = site->outputs[0]};
}

/* Steps, without their pointers; what they need to work in becomes a buffer too. */
static bool prepare_steps(struct planning *p) {
    struct plan *plan = p->plan;
    for (uint32_t n = 0; n < p->graph->node_count; n++) {
        const struct node *node = &p->graph->nodes[n];
        if (node_is_known(p->graph, n, &p->k) || planning_is_view(p, n))
            continue;
        const struct op_site site = site_of(p->graph, n, &p->k);
        struct step *step = &plan->steps[plan->step_count];
        *step = (struct step){.node = (int32_t)n};
        plan->about_steps[plan->step_count] = describe_step(p, &site, n);
        if (node->call ? !planning_call(p, node, &plan->calls[plan->step_count])
                       : !step_prepare(&site, step, &plan->arena, p->err)) {
            error_add_node(p->err, (int32_t)n, node->name, node_op(node)->about.name);
            return false;
        }
        p->scratch_of[plan->step_count++] =
            step->scratch_bytes == 0 ? NO_BUFFER : planning_add_buffer(p, step->scratch_bytes, n, n);
    }
    return true;
}

static void *address(const struct planning *p, uint32_t buffer) {
    return (unsigned char *)p->root->plan->block + p->base + p->buffers[buffer].offset;
}

/* A constant is never written: the cast only lets inputs and outputs share a type. */
static void *value_address(const struct planning *p, uint32_t value) {
    const uint32_t buffer = p->buffer_of[value];
    return buffer == NO_BUFFER ? (void *)(uintptr_t)p->constant_of[value]
                               : (unsigned char *)address(p, buffer) + p->offset_of[value];
}

static bool set_pointers(struct planning *p) {
    for (uint32_t s = 0; s < p->plan->step_count; s++) {
        struct step *step = &p->plan->steps[s];
        const struct node *node = &p->graph->nodes[step->node];
        const size_t outputs = node->output_count;
        const void **in = arena_alloc(&p->plan->arena, node->input_count, sizeof *in, p->err);
        void **out = arena_alloc(&p->plan->arena, outputs, sizeof *out, p->err);
        if (!in || !out)
            return false;
        for (uint32_t i = 0; i < node->input_count; i++)
            in[i] = value_address(p, node->inputs[i]);
        for (size_t i = 0; i < outputs; i++)
            out[i] = value_address(p, node->outputs[i]);
        step->in = in;
        step->out = out;
        step->scratch = p->scratch_of[s] == NO_BUFFER ? NULL : address(p, p->scratch_of[s]);
    }
    return true;
}

static void describe(const struct planning *p, const struct value_list *list, struct msw_tensor *tensors) {
    for (uint32_t i = 0; i < list->count; i++)
        tensors[i] = (struct msw_tensor){.name = value_name(p->graph, list->at[i]),
                                         .data = value_address(p, list->at[i]),
                                         .bytes = type_bytes(&p->k.types[list->at[i]]),
                                         .type = p->k.types[list->at[i]]};
}

static void add_move(struct plan *plan, void *to, const void *from, size_t bytes) {
    if (bytes > 0)
        plan->moves[plan->move_count++] = (struct plan_move){.to = to, .from = from, .bytes = bytes};
}

/* The end of a run, and what the states hold before the first. */
static void finish_states(struct planning *p) {
    const struct graph *g = p->graph;
    struct plan *plan = p->plan;
    for (uint32_t i = 0; i < g->outputs.count; i++) {
        struct msw_tensor *output = &plan->outputs[i];
        if (p->saved_to[i] == NO_BUFFER)
            continue;
        void *own = address(p, p->saved_to[i]);
        add_move(plan, own, output->data, output->bytes);
        output->data = own;
    }
    for (uint32_t i = 0; i < g->state_count; i++) {
        const struct msw_tensor *state = &plan->inputs[graph_visible_inputs(g) + i];
        add_move(plan, state->data, plan->outputs[graph_visible_outputs(g) + i].data, state->bytes);
        if (state->bytes > 0)
            memcpy(state->data, g->values[g->inputs.at[graph_visible_inputs(g) + i]].data, state->bytes);
    }
}

bool planning_make(struct planning *p, const struct msw_type *inputs) {
    p->plan->graph = p->graph;
    if (!alloc_lists(p) || !take_input_types(p, inputs) || !graph_check(p->graph, &p->k, p->err))
        return false;
    planning_give_buffers(p);
    return prepare_steps(p) &&
           memory_place(p->buffers, p->buffer_count, p->graph->node_count, p->arena, &p->sizes, p->err) &&
           frames_measure(p);
}

/* One block for all plans. */
static bool make_block(struct planning *root) {
    struct msw_plan *about = &root->plan->about;
    uint64_t bytes;
    if (!frames_place(root, &bytes))
        return false;
    root->plan->block = host_alloc((size_t)bytes);
    if (!root->plan->block)
        return error_no_memory(root->err, (size_t)bytes);
    about->arena_bytes = (size_t)bytes;
    about->live_bytes = (size_t)root->peak;
    for (const struct planning *p = root; p; p = p->next) {
        about->tensor_bytes += p->sizes.all;
        about->steps += (int32_t)p->plan->step_count;
    }
    return true;
}

static bool set_addresses(struct planning *p) {
    if (!set_pointers(p))
        return false;
    describe(p, &p->graph->inputs, p->plan->inputs);
    describe(p, &p->graph->outputs, p->plan->outputs);
    for (uint32_t i = 0; i < p->graph->outputs.count; i++)
        p->plan->outputs[i].name = graph_output_name(p->graph, i);
    finish_states(p);
    return true;
}

static bool make(struct planning *root, const struct msw_type *inputs) {
    if (!planning_make(root, inputs) || !make_block(root))
        return false;
    for (struct planning *p = root; p; p = p->next)
        if (!set_addresses(p))
            return false;
    return planning_finish_calls(root);
}

bool plan_make(const struct graph *graph, const struct msw_type *inputs, struct plan *plan, struct error *err) {
    struct arena arena = {0};
    struct planning p = {.graph = graph, .plan = plan, .arena = &arena, .err = err};
    p.root = &p;
    *plan = (struct plan){0};
    const bool made = make(&p, inputs);
    arena_free(&arena);
    if (!made)
        plan_free(plan);
    return made;
}

void plan_free(struct plan *plan) {
    for (struct plan *function = plan->functions; function; function = function->next)
        arena_free(&function->arena);
    host_free(plan->block);
    arena_free(&plan->arena);
    *plan = (struct plan){0};
}
