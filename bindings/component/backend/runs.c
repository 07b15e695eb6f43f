/* runs.c - what a model's one-time runs and executions share: inputs in, steps, outputs out. */
#include <string.h>

#include "models.h"

_Static_assert(offsetof(struct named_tensor, value.dtype) == offsetof(struct input_type, dtype) &&
                   offsetof(struct named_tensor, value.shape) == offsetof(struct input_type, shape),
               "a named tensor begins as an input type does");

bool read_inputs(const struct msw_model *model, struct abi_list given, size_t size, bool has_data,
                 struct call_inputs *inputs) {
    const struct names names = {msw_model_input, model};
    inputs->order = find_names("input", &names, given, size, true);
    inputs->types = inputs->order ? answer_alloc(given.count, sizeof *inputs->types) : NULL;
    if (!inputs->types)
        return false;
    for (uint32_t i = 0; i < given.count; i++) {
        const void *record = (const unsigned char *)given.data + (size_t)inputs->order[i] * size;
        const struct input_type *type = record;
        if (!read_type(&type->name, type->dtype, type->shape, &inputs->types[i]))
            return false;
        if (has_data && !check_data(&type->name, &inputs->types[i], ((const struct named_tensor *)record)->value.data))
            return false;
    }
    return true;
}

void fill_inputs(const struct msw_run *run, const struct call_inputs *inputs, struct abi_list given) {
    const struct named_tensor *at = given.data;
    for (uint32_t i = 0; i < given.count; i++) {
        const struct msw_tensor *input = msw_run_input(run, i);
        memcpy(input->data, at[inputs->order[i]].value.data.data, input->bytes);
    }
}

bool write_tensors(const struct names *names, const struct msw_tensor *(*at)(const struct msw_run *run, uint32_t index),
                   const struct msw_run *run, struct abi_list *list) {
    uint32_t count = 0;
    while (at(run, count))
        count++;
    struct named_tensor *tensors = answer_alloc(count, sizeof *tensors);
    *list = (struct abi_list){tensors, count};
    for (uint32_t i = 0; tensors && i < count; i++)
        tensors[i] = (struct named_tensor){string(names->at(names->owner, i)->name), write_tensor(at(run, i))};
    return tensors;
}

/* Room for one step more. What was smaller goes with the answer. */
static bool grow(struct steps *steps) {
    if (steps->count < steps->room)
        return true;
    const uint32_t room = steps->room ? 2 * steps->room : 64;
    struct step_record *at = answer_alloc(room, sizeof *at);
    if (!at)
        return false;
    if (steps->count > 0)
        memcpy(at, steps->at, steps->count * sizeof *at);
    *steps = (struct steps){at, steps->count, room};
    return true;
}

bool make_step(struct msw_run *run, const struct msw_model *model, struct steps *steps, bool *more) {
    const struct msw_step *step = msw_run_next_step(run);
    if (step && !grow(steps))
        return false;
    const enum msw_status status = msw_run_some(run, 1);
    *more = status == MSW_MORE;
    if (status != MSW_OK && status != MSW_MORE)
        return fail_as_engine(model);
    if (!step)
        return true;
    const struct msw_node *node = msw_model_node(model, (uint32_t)step->node);
    steps->at[steps->count++] = (struct step_record){
        .node = string(node->name),
        .operator = string(node->op),
        .dtype = (uint8_t)(step->output.dtype - 1),
        .shape = write_shape(&step->output),
        .operations = step->operations,
        .bytes = step->bytes,
    };
    return true;
}

struct memory_record write_memory(const struct msw_run *run) {
    const struct msw_plan *plan = msw_run_plan(run);
    return (struct memory_record){.arena_bytes = plan->arena_bytes, .weight_bytes = plan->weight_bytes};
}
