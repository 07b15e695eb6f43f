/* mindir_calls.c - functions: named directly, with some inputs bound by Partial, or chosen by Switch. */
#include <string.h>

#include "read/mindir_build.h"

bool mindir_find_function(struct mindir *m, struct text name, struct item *item) {
    uint32_t number;
    if (!names_find(&m->item_names, name.at, name.length, &number))
        return false;
    *item = m->items[number];
    return item->kind == ITEM_CLOSURE || item->kind == ITEM_SWITCH;
}

bool mindir_make_closure(struct mindir *m, const struct mindir_node *node, struct item *result) {
    if (node->input_count == 0 || node->inputs[0].kind != ITEM_CLOSURE)
        return error_set(m->err, MSW_INVALID, "needs a function as its first input");
    const struct item *function = &node->inputs[0];
    const uint32_t more = node->input_count - 1;
    *result = (struct item){.kind = ITEM_CLOSURE, .function = function->function, .count = function->count + more};
    result->items = arena_alloc(m->graph->arena, result->count, sizeof *result->items, m->err);
    if (!result->items)
        return false;
    if (function->count > 0)
        memcpy(result->items, function->items, function->count * sizeof *result->items);
    if (more > 0)
        memcpy(result->items + function->count, node->inputs + 1, more * sizeof *result->items);
    return true;
}

bool mindir_make_switch(struct mindir *m, const struct mindir_node *node, struct item *result) {
    if (node->input_count != 3 || node->inputs[1].kind != ITEM_CLOSURE || node->inputs[2].kind != ITEM_CLOSURE)
        return error_set(m->err, MSW_INVALID, "needs a condition and two functions");
    *result = (struct item){.kind = ITEM_SWITCH, .count = 3, .items = node->inputs};
    return true;
}

enum { MAX_INPUTS = 4096, MAX_TUPLE_DEPTH = 32 };

static bool add_value(struct mindir *m, uint32_t value, struct value_list *list) {
    return value != NO_VALUE && value_list_add(m->graph, list, value, m->err);
}

/* Arguments for function `callee`, on their way to the inputs of the node.
 *   written   those that the function writes to
 *   position  how many the file has given it
 *   seen      all that was looked at, for a tuple may name another many times over */
struct arguments {
    struct value_list *list, *written;
    uint32_t callee, position, seen;
};

/* A state is no argument: the function has it already. */
static bool add_argument(struct mindir *m, const struct item *item, struct arguments *a) {
    const uint32_t position = a->position++;
    const uint32_t state = mindir_state_of_input(m, a->callee, position);
    if (state != NO_STATE || item->kind == ITEM_STATE)
        return (item->kind == ITEM_STATE && item->state == state) ||
               error_set(m->err, MSW_UNSUPPORTED, "calls a function that writes to a parameter with a copy of it");
    const uint32_t value = mindir_value(m, item, "of the call");
    return add_value(m, value, a->list) &&
           (!mindir_input_is_written(m, a->callee, position) || add_value(m, value, a->written));
}

/* Tensors of an item, in order; monads are none. */
static bool add_item(struct mindir *m, const struct item *item, int depth, struct arguments *a) {
    if (++a->seen > MAX_INPUTS || depth > MAX_TUPLE_DEPTH)
        return error_set(m->err, MSW_LIMIT, "calls with more than %d inputs, or tuples deeper than %d",
                         (int32_t)MAX_INPUTS, (int32_t)MAX_TUPLE_DEPTH);
    if (item->kind == ITEM_MONAD)
        return true;
    if (item->kind != ITEM_TUPLE)
        return add_argument(m, item, a);
    for (uint32_t i = 0; i < item->count; i++)
        if (!add_item(m, &item->items[i], depth + 1, a))
            return false;
    return true;
}

/* What the states hold, for a function that has to do with them. */
static bool add_states(struct mindir *m, uint32_t callee, struct value_list *list) {
    for (uint32_t s = 0; m->states && s < m->states->count; s++)
        if (mindir_has_state(m, callee, s) && !add_value(m, mindir_state_now(m, s), list))
            return false;
    return true;
}

/* Inputs of one branch: those bound in the closure, then those of the calling node, then the states. */
static bool add_branch(struct mindir *m, const struct item *closure, const struct mindir_node *node,
                       struct value_list *list, struct value_list *written, struct call_branch *branch) {
    struct arguments a = {.list = list, .written = written, .callee = closure->function};
    *branch = (struct call_branch){.function = closure->function - 1, .first = list->count};
    for (uint32_t i = 0; i < closure->count; i++)
        if (!add_item(m, &closure->items[i], 0, &a))
            return false;
    for (uint32_t i = 0; i < node->input_count; i++)
        if (!add_item(m, &node->inputs[i], 0, &a))
            return false;
    if (!add_states(m, closure->function, list))
        return false;
    branch->count = list->count - branch->first;
    return true;
}

/* A condition that is a constant of the program is a number. */
static uint32_t condition(struct mindir *m, const struct item *item) {
    const unsigned char truth = item->kind == ITEM_INT && item->i != 0;
    if (item->kind != ITEM_INT)
        return mindir_value(m, item, "condition");
    return mindir_constant(m, &(struct msw_type){.dtype = MSW_BOOL}, &truth, sizeof truth);
}

/* Tensors in what the file declares as the result. */
static uint32_t count_tensors(const struct item *declared, int depth) {
    uint32_t count = declared->kind == ITEM_TENSOR;
    for (uint32_t i = 0; declared->kind == ITEM_TUPLE && depth < MAX_TUPLE_DEPTH && i < declared->count; i++)
        count += count_tensors(&declared->items[i], depth + 1);
    return count;
}

struct results {
    const struct mindir_node *source;
    const struct node *node;
    uint32_t next;
};

/* The node's results in the form that is declared; a monad among them stands behind what the function wrote. */
static bool take_results(struct mindir *m, const struct item *declared, int depth, struct results *r,
                         struct item *result) {
    *result = *declared;
    if (declared->kind == ITEM_TUPLE && depth < MAX_TUPLE_DEPTH) {
        result->items = arena_alloc(m->graph->arena, declared->count, sizeof *result->items, m->err);
        for (uint32_t i = 0; result->items && i < declared->count; i++)
            if (!take_results(m, &declared->items[i], depth + 1, r, &result->items[i]))
                return false;
        return result->items != NULL;
    }
    if (declared->kind == ITEM_MONAD) {
        result->i = m->graphs[m->current].writes;
        return true;
    }
    if (declared->kind != ITEM_TENSOR)
        return error_set(m->err, MSW_UNSUPPORTED, "calls a function whose result is not declared as tensors");
    struct value *value = &m->graph->values[r->node->outputs[r->next]];
    value->type = declared->tensor->type;
    value->name = r->source->title;
    *result = mindir_item(m, r->node->outputs[r->next++]);
    return true;
}

/* How many states the functions of a call have to do with; both branches have to do with the same. */
static uint32_t count_states(const struct mindir *m, const struct call *call) {
    uint32_t count = 0;
    for (uint32_t s = 0; m->states && s < m->states->count; s++)
        count += mindir_has_state(m, call->branches[0].function + 1, s);
    return count;
}

/* After the call the states hold what the function left in them. */
static bool take_states(struct mindir *m, const struct call *call, const struct node *node, uint32_t next) {
    for (uint32_t s = 0; m->states && s < m->states->count; s++) {
        if (!mindir_has_state(m, call->branches[0].function + 1, s))
            continue;
        const uint32_t value = node->outputs[next++];
        m->graph->values[value].type = mindir_state_type(m, s);
        if (!mindir_state_set(m, s, value))
            return false;
    }
    return true;
}

/* The inputs of the call and where each branch finds its own. */
static bool collect_inputs(struct mindir *m, const struct mindir_node *source, const struct item *callee,
                           struct call *call, struct value_list *list, struct value_list *written) {
    if (callee->kind == ITEM_CLOSURE)
        return add_branch(m, callee, source, list, written, &call->branches[0]);
    call->kind = CALL_SWITCH;
    return add_value(m, condition(m, &callee->items[0]), list) &&
           add_branch(m, &callee->items[1], source, list, written, &call->branches[0]) &&
           add_branch(m, &callee->items[2], source, list, written, &call->branches[1]);
}

/* What a function writes over, nothing may read afterwards; the other branch, which does not run then, may. */
static bool overwrite_all(struct mindir *m, const struct value_list *written) {
    for (uint32_t i = 0; i < written->count; i++)
        if (!mindir_overwrite(m, written->at[i]))
            return false;
    return true;
}

bool mindir_lower_call(struct mindir *m, const struct mindir_node *source, const struct item *callee,
                       struct item *result) {
    struct call *call = arena_alloc(m->graph->arena, 1, sizeof *call, m->err);
    struct value_list list = {0}, written = {0};
    if (!call || !collect_inputs(m, source, callee, call, &list, &written) || !overwrite_all(m, &written))
        return false;
    const uint32_t tensors = count_tensors(&source->declared, 0);
    const uint32_t states = count_states(m, call);
    if (tensors + states == 0)
        return error_set(m->err, MSW_UNSUPPORTED, "calls a function whose result is not declared as tensors");
    struct node *node = graph_add_node(m->graph, &op_call, source->title, list.count, tensors + states, m->err);
    if (!node)
        return false;
    node->call = call;
    if (list.count > 0)
        memcpy(node->inputs, list.at, list.count * sizeof *node->inputs);
    struct results results = {.source = source, .node = node};
    return take_states(m, call, node, tensors) && take_results(m, &source->declared, 0, &results, result);
}
