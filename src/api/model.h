/* model.h - what the two handles of msw.h hold. */
#ifndef API_MODEL_H
#define API_MODEL_H

#include "api/common.h"
#include "graph/dynamic.h"
#include "graph/execute.h"
#include "read/load.h"

struct msw_model {
    struct arena arena, constants;
    struct graph graph;
    bool ready;
    struct load load; /* all zero for a model of one operator */
    struct msw_model_info info;
    size_t weight_bytes; /* that the constants take in memory */
    struct msw_tensor *inputs, *outputs;
    struct msw_node *nodes;
    struct msw_pass passes[PASS_COUNT];
};

struct msw_run {
    struct plan plan;
    const struct msw_model *model;
    struct execution execution;
    struct dynamic *dynamic; /* of a model whose shapes depend on data, instead of plan and execution */
};

/* Fill in what hosts read of a graph that is complete. */
bool model_describe(struct msw_model *model, const char *format, const char *producer, struct error *err);

/* An empty model, or NULL with err. */
struct msw_model *model_new(struct error *err);

#endif
