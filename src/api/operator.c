/* operator.c - one operator as a model of one node, whose inputs may be anything until a run gives their types. */
#include <string.h>

#include "api/model.h"

static bool check_arguments(const struct op *op, const char *name, uint32_t inputs, struct error *err) {
    if (!op)
        return error_set(err, MSW_USAGE, "unknown operator '%s'", name);
    const int32_t least = op->about.inputs_min, most = op->about.inputs_max;
    if (inputs >= (uint32_t)least && inputs <= (uint32_t)most)
        return true;
    if (least == most)
        return error_set(err, MSW_INVALID, "%s takes %d inputs, got %d", name, least, (int32_t)inputs);
    if (most == OP_MANY)
        return error_set(err, MSW_INVALID, "%s takes %d inputs or more, got %d", name, least, (int32_t)inputs);
    return error_set(err, MSW_INVALID, "%s takes %d to %d inputs, got %d", name, least, most, (int32_t)inputs);
}

static bool set_attr(struct msw_model *model, struct node *node, const struct msw_attr *attr, struct error *err) {
    const char *op = node->op->about.name;
    const int32_t index = op_attr_index(node->op, attr->name);
    if (index < 0)
        return error_set(err, MSW_USAGE, "%s has no attribute '%s'", op, attr->name);
    const struct msw_attr_spec *spec = &node->op->about.attrs[index];
    const bool list = spec->kind == MSW_ATTR_INTS || spec->kind == MSW_ATTR_FLOATS;
    const bool wants_floats = spec->kind == MSW_ATTR_FLOAT || spec->kind == MSW_ATTR_FLOATS;
    const bool is_floats = attr->kind == MSW_ATTR_FLOAT || attr->kind == MSW_ATTR_FLOATS;
    if (attr->kind < MSW_ATTR_INT || attr->kind > MSW_ATTR_FLOATS || wants_floats != is_floats || attr->count < 0 ||
        (!list && attr->count != 1))
        return error_set(err, MSW_INVALID, "%s: attribute '%s' must be %s", op, attr->name,
                         wants_floats ? (list ? "a list of numbers" : "a number")
                                      : (list ? "a list of whole numbers" : "a whole number"));
    const size_t bytes = (size_t)attr->count * 8; /* int64_t and double alike */
    void *copy = arena_alloc(&model->arena, (size_t)attr->count, 8, err);
    if (!copy)
        return false;
    if (bytes > 0)
        memcpy(copy, attr->values, bytes);
    node->attrs[index] = (struct attr){.given = true, .count = attr->count, .ints = copy};
    return true;
}

static bool check_required(const struct node *node, struct error *err) {
    for (int32_t i = 0; i < node->op->about.attr_count; i++)
        if (node->op->about.attrs[i].required && !node->attrs[i].given)
            return error_set(err, MSW_INVALID, "%s needs attribute '%s'", node->op->about.name,
                             node->op->about.attrs[i].name);
    return true;
}

/* "x0", "x1" ... */
static char *numbered(struct arena *arena, char letter, uint32_t number, struct error *err) {
    char text[12] = {letter};
    size_t length = 1;
    char digits[10];
    size_t count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    while (count > 0)
        text[length++] = digits[--count];
    return arena_string(arena, text, length, err);
}

static bool add_inputs(struct msw_model *model, struct node *node, struct error *err) {
    struct graph *g = &model->graph;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const struct value input = {
            .name = numbered(&model->arena, 'x', i, err), .type = {.dtype = MSW_ANY, .rank = -1}, .kind = VALUE_INPUT};
        node->inputs[i] = input.name ? graph_add_value(g, &input, err) : NO_VALUE;
        if (node->inputs[i] == NO_VALUE || !value_list_add(g, &g->inputs, node->inputs[i], err))
            return false;
    }
    for (uint32_t i = 0; i < node->output_count; i++) {
        char *name = numbered(&model->arena, 'z', i, err);
        if (!name || !value_list_add(g, &g->outputs, node->outputs[i], err))
            return false;
        g->values[node->outputs[i]].name = name;
    }
    return true;
}

enum { MAX_OUTPUTS = 1024 };

/* How many outputs the use has: the row's number, or its attribute "outputs". */
static bool count_outputs(const struct op *op, const struct msw_attr *attrs, uint32_t attr_count, uint32_t *outputs,
                          struct error *err) {
    *outputs = (uint32_t)op->about.outputs;
    if (op->about.outputs != OP_MANY)
        return true;
    for (uint32_t i = 0; i < attr_count; i++) {
        if (strcmp(attrs[i].name, "outputs") != 0 || attrs[i].kind != MSW_ATTR_INT || attrs[i].count != 1)
            continue;
        const int64_t count = *(const int64_t *)attrs[i].values;
        *outputs = (uint32_t)count;
        return (count >= 1 && count <= MAX_OUTPUTS) ||
               error_set(err, MSW_INVALID, "%s: attribute 'outputs' must be in 1..%d, got %l", op->about.name,
                         (int32_t)MAX_OUTPUTS, count);
    }
    return error_set(err, MSW_INVALID, "%s needs attribute 'outputs'", op->about.name);
}

static bool build(struct msw_model *model, const struct op *op, uint32_t inputs, const struct msw_attr *attrs,
                  uint32_t attr_count, struct error *err) {
    uint32_t outputs;
    if (!count_outputs(op, attrs, attr_count, &outputs, err))
        return false;
    struct node *node = graph_add_node(&model->graph, op, NULL, inputs, outputs, err);
    if (!node || !add_inputs(model, node, err))
        return false;
    for (uint32_t i = 0; i < attr_count; i++)
        if (!set_attr(model, node, &attrs[i], err))
            return false;
    return check_required(node, err) && graph_run_passes(&model->graph, model->load.passes, err) &&
           model_describe(model, "operator", op->about.name, err);
}

struct msw_model *msw_model_from_operator(const char *name, uint32_t inputs, const struct msw_attr *attrs,
                                          uint32_t attr_count) {
    struct error *err = api_error();
    const struct op *op = op_find(name);
    if (!check_arguments(op, name, inputs, err))
        return NULL;
    struct msw_model *model = model_new(err);
    if (!model || build(model, op, inputs, attrs, attr_count, err))
        return model;
    msw_model_free(model);
    return NULL;
}
