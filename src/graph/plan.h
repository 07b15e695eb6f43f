/* plan.h - a graph made ready to run for given input shapes: an immutable list of steps over one block of memory. */
#ifndef GRAPH_PLAN_H
#define GRAPH_PLAN_H

#include "graph/graph.h"

struct plan;
struct planning;

/* What a step that calls needs: where to go, and with which of its inputs.
 *   tail         its results are the results of the function it stands in, which therefore ends with the call; so MindIR writes loops
 *   alive_end    of the block: beyond it nothing is alive in the step; 0 for a tail
 *   alive_bytes  in the step
 *   planning     of the target's plan, while it is made */
struct call_step {
    bool switched, tail;
    uint64_t alive_end, alive_bytes;
    struct call_target {
        struct plan *plan;
        struct planning *planning;
        uint32_t first, count;
    } targets[2];
};

struct plan {
    const struct graph *graph; /* must outlive the plan */
    struct call_step **calls;  /* by step, NULL for a step that computes */
    struct plan *functions;    /* of the plan that was made: all plans of functions under it, linked by next */
    struct plan *next;
    bool active;   /* a run is inside it */
    void *staging; /* of the plan that was made: room for the inputs of any function, for calls at the end of one */
    struct arena arena;
    struct msw_tensor *inputs, *outputs; /* as many as the graph has */
    struct plan_move {
        void *to;
        const void *from;
        size_t bytes;
    } *moves; /* what a run ends with, in this order: what leaves the states' memory, then what goes there */
    uint32_t move_count;
    struct step *steps;
    struct msw_step *about_steps; /* the same steps for hosts */
    uint32_t step_count;
    void *block; /* of the plan that was made: activations of all; freed by plan_free */
    struct msw_plan about;
};

/* Make a plan, with plans of the functions it calls, for inputs of the given types, all static: each as the graph declares it. The graph must outlive the plan, its constants
 * be in memory. On false, with err, the plan is empty. */
bool plan_make(const struct graph *graph, const struct msw_type *inputs, struct plan *plan, struct error *err);

void plan_free(struct plan *plan);

#endif
