/* models.h - what the resources model and execution stand for. */
#ifndef MODELS_H
#define MODELS_H

#include "tensors.h"

#define INTERFACE "ms:backend/models@0.1.0#"

/* A loaded model. users: its handle and its executions, of which the last one frees it. */
struct model {
    struct msw_model *loaded;
    uint32_t users;
};

void model_release(struct model *model);

/* The inputs of a call in the model's order, checked: index and type of each. Both are of the answer's memory. */
struct call_inputs {
    const int64_t *order;
    struct msw_type *types;
};

/* The records begin with name, dtype and shape, as named-tensor and input-type do, and are `size` bytes; has_data: they are named-tensor. */
bool read_inputs(const struct msw_model *model, struct abi_list given, size_t size, bool has_data,
                 struct call_inputs *inputs);

/* Copy the inputs' data into a run of these types. */
void fill_inputs(const struct msw_run *run, const struct call_inputs *inputs, struct abi_list given);

/* Outputs or states of a run, whose names are the model's. */
bool write_tensors(const struct names *names, const struct msw_tensor *(*at)(const struct msw_run *run, uint32_t index),
                   const struct msw_run *run, struct abi_list *list);

/* Steps made, of the answer's memory. */
struct steps {
    struct step_record *at;
    uint32_t count, room;
};

/* Make the next step of a run and note it. False: it failed, or there was no memory. *more: steps are left. */
bool make_step(struct msw_run *run, const struct msw_model *model, struct steps *steps, bool *more);

struct memory_record write_memory(const struct msw_run *run);

/* Plan an execution; types: of the inputs, or NULL, as declared. Its handle, or a failure. */
const struct result *execution_new(struct model *model, const struct msw_type *types);

#endif
