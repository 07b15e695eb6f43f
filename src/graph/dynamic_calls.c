/* dynamic_calls.c - calls, branches and loops in a dynamic run. A loop keeps the frame of its body from one iteration to the next. */
#include <string.h>

#include "base/host.h"
#include "graph/check.h"
#include "graph/dynamic_pieces.h"

/* What the iterations add up to, one behind the other.
 *   memory  a uint8 tensor with room for them */
struct stacked {
    struct slot memory;
    struct msw_type type; /* of one */
    size_t bytes, used;   /* of one, of all */
};

/* A Loop or Scan that is being done. inputs: of the body, before those that are captured: of the next iteration, of a scan without slices. */
struct loop {
    const struct call *call;
    int64_t count, iteration;
    bool goes_on;
    struct slot *carried, *scanned;
    struct stacked *results;
    uint32_t result_count;
};

static uint32_t leading(const struct loop *loop) { /* outputs of the body before the carried */
    return loop->call->kind == CALL_LOOP ? 1 : 0;
}

void loop_free(struct loop *loop) {
    if (!loop)
        return;
    for (uint32_t i = 0; i < loop->call->carried; i++)
        slot_drop(&loop->carried[i]);
    for (uint32_t i = 0; i < loop->call->scanned; i++)
        slot_drop(&loop->scanned[i]);
    for (uint32_t i = 0; i < loop->result_count; i++)
        slot_drop(&loop->results[i].memory);
    host_free(loop);
}

/* In one piece of memory. */
static struct loop *loop_new(const struct call *call, uint32_t results, struct error *err) {
    const uint64_t slots = (uint64_t)call->carried + call->scanned;
    const uint64_t bytes =
        sizeof(struct loop) + slots * sizeof(struct slot) + (uint64_t)results * sizeof(struct stacked);
    struct loop *loop = bytes > TYPE_MAX_BYTES ? NULL : host_alloc((size_t)bytes);
    if (!loop) {
        error_no_memory(err, (size_t)bytes);
        return NULL;
    }
    memset(loop, 0, (size_t)bytes);
    loop->call = call;
    loop->results = (struct stacked *)(loop + 1);
    loop->carried = (struct slot *)(loop->results + results);
    loop->scanned = loop->carried + call->carried;
    loop->result_count = results;
    return loop;
}

static struct frame *under(struct dynamic *d) {
    return &d->frames[d->depth - 2];
}

static const struct node *node_of(const struct frame *f, uint32_t index) {
    return &f->layout->graph->nodes[index];
}

static bool name_caller(struct dynamic *d, const struct frame *f, struct error *err) {
    const struct node *node = node_of(f, f->next);
    error_add_node(err, (int32_t)(graph_first_node(d->model, f->layout->graph) + f->next), node->name,
                   node_op(node)->about.name);
    return false;
}

/* Input `index` of the top frame's graph; the slot belongs to the frame from now on. */
static bool give_input(struct frame *f, uint32_t index, struct slot *slot, struct error *err) {
    const struct graph *g = f->layout->graph;
    const uint32_t v = g->inputs.at[index];
    const struct msw_type *wanted = &g->values[v].type;
    if (slot->kind == SLOT_EMPTY || (slot->kind == SLOT_TENSOR && !type_matches(wanted, &slot->type))) {
        error_set(err, MSW_INVALID, "calls a function with %t where it takes %t", &slot->type, wanted);
        slot_drop(slot);
        return false;
    }
    slot_drop(&f->slots[v]);
    f->slots[v] = *slot;
    return true;
}

static bool give_shared(struct frame *f, uint32_t index, const struct frame *from, uint32_t value, struct error *err) {
    const struct slot held = frame_value(from, value);
    struct slot slot = slot_share(&held);
    return give_input(f, index, &slot, err);
}

/* True when the scalar or list of one is there. */
static bool is_one(const struct slot *slot, int32_t dtype) {
    return slot->kind == SLOT_TENSOR && slot->type.dtype == dtype && type_elements(&slot->type) == 1;
}

static bool is_left_out(const struct slot *slot) {
    return slot->kind == SLOT_TENSOR && slot->type.dtype == MSW_FLOAT32 && slot->type.rank == 1 &&
           slot->type.dims[0] == 0;
}

static bool read_condition(const struct slot *slot, bool *condition, struct error *err) {
    if (!is_one(slot, MSW_BOOL))
        return error_set(err, MSW_INVALID, "a condition must be one bool, got %t", &slot->type);
    *condition = *(const unsigned char *)slot->data != 0;
    return true;
}

static bool check_counts(const struct dynamic *d, const struct node *node, const struct call_branch *branch,
                         uint32_t results, struct error *err) {
    if (branch->function >= d->model->function_count)
        return error_set(err, MSW_INVALID, "calls a function that is not there");
    const struct graph *callee = &d->model->functions[branch->function];
    if (branch->count != callee->inputs.count || branch->first > node->input_count ||
        branch->count > node->input_count - branch->first)
        return error_set(err, MSW_INVALID, "calls a function of %d inputs with %d", (int32_t)callee->inputs.count,
                         (int32_t)branch->count);
    if (results != callee->outputs.count)
        return error_set(err, MSW_INVALID, "calls a function of %d results for %d", (int32_t)callee->outputs.count,
                         (int32_t)results);
    return true;
}

/* The function's results are those of the function that calls it, which therefore ends with the call. */
static bool is_tail(const struct dynamic *d, const struct frame *f) {
    const struct node *node = node_of(f, f->next);
    const struct value_list *outputs = &f->layout->graph->outputs;
    return d->depth > 1 && !f->loop && outputs->count > 0 && outputs->count == node->output_count &&
           memcmp(outputs->at, node->outputs, outputs->count * sizeof *outputs->at) == 0;
}

/* The top frame takes the place of the one under it. */
static void replace_caller(struct dynamic *d) {
    struct frame callee = d->frames[d->depth - 1];
    d->frames[d->depth - 1] = *under(d);
    callee.caller = under(d)->caller;
    frame_pop(d);
    d->frames[d->depth - 1] = callee;
}

static bool call_function(struct dynamic *d, const struct call *call, struct error *err) {
    struct frame *f = &d->frames[d->depth - 1];
    const struct node *node = node_of(f, f->next);
    bool first = true;
    if (call->kind == CALL_SWITCH) {
        const struct slot condition = frame_value(f, node->inputs[0]);
        if (!read_condition(&condition, &first, err))
            return false;
    }
    const struct call_branch *branch = &call->branches[first ? 0 : 1];
    if (!check_counts(d, node, branch, node->output_count, err))
        return false;
    const bool tail = is_tail(d, f);
    struct frame *callee = frame_push(d, branch->function + 1, f->next, err);
    for (uint32_t i = 0; callee && i < branch->count; i++)
        if (!give_shared(callee, i, f, node->inputs[branch->first + i], err)) {
            frame_pop(d);
            return false;
        }
    if (callee && tail)
        replace_caller(d);
    return callee != NULL;
}

static int64_t at(const int64_t *list, uint32_t index) {
    return list ? list[index] : 0;
}

static bool find_axis(int64_t axis, int32_t rank, int32_t *found, struct error *err) {
    *found = 0;
    if (axis < -rank || axis >= rank)
        return error_set(err, MSW_INVALID, "axis %l is outside [%d,%d] for rank %d", axis, -rank, rank - 1, rank);
    *found = (int32_t)(axis < 0 ? axis + rank : axis);
    return true;
}

/* Element `iteration` of a scanned input, without the axis. */
static bool slice(const struct loop *loop, uint32_t index, struct slot *slot, struct error *err) {
    const struct slot *from = &loop->scanned[index];
    if (loop->call->kind == CALL_MAP) {
        *slot = slot_share(from->kind == SLOT_SEQUENCE ? &from->sequence->items[loop->iteration] : from);
        return true;
    }
    struct msw_type type = from->type;
    int32_t axis;
    if (!find_axis(at(loop->call->input_axes, index), type.rank, &axis, err))
        return false;
    const size_t outer = type_extent(&type, 0, axis), count = (size_t)type.dims[axis];
    const size_t inner = type_extent(&type, axis + 1, type.rank) * dtype_info(type.dtype)->bytes;
    type.rank--;
    memmove(type.dims + axis, type.dims + axis + 1, (size_t)(type.rank - axis) * sizeof type.dims[0]);
    if (!slot_new(slot, &type, err))
        return false;
    const size_t t =
        at(loop->call->input_reverse, index) != 0 ? count - 1 - (size_t)loop->iteration : (size_t)loop->iteration;
    unsigned char *to = slot_elements(slot);
    for (size_t o = 0; o < outer && inner > 0; o++)
        memcpy(to + o * inner, (const unsigned char *)from->data + (o * count + t) * inner, inner);
    return true;
}

static bool give_iteration(struct frame *body, struct error *err) {
    const struct loop *loop = body->loop;
    struct slot number, condition;
    if (!slot_new(&number, &(struct msw_type){.dtype = MSW_INT64}, err))
        return false;
    *(int64_t *)slot_elements(&number) = loop->iteration;
    if (!give_input(body, 0, &number, err) || !slot_new(&condition, &(struct msw_type){.dtype = MSW_BOOL}, err))
        return false;
    *(unsigned char *)slot_elements(&condition) = 1;
    return give_input(body, 1, &condition, err);
}

static bool begin_iteration(struct dynamic *d, struct error *err) {
    struct frame *body = &d->frames[d->depth - 1];
    struct loop *loop = body->loop;
    const struct call_branch *branch = &loop->call->branches[0];
    const struct node *node = node_of(under(d), body->caller);
    uint32_t next = 2 * leading(loop);
    if (next > 0 && !give_iteration(body, err))
        return false;
    for (uint32_t i = 0; i < loop->call->carried; i++) {
        struct slot slot = loop->carried[i];
        loop->carried[i] = (struct slot){.kind = SLOT_EMPTY};
        if (!give_input(body, next++, &slot, err))
            return false;
    }
    for (uint32_t i = 0; i < loop->call->scanned; i++) {
        struct slot slot;
        if (!slice(loop, i, &slot, err) || !give_input(body, next++, &slot, err))
            return false;
    }
    for (; next < branch->count; next++)
        if (!give_shared(body, next, under(d), node->inputs[branch->first + next], err))
            return false;
    return true;
}

static bool push_item(struct stacked *s, const struct slot *slot, struct error *err) {
    struct slot item;
    if (slot->kind != SLOT_TENSOR)
        return error_set(err, MSW_INVALID, "a sequence of tensors can hold nothing else");
    if (s->memory.kind == SLOT_EMPTY && !slot_new_sequence(&s->memory, slot->type.dtype, err))
        return false;
    if (!slot_copy(&item, slot, err))
        return false;
    if (sequence_insert(s->memory.sequence, s->memory.sequence->count, &item, err))
        return true;
    slot_drop(&item);
    return false;
}

static bool push_result(struct stacked *s, const struct slot *slot, struct error *err) {
    if (slot->kind != SLOT_TENSOR || slot->type.rank == MSW_MAX_RANK)
        return error_set(err, MSW_UNSUPPORTED,
                         "an iteration gives %t to be stacked: a tensor of at most rank %d expected", &slot->type,
                         MSW_MAX_RANK - 1);
    if (s->type.dtype == MSW_ANY) {
        s->type = slot->type;
        s->bytes = type_bytes(&slot->type);
    }
    if (!type_matches(&s->type, &slot->type))
        return error_set(err, MSW_INVALID, "an iteration gives %t, those before it %t", &slot->type, &s->type);
    const size_t room = s->memory.kind == SLOT_EMPTY ? 0 : (size_t)s->memory.type.dims[0];
    if (s->memory.kind == SLOT_EMPTY || s->bytes > room - s->used) {
        const uint64_t wanted = 2 * ((uint64_t)s->used + s->bytes);
        struct slot grown;
        const struct msw_type type = {MSW_UINT8, 1, {(int32_t)(wanted > TYPE_MAX_BYTES ? TYPE_MAX_BYTES : wanted)}};
        if (s->used + (uint64_t)s->bytes > TYPE_MAX_BYTES)
            return error_set(err, MSW_LIMIT, "the iterations give more than %l bytes", (int64_t)TYPE_MAX_BYTES);
        if (!slot_new(&grown, &type, err))
            return false;
        if (s->used > 0)
            memcpy(slot_elements(&grown), s->memory.data, s->used);
        slot_drop(&s->memory);
        s->memory = grown;
    }
    if (s->bytes > 0)
        memcpy((unsigned char *)slot_elements(&s->memory) + s->used, slot->data, s->bytes);
    s->used += s->bytes;
    return true;
}

/* Of the results of a loop without iterations only the types are wanted, as far as they are known. */
static bool types_without_iterations(struct dynamic *d, const struct node *node, struct error *err) {
    struct frame *body = &d->frames[d->depth - 1];
    const struct graph *g = body->layout->graph;
    struct loop *loop = body->loop;
    struct arena arena = {0};
    struct knowledge k;
    struct error unheard = {0};
    const bool begun = knowledge_begin(g, &arena, &arena, &k, err);
    for (uint32_t i = 0; begun && i < g->inputs.count; i++) {
        const uint32_t from = i - 2 * leading(loop);
        if (i >= 2 * leading(loop) && from < loop->call->carried && loop->carried[from].kind == SLOT_TENSOR)
            k.types[g->inputs.at[i]] = loop->carried[from].type;
    }
    if (begun)
        (void)graph_check_partly(g, &k, &unheard);
    for (uint32_t i = 0; begun && i < loop->result_count; i++) {
        const uint32_t carried = loop->call->carried;
        struct msw_type type = k.types[g->outputs.at[leading(loop) + carried + i]];
        const struct msw_type *declared = &under(d)->layout->graph->values[node->outputs[carried + i]].type;
        if (type.dtype == MSW_ANY)
            type.dtype = declared->dtype == MSW_ANY ? MSW_FLOAT32 : declared->dtype;
        if (type.rank < 0 && declared->rank > 0)
            type.rank = declared->rank - 1;
        type.rank = type.rank < 0 ? 0 : type.rank < MSW_MAX_RANK ? type.rank : MSW_MAX_RANK - 1;
        for (int32_t k_dim = 0; k_dim < type.rank; k_dim++)
            type.dims[k_dim] = type.dims[k_dim] < 0 ? 0 : type.dims[k_dim];
        loop->results[i].type = type;
    }
    arena_free(&arena);
    return begun;
}

/* The stacked iterations with their axis and direction. */
static bool stack(const struct loop *loop, uint32_t index, struct slot *result, struct error *err) {
    struct stacked *s = &loop->results[index];
    struct msw_type type = s->type;
    int32_t axis;
    if (loop->iteration > INT32_MAX)
        return error_set(err, MSW_LIMIT, "%l iterations are more than a dimension takes", loop->iteration);
    if (!find_axis(at(loop->call->output_axes, index), type.rank + 1, &axis, err))
        return false;
    const bool reverse = at(loop->call->output_reverse, index) != 0;
    const size_t outer = type_extent(&type, 0, axis), count = (size_t)loop->iteration;
    const size_t inner = type_extent(&type, axis, type.rank) * dtype_info(type.dtype)->bytes;
    memmove(type.dims + axis + 1, type.dims + axis, (size_t)(type.rank - axis) * sizeof type.dims[0]);
    type.dims[axis] = (int32_t)count;
    type.rank++;
    if (axis == 0 && !reverse && count > 0) {
        *result = s->memory;
        result->type = type;
        s->memory = (struct slot){.kind = SLOT_EMPTY};
        return true;
    }
    if (!slot_new(result, &type, err))
        return false;
    unsigned char *to = slot_elements(result);
    for (size_t t = 0; t < count && inner > 0; t++)
        for (size_t o = 0; o < outer; o++)
            memcpy(to + (o * count + (reverse ? count - 1 - t : t)) * inner,
                   (const unsigned char *)s->memory.data + (t * outer + o) * inner, inner);
    return true;
}

static bool take_sequence(const struct loop *loop, uint32_t index, struct slot *result, struct error *err) {
    struct stacked *s = &loop->results[index];
    if (s->memory.kind == SLOT_EMPTY)
        return slot_new_sequence(result, s->type.dtype, err);
    *result = s->memory;
    s->memory = (struct slot){.kind = SLOT_EMPTY};
    return true;
}

static bool end_loop(struct dynamic *d, struct error *err) {
    struct frame *body = &d->frames[d->depth - 1], *caller = under(d);
    const struct node *node = node_of(caller, body->caller);
    struct loop *loop = body->loop;
    const uint32_t carried = loop->call->carried;
    const bool map = loop->call->kind == CALL_MAP;
    bool ok = loop->iteration > 0 || types_without_iterations(d, node, err);
    for (uint32_t i = 0; ok && i < carried; i++)
        ok = frame_set_output(caller, node, i, &loop->carried[i], err);
    for (uint32_t i = 0; ok && i < loop->result_count; i++) {
        struct slot slot;
        ok = (map ? take_sequence : stack)(loop, i, &slot, err) &&
             frame_set_output(caller, node, carried + i, &slot, err);
    }
    frame_pop(d);
    if (ok)
        frame_pass_node(caller);
    return ok;
}

static bool next_iteration(struct dynamic *d, struct error *err) {
    const struct loop *loop = d->frames[d->depth - 1].loop;
    return loop->goes_on && loop->iteration < loop->count ? begin_iteration(d, err) : end_loop(d, err);
}

static bool end_iteration(struct dynamic *d, struct error *err) {
    struct frame *body = &d->frames[d->depth - 1];
    const struct graph *g = body->layout->graph;
    struct loop *loop = body->loop;
    uint32_t next = 0;
    if (leading(loop) > 0) {
        const struct slot condition = frame_value(body, g->outputs.at[next++]);
        if (!read_condition(&condition, &loop->goes_on, err))
            return false;
    }
    for (uint32_t i = 0; i < loop->call->carried; i++) {
        const struct slot held = frame_value(body, g->outputs.at[next++]);
        loop->carried[i] = slot_share(&held);
    }
    for (uint32_t i = 0; i < loop->result_count; i++) {
        const struct slot held = frame_value(body, g->outputs.at[next++]);
        if (!(loop->call->kind == CALL_MAP ? push_item : push_result)(&loop->results[i], &held, err))
            return false;
    }
    frame_clear(body);
    loop->iteration++;
    return next_iteration(d, err);
}

static bool begin_loop(const struct frame *f, const struct node *node, struct loop *loop, struct error *err) {
    const struct slot count = frame_value(f, node->inputs[0]), condition = frame_value(f, node->inputs[1]);
    loop->count = INT64_MAX;
    loop->goes_on = true;
    if (!is_left_out(&count)) {
        if (!is_one(&count, MSW_INT64))
            return error_set(err, MSW_INVALID, "a trip count must be one int64, got %t", &count.type);
        loop->count = *(const int64_t *)count.data;
    }
    return is_left_out(&condition) || read_condition(&condition, &loop->goes_on, err);
}

static bool begin_scan(const struct frame *f, const struct node *node, struct loop *loop, struct error *err) {
    const struct call *call = loop->call;
    loop->goes_on = true;
    for (uint32_t i = 0; i < call->scanned; i++) {
        const struct slot held = frame_value(f, node->inputs[call->carried + i]);
        int32_t axis;
        if (held.kind != SLOT_TENSOR)
            return error_set(err, MSW_INVALID, "only tensors can be scanned");
        if (!find_axis(at(call->input_axes, i), held.type.rank, &axis, err))
            return false;
        if (i > 0 && loop->count != held.type.dims[axis])
            return error_set(err, MSW_INVALID, "scans %d elements of one input and %l of another", held.type.dims[axis],
                             loop->count);
        loop->count = held.type.dims[axis];
        loop->scanned[i] = slot_share(&held);
    }
    return true;
}

static bool begin_map(const struct frame *f, const struct node *node, struct loop *loop, struct error *err) {
    loop->goes_on = true;
    for (uint32_t i = 0; i < loop->call->scanned; i++) {
        const struct slot held = frame_value(f, node->inputs[i]);
        loop->scanned[i] = slot_share(&held);
        if (i > 0 && held.kind == SLOT_TENSOR)
            continue;
        if (held.kind != SLOT_SEQUENCE || (i > 0 && held.sequence->count != loop->count))
            return error_set(err, MSW_INVALID, "input %d must be a sequence as long as input 0", (int32_t)i);
        loop->count = held.sequence->count;
    }
    return true;
}

static bool repeat(struct dynamic *d, const struct call *call, struct error *err) {
    struct frame *f = &d->frames[d->depth - 1];
    const struct node *node = node_of(f, f->next);
    const bool is_loop = call->kind == CALL_LOOP;
    const uint32_t own = (is_loop ? 2 : 0) + call->carried + call->scanned;
    const struct call_branch *branch = &call->branches[0];
    if (call->carried > node->output_count || node->input_count < own || branch->own != own || branch->first != 0 ||
        (is_loop ? call->scanned > 0 : call->scanned == 0) || (call->kind == CALL_MAP && call->carried > 0))
        return error_set(err, MSW_INVALID, "has %d inputs and %d outputs, which do not fit its body",
                         (int32_t)node->input_count, (int32_t)node->output_count);
    if (!check_counts(d, node, branch, node->output_count + is_loop, err))
        return false;
    struct loop *loop = loop_new(call, node->output_count - call->carried, err);
    struct frame *body = loop ? frame_push(d, branch->function + 1, f->next, err) : NULL;
    if (!body) {
        host_free(loop);
        return false;
    }
    body->loop = loop;
    bool ok = (is_loop ? begin_loop : call->kind == CALL_MAP ? begin_map : begin_scan)(f, node, loop, err);
    for (uint32_t i = 0; ok && i < call->carried; i++) {
        const struct slot held = frame_value(f, node->inputs[(is_loop ? 2 : 0) + i]);
        loop->carried[i] = slot_share(&held);
    }
    if (ok)
        return next_iteration(d, err);
    frame_pop(d);
    return false;
}

bool dynamic_call(struct dynamic *d, struct error *err) {
    struct frame *f = &d->frames[d->depth - 1];
    const struct call *call = node_of(f, f->next)->call;
    const bool ok = call->kind > CALL_SWITCH ? repeat(d, call, err) : call_function(d, call, err);
    return ok || name_caller(d, f, err);
}

static bool give_results(struct dynamic *d, struct error *err) {
    struct frame *f = &d->frames[d->depth - 1], *caller = under(d);
    const struct node *node = node_of(caller, f->caller);
    for (uint32_t i = 0; i < node->output_count; i++) {
        const struct slot held = frame_value(f, f->layout->graph->outputs.at[i]);
        struct slot slot = slot_share(&held);
        if (!frame_set_output(caller, node, i, &slot, err))
            return false;
    }
    frame_pop(d);
    frame_pass_node(caller);
    return true;
}

bool dynamic_return(struct dynamic *d, struct error *err) {
    struct frame *caller = under(d);
    const bool ok = d->frames[d->depth - 1].loop ? end_iteration(d, err) : give_results(d, err);
    return ok || name_caller(d, caller, err);
}
