/* execute.c - a stack of plans. A call at a function's end takes its place on the stack, so that a loop, which is such a call, needs no room. */
#include "graph/execute.h"

#include <string.h>

#include "base/pool.h"
#include "base/round.h"

static struct execution_frame *top(struct execution *e) {
    return &e->frames[e->depth - 1];
}

void execute_restart(struct execution *e) {
    for (; e->depth > 0; e->depth--)
        top(e)->plan->active = false;
}

/* The inputs of the function, from the step that calls it. At a function's end the next one may lie where the step's own inputs are, so they go by
 * way of the staging. */
static void pass_inputs(const struct step *step, const struct call_target *target, bool tail, unsigned char *staging) {
    const struct msw_tensor *inputs = target->plan->inputs;
    size_t at = 0;
    for (uint32_t i = 0; i < target->count; i++) {
        memcpy(tail ? staging + at : inputs[i].data, step->in[target->first + i], inputs[i].bytes);
        at += (size_t)round_up_16(inputs[i].bytes);
    }
    at = 0;
    for (uint32_t i = 0; tail && i < target->count; i++) {
        memcpy(inputs[i].data, staging + at, inputs[i].bytes);
        at += (size_t)round_up_16(inputs[i].bytes);
    }
}

static bool call(struct execution *e, struct plan *root, const struct step *step, const struct call_step *call,
                 struct error *err) {
    struct execution_frame *frame = top(e);
    const bool second = call->switched && *(const unsigned char *)step->in[0] == 0;
    const struct call_target *target = &call->targets[second ? 1 : 0];
    const bool to_itself = target->plan == frame->plan;
    if (target->plan->active && !(to_itself && call->tail))
        return error_set(err, MSW_UNSUPPORTED, "calls a function that is still running: only a loop may");
    if (!call->tail && e->depth == EXECUTE_MAX_DEPTH)
        return error_set(err, MSW_LIMIT, "calls go deeper than %d", (int32_t)EXECUTE_MAX_DEPTH);
    pass_inputs(step, target, call->tail, root->staging);
    frame->plan->active = !call->tail;
    if (!call->tail) {
        e->frames[e->depth++] = (struct execution_frame){.returns = step};
        frame = top(e);
    }
    frame->plan = target->plan;
    frame->plan->active = true;
    frame->next = 0;
    return true;
}

/* The function has ended: its results go to the step that called it. */
static void leave(struct execution *e) {
    const struct execution_frame *frame = top(e);
    frame->plan->active = false;
    for (uint32_t i = 0; frame->returns && i < frame->plan->graph->outputs.count; i++)
        memcpy(frame->returns->out[i], frame->plan->outputs[i].data, frame->plan->outputs[i].bytes);
    e->depth--;
}

/* The new values of the states, all of which were computed from the old ones. */
static void update_states(const struct plan *plan) {
    for (uint32_t i = 0; i < plan->move_count; i++)
        memcpy(plan->moves[i].to, plan->moves[i].from, plan->moves[i].bytes);
}

static bool one_step(struct execution *e, struct plan *root, struct error *err) {
    struct execution_frame *frame = top(e);
    const struct plan *plan = frame->plan;
    const struct step *step = &plan->steps[frame->next];
    const struct call_step *calls = plan->calls[frame->next++];
    if (calls ? call(e, root, step, calls, err) : !step->verify || step->verify(step, err)) {
        if (!calls)
            step->run(step);
        if (pool_lost())
            return error_set(err, MSW_LOST, "a thread ended in the middle of its work: end all threads and run again");
        return true;
    }
    const struct node *node = &plan->graph->nodes[step->node];
    error_add_node(err, (int32_t)graph_first_node(root->graph, plan->graph) + step->node, node->name,
                   node_op(node)->about.name);
    return false;
}

const struct msw_step *execute_next_step(const struct execution *e, const struct plan *plan) {
    const struct plan *at = plan;
    uint32_t next = 0;
    for (int depth = e->depth; depth > 0; depth--) { /* functions that have ended are left with the next step */
        at = e->frames[depth - 1].plan;
        next = e->frames[depth - 1].next;
        if (next < at->step_count)
            break;
    }
    return next < at->step_count ? &at->about_steps[next] : NULL;
}

static enum msw_status some_steps(struct execution *e, struct plan *plan, uint32_t count, struct error *err) {
    if (e->depth == 0)
        e->frames[e->depth++] = (struct execution_frame){.plan = plan};
    for (;;) {
        while (e->depth > 0 && top(e)->next == top(e)->plan->step_count)
            leave(e);
        if (e->depth == 0) {
            update_states(plan);
            return MSW_OK;
        }
        if (count-- == 0)
            return MSW_MORE;
        if (!one_step(e, plan, err)) {
            execute_restart(e);
            return (enum msw_status)err->about.status;
        }
    }
}

enum msw_status execute_some(struct execution *e, struct plan *plan, uint32_t count, struct error *err) {
    pool_enter();
    const enum msw_status status = some_steps(e, plan, count, err);
    pool_leave();
    return status;
}
