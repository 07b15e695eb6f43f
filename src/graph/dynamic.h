/* dynamic.h - a run of a graph whose shapes depend on data: it is planned piece by piece, each as soon as the elements are there that the shapes in it
 * depend on. */
#ifndef GRAPH_DYNAMIC_H
#define GRAPH_DYNAMIC_H

#include "graph/dynamic_values.h"
#include "graph/execute.h"

enum { DYNAMIC_MAX_DEPTH = 64 };

struct layout;
struct loop;

/* A graph in the middle of being computed.
 *   slots   by value
 *   next    the node that comes next; with a piece: the first of those that the piece computes
 *   caller  the node of the frame below that called; loop: what it needs besides, where it repeats the graph */
struct frame {
    struct layout *layout;
    struct slot *slots;
    uint32_t next, caller;
    struct piece *piece;
    struct loop *loop;
};

/* inputs, outputs: with states behind them; data of outputs: of the last run.
 * some, next_step, restart, free: as in execute.h, but that an iteration of a loop is a step too. They are reached through the run alone, so that a module with one
 * model in it that needs none does without them all. */
struct dynamic {
    enum msw_status (*some)(struct dynamic *d, uint32_t count, struct error *err);
    const struct msw_step *(*next_step)(struct dynamic *d);
    void (*restart)(struct dynamic *d);
    void (*free)(struct dynamic *d);
    const struct graph *model;
    struct arena arena;
    struct layout *layouts; /* of the main graph and the functions */
    struct msw_tensor *inputs, *outputs;
    struct slot *output_slots;
    struct msw_plan about;
    struct frame frames[DYNAMIC_MAX_DEPTH];
    int depth;
    struct execution execution; /* of the top frame's piece */
    struct msw_step between;
};

/* For inputs of the given types, all static. The graph must outlive the run, its constants be in memory. NULL with err: what is known already is wrong. */
struct dynamic *dynamic_new(const struct graph *model, const struct msw_type *inputs, struct error *err);

/* dynamic.c, for the files that compute: what a value of the top frame's graph holds; shared with nobody yet. */
struct slot frame_value(const struct frame *frame, uint32_t value);

/* Let the node's output `index` hold `slot`, which belongs to the frame from then on. False with err: not what the model declares. */
bool frame_set_output(struct frame *frame, const struct node *node, uint32_t index, struct slot *slot,
                      struct error *err);

/* The node is done: what nobody reads any more is dropped. */
void frame_pass_node(struct frame *frame);

/* A new top frame for functions[function], its inputs empty. NULL with err. */
struct frame *frame_push(struct dynamic *d, uint32_t function, uint32_t caller, struct error *err);

/* Empty all values of a frame. */
void frame_clear(struct frame *frame);
void frame_pop(struct dynamic *d);

/* dynamic_calls.c: begin node `frame->next`, which calls; go on when a function has ended, the top frame. */
bool dynamic_call(struct dynamic *d, struct error *err);
bool dynamic_return(struct dynamic *d, struct error *err);
void loop_free(struct loop *loop);

#endif
