/* run.c - planning and running. */
#include "api/model.h"
#include "base/host.h"

/* Types of the inputs as the model declares them, all of which must be known. */
static struct msw_type *declared_types(const struct msw_model *model, struct arena *arena, struct error *err) {
    const struct graph *g = &model->graph;
    struct msw_type *types = arena_alloc(arena, g->inputs.count, sizeof *types, err);
    for (uint32_t i = 0; types && i < graph_visible_inputs(g); i++) {
        types[i] = g->values[g->inputs.at[i]].type;
        if (!type_is_static(&types[i])) {
            error_set(err, MSW_INVALID, "input '%s' is %t: its type must be given", value_name(g, g->inputs.at[i]),
                      &types[i]);
            return NULL;
        }
    }
    return types;
}

static bool make_plan(struct msw_run *run, const struct msw_type *inputs, struct error *err) {
    struct arena arena = {0};
    const struct graph *graph = &run->model->graph;
    const struct msw_type *types = inputs ? inputs : declared_types(run->model, &arena, err);
    bool made = types && plan_make(graph, types, &run->plan, err);
    if (types && !made && err->about.status == MSW_MORE) {
        error_clear(err);
        run->dynamic = dynamic_new(graph, types, err);
        made = run->dynamic != NULL;
    }
    arena_free(&arena);
    run->plan.about.weight_bytes = run->model->weight_bytes;
    if (made && run->dynamic)
        run->dynamic->about.weight_bytes = run->model->weight_bytes;
    return made;
}

struct msw_run *msw_run_new(const struct msw_model *model, const struct msw_type *inputs) {
    struct error *err = api_error();
    if (!model->ready) {
        error_set(err, MSW_INVALID, "the model is not loaded");
        return NULL;
    }
    struct msw_run *run = host_alloc(sizeof *run);
    if (!run) {
        error_no_memory(err, sizeof *run);
        return NULL;
    }
    *run = (struct msw_run){.model = model};
    if (make_plan(run, inputs, err))
        return run;
    host_free(run);
    return NULL;
}

void msw_run_free(struct msw_run *run) {
    if (!run)
        return;
    if (run->dynamic)
        run->dynamic->free(run->dynamic);
    plan_free(&run->plan);
    host_free(run);
}

static const struct msw_tensor *inputs_of(const struct msw_run *run) {
    return run->dynamic ? run->dynamic->inputs : run->plan.inputs;
}

const struct msw_tensor *msw_run_input(const struct msw_run *run, uint32_t index) {
    return index < graph_visible_inputs(&run->model->graph) ? &inputs_of(run)[index] : NULL;
}

const struct msw_tensor *msw_run_output(const struct msw_run *run, uint32_t index) {
    if (index >= graph_visible_outputs(&run->model->graph))
        return NULL;
    return run->dynamic ? &run->dynamic->outputs[index] : &run->plan.outputs[index];
}

const struct msw_tensor *msw_run_state(const struct msw_run *run, uint32_t index) {
    const struct graph *g = &run->model->graph;
    return index < g->state_count ? &inputs_of(run)[graph_visible_inputs(g) + index] : NULL;
}

const struct msw_plan *msw_run_plan(const struct msw_run *run) {
    return run->dynamic ? &run->dynamic->about : &run->plan.about;
}

const struct msw_step *msw_run_next_step(const struct msw_run *run) {
    return run->dynamic ? run->dynamic->next_step(run->dynamic) : execute_next_step(&run->execution, &run->plan);
}

enum msw_status msw_run_some(struct msw_run *run, uint32_t count) {
    struct error *err = api_error();
    return run->dynamic ? run->dynamic->some(run->dynamic, count, err)
                        : execute_some(&run->execution, &run->plan, count, err);
}

void msw_run_restart(struct msw_run *run) {
    if (run->dynamic)
        run->dynamic->restart(run->dynamic);
    execute_restart(&run->execution);
}

enum msw_status msw_run(struct msw_run *run) {
    enum msw_status status;
    msw_run_restart(run);
    do
        status = msw_run_some(run, UINT32_MAX);
    while (status == MSW_MORE); /* a loop may have more steps than that */
    return status;
}
