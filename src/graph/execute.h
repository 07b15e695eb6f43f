/* execute.h - going through the steps of a plan, into the functions that it calls and back. */
#ifndef GRAPH_EXECUTE_H
#define GRAPH_EXECUTE_H

#include "graph/plan.h"

enum { EXECUTE_MAX_DEPTH = 64 };

/* Where a run is. An execution of zeros stands before the first step. */
struct execution {
    int depth; /* functions inside each other; 0: not begun */
    struct execution_frame {
        struct plan *plan;
        uint32_t next;              /* the step that comes next */
        const struct step *returns; /* the calling step, which gets the results; NULL for the plan itself */
    } frames[EXECUTE_MAX_DEPTH];
};

/* The next `count` steps of `plan`. MSW_OK: the last is done, and the execution stands before the first again; MSW_MORE: steps are left;
 * else err says what only the data could tell, and the execution begins anew. */
enum msw_status execute_some(struct execution *execution, struct plan *plan, uint32_t count, struct error *err);

/* The step that comes next; NULL: there is none. */
const struct msw_step *execute_next_step(const struct execution *execution, const struct plan *plan);

/* Give up: the next step is the first. */
void execute_restart(struct execution *execution);

#endif
