/* mindir_states.c - parameters that the model writes to, as data flow: each write makes a new value, and each read gets the one that its place in
 * the order of side effects says.
 *
 * Within a graph the writes are counted, in the order of the file, in which the nodes can be computed. A monad stands for the count at its place,
 * so Load(parameter, monad) reads what the parameter held there, also where it stands behind a later write. A parameter used without Load is the
 * variable itself: an operator gets what it holds when its turn comes, the graph's result what it holds in the end. */
#include "read/mindir_build.h"

uint32_t mindir_state_of_parameter(const struct mindir *m, uint32_t value) {
    return m->states && m->current == 0 ? m->states->state_of[0][value] : NO_STATE;
}

uint32_t mindir_state_of_input(const struct mindir *m, uint32_t graph, uint32_t position) {
    if (!m->states || position >= m->states->inputs[graph].count)
        return NO_STATE;
    return m->states->state_of[graph][m->states->inputs[graph].at[position]];
}

bool mindir_input_is_written(const struct mindir *m, uint32_t graph, uint32_t position) {
    return m->states && position < m->states->inputs[graph].count &&
           m->states->written[graph][m->states->inputs[graph].at[position]];
}

struct msw_type mindir_state_type(const struct mindir *m, uint32_t state) {
    return m->graphs[0].graph->values[m->states->value_of[state]].type;
}

uint32_t mindir_state_at(const struct mindir *m, uint32_t state, int64_t writes) {
    uint32_t value = NO_VALUE;
    for (const struct mindir_state_value *h = m->graphs[m->current].history; h; h = h->next) {
        if (h->state != state)
            continue;
        value = h->value;
        if (h->write <= writes)
            break;
    }
    return value;
}

uint32_t mindir_state_now(const struct mindir *m, uint32_t state) {
    return mindir_state_at(m, state, INT64_MAX);
}

static bool remember(struct mindir *m, uint32_t state, uint32_t value) {
    struct mindir_graph *graph = &m->graphs[m->current];
    struct mindir_state_value *held = arena_alloc(m->graph->arena, 1, sizeof *held, m->err);
    if (!held)
        return false;
    *held = (struct mindir_state_value){.next = graph->history, .state = state, .value = value, .write = graph->writes};
    graph->history = held;
    return true;
}

bool mindir_state_begin(struct mindir *m, uint32_t state, uint32_t value) {
    return value != NO_VALUE && remember(m, state, value);
}

/* What was written is looked for in lists, so their length is bounded: a small file must not cost minutes. */
enum { MAX_WRITES = 4096 };

static bool check_writes(const struct mindir *m, uint32_t writes) {
    return writes <= MAX_WRITES ||
           error_set(m->err, MSW_LIMIT, "operators write into tensors more than %d times", (int32_t)MAX_WRITES);
}

static bool make_unreadable(struct mindir *m, uint32_t value) {
    if (!check_writes(m, ++m->overwritten_count))
        return false;
    struct mindir_overwritten *one = arena_alloc(m->graph->arena, 1, sizeof *one, m->err);
    if (!one)
        return false;
    *one = (struct mindir_overwritten){.next = m->overwritten, .graph = m->current, .value = value};
    m->overwritten = one;
    return true;
}

static bool same_memory(const struct item *x, const struct item *y) {
    return x->kind == y->kind && (x->kind == ITEM_STATE ? x->state == y->state : x->value == y->value);
}

/* A write shows in all views, which have the old numbers here. */
static bool spoil_views(struct mindir *m, const struct item *written) {
    for (const struct mindir_view *v = m->views; v; v = v->next)
        if (v->graph == m->current && same_memory(&v->of, written) && !make_unreadable(m, v->value))
            return false;
    return true;
}

static const struct mindir_view *find_view(const struct mindir *m, uint32_t value) {
    const struct mindir_view *v = m->views;
    while (v && (v->graph != m->current || v->value != value))
        v = v->next;
    return v;
}

/* What the item is a view of, where it is one; what was read from a state lies in its memory. */
static struct item memory_of(const struct mindir *m, const struct item *item) {
    const struct mindir_view *view = item->kind == ITEM_VALUE ? find_view(m, item->value) : NULL;
    if (view)
        return view->of;
    for (const struct mindir_state_value *h = m->graphs[m->current].history; h; h = h->next)
        if (item->kind == ITEM_VALUE && h->value == item->value)
            return (struct item){.kind = ITEM_STATE, .state = h->state};
    return *item;
}

bool mindir_add_view(struct mindir *m, const struct item *item, const struct item *result) {
    for (uint32_t i = 0; result->kind == ITEM_TUPLE && i < result->count; i++)
        if (result->items[i].kind == ITEM_VALUE && !mindir_add_view(m, item, &result->items[i]))
            return false;
    if (result->kind != ITEM_VALUE || (item->kind != ITEM_VALUE && item->kind != ITEM_STATE))
        return true;
    struct mindir_view *view = arena_alloc(m->graph->arena, 1, sizeof *view, m->err);
    if (!view)
        return false;
    *view =
        (struct mindir_view){.next = m->views, .of = memory_of(m, item), .graph = m->current, .value = result->value};
    m->views = view;
    return true;
}

bool mindir_state_set(struct mindir *m, uint32_t state, uint32_t value) {
    if (!check_writes(m, ++m->graphs[m->current].writes))
        return false;
    return remember(m, state, value) && spoil_views(m, &(struct item){.kind = ITEM_STATE, .state = state});
}

static bool is_held(const struct mindir *m, uint32_t value) {
    for (const struct mindir_state_value *h = m->graphs[m->current].history; h; h = h->next)
        if (h->value == value)
            return true;
    return false;
}

/* A parameter of the main graph, or an input of a function: others see what is written there. */
static bool is_outside(const struct mindir *m, uint32_t value) {
    return m->current == 0 ? value < m->graphs[0].parameter_count : m->graph->values[value].kind == VALUE_INPUT;
}

bool mindir_overwrite(struct mindir *m, uint32_t value) {
    const bool outside = !m->states && is_outside(m, value);
    if ((m->graph->values[value].kind == VALUE_CONSTANT && !outside) || is_held(m, value))
        return error_set(m->err, MSW_UNSUPPORTED,
                         "writes into a constant, or into what was read from a parameter, which is not supported");
    if (find_view(m, value))
        return error_set(m->err, MSW_UNSUPPORTED, "writes into a view of another tensor, which is not supported");
    m->writes_outside |= outside;
    return make_unreadable(m, value) && spoil_views(m, &(struct item){.kind = ITEM_VALUE, .value = value});
}

bool mindir_readable(struct mindir *m, const struct item *item) {
    if (item->kind != ITEM_VALUE || (!m->states && item->function == m->current && is_outside(m, item->value)))
        return true; /* the second round knows whether it is a state */
    for (const struct mindir_overwritten *o = m->overwritten; o; o = o->next)
        if (o->graph == item->function && o->value == item->value)
            return error_set(m->err, MSW_UNSUPPORTED, "reads a tensor after another operator wrote into it");
    return true;
}

static bool add_input(struct mindir *m, uint32_t state) {
    const struct value *parameter = &m->graphs[0].graph->values[m->states->value_of[state]];
    const struct value value = {.name = parameter->name, .type = parameter->type, .kind = VALUE_INPUT};
    const uint32_t input = graph_add_value(m->graph, &value, m->err);
    return mindir_state_begin(m, state, input) && value_list_add(m->graph, &m->graph->inputs, input, m->err);
}

bool mindir_add_state_inputs(struct mindir *m) {
    for (uint32_t s = 0; m->states && s < m->states->count; s++) {
        const bool ok = m->current == 0 ? value_list_add(m->graph, &m->graph->inputs, m->states->value_of[s], m->err)
                                        : !mindir_has_state(m, m->current, s) || add_input(m, s);
        if (!ok)
            return false;
    }
    return true;
}

bool mindir_add_state_outputs(struct mindir *m) {
    for (uint32_t s = 0; m->states && s < m->states->count; s++)
        if (mindir_has_state(m, m->current, s) &&
            !value_list_add(m->graph, &m->graph->outputs, mindir_state_now(m, s), m->err))
            return false;
    if (m->states && m->current == 0)
        m->graph->state_count = m->states->count;
    return true;
}

bool mindir_has_state(const struct mindir *m, uint32_t graph, uint32_t state) {
    return graph == 0 || (m->states->stateful[graph] && m->states->shared[state]);
}
