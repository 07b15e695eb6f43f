/* seal.h - leaving behind what only loading and planning read. */
#ifndef SEAL_H
#define SEAL_H

#include <stdbool.h>

#include "msw.h"

/* Keep of a model what its planned run and the functions of msw.h that describe it need, and free the rest: the graph, of which the nodes' names are left, for
 * messages. After this no run can be planned, and nothing leads to the functions that check and prepare. False with msw_error: out of memory; the
 * model is spoilt then. */
bool seal(struct msw_model *model, struct msw_run *run);

#endif
