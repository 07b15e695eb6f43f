/* mindir_lower.c - from MindIR's spellings to our operators, as the rows of mindir.def say. */
#include <string.h>

#include "read/mindir_attributes.h" /* NOLINT(misc-include-cleaner): rows of mindir.def use it */
#include "read/mindir_build.h"
#include "read/mindir_composite.h" /* NOLINT(misc-include-cleaner): rows of mindir.def use it */

struct spelling {
    const char *name;
    const char *op; /* NULL for a node of structure */
    const char *operands;
    bool (*more)(struct mindir *m, const struct mindir_node *source, struct node *node);
    bool (*make)(struct mindir *m, const struct mindir_node *source, struct item *result);
};

/* Nodes of structure */

static bool need_inputs(struct mindir *m, const struct mindir_node *source, uint32_t count) {
    return source->input_count >= count || error_set(m->err, MSW_INVALID, "takes at least %d inputs, got %d",
                                                     (int32_t)count, (int32_t)source->input_count);
}

static bool make_first(struct mindir *m, const struct mindir_node *source, struct item *result) {
    if (!need_inputs(m, source, 1))
        return false;
    *result = source->inputs[0];
    return true;
}

static bool make_closure(struct mindir *m, const struct mindir_node *source, struct item *result) {
    return mindir_make_closure(m, source, result);
}

static bool make_switch(struct mindir *m, const struct mindir_node *source, struct item *result) {
    return mindir_make_switch(m, source, result);
}

static bool make_tuple(struct mindir *m, const struct mindir_node *source, struct item *result) {
    (void)m;
    *result = (struct item){.kind = ITEM_TUPLE, .count = source->input_count, .items = source->inputs};
    return true;
}

/* A tuple of numbers that is computed, such as a shape, is a vector of the graph. */
static bool element_of_vector(struct mindir *m, const struct mindir_node *source, struct item *result) {
    const uint32_t vector = mindir_value(m, &source->inputs[0], "tuple");
    const uint32_t index = mindir_value(m, &source->inputs[1], "index");
    struct node *node = vector != NO_VALUE && index != NO_VALUE
                            ? graph_add_node(m->graph, op_find("Gather"), source->title, 2, 1, m->err)
                            : NULL;
    if (!node)
        return false;
    node->inputs[0] = vector;
    node->inputs[1] = index;
    *result = mindir_item(m, node->outputs[0]);
    return true;
}

static bool make_element(struct mindir *m, const struct mindir_node *source, struct item *result) {
    if (!need_inputs(m, source, 2))
        return false;
    const struct item *tuple = &source->inputs[0], *index = &source->inputs[1];
    if (tuple->kind == ITEM_VALUE && index->kind == ITEM_INT)
        return element_of_vector(m, source, result);
    if (tuple->kind != ITEM_TUPLE || index->kind != ITEM_INT)
        return error_set(m->err, MSW_INVALID, "needs a tuple and a constant index");
    const int64_t at = index->i < 0 ? index->i + tuple->count : index->i;
    if (at < 0 || at >= tuple->count)
        return error_set(m->err, MSW_INVALID, "index %l is outside a tuple of %d", index->i, (int32_t)tuple->count);
    *result = tuple->items[at];
    return true;
}

static bool make_monad(struct mindir *m, const struct mindir_node *source, struct item *result) {
    (void)source;
    *result = (struct item){.kind = ITEM_MONAD, .i = m->graphs[m->current].writes};
    return true;
}

/* Our graph has no variables: an operator that writes into its first input gives a new value, which a state then holds. */
static bool write_into(struct mindir *m, const struct item *target, uint32_t old, uint32_t value, struct item *result) {
    if (target->kind != ITEM_STATE)
        return mindir_overwrite(m, old);
    *result = *target;
    return mindir_state_set(m, target->state, value);
}

/* What a variable holds where the monad stands. */
static bool make_loaded(struct mindir *m, const struct mindir_node *source, struct item *result) {
    if (!make_first(m, source, result))
        return false;
    if (result->kind != ITEM_STATE)
        return true;
    const struct item *monad = source->input_count > 1 ? &source->inputs[1] : NULL;
    const uint32_t held = monad && monad->kind == ITEM_MONAD ? mindir_state_at(m, result->state, monad->i)
                                                             : mindir_state_now(m, result->state);
    *result = mindir_item(m, held);
    return held != NO_VALUE || error_set(m->err, MSW_UNSUPPORTED, "reads a parameter that this function is not given");
}

/* Assign(variable, value) */
static bool make_assign(struct mindir *m, const struct mindir_node *source, struct item *result) {
    if (!need_inputs(m, source, 2))
        return false;
    const struct item *target = &source->inputs[0];
    if (target->kind != ITEM_STATE && target->kind != ITEM_VALUE)
        return error_set(m->err, MSW_INVALID, "input 'variable' must be a tensor");
    const uint32_t old = mindir_value(m, target, "variable");
    const uint32_t value = mindir_value(m, &source->inputs[1], "value");
    if (old == NO_VALUE || value == NO_VALUE)
        return false;
    *result = mindir_item(m, value);
    return write_into(m, target, old, value, result);
}

static const struct spelling spellings[] = {
#define MINDIR(spelling, op_name, words, reader)                                                                       \
    {.name = #spelling, .op = #op_name, .operands = words, .more = read_##reader},
#define STRUCTURE(spelling, maker) {.name = #spelling, .make = make_##maker},
#include "read/mindir.def"
#undef MINDIR
#undef STRUCTURE
};

/* Operands */

/* The next word of a list of operands; empty at its end. optional: it ended in '?'. */
static struct text next_word(const char **words, bool *optional) {
    while (**words == ' ')
        ++*words;
    struct text word = {.at = *words};
    while (**words && **words != ' ')
        ++*words;
    word.length = (size_t)(*words - word.at);
    *optional = word.length > 0 && word.at[word.length - 1] == '?';
    word.length -= *optional;
    return word;
}

enum { WORD_BYTES = 32 };

/* A constant tensor of whole numbers as a list. */
static bool set_tensor(struct mindir *m, struct node *node, const char *name, const struct tensor_proto *t) {
    size_t elements, bytes;
    const bool wide = t->type.dtype == MSW_INT64;
    const unsigned char *data = NULL;
    if ((wide || t->type.dtype == MSW_INT32) && type_sizes(&t->type, &elements, &bytes) && bytes == t->raw_length)
        data = document_bytes(m->doc, t->raw_offset, bytes);
    if (!data)
        return error_set(m->err, MSW_UNSUPPORTED, "input '%s' must be a short constant of whole numbers", name);
    int64_t *ints = arena_alloc(m->graph->arena, elements, sizeof *ints, m->err);
    for (size_t i = 0; ints && i < elements; i++) {
        int32_t narrow;
        if (wide)
            memcpy(&ints[i], data + i * sizeof *ints, sizeof *ints);
        else
            ints[i] = *(int32_t *)memcpy(&narrow, data + i * sizeof narrow, sizeof narrow);
    }
    return ints && node_set_ints(m->graph, node, name, ints, (int32_t)elements, m->err);
}

static bool set_ints(struct mindir *m, struct node *node, const char *name, const struct item *item) {
    const bool one = item->kind == ITEM_INT;
    const uint32_t count = one ? 1 : item->count;
    if (!one && item->kind != ITEM_TUPLE)
        return error_set(m->err, MSW_INVALID, "input '%s' must be a constant whole number or a tuple of them", name);
    int64_t *ints = arena_alloc(m->graph->arena, count, sizeof *ints, m->err);
    for (uint32_t i = 0; ints && i < count; i++) {
        const struct item *element = one ? item : &item->items[i];
        if (element->kind != ITEM_INT)
            return error_set(m->err, MSW_INVALID, "input '%s' must hold whole numbers alone", name);
        ints[i] = element->i;
    }
    return ints && node_set_ints(m->graph, node, name, ints, (int32_t)count, m->err);
}

static bool set_float(struct mindir *m, struct node *node, const char *name, const struct item *item) {
    if (item->kind != ITEM_FLOAT && item->kind != ITEM_INT)
        return error_set(m->err, MSW_INVALID, "input '%s' must be a constant number", name);
    return node_set_float(m->graph, node, name, item->kind == ITEM_FLOAT ? (double)item->f : (double)item->i, m->err);
}

/* A data type by MindSpore's TypeId as ours. */
static bool set_dtype(struct mindir *m, struct node *node, const struct item *item) {
    static const struct {
        int32_t type_id, dtype;
    } types[] = {{30, MSW_BOOL},  {32, MSW_INT8},    {33, MSW_INT16},   {34, MSW_INT32},   {35, MSW_INT64},
                 {37, MSW_UINT8}, {42, MSW_FLOAT16}, {43, MSW_FLOAT32}, {44, MSW_FLOAT64}, {45, MSW_BFLOAT16}};
    for (size_t i = 0; item->kind == ITEM_INT && i < sizeof types / sizeof types[0]; i++)
        if (item->i == types[i].type_id)
            return node_set_int(m->graph, node, "dtype", types[i].dtype, m->err);
    if (item->kind != ITEM_INT)
        return error_set(m->err, MSW_INVALID, "input 'dtype' must be a constant whole number");
    return error_set(m->err, MSW_UNSUPPORTED, "data type number %l of MindSpore is not supported", item->i);
}

/* A constant input that sets an attribute. A tuple of one may stand for a number: Softmax's axis is written so. */
static bool set_attribute(struct mindir *m, struct node *node, int32_t index, const struct item *item) {
    const struct msw_attr_spec *spec = &node->op->about.attrs[index];
    if (item->kind == ITEM_NONE)
        return true;
    const uint32_t count = item->kind == ITEM_TUPLE ? item->count : 1;
    if (strcmp(spec->name, "dtype") == 0)
        return set_dtype(m, node, item);
    if (spec->kind == MSW_ATTR_FLOAT)
        return set_float(m, node, spec->name, item);
    if (item->kind == ITEM_TENSOR && spec->kind == MSW_ATTR_INTS)
        return set_tensor(m, node, spec->name, item->tensor);
    if (spec->kind == MSW_ATTR_INT && count != 1)
        return error_set(m->err, MSW_UNSUPPORTED, "input '%s' must be one whole number, got %d", spec->name,
                         (int32_t)count);
    return set_ints(m, node, spec->name, item);
}

struct operand_walk {
    const char *words;
    uint32_t input;    /* of the file's node */
    uint32_t operands; /* of ours */
    uint32_t *values;
    bool writes; /* into the first of them */
};

/* One input becomes one operand. */
static bool take_operand(struct mindir *m, const char *word, const struct item *item, struct operand_walk *w) {
    const bool like_x = strcmp(word, "like_x") == 0 && w->operands > 0 && item->kind != ITEM_VALUE;
    const uint32_t value =
        like_x ? mindir_scalar_like(m, item, m->graph->values[w->values[0]].type.dtype) : mindir_value(m, item, word);
    w->values[w->operands++] = value;
    return value != NO_VALUE;
}

/* The last operand is multiplied by a constant number, unless that is 1. */
static bool take_factor(struct mindir *m, const struct mindir_node *source, const struct item *item,
                        struct operand_walk *w) {
    if ((item->kind == ITEM_INT && item->i == 1) || (item->kind == ITEM_FLOAT && item->f == 1))
        return true;
    uint32_t *last = &w->values[w->operands - 1];
    const struct msw_type *type = &m->graph->values[*last].type;
    const uint32_t factor = mindir_scalar_like(m, item, type->dtype);
    struct node *node =
        factor == NO_VALUE ? NULL : graph_add_node(m->graph, op_find("Mul"), source->title, 2, 1, m->err);
    if (!node)
        return false;
    node->inputs[0] = *last;
    node->inputs[1] = factor;
    m->graph->values[node->outputs[0]].type = m->graph->values[*last].type;
    *last = node->outputs[0];
    return true;
}

/* A tuple of tensors becomes as many operands. */
static bool take_operands(struct mindir *m, const char *word, const struct item *item, struct operand_walk *w) {
    if (item->kind != ITEM_TUPLE)
        return take_operand(m, word, item, w);
    for (uint32_t i = 0; i < item->count; i++)
        if (!take_operand(m, word, &item->items[i], w))
            return false;
    return true;
}

/* Walk over words and inputs together. With a node, set its attributes; without, find its operands. */
static bool walk_inputs(struct mindir *m, const struct spelling *s, const struct op *op,
                        const struct mindir_node *source, struct node *node, struct operand_walk *w) {
    static const struct item none = {0};
    bool optional = false;
    w->words = s->operands;
    w->input = 0;
    for (struct text word = next_word(&w->words, &optional); word.length > 0; word = next_word(&w->words, &optional)) {
        char name[WORD_BYTES] = {0};
        memcpy(name, word.at, word.length < WORD_BYTES ? word.length : WORD_BYTES - 1);
        char *last = &name[word.length - 1];
        const bool many = *last == '*', writes = *last == '!';
        if (many || writes)
            *last = '\0';
        w->writes |= writes;
        const bool there = w->input < source->input_count && source->inputs[w->input].kind != ITEM_MONAD;
        const struct item *item = there ? &source->inputs[w->input++] : &none;
        const int32_t attribute = op_attr_index(op, name);
        if ((!there || item->kind == ITEM_NONE) && !optional)
            return error_set(m->err, MSW_INVALID, "input '%s' is missing", name);
        if (strcmp(name, "-") == 0)
            continue;
        bool ok = true;
        if (attribute >= 0)
            ok = !node || set_attribute(m, node, attribute, item);
        else if (!node && strcmp(name, "times") == 0 && w->operands > 0)
            ok = take_factor(m, source, item, w);
        else if (!node && item->kind != ITEM_NONE)
            ok = many ? take_operands(m, name, item, w) : take_operand(m, name, item, w);
        if (!ok)
            return false;
    }
    for (; w->input < source->input_count; w->input++)
        if (source->inputs[w->input].kind != ITEM_MONAD)
            return error_set(m->err, MSW_INVALID, "has %d inputs, more than it takes", (int32_t)source->input_count);
    return true;
}

/* Most operands that a node can have: its inputs, with tuples taken apart. */
static uint32_t count_operands(const struct mindir_node *source) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < source->input_count; i++)
        count += source->inputs[i].kind == ITEM_TUPLE ? source->inputs[i].count + 1 : 1;
    return count;
}

/* Results: as many as the row says, or, where it leaves that open, as the file declares. */
static bool count_results(struct mindir *m, const struct op *op, const struct mindir_node *source, uint32_t *count) {
    *count = (uint32_t)op->about.outputs;
    if (op->about.outputs != OP_MANY)
        return true;
    *count = source->declared.count;
    return (source->declared.kind == ITEM_TUPLE && source->declared.count > 0) ||
           error_set(m->err, MSW_INVALID, "the file must declare how many results there are");
}

/* The types that the file declares for the results. */
static void declare(struct mindir *m, const struct mindir_node *source, const struct node *node) {
    const struct item *declared = &source->declared;
    for (uint32_t i = 0; i < node->output_count; i++) {
        const struct item *one = declared->kind == ITEM_TUPLE && i < declared->count ? &declared->items[i] : declared;
        struct value *value = &m->graph->values[node->outputs[i]];
        value->name = source->title;
        if (one->kind == ITEM_TENSOR)
            value->type = one->tensor->type;
    }
}

/* A tuple of numbers, not of tensors, is one vector. */
static bool is_vector(const struct item *tuple) {
    for (uint32_t i = 0; i < tuple->count; i++)
        if (tuple->items[i].kind != ITEM_OTHER)
            return false;
    return true;
}

/* What the node's name stands for: its only result, or, where the file declares a tuple, a tuple of them. */
static bool make_result(struct mindir *m, const struct mindir_node *source, const struct node *node,
                        struct item *result) {
    *result = mindir_item(m, node->outputs[0]);
    if (source->declared.kind != ITEM_TUPLE || is_vector(&source->declared))
        return true;
    *result = (struct item){.kind = ITEM_TUPLE, .count = node->output_count};
    result->items = arena_alloc(m->graph->arena, node->output_count, sizeof *result->items, m->err);
    for (uint32_t i = 0; result->items && i < node->output_count; i++)
        result->items[i] = mindir_item(m, node->outputs[i]);
    return result->items != NULL;
}

static bool lower_op(struct mindir *m, const struct spelling *s, const struct mindir_node *source,
                     struct item *result) {
    const struct op *op = op_find(s->op);
    struct operand_walk w = {.values = arena_alloc(m->graph->arena, count_operands(source), sizeof *w.values, m->err)};
    uint32_t results;
    if (!w.values || !walk_inputs(m, s, op, source, NULL, &w) || !count_results(m, op, source, &results) ||
        !mindir_promote(m, op, source, w.values, w.operands))
        return false;
    struct node *node = graph_add_node(m->graph, op, source->title, w.operands, results, m->err);
    if (!node)
        return false;
    memcpy(node->inputs, w.values, w.operands * sizeof *node->inputs);
    declare(m, source, node);
    if (op->about.outputs == OP_MANY && !node_set_int(m->graph, node, "outputs", results, m->err))
        return false;
    return make_result(m, source, node, result) && walk_inputs(m, s, op, source, node, &w) &&
           s->more(m, source, node) &&
           (!w.writes || write_into(m, &source->inputs[0], w.values[0], node->outputs[0], result));
}

/* MindSpore calls by this word what lies in the memory of its first input. */
static bool is_view(const struct mindir_node *source) {
    const size_t length = strlen(source->spelling), word = sizeof "View" - 1;
    return source->input_count > 0 && length > word && strcmp(source->spelling + length - word, "View") == 0;
}

bool mindir_lower(struct mindir *m, const struct mindir_node *source, struct item *result) {
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const struct spelling *s = &spellings[i];
        if (strcmp(s->name, source->spelling) == 0)
            return (s->make ? s->make(m, source, result) : lower_op(m, s, source, result)) &&
                   (!is_view(source) || mindir_add_view(m, &source->inputs[0], result));
    }
    return error_set(m->err, MSW_UNSUPPORTED, "this operator of MindIR is not supported");
}
