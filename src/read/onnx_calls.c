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

/* A node that repeats a body.
 *   taken, made  inputs of the body that are not captured, and outputs */
struct repetition {
    struct call *call;
    const struct onnx_scope *body;
    uint32_t taken, made;
};

static bool begin_repetition(struct onnx *o, const struct onnx_node *source, const char *known, enum call_kind kind,
                             struct repetition *r) {
    r->call = arena_alloc(o->arena, 1, sizeof *r->call, o->err);
    if (!r->call || !onnx_attrs_only(o, source, known))
        return false;
    r->call->kind = kind;
    r->body = subgraph(o, source, "body", &r->call->branches[0].function);
    if (!r->body)
        return false;
    r->taken = r->body->graph->inputs.count - r->body->captured.count;
    r->made = r->body->graph->outputs.count;
    return true;
}

/* The node itself, with `outputs` results. */
static bool end_repetition(struct onnx *o, const struct onnx_node *source, const struct repetition *r,
                           uint32_t outputs) {
    struct value_list inputs = {0};
    return pass_all(o, source, r->body, r->taken, &inputs, &r->call->branches[0]) &&
           add_call(o, source, r->call, &inputs, outputs);
}

static bool refuse_body(struct onnx *o, const struct onnx_node *source, const struct repetition *r, uint32_t given) {
    return error_set(o->err, MSW_INVALID, "has a body of %d inputs and %d outputs for %d inputs and %d outputs",
                     (int32_t)r->taken, (int32_t)r->made, (int32_t)given, (int32_t)source->output_count);
}

ONNX_MAKE(loop) {
    struct repetition r;
    const uint32_t given = source->input_count < 2 ? 2 : source->input_count;
    if (!begin_repetition(o, source, "body", CALL_LOOP, &r))
        return false;
    if (r.taken != given || r.made + 1 < r.taken || source->output_count > r.made - 1)
        return refuse_body(o, source, &r, given);
    r.call->carried = given - 2;
    return end_repetition(o, source, &r, r.made - 1);
}

/* The axes or directions of what is scanned, `count` of them where they are given; *list stays with the graph. */
static bool scan_list(struct onnx *o, const struct onnx_node *source, const char *name, uint32_t count,
                      const int64_t **list) {
    const int64_t *given;
    uint32_t length;
    if (!onnx_attr_ints(o, source, name, &given, &length))
        return false;
    *list = NULL;
    if (!given)
        return true;
    if (length != count)
        return error_set(o->err, MSW_INVALID, "attribute '%s' must have %d numbers, has %d", name, (int32_t)count,
                         (int32_t)length);
    int64_t *kept = arena_alloc(o->arena, length, sizeof *kept, o->err);
    if (kept)
        memcpy(kept, given, length * sizeof *kept);
    *list = kept;
    return kept != NULL;
}

ONNX_MAKE(scan) {
    static const char known[] = "body num_scan_inputs scan_input_axes scan_input_directions scan_output_axes "
                                "scan_output_directions";
    struct repetition r;
    int64_t scanned = 0;
    if (!onnx_attr_int(o, source, "num_scan_inputs", 0, &scanned) || !begin_repetition(o, source, known, CALL_SCAN, &r))
        return false;
    if (scanned < 1 || scanned > source->input_count || r.taken != source->input_count ||
        r.made < r.taken - (uint32_t)scanned || source->output_count > r.made)
        return error_set(o->err, MSW_INVALID, "scans %l of %d inputs with a body of %d inputs and %d outputs", scanned,
                         (int32_t)source->input_count, (int32_t)r.taken, (int32_t)r.made);
    struct call *call = r.call;
    call->scanned = (uint32_t)scanned;
    call->carried = r.taken - call->scanned;
    const uint32_t outputs = r.made - call->carried;
    return scan_list(o, source, "scan_input_axes", call->scanned, &call->input_axes) &&
           scan_list(o, source, "scan_input_directions", call->scanned, &call->input_reverse) &&
           scan_list(o, source, "scan_output_axes", outputs, &call->output_axes) &&
           scan_list(o, source, "scan_output_directions", outputs, &call->output_reverse) &&
           end_repetition(o, source, &r, r.made);
}

ONNX_MAKE(sequence_map) {
    struct repetition r;
    if (!begin_repetition(o, source, "body", CALL_MAP, &r))
        return false;
    if (r.taken != source->input_count || r.taken == 0 || source->output_count > r.made)
        return refuse_body(o, source, &r, source->input_count);
    r.call->scanned = r.taken;
    return end_repetition(o, source, &r, r.made);
}
