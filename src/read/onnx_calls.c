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
    call->kind = CALL_SWITCH;
    yes->first = 1;
    if (!value_list_add(o->scope->graph, &inputs, source->values[0], o->err) || !add_captured(o, then, &inputs, yes))
        return false;
    no->first = inputs.count;
    return add_captured(o, otherwise, &inputs, no) && add_call(o, source, call, &inputs, source->output_count);
}

/* The file's inputs, then what the body captures, which are the body's own inputs after its first `own`. */
static bool pass_all(struct onnx *o, const struct onnx_node *source, const struct onnx_scope *body, uint32_t own,
                     struct value_list *inputs, struct call_branch *branch) {
    branch->own = own;
    for (uint32_t i = 0; i < own; i++) {
        const uint32_t value = onnx_input(source, i) == NO_VALUE ? onnx_absent(o) : onnx_input(source, i);
        if (value == NO_VALUE || !value_list_add(o->scope->graph, inputs, value, o->err))
            return false;
    }
    return add_captured(o, body, inputs, branch);
}

ONNX_MAKE(loop) {
    struct call *call = arena_alloc(o->arena, 1, sizeof *call, o->err);
    struct value_list inputs = {0};
    if (!call || !onnx_attrs_only(o, source, "body"))
        return false;
    const struct onnx_scope *body = subgraph(o, source, "body", &call->branches[0].function);
    if (!body)
        return false;
    const uint32_t given = source->input_count < 2 ? 2 : source->input_count;
    const uint32_t taken = body->graph->inputs.count - body->captured.count, made = body->graph->outputs.count;
    if (taken != given || made + 1 < taken || source->output_count > made - 1)
        return error_set(o->err, MSW_INVALID, "has a body of %d inputs and %d outputs for %d inputs and %d outputs",
                         (int32_t)taken, (int32_t)made, (int32_t)given, (int32_t)source->output_count);
    call->kind = CALL_LOOP;
    call->carried = given - 2;
    return pass_all(o, source, body, given, &inputs, &call->branches[0]) &&
           add_call(o, source, call, &inputs, made - 1);
}

/* The axes or directions of what is scanned, `count` of them where they are given. */
static bool scan_list(struct onnx *o, const struct onnx_node *source, const char *name, uint32_t count,
                      const int64_t **list) {
    uint32_t length;
    return onnx_attr_ints(o, source, name, list, &length) &&
           (!*list || length == count ||
            error_set(o->err, MSW_INVALID, "attribute '%s' must have %d numbers, has %d", name, (int32_t)count,
                      (int32_t)length));
}

ONNX_MAKE(scan) {
    struct call *call = arena_alloc(o->arena, 1, sizeof *call, o->err);
    struct value_list inputs = {0};
    int64_t scanned = 0;
    if (!call ||
        !onnx_attrs_only(o, source,
                         "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes "
                         "scan_output_directions") ||
        !onnx_attr_int(o, source, "num_scan_inputs", 0, &scanned))
        return false;
    const struct onnx_scope *body = subgraph(o, source, "body", &call->branches[0].function);
    if (!body)
        return false;
    const uint32_t taken = body->graph->inputs.count - body->captured.count, made = body->graph->outputs.count;
    if (scanned < 1 || scanned > source->input_count || taken != source->input_count ||
        made < taken - (uint32_t)scanned || source->output_count > made)
        return error_set(o->err, MSW_INVALID, "scans %l of %d inputs with a body of %d inputs and %d outputs", scanned,
                         (int32_t)source->input_count, (int32_t)taken, (int32_t)made);
    call->kind = CALL_SCAN;
    call->scanned = (uint32_t)scanned;
    call->carried = taken - call->scanned;
    const uint32_t outputs = made - call->carried;
    return scan_list(o, source, "scan_input_axes", call->scanned, &call->input_axes) &&
           scan_list(o, source, "scan_input_directions", call->scanned, &call->input_reverse) &&
           scan_list(o, source, "scan_output_axes", outputs, &call->output_axes) &&
           scan_list(o, source, "scan_output_directions", outputs, &call->output_reverse) &&
           pass_all(o, source, body, taken, &inputs, &call->branches[0]) && add_call(o, source, call, &inputs, made);
}

ONNX_MAKE(sequence_map) {
    struct call *call = arena_alloc(o->arena, 1, sizeof *call, o->err);
    struct value_list inputs = {0};
    if (!call || !onnx_attrs_only(o, source, "body"))
        return false;
    const struct onnx_scope *body = subgraph(o, source, "body", &call->branches[0].function);
    if (!body)
        return false;
    const uint32_t taken = body->graph->inputs.count - body->captured.count, made = body->graph->outputs.count;
    if (taken != source->input_count || taken == 0 || source->output_count > made)
        return error_set(o->err, MSW_INVALID, "has a body of %d inputs and %d outputs for %d inputs and %d outputs",
                         (int32_t)taken, (int32_t)made, (int32_t)source->input_count, (int32_t)source->output_count);
    call->kind = CALL_MAP;
    call->scanned = taken;
    return pass_all(o, source, body, taken, &inputs, &call->branches[0]) && add_call(o, source, call, &inputs, made);
}
