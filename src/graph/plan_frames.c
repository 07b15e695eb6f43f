/* plan_frames.c - where in the one block the plans of functions lie: like frames on a stack.
 *
 * A function may use what lies beyond everything that is alive in the step that calls it, and so may all others that are called from there:
 * two branches, or two calls one after the other, use the same memory. A call at a function's end leaves nothing alive behind, so the next function
 * begins where the one that ends began; its inputs go by way of the staging. One function called from several places lies beyond all of them. */
#include "graph/planning.h"

/* What is alive in a step that calls, its inputs and results among them. */
bool frames_measure(struct planning *p) {
    struct lifetimes alive;
    uint32_t *found = arena_alloc(p->arena, p->buffer_count, sizeof *found, p->err);
    if (!found || !lifetimes_begin(&alive, p->buffers, p->buffer_count, p->graph->node_count, p->arena, p->err))
        return false;
    for (uint32_t i = 0; i < p->buffer_count; i++)
        lifetimes_add(&alive, i);
    for (uint32_t s = 0; s < p->plan->step_count; s++) {
        struct call_step *call = p->plan->calls[s];
        const uint32_t n = (uint32_t)p->plan->steps[s].node;
        if (!call || call->tail)
            continue;
        const uint32_t count = lifetimes_find(&alive, &(struct buffer){.first = n, .last = n}, found);
        for (uint32_t i = 0; i < count; i++) {
            const struct buffer *buffer = &p->buffers[found[i]];
            const uint64_t bytes = memory_padded(buffer->bytes), end = buffer->offset + bytes;
            call->alive_end = end > call->alive_end ? end : call->alive_end;
            call->alive_bytes += bytes;
        }
    }
    return true;
}

/* More than an address can reach is all the same, and an error in the end. */
static uint64_t sum(uint64_t x, uint64_t y) {
    return x + y > PTRDIFF_MAX ? (uint64_t)PTRDIFF_MAX : x + y;
}

static bool lift(uint64_t *number, uint64_t least) {
    if (*number >= least)
        return false;
    *number = least;
    return true;
}

/* One look at all calls: functions lie no lower than these ask, and take with them what their callees do. True: something changed. */
static bool settle(struct planning *caller) {
    bool changed = false;
    for (uint32_t s = 0; s < caller->plan->step_count; s++) {
        const struct call_step *call = caller->plan->calls[s];
        for (int i = 0; call && i <= call->switched; i++) {
            struct planning *callee = call->targets[i].planning;
            changed |= lift(&callee->base, sum(caller->base, call->alive_end));
            changed |= lift(&caller->peak, sum(call->alive_bytes, callee->peak));
        }
    }
    return changed;
}

/* Functions that may call themselves in their middle find no place so: each gets memory of its own. Running them is an error (execute.c), but
 * a model may have them without ever getting there. */
static void place_apart(struct planning *root) {
    uint64_t base = 0;
    root->peak = 0;
    for (struct planning *p = root; p; p = p->next) {
        p->base = base;
        base = sum(base, p->sizes.total);
        root->peak = sum(root->peak, p->sizes.live);
    }
}

bool frames_place(struct planning *root, uint64_t *total) {
    uint32_t plans = 0, rounds = 0;
    for (struct planning *p = root; p; p = p->next, plans++)
        p->peak = p->sizes.live;
    bool changed = true;
    for (; changed && rounds <= plans; rounds++) {
        changed = false;
        for (struct planning *p = root; p; p = p->next)
            changed |= settle(p);
    }
    if (changed)
        place_apart(root);
    *total = 0;
    for (const struct planning *p = root; p; p = p->next)
        lift(total, p->base + p->sizes.total);
    return *total < PTRDIFF_MAX || memory_too_large(root->err);
}
