/* executions.c - the resource execution: a model planned for certain types, run often or in parts, with states of its own. */
#include <string.h>

#include "models.h"

/* Where a run in parts is. */
enum progress { NOT_RUN, STARTED, ENDED };

struct execution {
    struct model *model;
    struct msw_run *run;
    enum progress progress;
};

ABI_IMPORT("[export]ms:backend/models@0.1.0", "[resource-new]execution")
int32_t execution_handle(struct execution *execution);

ABI_EXPORT(INTERFACE "[dtor]execution")
void execution_dtor(struct execution *execution) {
    msw_run_free(execution->run);
    model_release(execution->model);
    msw_free(execution);
}

const struct result *execution_new(struct model *model, const struct msw_type *types) {
    struct execution *execution = answer_take(sizeof *execution);
    if (!execution)
        return failure();
    *execution = (struct execution){.model = model, .run = msw_run_new(model->loaded, types)};
    model->users++;
    if (execution->run)
        return answer_handle(execution_handle(execution));
    fail_as_engine(model->loaded);
    execution_dtor(execution);
    return failure();
}

/* The types are those that the run was planned for. */
static bool check_types(const struct msw_run *run, const struct call_inputs *inputs, struct abi_list given) {
    const struct named_tensor *at = given.data;
    for (uint32_t i = 0; i < given.count; i++) {
        const struct msw_type *planned = &msw_run_input(run, i)->type;
        if (!same_type(planned, &inputs->types[i]))
            return fail(MSW_INVALID, "'%n' is %t, the execution was prepared for %t", &at[inputs->order[i]].name,
                        &inputs->types[i], planned);
    }
    return true;
}

/* Begin anew with these inputs. What was begun before is given up, also where they are wrong. */
static bool start(struct execution *execution, struct named_tensor *inputs, uint32_t input_count) {
    const struct abi_list given = {inputs, input_count};
    struct call_inputs checked;
    msw_run_restart(execution->run);
    execution->progress = NOT_RUN;
    const bool good = read_inputs(execution->model->loaded, given, sizeof *inputs, true, &checked) &&
                      check_types(execution->run, &checked, given);
    if (good) {
        fill_inputs(execution->run, &checked, given);
        execution->progress = STARTED;
    }
    free_named_tensors(given);
    return good;
}

static const struct result *outputs_of(const struct execution *execution) {
    const struct names names = {msw_model_output, execution->model->loaded};
    struct abi_list outputs;
    return write_tensors(&names, msw_run_output, execution->run, &outputs) ? answer(outputs) : failure();
}

ABI_EXPORT(INTERFACE "[method]execution.run")
const struct result *execution_run(struct execution *execution, struct named_tensor *inputs, uint32_t input_count) {
    if (!start(execution, inputs, input_count))
        return failure();
    const enum msw_status status = msw_run(execution->run);
    execution->progress = status == MSW_OK ? ENDED : NOT_RUN;
    if (status == MSW_OK)
        return outputs_of(execution);
    fail_as_engine(execution->model->loaded);
    return failure();
}

ABI_EXPORT(INTERFACE "[method]execution.start")
const struct result *execution_start(struct execution *execution, struct named_tensor *inputs, uint32_t input_count) {
    return start(execution, inputs, input_count) ? answer((struct abi_list){0}) : failure();
}

ABI_EXPORT(INTERFACE "[method]execution.step")
const struct result *execution_step(struct execution *execution, uint32_t count) {
    struct steps steps = {0};
    if (execution->progress == NOT_RUN) {
        fail(MSW_INVALID, "no run was started: give the inputs with start");
        return failure();
    }
    bool more = execution->progress == STARTED;
    for (; more && count > 0; count--) {
        if (!make_step(execution->run, execution->model->loaded, &steps, &more)) {
            msw_run_restart(execution->run);
            execution->progress = NOT_RUN;
            return failure();
        }
    }
    if (!more)
        execution->progress = ENDED;
    return answer((struct abi_list){steps.at, steps.count});
}

ABI_EXPORT(INTERFACE "[method]execution.outputs")
const struct result *execution_outputs(const struct execution *execution) {
    if (execution->progress == ENDED)
        return outputs_of(execution);
    fail(MSW_INVALID, execution->progress == STARTED ? "the run is not at its end: steps are left"
                                                     : "there are no outputs before a run");
    return failure();
}

static bool check_between_runs(const struct execution *execution) {
    return execution->progress != STARTED ||
           fail(MSW_INVALID, "states are read and set between runs, and steps of this one are left");
}

ABI_EXPORT(INTERFACE "[method]execution.states")
const struct result *execution_states(const struct execution *execution) {
    const struct names names = {msw_model_state, execution->model->loaded};
    struct abi_list states;
    return check_between_runs(execution) && write_tensors(&names, msw_run_state, execution->run, &states)
               ? answer(states)
               : failure();
}

/* The type is the state's, the data are as large. */
static bool check_state(const struct msw_tensor *state, const struct named_tensor *given) {
    struct msw_type type;
    return read_type(&given->name, given->value.dtype, given->value.shape, &type) &&
           check_data(&given->name, &type, given->value.data) &&
           (same_type(&state->type, &type) ||
            fail(MSW_INVALID, "'%n' is %t, the state is %t", &given->name, &type, &state->type));
}

/* All are checked before one is set. */
static bool set_states(const struct execution *execution, struct abi_list given) {
    const struct names names = {msw_model_state, execution->model->loaded};
    const int64_t *order =
        check_between_runs(execution) ? find_names("state", &names, given, sizeof(struct named_tensor), false) : NULL;
    const struct named_tensor *at = given.data;
    const struct msw_tensor *state;
    for (uint32_t i = 0; order && (state = msw_run_state(execution->run, i)); i++)
        if (order[i] >= 0 && !check_state(state, &at[order[i]]))
            return false;
    for (uint32_t i = 0; order && (state = msw_run_state(execution->run, i)); i++)
        if (order[i] >= 0)
            memcpy(state->data, at[order[i]].value.data.data, state->bytes);
    return order;
}

ABI_EXPORT(INTERFACE "[method]execution.set-states")
const struct result *execution_set_states(struct execution *execution, struct named_tensor *states,
                                          uint32_t state_count) {
    const struct abi_list given = {states, state_count};
    const bool set = set_states(execution, given);
    free_named_tensors(given);
    return set ? answer((struct abi_list){0}) : failure();
}

ABI_EXPORT(INTERFACE "[method]execution.memory")
const struct memory_record *execution_memory(const struct execution *execution) {
    static struct memory_record memory;
    memory = write_memory(execution->run);
    return &memory;
}
