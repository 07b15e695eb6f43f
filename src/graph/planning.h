/* planning.h - a plan while it is being made, for the files that make it. */
#ifndef GRAPH_PLANNING_H
#define GRAPH_PLANNING_H

#include "graph/check.h"
#include "graph/memory.h"
#include "graph/plan.h"

enum { NO_BUFFER = UINT32_MAX };

/* What is known while a plan is made. Step s computes node nodes[s]; inputs are there from step 0, outputs are alive in step `step_count` too. */
struct planning {
    const struct graph *graph;
    struct plan *plan;
    struct planning *root; /* of the plan that was asked for */
    struct planning *next; /* from the root on: all plans of functions under it */
    int depth;             /* of calls */
    struct arena *arena;   /* for what all of them need until the plan is made */
    struct knowledge k;
    uint32_t *
        last_use; /* by value: the last node that reads it, itself or through a view; node_count: an output of the graph */
    uint32_t *buffer_of; /* by value; NO_BUFFER for a constant and its views */
    size_t *offset_of;   /* by value: where in its buffer it begins, in bytes */
    size_t *firsts;      /* by output of the node that was looked at last: where in its input it begins, in elements */
    const void **constant_of; /* by value: the data of a constant, a known result, or a view of one, else NULL */
    struct buffer *buffers;
    uint32_t buffer_count;
    uint32_t *scratch_of; /* by step: a buffer, or NO_BUFFER */
    uint32_t *saved_to;   /* by output: the buffer it is saved to in the end, or NO_BUFFER */
    struct memory_sizes sizes;
    uint64_t base; /* where the plan's memory begins in the block */
    uint64_t peak; /* the most that is alive at once in it and in what it calls */
    struct error *err;
};

/* plan.c: fill in p->plan, for inputs of the given types: all but addresses. */
bool planning_make(struct planning *p, const struct msw_type *inputs);

/* plan_buffers.c: how long each value lives, and a buffer for it, without a place yet. */
void planning_give_buffers(struct planning *p);

/* plan_buffers.c: memory for steps first .. last, as a new buffer's number. */
uint32_t planning_add_buffer(struct planning *p, size_t bytes, uint32_t first, uint32_t last);

/* plan_buffers.c: true when the outputs of node `node` are views of its input, from p->firsts on. */
bool planning_is_view(const struct planning *p, uint32_t node);

/* plan_calls.c: plans for what a node calls, and what its step needs to go there. */
bool planning_call(struct planning *p, const struct node *node, struct call_step **step);

/* plan_calls.c: once all plans are made: results must be what callers declare; staging. */
bool planning_finish_calls(struct planning *root);

/* plan_frames.c: what is alive in the steps that call, once the plan's own buffers are placed. */
bool frames_measure(struct planning *p);

/* plan_frames.c: a base for each plan, and the size of the block for all. False with err: it would pass what an address can reach. */
bool frames_place(struct planning *root, uint64_t *total);

#endif
