/* kind_model.c - a module that holds one model: its tables, and the functions of msw.h over them. */
#include "api/common.h"
#include "base/host.h"
#include "base/type.h"
#include "parameters.h"
#include "run.h"

struct msw_model {
    struct parameters parameters;
    struct msw_tensor *inputs, *outputs;
    struct arena memory;
};

uint32_t msw_module_kind(void) {
    return MSW_KIND_MODEL;
}

const struct msw_operator *msw_operator_at(uint32_t index) {
    (void)index;
    return NULL;
}

struct msw_model *msw_model_from_operator(const char *name, uint32_t inputs, const struct msw_attr *attrs,
                                          uint32_t attr_count) {
    (void)inputs, (void)attrs, (void)attr_count;
    error_set(api_error(), MSW_USAGE, "operator '%s': this module holds one model and no operators", name);
    return NULL;
}

static struct msw_tensor *describe(struct arena *memory, const struct plan_port *ports, uint32_t count,
                                   struct error *err) {
    struct msw_tensor *tensors = arena_alloc(memory, count, sizeof *tensors, err);
    for (uint32_t i = 0; tensors && i < count; i++) {
        const struct msw_type *type = &model_plan.values[ports[i].value].type;
        tensors[i] = (struct msw_tensor){.name = ports[i].name, .bytes = type_bytes(type), .type = *type};
    }
    return tensors;
}

struct msw_model *msw_model_open(uint64_t file_bytes) {
    struct error *err = api_error();
    if (file_bytes > 0) {
        error_set(err, MSW_UNSUPPORTED, "this module holds its own model, expected no other");
        return NULL;
    }
    struct msw_model *model = host_alloc(sizeof *model);
    if (!model) {
        error_no_memory(err, sizeof *model);
        return NULL;
    }
    *model = (struct msw_model){0};
    model->inputs = describe(&model->memory, model_plan.inputs, model_plan.input_count, err);
    model->outputs = describe(&model->memory, model_plan.outputs, model_plan.output_count, err);
    if (model->inputs && model->outputs)
        return model;
    msw_model_free(model);
    return NULL;
}

enum msw_status msw_load_step(struct msw_model *model, struct msw_request *request) {
    return parameters_step(&model->parameters, request, api_error());
}

const char *msw_model_file(const struct msw_model *model, uint32_t file) {
    (void)model;
    return file == 1 && !model_plan.parameters && model_plan.info.parameter_bytes > 0 ? model_plan.file : NULL;
}

enum msw_status msw_model_file_size(struct msw_model *model, uint32_t file, uint64_t bytes) {
    struct error *err = api_error();
    if (msw_model_file(model, file))
        return parameters_tell(&model->parameters, bytes, err);
    error_set(err, MSW_USAGE, "there is no file %l of weights", (int64_t)file);
    return MSW_USAGE;
}

void msw_model_free(struct msw_model *model) {
    if (!model)
        return;
    parameters_end(&model->parameters);
    arena_free(&model->memory);
    host_free(model);
}

static bool ready(const struct msw_model *model) {
    return model->parameters.stage == PARAMETERS_READY;
}

const struct msw_model_info *msw_model_info(const struct msw_model *model) {
    (void)model;
    return &model_plan.info;
}

const struct msw_tensor *msw_model_input(const struct msw_model *model, uint32_t index) {
    return ready(model) && index < model_plan.input_count ? &model->inputs[index] : NULL;
}

const struct msw_tensor *msw_model_output(const struct msw_model *model, uint32_t index) {
    return ready(model) && index < model_plan.output_count ? &model->outputs[index] : NULL;
}

const struct msw_tensor *msw_model_state(const struct msw_model *model, uint32_t index) {
    (void)model, (void)index;
    return NULL;
}

const struct msw_node *msw_model_node(const struct msw_model *model, uint32_t index) {
    return ready(model) && index < (uint32_t)model_plan.info.nodes ? &model_plan.nodes[index] : NULL;
}

const struct msw_pass *msw_model_pass(const struct msw_model *model, uint32_t index) {
    (void)model, (void)index; /* what was done to the graph was done when the module was built */
    return NULL;
}

static bool same_type(const struct msw_type *x, const struct msw_type *y) {
    return x->dtype == y->dtype && type_same_shape(x, y);
}

/* The module was built for one shape. */
static bool check_types(const struct msw_type *given, struct error *err) {
    for (uint32_t i = 0; given && i < model_plan.input_count; i++) {
        const struct plan_port *port = &model_plan.inputs[i];
        const struct msw_type *wanted = &model_plan.values[port->value].type;
        if (!same_type(&given[i], wanted))
            return error_set(err, MSW_INVALID, "input '%s' is %t, expected %t, for which the module was built",
                             port->name, &given[i], wanted);
    }
    return true;
}

/* Where a value is. No kernel writes to a parameter. */
static void *place(const struct msw_model *model, const struct msw_run *run, const struct plan_value *value) {
    const unsigned char *from = value->place == PLAN_PARAMETER ? model->parameters.data : run->block;
    return (void *)(uintptr_t)(from + value->offset);
}

static struct tvm_tensor **make_tensors(const struct msw_model *model, struct msw_run *run, struct error *err) {
    struct tvm_tensor **tensors = arena_alloc(&run->memory, model_plan.value_count, sizeof *tensors, err);
    for (uint32_t i = 0; tensors && i < model_plan.value_count; i++) {
        const struct plan_value *value = &model_plan.values[i];
        tensors[i] = run_tensor(run, &value->type, place(model, run, value), err);
        if (!tensors[i])
            return NULL;
    }
    return tensors;
}

static void make_ports(const struct msw_model *model, const struct msw_run *run, const struct plan_port *ports,
                       struct msw_tensor *tensors, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const struct plan_value *value = &model_plan.values[ports[i].value];
        tensors[i] = (struct msw_tensor){.name = ports[i].name,
                                         .data = place(model, run, value),
                                         .bytes = type_bytes(&value->type),
                                         .type = value->type};
    }
}

enum { MAX_ARGS = 256 };

static bool make_step(struct msw_run *run, uint32_t index, struct tvm_tensor *const *tensors, struct error *err) {
    const struct plan_step *step = &model_plan.steps[index];
    const struct msw_node *node = &model_plan.nodes[index];
    struct tvm_any args[MAX_ARGS];
    for (int32_t i = 0; i < step->arg_count; i++)
        args[i] = run_pass_tensor(tensors[step->args[i]]);
    struct run_step *made = run_add_step(run, step->kernel, args, step->arg_count, err);
    if (!made)
        return false;
    made->name = node->name;
    made->op = node->op;
    made->about = (struct msw_step){
        .operations = step->operations, .bytes = step->bytes, .node = (int32_t)index, .output = node->output};
    return true;
}

static bool fill(const struct msw_model *model, struct msw_run *run, struct error *err) {
    struct tvm_tensor *const *tensors = make_tensors(model, run, err);
    for (uint32_t i = 0; tensors && i < (uint32_t)model_plan.about.steps; i++)
        if (!make_step(run, i, tensors, err))
            return false;
    make_ports(model, run, model_plan.inputs, run->inputs, run->input_count);
    make_ports(model, run, model_plan.outputs, run->outputs, run->output_count);
    return tensors != NULL;
}

struct msw_run *msw_run_new(const struct msw_model *model, const struct msw_type *inputs) {
    struct error *err = api_error();
    const struct run_sizes sizes = {
        .inputs = model_plan.input_count, .outputs = model_plan.output_count, .about = model_plan.about};
    if (!ready(model))
        error_set(err, MSW_INVALID, "the model is not loaded");
    struct msw_run *run = ready(model) && check_types(inputs, err) ? run_make(&sizes, err) : NULL;
    if (!run || fill(model, run, err))
        return run;
    msw_run_free(run);
    return NULL;
}
