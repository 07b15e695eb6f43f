/* models.c - the resource model: loading, what a model is, and runs that leave nothing behind. */
#include "models.h"

#include <string.h>

ABI_IMPORT("[export]ms:backend/models@0.1.0", "[resource-new]model")
int32_t model_handle(struct model *model);

void model_release(struct model *model) {
    if (--model->users > 0)
        return;
    msw_model_free(model->loaded);
    msw_free(model);
}

ABI_EXPORT(INTERFACE "[dtor]model")
void model_dtor(struct model *model) {
    model_release(model);
}

/* The file of this name among those given; NULL: none. */
static const struct abi_list *find_file(const char *name, struct abi_list files) {
    const struct file_record *at = files.data;
    const size_t bytes = strlen(name);
    for (uint32_t i = 0; i < files.count; i++)
        if (at[i].name.count == bytes && memcmp(at[i].name.data, name, bytes) == 0)
            return &at[i].data;
    return NULL;
}

/* What file `number` holds. When it is asked for first, *told is below it, and the engine is told its size. */
static const struct abi_list *open_file(struct msw_model *model, uint32_t number, struct abi_list files,
                                        uint64_t *told) {
    const char *name = msw_model_file(model, number);
    const struct abi_list *data = find_file(name, files);
    if (!data) {
        const struct abi_list text = string(name);
        fail(MSW_INVALID, "the model has weights in file '%n' beside it, which was not given", &text);
        return NULL;
    }
    if (!(*told >> (number - 1) & 1) && msw_model_file_size(model, number, data->count) != MSW_OK) {
        fail_as_engine(NULL);
        return NULL;
    }
    *told |= UINT64_C(1) << (number - 1); /* docs/ABI.md: at most 64 files */
    return data;
}

static bool serve(struct msw_model *model, struct abi_list data, struct abi_list files) {
    struct msw_request want;
    enum msw_status status;
    uint64_t told = 0;
    while ((status = msw_load_step(model, &want)) == MSW_MORE) {
        const struct abi_list *from = want.file == 0 ? &data : open_file(model, want.file, files, &told);
        if (!from)
            return false;
        memcpy(want.destination, (const unsigned char *)from->data + want.offset, want.bytes);
    }
    return status == MSW_OK || fail_as_engine(NULL);
}

/* A file that the model does not have was meant for something. */
static bool check_files(const struct msw_model *model, struct abi_list files) {
    const struct file_record *at = files.data;
    for (uint32_t i = 0; i < files.count; i++) {
        const char *name = NULL;
        for (uint32_t number = 1; (name = msw_model_file(model, number)); number++)
            if (find_file(name, (struct abi_list){(void *)(uintptr_t)&at[i], 1}))
                break;
        if (!name)
            return fail(MSW_USAGE, "the model has no file '%n' beside it", &at[i].name);
    }
    return true;
}

static const struct result *load(struct abi_list data, struct abi_list files) {
    struct model *model = answer_take(sizeof *model);
    if (!model)
        return failure();
    *model = (struct model){.loaded = msw_model_open(data.count), .users = 1};
    const bool loaded =
        model->loaded ? serve(model->loaded, data, files) && check_files(model->loaded, files) : fail_as_engine(NULL);
    if (loaded)
        return answer_handle(model_handle(model));
    model_release(model);
    return failure();
}

ABI_EXPORT(INTERFACE "[static]model.load")
const struct result *model_load(void *data, uint32_t data_bytes, struct file_record *files, uint32_t file_count) {
    const struct abi_list bytes = {data, data_bytes}, beside = {files, file_count};
    const struct result *result = load(bytes, beside);
    abi_free(bytes);
    for (uint32_t i = 0; i < file_count; i++) {
        abi_free(files[i].name);
        abi_free(files[i].data);
    }
    abi_free(beside);
    return result;
}

ABI_EXPORT(INTERFACE "[method]model.info")
const struct info_record *model_info(const struct model *model) {
    static struct info_record record;
    const struct msw_model_info *info = msw_model_info(model->loaded);
    record = (struct info_record){
        .format = string(info->format),
        .producer = string(info->producer),
        .nodes = (uint32_t)info->nodes,
        .parameters = info->parameters,
        .parameter_bytes = info->parameter_bytes,
    };
    return &record;
}

static bool declare(const struct msw_tensor *tensor, struct declaration *record) {
    const struct msw_type *type = &tensor->type;
    *record = (struct declaration){
        .name = string(tensor->name),
        .has_dtype = type->dtype != MSW_ANY,
        .dtype = (uint8_t)(type->dtype - 1),
        .shape = {.some = type->rank >= 0},
    };
    if (type->rank < 0)
        return true;
    struct option_u32 *dims = answer_alloc((size_t)type->rank, sizeof *dims);
    record->shape.value = (struct abi_list){dims, (uint32_t)type->rank};
    for (int32_t i = 0; dims && i < type->rank; i++)
        dims[i] = (struct option_u32){type->dims[i] >= 0, (uint32_t)type->dims[i]};
    return dims;
}

/* A list has no way to fail, so without memory for it there is a trap. */
static const struct abi_list *declarations(struct names names) {
    static struct abi_list list;
    uint32_t count = 0;
    while (names.at(names.owner, count))
        count++;
    struct declaration *at = answer_alloc(count, sizeof *at);
    list = (struct abi_list){at, count};
    for (uint32_t i = 0; i < count; i++)
        if (!at || !declare(names.at(names.owner, i), &at[i]))
            __builtin_trap();
    return &list;
}

ABI_EXPORT(INTERFACE "[method]model.inputs")
const struct abi_list *model_inputs(const struct model *model) {
    return declarations((struct names){msw_model_input, model->loaded});
}

ABI_EXPORT(INTERFACE "[method]model.outputs")
const struct abi_list *model_outputs(const struct model *model) {
    return declarations((struct names){msw_model_output, model->loaded});
}

ABI_EXPORT(INTERFACE "[method]model.states")
const struct abi_list *model_states(const struct model *model) {
    return declarations((struct names){msw_model_state, model->loaded});
}

/* A run for these inputs, with them in it, which goes with the answer. */
static struct msw_run *run_for(const struct model *model, struct abi_list given) {
    struct call_inputs inputs;
    if (!read_inputs(model->loaded, given, sizeof(struct named_tensor), true, &inputs))
        return NULL;
    struct msw_run *run = msw_run_new(model->loaded, inputs.types);
    answer_keep(run, NULL);
    if (run)
        fill_inputs(run, &inputs, given);
    else
        fail_as_engine(model->loaded);
    return run;
}

ABI_EXPORT(INTERFACE "[method]model.run")
const struct result *model_run(const struct model *model, struct named_tensor *inputs, uint32_t input_count) {
    const struct abi_list given = {inputs, input_count};
    struct msw_run *run = run_for(model, given);
    free_named_tensors(given);
    if (!run)
        return failure();
    if (msw_run(run) != MSW_OK) {
        fail_as_engine(model->loaded);
        return failure();
    }
    const struct names names = {msw_model_output, model->loaded};
    struct abi_list outputs;
    return write_tensors(&names, msw_run_output, run, &outputs) ? answer(outputs) : failure();
}

ABI_EXPORT(INTERFACE "[method]model.profile")
const struct result *model_profile(const struct model *model, struct named_tensor *inputs, uint32_t input_count) {
    const struct abi_list given = {inputs, input_count};
    struct msw_run *run = run_for(model, given);
    free_named_tensors(given);
    struct steps steps = {0};
    bool more = true;
    while (run && more)
        if (!make_step(run, model->loaded, &steps, &more))
            return failure();
    const struct names names = {msw_model_output, model->loaded};
    struct profile_record profile = {.steps = {steps.at, steps.count}};
    if (!run || !write_tensors(&names, msw_run_output, run, &profile.outputs))
        return failure();
    profile.memory = write_memory(run);
    return answer_profile(&profile);
}

ABI_EXPORT(INTERFACE "[method]model.prepare")
const struct result *model_prepare(struct model *model, struct input_type *types, uint32_t type_count) {
    const struct abi_list given = {types, type_count};
    struct call_inputs inputs = {0};
    const bool read = type_count == 0 || read_inputs(model->loaded, given, sizeof *types, false, &inputs);
    for (uint32_t i = 0; i < type_count; i++) {
        abi_free(types[i].name);
        abi_free(types[i].shape);
    }
    abi_free(given);
    return read ? execution_new(model, inputs.types) : failure();
}
