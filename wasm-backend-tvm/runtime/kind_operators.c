/* kind_operators.c - a module of single operators, generated from a list (wasm-backend-tvm/operators.txt). */
#include <string.h>

#include "api/common.h"
#include "base/host.h"
#include "base/round.h"
#include "base/type.h"
#include "operators.h"

static const char *const input_names[OPERATOR_MAX_INPUTS] = {"x0", "x1"};
static const char *const output_name = "z0";
static const struct msw_type any = {.dtype = MSW_ANY, .rank = -1};

struct msw_model {
    struct arena memory;
    const struct operator_row *row;
    struct operator_attr attrs[OPERATOR_MAX_ATTRS];
    struct msw_model_info info;
    struct msw_tensor inputs[OPERATOR_MAX_INPUTS], output;
    struct msw_node node;
};

uint32_t msw_module_kind(void) {
    return MSW_KIND_OPERATORS;
}

const struct msw_operator *msw_operator_at(uint32_t index) {
    return index < operator_count ? &operator_table[index].about : NULL;
}

struct msw_model *msw_model_open(uint64_t file_bytes) {
    (void)file_bytes;
    error_set(api_error(), MSW_UNSUPPORTED, "this module runs single operators and loads no model");
    return NULL;
}

enum msw_status msw_load_step(struct msw_model *model, struct msw_request *request) {
    (void)model, (void)request;
    return MSW_OK; /* an operator is there as soon as it is named */
}

const char *msw_model_file(const struct msw_model *model, uint32_t file) {
    (void)model, (void)file;
    return NULL;
}

enum msw_status msw_model_file_size(struct msw_model *model, uint32_t file, uint64_t bytes) {
    (void)model, (void)file, (void)bytes;
    error_set(api_error(), MSW_INVALID, "an operator has no files");
    return MSW_INVALID;
}

static const struct operator_row *find(const char *name) {
    for (uint32_t i = 0; i < operator_count; i++)
        if (strcmp(operator_table[i].about.name, name) == 0)
            return &operator_table[i];
    return NULL;
}

static bool set_attr(struct msw_model *model, const struct msw_attr *attr, struct error *err) {
    const struct msw_operator *op = &model->row->about;
    int32_t i = 0;
    while (i < op->attr_count && strcmp(op->attrs[i].name, attr->name) != 0)
        i++;
    if (i == op->attr_count)
        return error_set(err, MSW_USAGE, "%s has no attribute '%s'", op->name, attr->name);
    const bool list = op->attrs[i].kind == MSW_ATTR_INTS;
    if ((attr->kind != MSW_ATTR_INT && attr->kind != MSW_ATTR_INTS) || attr->count < 0 || (!list && attr->count != 1))
        return error_set(err, MSW_INVALID, "%s: attribute '%s' must be %s", op->name, attr->name,
                         list ? "a list of whole numbers" : "a whole number");
    int64_t *copy = arena_alloc(&model->memory, (size_t)attr->count, sizeof *copy, err);
    if (!copy)
        return false;
    if (attr->count > 0)
        memcpy(copy, attr->values, (size_t)attr->count * sizeof *copy);
    model->attrs[i] = (struct operator_attr){.given = true, .count = attr->count, .ints = copy};
    return true;
}

static void describe(struct msw_model *model) {
    const struct msw_operator *op = &model->row->about;
    for (int32_t i = 0; i < op->inputs_max; i++)
        model->inputs[i] = (struct msw_tensor){.name = input_names[i], .type = any};
    model->output = (struct msw_tensor){.name = output_name, .type = any};
    model->info = (struct msw_model_info){.format = "operator", .producer = op->name, .nodes = 1};
    model->node =
        (struct msw_node){.name = op->name, .op = op->name, .output = any, .part_count = 1, .parts = &op->name};
}

struct msw_model *msw_model_from_operator(const char *name, uint32_t inputs, const struct msw_attr *attrs,
                                          uint32_t attr_count) {
    struct error *err = api_error();
    const struct operator_row *row = find(name);
    if (!row) {
        error_set(err, MSW_USAGE, "unknown operator '%s'", name);
        return NULL;
    }
    if (inputs != (uint32_t)row->about.inputs_max) {
        error_set(err, MSW_INVALID, "%s takes %d inputs, got %d", name, row->about.inputs_max, (int32_t)inputs);
        return NULL;
    }
    struct msw_model *model = host_alloc(sizeof *model);
    if (!model) {
        error_no_memory(err, sizeof *model);
        return NULL;
    }
    *model = (struct msw_model){.row = row};
    describe(model);
    for (uint32_t i = 0; i < attr_count; i++)
        if (!set_attr(model, &attrs[i], err)) {
            msw_model_free(model);
            return NULL;
        }
    return model;
}

void msw_model_free(struct msw_model *model) {
    if (!model)
        return;
    arena_free(&model->memory);
    host_free(model);
}

const struct msw_model_info *msw_model_info(const struct msw_model *model) {
    return &model->info;
}

const struct msw_tensor *msw_model_input(const struct msw_model *model, uint32_t index) {
    return index < (uint32_t)model->row->about.inputs_max ? &model->inputs[index] : NULL;
}

const struct msw_tensor *msw_model_output(const struct msw_model *model, uint32_t index) {
    return index == 0 ? &model->output : NULL;
}

const struct msw_tensor *msw_model_state(const struct msw_model *model, uint32_t index) {
    (void)model, (void)index;
    return NULL;
}

const struct msw_node *msw_model_node(const struct msw_model *model, uint32_t index) {
    return index == 0 ? &model->node : NULL;
}

const struct msw_pass *msw_model_pass(const struct msw_model *model, uint32_t index) {
    (void)model, (void)index;
    return NULL;
}

static bool check_inputs(const struct msw_model *model, const struct msw_type *inputs, struct error *err) {
    for (int32_t i = 0; i < model->row->about.inputs_max; i++) {
        size_t elements, bytes;
        if (!inputs)
            return error_set(err, MSW_INVALID, "input '%s' is %t: its type must be given", input_names[i], &any);
        if (!dtype_known(inputs[i].dtype))
            return error_set(err, MSW_INVALID, "input '%s': %d is not a data type", input_names[i], inputs[i].dtype);
        if (!type_sizes(&inputs[i], &elements, &bytes))
            return error_set(err, MSW_INVALID, "input '%s': %t is not a shape of at most %d dims and %l bytes",
                             input_names[i], &inputs[i], MSW_MAX_RANK, (int64_t)TYPE_MAX_BYTES);
    }
    return true;
}

static bool choose_kernels(struct operator_use *use, struct error *err) {
    const struct operator_row *row = use->row;
    const struct msw_type *x = use->inputs;
    for (uint32_t i = 0; i < row->kernel_count; i++)
        if (row->kernels[i].input == x->dtype)
            use->kernels = &row->kernels[i];
    if (!use->kernels)
        return error_set(err, MSW_USAGE, "%k is not supported (%K)", x->dtype, row->about.dtypes);
    if (row->about.inputs_max == 2 && x[0].dtype != x[1].dtype)
        return error_set(err, MSW_INVALID, "inputs must have one data type, got %t and %t", &x[0], &x[1]);
    use->output.dtype = use->kernels->output;
    return true;
}

/* Shapes, then the size of what comes out. */
static bool check(struct operator_use *use, struct error *err) {
    size_t elements, bytes;
    if (!choose_kernels(use, err) || !operator_rules[use->row->rule].check(use, err))
        return false;
    use->output.dtype = use->kernels->output;
    return type_sizes(&use->output, &elements, &bytes) ||
           error_set(err, MSW_LIMIT, "output %t is larger than %l bytes", &use->output, (int64_t)TYPE_MAX_BYTES);
}

static size_t aligned(size_t bytes) {
    return divide_up(bytes, RUN_ALIGNMENT) * RUN_ALIGNMENT;
}

/* The tensors lie side by side: all of them are alive at once. */
static uint64_t bytes_of(const struct operator_use *use) {
    uint64_t bytes = (uint64_t)aligned(type_bytes(&use->output)) + aligned(use->scratch_bytes);
    for (int32_t i = 0; i < use->row->about.inputs_max; i++)
        bytes += aligned(type_bytes(&use->inputs[i]));
    return bytes;
}

static struct operator_places lay_out(const struct operator_use *use, struct msw_run *run) {
    struct operator_places at;
    unsigned char *next = run->block;
    for (int32_t i = 0; i < use->row->about.inputs_max; i++) {
        const struct msw_type *type = &use->inputs[i];
        at.inputs[i] = next;
        run->inputs[i] =
            (struct msw_tensor){.name = input_names[i], .data = next, .bytes = type_bytes(type), .type = *type};
        next += aligned(type_bytes(type));
    }
    at.output = next;
    at.scratch = next + aligned(type_bytes(&use->output));
    run->outputs[0] =
        (struct msw_tensor){.name = output_name, .data = next, .bytes = type_bytes(&use->output), .type = use->output};
    return at;
}

static struct msw_run *plan(const struct operator_use *use, struct error *err) {
    const uint64_t all = bytes_of(use);
    const size_t bytes = all > SIZE_MAX ? SIZE_MAX : (size_t)all; /* which no memory holds */
    const struct run_sizes sizes = {
        .inputs = (uint32_t)use->row->about.inputs_max,
        .outputs = 1,
        .about = {.arena_bytes = bytes, .live_bytes = bytes, .tensor_bytes = bytes, .steps = OPERATOR_MAX_STEPS}};
    struct msw_run *run = run_make(&sizes, err);
    if (!run)
        return NULL;
    const struct operator_places at = lay_out(use, run);
    if (type_elements(&use->output) > 0)
        operator_rules[use->row->rule].plan(use, &at, run, err);
    run->about.steps = (int32_t)run->step_count;
    if (err->about.status == MSW_OK)
        return run;
    msw_run_free(run);
    return NULL;
}

struct msw_run *msw_run_new(const struct msw_model *model, const struct msw_type *inputs) {
    struct error *err = api_error();
    if (!check_inputs(model, inputs, err))
        return NULL;
    struct operator_use use = {.row = model->row, .attrs = model->attrs, .inputs = inputs};
    if (check(&use, err))
        return plan(&use, err);
    error_add_node(err, 0, NULL, model->row->about.name);
    return NULL;
}
