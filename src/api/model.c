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
    model->graph.constants = &model->constants;
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

const char *msw_model_file(const struct msw_model *model, uint32_t file) {
    const struct weight_files *files = &model->load.files;
    return file > 0 && file <= files->count ? files->at[file - 1].name : NULL;
}

enum msw_status msw_model_file_size(struct msw_model *model, uint32_t file, uint64_t bytes) {
    struct error *err = api_error();
    return weight_files_tell(&model->load.files, file, bytes, err) ? MSW_OK : (enum msw_status)err->about.status;
}

void msw_model_free(struct msw_model *model) {
    if (!model)
        return;
    load_end(&model->load);
    arena_free(&model->arena);
    arena_free(&model->constants);
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

static bool count_weights(struct msw_model *model, struct error *err) {
    struct weight_sums sums;
    if (!weight_sums(&model->graph, &sums, err))
        return false;
    model->info.parameters = sums.parameters;
    model->info.parameter_bytes = sums.parameter_bytes;
    model->weight_bytes = (size_t)sums.bytes;
    return true;
}

/* What hosts call the node's operator: "Conv2D + bias + ReLU" where a pass gave it more to do. */
static const char *op_text(struct msw_model *model, const struct node *node, struct error *err) {
    const struct fused *fused = node->fused;
    char text[128] = "";
    if (!fused)
        return node_op(node)->about.name;
    const char *const parts[] = {node->op->about.name, fused->bias ? " + bias" : "",
                                 fused->residual ? " + residual" : "", fused->activation ? " + " : "",
                                 fused->activation ? fused->activation->about.name : ""};
    size_t length = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        for (const char *c = parts[i]; *c && length + 1 < sizeof text; c++)
            text[length++] = *c;
    return arena_string(&model->arena, text, length, err);
}

/* The nodes of all graphs, one after the other. */
static bool describe_nodes(struct msw_model *model, struct error *err) {
    model->nodes = arena_alloc(&model->arena, (size_t)model->info.nodes, sizeof *model->nodes, err);
    struct msw_node *next = model->nodes;
    for (uint32_t i = 0; next && i < graph_total(&model->graph); i++) {
        const struct graph *g = graph_at(&model->graph, i);
        for (uint32_t n = 0; n < g->node_count; n++) {
            const struct node *node = &g->nodes[n];
            const char *op = op_text(model, node, err);
            if (!op)
                return false;
            *next = (struct msw_node){.name = node_name(node),
                                      .op = op,
                                      .output = g->values[node->outputs[0]].type,
                                      .part_count = node->parts ? (int32_t)node->part_count : 1,
                                      .parts = node->parts ? node->parts : &next->name};
            next++;
        }
    }
    return model->nodes != NULL;
}

static void describe_passes(struct msw_model *model) {
    for (uint32_t i = 0; i < PASS_COUNT; i++) {
        const struct pass_report *report = &model->load.passes[i];
        model->passes[i] = (struct msw_pass){.name = pass_name(i),
                                             .about = pass_about(i),
                                             .changes = (int32_t)report->changes,
                                             .nodes_before = (int32_t)report->before,
                                             .nodes_after = (int32_t)report->after};
    }
}

bool model_describe(struct msw_model *model, const char *format, const char *producer, struct error *err) {
    model->info = (struct msw_model_info){.format = format, .producer = producer};
    for (uint32_t i = 0; i < graph_total(&model->graph); i++)
        model->info.nodes += (int32_t)graph_at(&model->graph, i)->node_count;
    describe_passes(model);
    model->inputs = describe(model, &model->graph.inputs, err);
    model->outputs = describe(model, &model->graph.outputs, err);
    for (uint32_t i = 0; model->outputs && i < model->graph.outputs.count; i++)
        model->outputs[i].name = graph_output_name(&model->graph, i);
    model->ready = model->inputs && model->outputs && count_weights(model, err) && describe_nodes(model, err);
    return model->ready;
}

const struct msw_model_info *msw_model_info(const struct msw_model *model) {
    return &model->info;
}

const struct msw_tensor *msw_model_input(const struct msw_model *model, uint32_t index) {
    return model->ready && index < graph_visible_inputs(&model->graph) ? &model->inputs[index] : NULL;
}

const struct msw_tensor *msw_model_output(const struct msw_model *model, uint32_t index) {
    return model->ready && index < graph_visible_outputs(&model->graph) ? &model->outputs[index] : NULL;
}

const struct msw_tensor *msw_model_state(const struct msw_model *model, uint32_t index) {
    return model->ready && index < model->graph.state_count
               ? &model->inputs[graph_visible_inputs(&model->graph) + index]
               : NULL;
}

const struct msw_node *msw_model_node(const struct msw_model *model, uint32_t index) {
    return model->ready && index < (uint32_t)model->info.nodes ? &model->nodes[index] : NULL;
}

const struct msw_pass *msw_model_pass(const struct msw_model *model, uint32_t index) {
    return model->ready && index < PASS_COUNT ? &model->passes[index] : NULL;
}
