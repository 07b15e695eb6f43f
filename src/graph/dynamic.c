/* dynamic.c - a stack of graphs in the middle of being computed. Its top runs a piece, or a node that no plan computes: a call, or an operator on
 * sequences. */
#include "graph/dynamic.h"

#include <string.h>

#include "base/host.h"
#include "graph/check.h"
#include "graph/dynamic_ops.h"
#include "graph/dynamic_pieces.h"

static struct frame *top(struct dynamic *d) {
    return &d->frames[d->depth - 1];
}

struct slot frame_value(const struct frame *f, uint32_t value) {
    const struct value *v = &f->layout->graph->values[value];
    if (v->kind == VALUE_CONSTANT)
        return (struct slot){.kind = SLOT_TENSOR, .type = v->type, .data = v->data};
    return f->slots[value];
}

static void set_value(struct frame *f, uint32_t value, struct slot *slot) {
    slot_drop(&f->slots[value]);
    f->slots[value] = *slot;
    *slot = (struct slot){.kind = SLOT_EMPTY};
}

bool frame_set_output(struct frame *f, const struct node *node, uint32_t index, struct slot *slot, struct error *err) {
    const uint32_t v = node->outputs[index];
    const struct msw_type *declared = &f->layout->graph->values[v].type;
    if (slot->kind == SLOT_TENSOR && !type_matches(declared, &slot->type)) {
        error_set(err, MSW_INVALID, "the function gives %t, but the model declares %t", &slot->type, declared);
        slot_drop(slot);
        return false;
    }
    set_value(f, v, slot);
    if (f->layout->last_use[v] <= f->next && f->layout->last_use[v] < f->layout->graph->node_count)
        slot_drop(&f->slots[v]); /* nobody reads it */
    return true;
}

void frame_pass_node(struct frame *f) {
    const struct node *node = &f->layout->graph->nodes[f->next];
    for (uint32_t i = 0; i < node->input_count; i++)
        if (f->layout->last_use[node->inputs[i]] == f->next)
            slot_drop(&f->slots[node->inputs[i]]);
    f->next++;
}

/* Arrays of slots are kept for the next frame of the graph: a loop needs them again and again. */
static struct slot *take_slots(struct layout *l, struct error *err) {
    struct slot *slots = l->spare;
    if (slots) {
        l->spare = (struct slot *)(uintptr_t)slots->data;
        slots->data = NULL;
        return slots;
    }
    const uint64_t bytes = ((uint64_t)l->graph->value_count + 1) * sizeof *slots;
    slots = bytes > TYPE_MAX_BYTES ? NULL : host_alloc((size_t)bytes);
    if (slots)
        memset(slots, 0, (size_t)bytes);
    else
        error_no_memory(err, (size_t)bytes);
    return slots;
}

struct frame *frame_push(struct dynamic *d, uint32_t function, uint32_t caller, struct error *err) {
    struct layout *l = &d->layouts[function];
    const struct graph *graph = function == 0 ? d->model : &d->model->functions[function - 1];
    if (d->depth == DYNAMIC_MAX_DEPTH) {
        error_set(err, MSW_LIMIT, "calls go deeper than %d", (int32_t)DYNAMIC_MAX_DEPTH);
        return NULL;
    }
    if (!l->graph && !layout_begin(d, l, graph, err))
        return NULL;
    struct slot *slots = take_slots(l, err);
    if (!slots)
        return NULL;
    d->frames[d->depth++] = (struct frame){.layout = l, .slots = slots, .caller = caller};
    return top(d);
}

void frame_clear(struct frame *f) {
    for (uint32_t v = 0; v < f->layout->graph->value_count; v++)
        slot_drop(&f->slots[v]);
    f->next = 0;
}

void frame_pop(struct dynamic *d) {
    struct frame *f = top(d);
    frame_clear(f);
    loop_free(f->loop);
    if (f->piece && f->piece->once && f->piece->holder.uses == 0)
        piece_unused(f->piece);
    f->slots->data = f->layout->spare;
    f->layout->spare = f->slots;
    d->depth--;
}

static void restart(struct dynamic *d) {
    execute_restart(&d->execution);
    while (d->depth > 0)
        frame_pop(d);
}

/* Bring the inputs of a piece to where its plan reads them. */
static void begin_piece(struct frame *f, struct piece *piece) {
    f->piece = piece;
    for (uint32_t i = 0; i < piece->input_count; i++) {
        const struct piece_input *in = &piece->inputs[i];
        if (in->input < 0)
            continue;
        const struct msw_tensor *to = &piece->plan.inputs[in->input];
        if (to->bytes > 0)
            memcpy(to->data, f->slots[in->value].data, to->bytes);
    }
}

static void end_piece(struct frame *f) {
    struct piece *piece = f->piece;
    for (uint32_t i = 0; i < piece->input_count; i++)
        if (piece->inputs[i].dies)
            slot_drop(&f->slots[piece->inputs[i].value]);
    for (uint32_t i = 0; i < piece->graph.outputs.count; i++) {
        const struct msw_tensor *from = &piece->plan.outputs[i];
        struct slot slot = {.kind = SLOT_TENSOR, .type = from->type, .data = from->data, .holder = &piece->holder};
        piece->holder.uses++;
        set_value(f, piece->outputs[i], &slot);
    }
    f->next = piece->end;
    f->piece = NULL;
    if (piece->once && piece->holder.uses == 0)
        piece_unused(piece);
}

static bool name_node(struct dynamic *d, struct error *err) {
    const struct frame *f = top(d);
    const struct node *node = &f->layout->graph->nodes[f->next];
    error_add_node(err, (int32_t)(graph_first_node(d->model, f->layout->graph) + f->next), node->name,
                   node_op(node)->about.name);
    return false;
}

/* Find out how the next node is computed: by a piece, or here at once. */
static bool begin_node(struct dynamic *d, struct error *err) {
    struct frame *f = top(d);
    struct piece *piece = piece_find(d, f, err);
    if (piece) {
        begin_piece(f, piece);
        return true;
    }
    if (err->about.status != MSW_MORE)
        return false;
    const struct error reason = *err;
    const struct node *node = &f->layout->graph->nodes[f->next];
    error_clear(err);
    if (node->call && node->call->kind != CALL_SEQUENCE)
        return dynamic_call(d, err);
    if (dynamic_op_takes(node))
        return dynamic_op(f, err) || name_node(d, err);
    error_set(err, MSW_UNSUPPORTED, "%s", reason.text);
    return name_node(d, err);
}

/* What the outputs of the run hold; a host reads them until the next run, whatever becomes of inputs and states. */
static bool keep_outputs(struct dynamic *d, struct error *err) {
    const struct graph *g = d->model;
    for (uint32_t i = 0; i < g->outputs.count; i++) {
        const struct slot from = frame_value(top(d), g->outputs.at[i]);
        if (from.kind != SLOT_TENSOR)
            return error_set(err, MSW_UNSUPPORTED, "output '%s' is a sequence or an empty optional",
                             graph_output_name(g, i));
        slot_drop(&d->output_slots[i]);
        if (from.holder)
            d->output_slots[i] = slot_share(&from);
        else if (!slot_new(&d->output_slots[i], &from.type, err))
            return false;
        else if (type_bytes(&from.type) > 0)
            memcpy(slot_elements(&d->output_slots[i]), from.data, type_bytes(&from.type));
        d->outputs[i].type = from.type;
        d->outputs[i].bytes = type_bytes(&from.type);
        d->outputs[i].data = (void *)(uintptr_t)d->output_slots[i].data;
    }
    return true;
}

static bool update_states(struct dynamic *d, struct error *err) {
    const struct graph *g = d->model;
    const struct msw_tensor *before = &d->inputs[graph_visible_inputs(g)],
                            *after = &d->outputs[graph_visible_outputs(g)];
    for (uint32_t i = 0; i < g->state_count; i++)
        if (!type_matches(&before[i].type, &after[i].type))
            return error_set(err, MSW_INVALID, "parameter '%s' is %t, but the model writes %t to it", before[i].name,
                             &before[i].type, &after[i].type);
    for (uint32_t i = 0; i < g->state_count; i++)
        if (before[i].bytes > 0)
            memcpy(before[i].data, after[i].data, before[i].bytes);
    return true;
}

static bool begin(struct dynamic *d, struct error *err) {
    const struct graph *g = d->model;
    struct frame *f = frame_push(d, 0, 0, err);
    if (!f)
        return false;
    for (uint32_t i = 0; i < g->outputs.count; i++) {
        slot_drop(&d->output_slots[i]);
        d->outputs[i].data = NULL;
        d->outputs[i].bytes = 0;
    }
    for (uint32_t i = 0; i < g->inputs.count; i++)
        f->slots[g->inputs.at[i]] =
            (struct slot){.kind = SLOT_TENSOR, .type = d->inputs[i].type, .data = d->inputs[i].data};
    return true;
}

/* The next step or the next few, of `*count` at most. False: done, where err is clear. */
static bool go_on(struct dynamic *d, uint32_t *count, struct error *err) {
    struct frame *f = top(d);
    if (f->piece) {
        const uint32_t steps = f->piece->plan.step_count;
        const enum msw_status status = execute_some(&d->execution, &f->piece->plan, *count, err);
        if (status == MSW_MORE) {
            *count = 0;
            return true;
        }
        *count -= steps < *count ? steps : *count;
        if (status == MSW_OK)
            end_piece(f);
        return status == MSW_OK;
    }
    if (f->next < f->layout->graph->node_count) {
        *count -= f->layout->graph->nodes[f->next].call != NULL;
        return begin_node(d, err);
    }
    if (d->depth > 1) {
        *count -= f->loop != NULL;
        return dynamic_return(d, err);
    }
    if (keep_outputs(d, err) && update_states(d, err))
        restart(d);
    return false;
}

static bool is_at_end(const struct dynamic *d) {
    const struct frame *f = &d->frames[0];
    return d->depth == 1 && !f->piece && f->next == f->layout->graph->node_count;
}

static enum msw_status some(struct dynamic *d, uint32_t count, struct error *err) {
    error_clear(err);
    bool going = d->depth > 0 || begin(d, err);
    while (going && (count > 0 || is_at_end(d)))
        going = go_on(d, &count, err);
    if (going)
        return MSW_MORE;
    restart(d);
    return (enum msw_status)err->about.status;
}

static const struct msw_step *next_step(struct dynamic *d) {
    if (d->depth > 0 && top(d)->piece) {
        const struct msw_step *step = execute_next_step(&d->execution, &top(d)->piece->plan);
        if (step)
            return step;
    }
    uint32_t node = 0;
    if (d->depth > 0) {
        const struct frame *f = top(d);
        const uint32_t last = f->layout->graph->node_count;
        node = graph_first_node(d->model, f->layout->graph) + (f->next < last ? f->next : last > 0 ? last - 1 : 0);
    }
    d->between = (struct msw_step){.node = (int32_t)node, .output = {.dtype = MSW_ANY, .rank = -1}};
    return &d->between;
}

static bool make_input(struct dynamic *d, uint32_t i, const struct msw_type *type, struct error *err) {
    const uint32_t v = d->model->inputs.at[i];
    struct msw_tensor *input = &d->inputs[i];
    *input = (struct msw_tensor){.name = value_name(d->model, v), .bytes = type_bytes(type), .type = *type};
    input->data = arena_alloc(&d->arena, 1, input->bytes, err);
    if (input->data && input->bytes > 0 && i >= graph_visible_inputs(d->model))
        memcpy(input->data, d->model->values[v].data, input->bytes);
    return input->data != NULL;
}

/* What can be said before the first run. */
static bool check_known(struct dynamic *d, const struct msw_type *inputs, struct error *err) {
    const struct graph *g = d->model;
    struct arena arena = {0};
    struct knowledge k;
    bool ok = knowledge_begin(g, &arena, &arena, &k, err);
    for (uint32_t i = 0; ok && i < graph_visible_inputs(g); i++)
        k.types[g->inputs.at[i]] = inputs[i];
    ok = ok && graph_check_partly(g, &k, err);
    for (uint32_t i = 0; ok && i < g->outputs.count; i++)
        d->outputs[i] = (struct msw_tensor){.name = graph_output_name(g, i), .type = k.types[g->outputs.at[i]]};
    for (uint32_t i = 0; ok && i < g->inputs.count; i++)
        ok = make_input(d, i, &k.types[g->inputs.at[i]], err);
    arena_free(&arena);
    return ok;
}

static void free_run(struct dynamic *d) {
    restart(d);
    for (uint32_t i = 0; d->output_slots && i < d->model->outputs.count; i++)
        slot_drop(&d->output_slots[i]);
    for (uint32_t i = 0; d->layouts && i <= d->model->function_count; i++)
        layout_end(&d->layouts[i]);
    arena_free(&d->arena);
    host_free(d);
}

struct dynamic *dynamic_new(const struct graph *model, const struct msw_type *inputs, struct error *err) {
    struct dynamic *d = host_alloc(sizeof *d);
    if (!d) {
        error_no_memory(err, sizeof *d);
        return NULL;
    }
    *d = (struct dynamic){.some = some, .next_step = next_step, .restart = restart, .free = free_run, .model = model};
    d->layouts = arena_alloc(&d->arena, (size_t)model->function_count + 1, sizeof *d->layouts, err);
    d->inputs = arena_alloc(&d->arena, model->inputs.count, sizeof *d->inputs, err);
    d->outputs = arena_alloc(&d->arena, model->outputs.count, sizeof *d->outputs, err);
    d->output_slots = arena_alloc(&d->arena, model->outputs.count, sizeof *d->output_slots, err);
    if (d->layouts && d->inputs && d->outputs && d->output_slots && check_known(d, inputs, err))
        return d;
    free_run(d);
    return NULL;
}
