/* mindir.c - MindSpore's model format, from messages to graph.
 *
 * 1. A file is one ModelProto: a graph, primitives that nodes refer to, functions for control flow.
 * 2. A graph's parameters are its weights, by name "<graph>:<name>"; its nodes stand in an order in which they can be computed.
 * 3. A node's op_type is "Constant", whose attribute "value" it is, or "REF::<primitive>". The primitive has the operator's name and, for
 *    older operators, its attributes; for newer ones they are constant inputs of the node.
 * 4. Attribute "shape" of a node declares the types of its results.
 * 5. Of more than 1 GiB of parameters the numbers are in files beside the model, behind 64 bytes that tell their byte order.
 * 6. Load, Depend, UpdateState and monads order side effects: writes to parameters (mindir_states.c).
 * Source: the descriptor in mindspore/train/mind_ir_pb2.py (2.10.0) and files that it exported. */
#include <string.h>

#include "read/mindir_build.h"
#include "read/reader.h"

/* The graph's parameters and inputs */

static bool add_parameter(struct mindir *m, struct cursor message) {
    struct tensor_proto tensor;
    if (!tensor_proto_read(message, &tensor))
        return false;
    const char *name = mindir_short_name(m, tensor.ref_key.length ? tensor.ref_key : tensor.name);
    const uint32_t value = name ? mindir_tensor(m, &tensor, name) : NO_VALUE;
    if (value == NO_VALUE)
        return false;
    m->graphs[m->current].parameter_count++;
    struct item item = mindir_item(m, value);
    const uint32_t state = mindir_state_of_parameter(m, value);
    if (state != NO_STATE) {
        item = (struct item){.kind = ITEM_STATE, .state = state};
        m->graph->values[value].kind = VALUE_STATE;
        if (!mindir_state_begin(m, state, value))
            return false;
    }
    return mindir_define(m, tensor.name, &item, tensor.at);
}

/* A ValueInfoProto. type: a tensor without data, a tuple of them, or a monad. */
struct value_info {
    struct text name;
    struct item type;
    uint64_t at;
};

static bool value_info_field(struct mindir *m, struct cursor *c, const struct field *f, struct value_info *info) {
    struct cursor message;
    struct attribute attribute;
    switch (f->number) {
    case VALUE_INFO_NAME: return field_text(c, f, &info->name.at, &info->name.length);
    case VALUE_INFO_TENSOR:
        info->type = (struct item){.kind = ITEM_TENSOR};
        info->type.tensor = arena_alloc(m->graph->arena, 1, sizeof *info->type.tensor, m->err);
        return info->type.tensor && field_message(c, f, &message) && tensor_proto_read(message, info->type.tensor);
    case VALUE_INFO_ATTR_INFO:
        if (info->type.kind == ITEM_TENSOR)
            return true;
        if (!field_message(c, f, &message) || !attribute_read(message, m->graph->arena, &attribute))
            return false;
        info->type = attribute.item;
        return true;
    default: return true;
    }
}

static bool value_info_read(struct mindir *m, struct cursor message, struct value_info *info) {
    *info = (struct value_info){.name = {.at = ""}, .at = message.at};
    struct field f;
    while (cursor_next(&message, &f))
        if (!value_info_field(m, &message, &f, info))
            return false;
    return message.err->about.status == MSW_OK;
}

/* One input of the graph for each tensor of the type; *item then stands for them. */
static bool add_inputs(struct mindir *m, const struct value_info *info, const char *name, const struct item *type,
                       struct item *item) {
    size_t elements, bytes;
    *item = *type;
    if (type->kind == ITEM_MONAD)
        return true;
    if (type->kind == ITEM_TUPLE && type->count > 0) {
        item->items = arena_alloc(m->graph->arena, type->count, sizeof *item->items, m->err);
        for (uint32_t i = 0; item->items && i < type->count; i++)
            if (!add_inputs(m, info, name, &type->items[i], &item->items[i]))
                return false;
        return item->items != NULL;
    }
    if (type->kind != ITEM_TENSOR || type->tensor->type.dtype == MSW_ANY)
        return error_set_at_byte(m->err, MSW_UNSUPPORTED, (int64_t)info->at, "input '%s' is not a tensor of known type",
                                 name);
    if (type_is_static(&type->tensor->type) && !type_sizes(&type->tensor->type, &elements, &bytes))
        return error_set_at_byte(m->err, MSW_INVALID, (int64_t)info->at,
                                 "input '%s': %t is not a shape of at most %l bytes", name, &type->tensor->type,
                                 (int64_t)TYPE_MAX_BYTES);
    const uint32_t state = mindir_state_of_input(m, m->current, m->position++);
    if (state != NO_STATE) {
        *item = (struct item){.kind = ITEM_STATE, .state = state};
        return true;
    }
    const struct value value = {.name = name, .type = type->tensor->type, .kind = VALUE_INPUT};
    *item = mindir_item(m, graph_add_value(m->graph, &value, m->err));
    return item->value != NO_VALUE && value_list_add(m->graph, &m->graph->inputs, item->value, m->err);
}

static bool add_input(struct mindir *m, struct cursor message) {
    struct value_info info;
    struct item item;
    if (!value_info_read(m, message, &info))
        return false;
    const char *name = mindir_short_name(m, info.name);
    return name && add_inputs(m, &info, name, &info.type, &item) && mindir_define(m, info.name, &item, info.at);
}

/* Outputs */

/* A tuple may name another many times over, so what a small file unfolds to has to be bounded. */
enum { MAX_OUTPUTS = 4096, MAX_TUPLE_DEPTH = 32 };

static bool add_output(struct mindir *m, const struct item *item, int depth, uint32_t *seen) {
    if (++*seen > MAX_OUTPUTS || depth > MAX_TUPLE_DEPTH)
        return error_set(m->err, MSW_LIMIT, "the result is a tuple of more than %d parts or %d levels",
                         (int32_t)MAX_OUTPUTS, (int32_t)MAX_TUPLE_DEPTH);
    if (item->kind == ITEM_MONAD)
        return true;
    if (item->kind == ITEM_TUPLE) {
        for (uint32_t i = 0; i < item->count; i++)
            if (!add_output(m, &item->items[i], depth + 1, seen))
                return false;
        return true;
    }
    const uint32_t value = mindir_value(m, item, "result");
    return value != NO_VALUE && value_list_add(m->graph, &m->graph->outputs, value, m->err);
}

static bool add_outputs(struct mindir *m, struct cursor message) {
    struct value_info info;
    struct item item;
    uint32_t seen = 0;
    return value_info_read(m, message, &info) && mindir_find(m, info.name, &item) && mindir_readable(m, &item) &&
           add_output(m, &item, 0, &seen);
}

/* The model */

/* Call `add` for each message of the graph's field `number`. */
static bool each(struct mindir *m, uint32_t number, bool (*add)(struct mindir *, struct cursor)) {
    struct cursor c = m->graphs[m->current].message;
    struct field f;
    while (cursor_next(&c, &f)) {
        struct cursor message;
        if (f.number == number && (!field_message(&c, &f, &message) || !add(m, message)))
            return false;
    }
    return c.err->about.status == MSW_OK;
}

static bool add_primitive(struct mindir *m, struct cursor message) {
    struct text name = {.at = ""};
    struct field f;
    bool taken;
    m->primitives[m->primitive_count] = message;
    while (cursor_next(&message, &f))
        if (f.number == PRIMITIVE_NAME && !field_text(&message, &f, &name.at, &name.length))
            return false;
    if (m->err->about.status != MSW_OK)
        return false;
    return names_add(&m->primitive_names, name.at, name.length, m->primitive_count++, &taken, m->err) ||
           (taken && error_set(m->err, MSW_INVALID, "two primitives have one name"));
}

/* Refuse what would be read wrongly. */
static bool check_model_field(const struct cursor *c, const struct field *f) {
    int64_t number = 0;
    switch (f->number) {
    case MODEL_MIND_IR_VERSION:
        if (!field_int(c, f, &number))
            return false;
        return number <= MINDIR_VERSION ||
               error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)f->at,
                                 "MindIR version %l, versions up to %d are read", number, (int32_t)MINDIR_VERSION);
    case MODEL_LITTLE_ENDIAN:
        if (!field_int(c, f, &number))
            return false;
        return number != 0 ||
               error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)f->at, "big endian weights are not supported");
    default: return true;
    }
}

static bool read_producer(const struct cursor *c, const struct field *f, struct text *name, struct text *version) {
    if (f->number == MODEL_PRODUCER_NAME)
        return field_text(c, f, &name->at, &name->length);
    return f->number != MODEL_MODEL_VERSION || field_text(c, f, &version->at, &version->length);
}

/* Room for the graphs and primitives of the model. */
static bool count_parts(struct mindir *m, struct cursor model) {
    uint32_t primitives = 0, graphs = 0, functions = 0;
    struct field f;
    while (cursor_next(&model, &f)) {
        primitives += f.number == MODEL_PRIMITIVES;
        graphs += f.number == MODEL_GRAPH;
        functions += f.number == MODEL_FUNCTIONS;
    }
    if (model.err->about.status != MSW_OK)
        return false;
    if (graphs != 1)
        return error_set(m->err, MSW_INVALID, "the file must hold one graph, it holds %d", (int32_t)graphs);
    struct arena *arena = m->graph->arena;
    m->primitives = arena_alloc(arena, primitives, sizeof *m->primitives, m->err);
    m->graphs = arena_alloc(arena, (size_t)functions + 1, sizeof *m->graphs, m->err);
    struct graph *list = arena_alloc(arena, functions, sizeof *list, m->err);
    if (!m->primitives || !m->graphs || !list)
        return false;
    m->graph->functions = list;
    m->graph->function_count = functions;
    for (uint32_t i = 0; i < functions; i++)
        list[i] = (struct graph){
            .arena = arena, .constants = m->graph->constants, .functions = list, .function_count = functions};
    m->graphs[m->graph_count++].graph = m->graph;
    return true;
}

static bool read_model(struct mindir *m, struct cursor model, const char **producer) {
    struct text name = {.at = ""}, version = {.at = ""};
    struct field f;
    if (!count_parts(m, model))
        return false;
    while (cursor_next(&model, &f)) {
        struct cursor message;
        if (!check_model_field(&model, &f) || !read_producer(&model, &f, &name, &version))
            return false;
        if (f.number != MODEL_GRAPH && f.number != MODEL_PRIMITIVES && f.number != MODEL_FUNCTIONS)
            continue;
        if (!field_message(&model, &f, &message) || (f.number == MODEL_PRIMITIVES && !add_primitive(m, message)))
            return false;
        if (f.number == MODEL_GRAPH)
            m->graphs[0].message = message;
        if (f.number == MODEL_FUNCTIONS) {
            struct graph *function = &m->graph->functions[m->graph_count - 1];
            m->graphs[m->graph_count++] = (struct mindir_graph){.message = message, .graph = function};
        }
    }
    if (model.err->about.status != MSW_OK)
        return false;
    char *text = arena_alloc(m->graph->arena, name.length + version.length + 2, 1, m->err);
    if (!text)
        return false;
    memcpy(text, name.at, name.length);
    text[name.length] = ' ';
    memcpy(text + name.length + 1, version.at, version.length);
    *producer = text;
    return true;
}

/* The graph's name; a function's can be called. */
static bool read_graph_name(struct mindir *m) {
    struct mindir_graph *graph = &m->graphs[m->current];
    struct cursor c = graph->message;
    struct field f;
    graph->name = (struct text){.at = ""};
    while (cursor_next(&c, &f)) {
        if (f.number == GRAPH_MAP_PARAMETER)
            return error_set_at_byte(m->err, MSW_UNSUPPORTED, (int64_t)f.at, "map parameters are not supported");
        if (f.number == GRAPH_NAME && !field_text(&c, &f, &graph->name.at, &graph->name.length))
            return false;
    }
    const struct item item = {.kind = ITEM_CLOSURE, .function = m->current};
    return c.err->about.status == MSW_OK &&
           (m->current == 0 || mindir_define(m, graph->name, &item, graph->message.at));
}

static bool read_parameters(struct mindir *m) {
    return each(m, GRAPH_PARAMETER, add_parameter);
}

static bool read_inputs(struct mindir *m) {
    m->position = 0;
    return each(m, GRAPH_INPUT, add_input) && mindir_add_state_inputs(m);
}

static bool read_constants(struct mindir *m) {
    return each(m, GRAPH_NODE, mindir_add_constant);
}

static bool read_nodes(struct mindir *m) {
    return each(m, GRAPH_NODE, mindir_add_node) && each(m, GRAPH_OUTPUT, add_outputs) &&
           (m->graph->outputs.count > 0 || error_set(m->err, MSW_INVALID, "the graph returns nothing")) &&
           mindir_add_state_outputs(m);
}

static bool read_round(struct mindir *m, const char **producer) {
    static bool (*const parts[])(struct mindir *) = {read_graph_name, read_parameters, read_inputs, read_constants,
                                                     read_nodes};
    if (!read_model(m, cursor_of(m->doc, m->err), producer))
        return false;
    for (size_t p = 0; p < sizeof parts / sizeof parts[0]; p++) {
        for (m->current = 0; m->current < m->graph_count; m->current++) {
            m->graph = m->graphs[m->current].graph;
            if (!parts[p](m))
                return false;
        }
    }
    return true;
}

/* A new graph, begun anew. */
static struct mindir begin_round(const struct document *doc, struct graph *graph, struct weight_files *files,
                                 const struct mindir_states *states, struct error *err) {
    arena_free(graph->arena);
    *graph = (struct graph){.arena = graph->arena, .constants = graph->constants};
    *files = (struct weight_files){.count = 0};
    return (struct mindir){.doc = doc,
                           .graph = graph,
                           .files = files,
                           .states = states,
                           .err = err,
                           .primitive_names = {.arena = graph->arena},
                           .item_names = {.arena = graph->arena}};
}

/* Which parameters a model writes to can be far inside its functions: where the first round met such writes, a second one begins with them. */
static bool build(const struct document *doc, struct graph *graph, struct weight_files *files, const char **producer,
                  struct error *err) {
    struct mindir m = begin_round(doc, graph, files, NULL, err);
    if (!read_round(&m, producer) || !m.writes_outside)
        return err->about.status == MSW_OK;
    struct mindir_states states = {.count = 0};
    bool ok = mindir_find_states(&m, &states);
    if (ok) {
        m = begin_round(doc, graph, files, &states, err);
        ok = read_round(&m, producer);
    }
    arena_free(&states.arena);
    return ok;
}

const struct reader mindir_reader = {.format = "MindIR",
                                     .outline_schema = mindir_outline,
                                     .build = build,
                                     .head_bytes = MINDIR_HEAD_BYTES,
                                     .check_head = mindir_check_head};
