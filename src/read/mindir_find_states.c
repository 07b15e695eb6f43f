/* mindir_find_states.c - between the rounds: from the writes that the first one met back through the calls to parameters, and from these forth
 * to the inputs of functions that are always one of them.
 *
 * Each step is repeated until nothing changes, which for calls that nest in any way is once for each level. */
#include "read/mindir_build.h"

enum { MAX_ROUNDS = 1024, MAX_SHARED = 4096 };

static const uint32_t NOT_SEEN = (uint32_t)NO_STATE - 1;

struct search {
    const struct mindir *m;
    struct mindir_states *states;
    bool changed;
    struct error *err;
};

/* An argument of a call: value `argument` of graph `graph` as input `input` of graph `callee`. */
struct passing {
    uint32_t graph, argument, callee, input;
};

static void visit_branch(struct search *s, uint32_t graph, const struct node *node, const struct call_branch *branch,
                         void (*visit)(struct search *, const struct passing *)) {
    const uint32_t callee = branch->function + 1;
    const struct value_list *inputs = &s->states->inputs[callee];
    for (uint32_t i = 0; i < branch->count && i < inputs->count; i++)
        visit(s, &(struct passing){.graph = graph,
                                   .argument = node->inputs[branch->first + i],
                                   .callee = callee,
                                   .input = inputs->at[i]});
}

static bool repeat(struct search *s, void (*once)(struct search *)) {
    for (int32_t i = 0; i < MAX_ROUNDS; i++) {
        s->changed = false;
        once(s);
        if (!s->changed)
            return true;
    }
    return error_set(s->err, MSW_LIMIT, "calls that write to parameters go deeper than %d", (int32_t)MAX_ROUNDS);
}

static void visit_calls(struct search *s, void (*visit)(struct search *, const struct passing *)) {
    for (uint32_t g = 0; g < s->m->graph_count; g++) {
        const struct graph *graph = s->m->graphs[g].graph;
        for (uint32_t n = 0; n < graph->node_count; n++) {
            const struct node *node = &graph->nodes[n];
            if (!node->call)
                continue;
            visit_branch(s, g, node, &node->call->branches[0], visit);
            if (node->call->kind == CALL_SWITCH)
                visit_branch(s, g, node, &node->call->branches[1], visit);
        }
    }
}

/* What a function writes to, its caller does. */
static void pass_write(struct search *s, const struct passing *p) {
    bool *written = &s->states->written[p->graph][p->argument];
    if (!s->states->written[p->callee][p->input] || *written)
        return;
    *written = true;
    s->changed = true;
}

static void pass_writes(struct search *s) {
    visit_calls(s, pass_write);
}

/* An input is a state where every call gives it this state. */
static void pass_state(struct search *s, const struct passing *p) {
    const uint32_t given = s->states->state_of[p->graph][p->argument];
    uint32_t *state = &s->states->state_of[p->callee][p->input];
    if (given == NOT_SEEN || *state == given || *state == NO_STATE)
        return;
    *state = *state == NOT_SEEN ? given : NO_STATE;
    s->changed = true;
}

static void pass_states(struct search *s) {
    visit_calls(s, pass_state);
}

/* A caller of a function with states has them itself, and so has the other branch of a choice. */
static void pass_need(struct search *s) {
    bool *stateful = s->states->stateful;
    for (uint32_t g = 0; g < s->m->graph_count; g++) {
        const struct graph *graph = s->m->graphs[g].graph;
        for (uint32_t n = 0; n < graph->node_count; n++) {
            const struct call *call = graph->nodes[n].call;
            if (!call)
                continue;
            bool *first = &stateful[call->branches[0].function + 1];
            bool *second = call->kind == CALL_SWITCH ? &stateful[call->branches[1].function + 1] : first;
            if (!*first && !*second)
                continue;
            s->changed |= !*first || !*second || !stateful[g];
            *first = *second = stateful[g] = true;
        }
    }
}

static bool alloc_lists(struct search *s) {
    const uint32_t graphs = s->m->graph_count;
    struct mindir_states *states = s->states;
    states->state_of = arena_alloc(&states->arena, graphs, sizeof *states->state_of, s->err);
    states->written = arena_alloc(&states->arena, graphs, sizeof *states->written, s->err);
    states->stateful = arena_alloc(&states->arena, graphs, sizeof *states->stateful, s->err);
    states->inputs = arena_alloc(&states->arena, graphs, sizeof *states->inputs, s->err);
    states->value_of = arena_alloc(&states->arena, s->m->graphs[0].parameter_count, sizeof *states->value_of, s->err);
    states->shared = arena_alloc(&states->arena, s->m->graphs[0].parameter_count, sizeof *states->shared, s->err);
    bool ok =
        states->state_of && states->written && states->stateful && states->inputs && states->value_of && states->shared;
    for (uint32_t g = 0; ok && g < graphs; g++) {
        const struct graph *graph = s->m->graphs[g].graph;
        states->state_of[g] = arena_alloc(&states->arena, graph->value_count, sizeof **states->state_of, s->err);
        states->written[g] = arena_alloc(&states->arena, graph->value_count, sizeof **states->written, s->err);
        states->inputs[g].at = arena_alloc(&states->arena, graph->inputs.count, sizeof *graph->inputs.at, s->err);
        ok = states->state_of[g] && states->written[g] && states->inputs[g].at;
        for (uint32_t i = 0; ok && i < graph->inputs.count; i++)
            states->inputs[g].at[states->inputs[g].count++] = graph->inputs.at[i];
    }
    return ok;
}

/* Parameters that are written to are states; inputs of functions may be. */
static void begin_states(struct search *s) {
    struct mindir_states *states = s->states;
    for (uint32_t g = 0; g < s->m->graph_count; g++) {
        for (uint32_t v = 0; v < s->m->graphs[g].graph->value_count; v++)
            states->state_of[g][v] = NO_STATE;
        for (uint32_t i = 0; g > 0 && i < states->inputs[g].count; i++)
            states->state_of[g][states->inputs[g].at[i]] = NOT_SEEN;
    }
    for (uint32_t v = 0; v < s->m->graphs[0].parameter_count; v++) {
        if (!states->written[0][v])
            continue;
        states->value_of[states->count] = v;
        states->state_of[0][v] = states->count++;
    }
}

/* An input that is a parameter at one call and another thing at the next cannot be a variable of ours. */
static void check_passing(struct search *s, const struct passing *p) {
    const uint32_t given = s->states->state_of[p->graph][p->argument];
    if (given < s->states->count && s->states->state_of[p->callee][p->input] != given)
        error_set(s->err, MSW_UNSUPPORTED,
                  "parameter '%s', which the model writes to, goes into a function that is called with others too",
                  value_name(s->m->graphs[0].graph, s->states->value_of[given]));
}

static void end_states(struct search *s) {
    struct mindir_states *states = s->states;
    uint32_t shared = 0;
    for (uint32_t g = 1; g < s->m->graph_count; g++) {
        for (uint32_t i = 0; i < states->inputs[g].count; i++) {
            uint32_t *state = &states->state_of[g][states->inputs[g].at[i]];
            if (*state == NOT_SEEN)
                *state = NO_STATE;
            if (*state == NO_STATE)
                continue;
            states->stateful[g] = true;
            shared += !states->shared[*state];
            states->shared[*state] = true;
        }
    }
    visit_calls(s, check_passing);
    if (shared > MAX_SHARED)
        error_set(s->err, MSW_LIMIT, "functions write to %l parameters, at most %d", (int64_t)shared,
                  (int32_t)MAX_SHARED);
}

bool mindir_find_states(const struct mindir *m, struct mindir_states *states) {
    struct search s = {.m = m, .states = states, .err = m->err};
    if (!alloc_lists(&s))
        return false;
    for (const struct mindir_overwritten *o = m->overwritten; o; o = o->next)
        states->written[o->graph][o->value] = true;
    if (!repeat(&s, pass_writes))
        return false;
    begin_states(&s);
    if (!repeat(&s, pass_states))
        return false;
    end_states(&s);
    return m->err->about.status == MSW_OK && repeat(&s, pass_need);
}
