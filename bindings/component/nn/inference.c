/* inference.c - wasi:nn/inference: a context holds a run, planned for the types of the tensors that it was given last. */
#include <string.h>

#include "nn.h"

/*   types   of the inputs that `run` is planned for, and of the next one: 2 * inputs of them
 *   bound   which tensor each input takes in the present call
 *   run     NULL before the first call */
struct context {
    struct nn_graph *graph;
    uint32_t inputs;
    struct msw_type *types;
    struct nn_tensor **bound;
    struct msw_run *run;
};

/* tuple<string, own<tensor>> */
struct named_tensor {
    struct abi_list name;
    uint32_t tensor;
};

ABI_IMPORT("[export]" NN("inference"), "[resource-new]graph-execution-context")
uint32_t context_handle(struct context *context);

ABI_EXPORT(NN("inference") "#[dtor]graph-execution-context")
void context_end(struct context *context) {
    msw_run_free(context->run);
    nn_graph_release(context->graph);
    msw_free(context->types);
    msw_free(context->bound);
    msw_free(context);
}

static uint32_t count_inputs(const struct msw_model *model) {
    uint32_t count = 0;
    while (msw_model_input(model, count))
        count++;
    return count;
}

uint32_t nn_context_handle(struct nn_graph *graph) {
    const uint32_t inputs = count_inputs(graph->model);
    struct context *context = msw_alloc(sizeof *context);
    struct msw_type *types = msw_alloc(2 * inputs * sizeof *types);
    struct nn_tensor **bound = msw_alloc(inputs * sizeof *bound);
    if (!context || !types || !bound) {
        msw_free(context);
        msw_free(types);
        msw_free(bound);
        return nn_no_memory(inputs * sizeof *types);
    }
    nn_graph_hold(graph);
    *context = (struct context){graph, inputs, types, bound, NULL};
    return context_handle(context);
}

/* "0", "1", ...: the index of an input, as providers for formats without names have it; or `inputs` where it is none. */
static uint32_t index_of(const struct abi_list *name, uint32_t inputs) {
    const char *text = name->data;
    uint32_t index = 0;
    if (name->count == 0 || name->count > 9 || (name->count > 1 && text[0] == '0'))
        return inputs;
    for (uint32_t i = 0; i < name->count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return inputs;
        index = 10 * index + (uint32_t)(text[i] - '0');
    }
    return index;
}

static bool find_input(const struct context *context, const struct abi_list *name, uint32_t *index) {
    const struct msw_model *model = context->graph->model;
    for (*index = 0; *index < context->inputs; ++*index)
        if (nn_same(msw_model_input(model, *index)->name, name))
            return true;
    *index = index_of(name, context->inputs);
    if (*index < context->inputs)
        return true;
    if (context->inputs == 0)
        return nn_fail(NN_INVALID_ARGUMENT, "no input '%l': the model has none", name);
    return nn_fail(NN_INVALID_ARGUMENT, "no input '%l', expected one of %z: the first is '%s'", name,
                   (size_t)context->inputs, msw_model_input(model, 0)->name);
}

static bool bind(struct context *context, const struct named_tensor *given, uint32_t count) {
    uint32_t index;
    memset(context->bound, 0, context->inputs * sizeof *context->bound);
    for (uint32_t i = 0; i < count; i++) {
        if (!find_input(context, &given[i].name, &index))
            return false;
        if (context->bound[index])
            return nn_fail(NN_INVALID_ARGUMENT, "input '%s' is given twice",
                           msw_model_input(context->graph->model, index)->name);
        context->bound[index] = nn_tensor_at(given[i].tensor);
    }
    for (uint32_t i = 0; i < context->inputs; i++)
        if (!context->bound[i])
            return nn_fail(NN_INVALID_ARGUMENT, "input '%s' is missing, the model has %z inputs",
                           msw_model_input(context->graph->model, i)->name, (size_t)context->inputs);
    return true;
}

static size_t item_bytes(int32_t dtype) {
    const struct msw_dtype_info *info = NULL;
    for (uint32_t i = 0; (info = msw_dtype_at(i)); i++)
        if (info->dtype == dtype)
            return info->bytes;
    return 0;
}

/* The engine's type of a tensor whose bytes are as many as its type and dimensions say. */
static bool type_of(const struct nn_tensor *tensor, const struct msw_tensor *input, struct msw_type *type) {
    const uint32_t *dimensions = tensor->dimensions.data, rank = tensor->dimensions.count;
    if (rank > MSW_MAX_RANK)
        return nn_fail(NN_INVALID_ARGUMENT, "input '%s': %z dimensions, expected at most %z", input->name, (size_t)rank,
                       (size_t)MSW_MAX_RANK);
    *type = (struct msw_type){.dtype = nn_dtype(tensor->type), .rank = (int32_t)rank};
    uint64_t bytes = item_bytes(type->dtype);
    bool too_large = false, empty = false;
    for (uint32_t i = 0; i < rank; i++) {
        empty |= dimensions[i] == 0;
        too_large |= dimensions[i] > INT32_MAX || bytes > UINT32_MAX; /* so that the product stays below 2^63 */
        bytes = too_large ? bytes : bytes * dimensions[i];
        type->dims[i] = (int32_t)dimensions[i];
    }
    if (too_large && !empty)
        return nn_fail(NN_INVALID_ARGUMENT, "input '%s': dimensions %d are more than any memory", input->name,
                       &tensor->dimensions);
    bytes = empty ? 0 : bytes;
    if (bytes != tensor->data.count)
        return nn_fail(NN_INVALID_ARGUMENT, "input '%s': %s%d needs %z bytes, got %z", input->name,
                       nn_type_name(tensor->type), &tensor->dimensions, (size_t)bytes, (size_t)tensor->data.count);
    if (input->type.rank == 0 && rank == 1 && dimensions[0] == 1)
        type->rank = 0; /* wasi:nn gives a single value the dimensions [1] */
    return true;
}

/* All of them, also padding dims: both sides were filled by type_of. */
static bool same_types(const struct context *context) {
    const size_t bytes = context->inputs * sizeof *context->types;
    return memcmp(context->types, context->types + context->inputs, bytes) == 0;
}

static bool check_wire(const char *what, const struct msw_tensor *tensor) {
    return tensor->type.dtype == MSW_ANY || nn_type_of(tensor->type.dtype) >= 0 ||
           nn_fail(NN_UNSUPPORTED_OPERATION, "%s '%s' is %s, which no tensor of wasi:nn can be", what, tensor->name,
                   nn_dtype_name(tensor->type.dtype));
}

/* States are the context's: they go on where tensors of another size come. Those of one model are of the same sizes in all its runs. */
static void keep_states(const struct msw_run *from, struct msw_run *to) {
    const struct msw_tensor *old = NULL;
    for (uint32_t i = 0; (old = msw_run_state(from, i)); i++)
        memcpy(msw_run_state(to, i)->data, old->data, old->bytes);
}

static bool plan(struct context *context) {
    struct msw_type *next = context->types + context->inputs;
    for (uint32_t i = 0; i < context->inputs; i++) {
        const struct msw_tensor *input = msw_model_input(context->graph->model, i);
        if (!check_wire("input", input) || !type_of(context->bound[i], input, &next[i]))
            return false;
    }
    if (context->run && same_types(context))
        return true;
    if (context->run &&
        !msw_run_state(context->run, 0)) { /* nothing to keep: its memory may be what the next one needs */
        msw_run_free(context->run);
        context->run = NULL;
    }
    struct msw_run *run = msw_run_new(context->graph->model, next);
    if (!run)
        return nn_fail_as_engine(NN_INVALID_ARGUMENT);
    if (context->run)
        keep_states(context->run, run);
    msw_run_free(context->run);
    context->run = run;
    memcpy(context->types, next, context->inputs * sizeof *next);
    return true;
}

static bool run(const struct context *context, uint32_t *outputs) {
    const struct msw_tensor *output = NULL;
    for (*outputs = 0; (output = msw_run_output(context->run, *outputs)); ++*outputs)
        if (!check_wire("output", output))
            return false;
    for (uint32_t i = 0; i < context->inputs; i++)
        memcpy(msw_run_input(context->run, i)->data, context->bound[i]->data.data, context->bound[i]->data.count);
    return msw_run(context->run) == MSW_OK || nn_fail_as_engine(NN_RUNTIME_ERROR);
}

/* Copies of the outputs with their names, which the model keeps. */
static bool take_outputs(const struct context *context, struct abi_list *result) {
    const uint32_t wanted = result->count;
    struct named_tensor *list = msw_alloc(wanted * sizeof *list);
    *result = (struct abi_list){list, 0};
    if (!list)
        return nn_no_memory(wanted * sizeof *list);
    for (uint32_t i = 0; i < wanted; i++) {
        const struct msw_tensor *output = msw_run_output(context->run, i);
        struct nn_tensor *tensor = nn_tensor_of(output);
        if (!tensor) {
            while (i-- > 0)
                nn_tensor_drop(list[i].tensor);
            msw_free(list);
            return nn_no_memory(output->bytes);
        }
        list[i] =
            (struct named_tensor){{(void *)(uintptr_t)output->name, strlen(output->name)}, nn_tensor_handle(tensor)};
    }
    result->count = wanted;
    return true;
}

/* result<list<named-tensor>, own<error>> */
struct computed {
    uint8_t is_error;
    union {
        uint32_t error;
        struct abi_list outputs;
    };
};

ABI_EXPORT(NN("inference") "#[method]graph-execution-context.compute")
const struct computed *context_compute(struct context *context, struct named_tensor *given, uint32_t count) {
    static struct computed result;
    uint32_t outputs = 0;
    const bool good = bind(context, given, count) && plan(context) && run(context, &outputs);
    result = (struct computed){.is_error = 1};
    struct abi_list list = {NULL, outputs};
    if (good && take_outputs(context, &list))
        result = (struct computed){.outputs = list};
    else
        result.error = nn_error();
    for (uint32_t i = 0; i < count; i++) {
        abi_free(given[i].name);
        nn_tensor_drop(given[i].tensor);
    }
    abi_free((struct abi_list){given, count});
    return &result;
}

/* The list came from msw_alloc, also where no output is in it. */
ABI_EXPORT("cabi_post_" NN("inference") "#[method]graph-execution-context.compute")
void context_compute_end(const struct computed *result) {
    if (!result->is_error)
        msw_free(result->outputs.data);
}
