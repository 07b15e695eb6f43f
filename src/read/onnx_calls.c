/* onnx_calls.c - If, Loop and Scan: their subgraphs are functions that the node calls. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_rows.h"

/* The subgraph that attribute `name` holds. */
static struct onnx_scope *subgraph(struct onnx *o, const struct onnx_node *source, const char *name, uint32_t *number) {
    const struct onnx_attribute *a = onnx_attribute(source, name);
    if (!a || a->kind != ONNX_GRAPH_VALUE) {
        error_set(o->err, MSW_INVALID, "attribute '%s' must be a graph", name);
        return NULL;
    }
    return onnx_subgraph(o, a->message, number);
}

static bool add_captured(struct onnx *o, const struct onnx_scope *scope, struct value_list *inputs,
                         struct call_branch *branch) {
    for (uint32_t i = 0; i < scope->captured.count; i++)
        if (!value_list_add(o->scope->graph, inputs, scope->captured.at[i], o->err))
            return false;
    branch->count = inputs->count - branch->first;
    return true;
}

/* The node that calls, with its results under the file's names. */
static bool add_call(struct onnx *o, const struct onnx_node *source, const struct call *call,
                     const struct value_list *inputs, uint32_t outputs) {
    struct node *node = graph_add_node(o->scope->graph, &op_call, source->title, inputs->count, outputs, o->err);
    if (!node)
        return false;
    node->call = call;
    memcpy(node->inputs, inputs->at, inputs->count * sizeof *node->inputs);
    for (uint32_t i = 0; i < outputs; i++)
        o->scope->graph->values[node->outputs[i]].type = (struct msw_type){.rank = -1};
    for (uint32_t i = 0; i < source->output_count; i++)
        if (!onnx_output(o, source, i, onnx_last(o)->outputs[i]))
            return false;
    return true;
}

ONNX_MAKE(if) {
    struct call *call = arena_alloc(o->arena, 1, sizeof *call, o->err);
    struct value_list inputs = {0};
    struct call_branch *yes = call ? &call->branches[0] : NULL, *no = yes + 1;
    if (!call || !onnx_attrs_only(o, source, "then_branch else_branch"))
        return false;
    const struct onnx_scope *then = subgraph(o, source, "then_branch", &yes->function);
    const struct onnx_scope *otherwise = then ? subgraph(o, source, "else_branch", &no->function) : NULL;
    if (!otherwise)
        return false;
    if (source->input_count != 1 || then->graph->outputs.count != source->output_count ||
        otherwise->graph->outputs.count != source->output_count)
        return error_set(o->err, MSW_INVALID, "must have a condition and as many outputs as either branch");
    call->switched = true;
    yes->first = 1;
    if (!value_list_add(o->scope->graph, &inputs, source->values[0], o->err) || !add_captured(o, then, &inputs, yes))
        return false;
    no->first = inputs.count;
    return add_captured(o, otherwise, &inputs, no) && add_call(o, source, call, &inputs, source->output_count);
}
