/* plan.h - a graph made ready to run for given input shapes: an immutable list of steps over one block of memory. */
#ifndef GRAPH_PLAN_H
#define GRAPH_PLAN_H

#include "graph/graph.h"

struct plan {
    struct arena arena;
    struct msw_tensor *inputs, *outputs; /* as many as the graph has */
    struct step *steps;
    uint32_t step_count;
    void *block; /* activations; freed by plan_free */
    struct msw_plan about;
};

/* Make a plan for inputs of the given types, all static: each as the graph declares it. The graph must outlive the plan, its constants
 * be in memory. On false, with err, the plan is empty. */
bool plan_make(const struct graph *graph, const struct msw_type *inputs, struct plan *plan, struct error *err);

void plan_free(struct plan *plan);

#endif
