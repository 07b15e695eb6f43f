/* model.c - loading a model, and what a loaded one tells of itself. */
#include "api/model.h"

#include "base/host.h"

struct msw_model *model_new(struct error *err) {
    struct msw_model *model = host_alloc(sizeof *model);
    if (!model) {
        error_no_memory(err, sizeof *model);
        return NULL;
    }
    *model = (struct msw_model){0};
    model->graph.arena = &model->arena;
    return model;
}

struct msw_model *msw_model_open(uint64_t file_bytes) {
    struct msw_model *model = model_new(api_error());
    if (model)
        load_begin(&model->load, &model->graph, file_bytes);
    return model;
}

enum msw_status msw_load_step(struct msw_model *model, struct msw_request *request) {
    struct error *err = api_error();
    if (model->ready)
        return MSW_OK;
    enum msw_status status = load_step(&model->load, request, err);
    if (status == MSW_OK && !model_describe(model, model->load.reader->format, model->load.producer, err))
        status = (enum msw_status)err->about.status;
    return status;
}

void msw_model_free(struct msw_model *model) {
    if (!model)
        return;
    load_end(&model->load);
    arena_free(&model->arena);
    host_free(model);
}

static struct msw_tensor *describe(struct msw_model *model, const struct value_list *list, struct error *err) {
    struct msw_tensor *tensors = arena_alloc(&model->arena, list->count, sizeof *tensors, err);
    for (uint32_t i = 0; tensors && i < list->count; i++) {
        const struct msw_type *type = &model->graph.values[list->at[i]].type;
        size_t elements = 0, bytes = 0;
        if (!type_sizes(type, &elements, &bytes))
            bytes = 0; /* not known before a run */
        tensors[i] = (struct msw_tensor){.name = value_name(&model->graph, list->at[i]), .bytes = bytes, .type = *type};
    }
    return tensors;
}

bool model_describe(struct msw_model *model, const char *format, const char *producer, struct error *err) {
    const struct graph *g = &model->graph;
    model->info = (struct msw_model_info){.format = format, .producer = producer, .nodes = (int32_t)g->node_count};
    for (uint32_t v = 0; v < g->value_count; v++) {
        const struct value *value = &g->values[v];
        if (value->kind != VALUE_CONSTANT || !value->data)
            continue;
        model->info.parameters += type_elements(&value->type);
        model->info.parameter_bytes += type_elements(&value->type) * dtype_info(value->type.dtype)->bytes;
    }
    model->inputs = describe(model, &g->inputs, err);
    model->outputs = describe(model, &g->outputs, err);
    model->nodes = arena_alloc(&model->arena, g->node_count, sizeof *model->nodes, err);
    for (uint32_t n = 0; model->nodes && n < g->node_count; n++) {
        const struct node *node = &g->nodes[n];
        model->nodes[n] = (struct msw_node){.name = node->name ? node->name : node->op->about.name,
                                            .op = node->op->about.name,
                                            .output = g->values[node->outputs[0]].type};
    }
    model->ready = model->inputs && model->outputs && model->nodes;
    return model->ready;
}

const struct msw_model_info *msw_model_info(const struct msw_model *model) {
    return &model->info;
}

const struct msw_tensor *msw_model_input(const struct msw_model *model, uint32_t index) {
    return model->ready && index < model->graph.inputs.count ? &model->inputs[index] : NULL;
}

const struct msw_tensor *msw_model_output(const struct msw_model *model, uint32_t index) {
    return model->ready && index < model->graph.outputs.count ? &model->outputs[index] : NULL;
}

const struct msw_node *msw_model_node(const struct msw_model *model, uint32_t index) {
    return model->ready && index < model->graph.node_count ? &model->nodes[index] : NULL;
}
