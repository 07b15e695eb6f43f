/* mindir.c - MindSpore's model format, from messages to graph.
 *
 * 1. A file is one ModelProto: a graph, primitives that nodes refer to, functions for control flow.
 * 2. A graph's parameters are its weights, by name "<graph>:<name>"; its nodes stand in an order in which they can be computed.
 * 3. A node's op_type is "Constant", whose attribute "value" it is, or "REF::<primitive>". The primitive has the operator's name and, for
 *    older operators, its attributes; for newer ones they are constant inputs of the node.
 * 4. Attribute "shape" of a node declares the types of its results.
 * 5. Load, Depend, UpdateState and monads order side effects, of which an inference graph has none.
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
    struct item item = {.kind = ITEM_VALUE};
    item.value = name ? mindir_tensor(m, &tensor, name) : NO_VALUE;
    return item.value != NO_VALUE && mindir_define(m, tensor.name, &item, tensor.at);
}

struct value_info {
    struct text name;
    bool has_tensor;
    struct tensor_proto tensor;
    uint64_t at;
};

static bool value_info_read(struct cursor message, struct value_info *info) {
    *info = (struct value_info){.name = {.at = ""}, .at = message.at};
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor tensor;
        if (f.number == VALUE_INFO_NAME && !field_text(&message, &f, &info->name.at, &info->name.length))
            return false;
        if (f.number != VALUE_INFO_TENSOR)
            continue;
        if (!field_message(&message, &f, &tensor) || !tensor_proto_read(tensor, &info->tensor))
            return false;
        info->has_tensor = true;
    }
    return message.err->about.status == MSW_OK;
}

static bool add_input(struct mindir *m, struct cursor message) {
    struct value_info info;
    if (!value_info_read(message, &info))
        return false;
    const char *name = mindir_short_name(m, info.name);
    if (!name)
        return false;
    if (!info.has_tensor || info.tensor.type.dtype == MSW_ANY)
        return error_set_at_byte(m->err, MSW_UNSUPPORTED, (int64_t)info.at, "input '%s' is not a tensor of known type",
                                 name);
    size_t elements, bytes;
    if (type_is_static(&info.tensor.type) && !type_sizes(&info.tensor.type, &elements, &bytes))
        return error_set_at_byte(m->err, MSW_INVALID, (int64_t)info.at,
                                 "input '%s': %t is not a shape of at most %l bytes", name, &info.tensor.type,
                                 (int64_t)TYPE_MAX_BYTES);
    const struct value value = {.name = name, .type = info.tensor.type, .kind = VALUE_INPUT};
    struct item item = {.kind = ITEM_VALUE, .value = graph_add_value(m->graph, &value, m->err)};
    return item.value != NO_VALUE && value_list_add(m->graph, &m->graph->inputs, item.value, m->err) &&
           mindir_define(m, info.name, &item, info.at);
}

/* Outputs */

/* A tuple may name another many times over, so what a small file unfolds to has to be bounded. */
enum { MAX_OUTPUTS = 4096, MAX_TUPLE_DEPTH = 32 };

static bool add_output(struct mindir *m, const struct item *item, int depth, uint32_t *seen) {
    if (++*seen > MAX_OUTPUTS || depth > MAX_TUPLE_DEPTH)
        return error_set(m->err, MSW_LIMIT, "the result is a tuple of more than %d parts or %d levels",
                         (int32_t)MAX_OUTPUTS, (int32_t)MAX_TUPLE_DEPTH);
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
    return value_info_read(message, &info) && mindir_find(m, info.name, &item) && add_output(m, &item, 0, &seen);
}

/* The model */

/* Call `add` for each message of the graph's field `number`. */
static bool each(struct mindir *m, uint32_t number, bool (*add)(struct mindir *, struct cursor)) {
    struct cursor c = m->graph_message;
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
    case MODEL_FUNCTIONS:
        return error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)f->at,
                                 "models with functions (control flow) are not supported");
    default: return true;
    }
}

static bool read_producer(const struct cursor *c, const struct field *f, struct text *name, struct text *version) {
    if (f->number == MODEL_PRODUCER_NAME)
        return field_text(c, f, &name->at, &name->length);
    return f->number != MODEL_MODEL_VERSION || field_text(c, f, &version->at, &version->length);
}

static bool read_model(struct mindir *m, struct cursor model, const char **producer) {
    struct text name = {.at = ""}, version = {.at = ""};
    uint32_t graphs = 0, primitives = 0;
    struct field f;
    for (struct cursor count = model; cursor_next(&count, &f);)
        primitives += f.number == MODEL_PRIMITIVES;
    m->primitives = arena_alloc(m->graph->arena, primitives, sizeof *m->primitives, m->err);
    while (m->primitives && cursor_next(&model, &f)) {
        struct cursor message;
        if (!check_model_field(&model, &f) || !read_producer(&model, &f, &name, &version))
            return false;
        if (f.number != MODEL_GRAPH && f.number != MODEL_PRIMITIVES)
            continue;
        if (!field_message(&model, &f, &message))
            return false;
        if (f.number == MODEL_PRIMITIVES && !add_primitive(m, message))
            return false;
        if (f.number == MODEL_GRAPH) {
            m->graph_message = message;
            graphs++;
        }
    }
    if (!m->primitives || model.err->about.status != MSW_OK)
        return false;
    if (graphs != 1)
        return error_set(m->err, MSW_INVALID, "the file must hold one graph, it holds %d", (int32_t)graphs);
    char *text = arena_alloc(m->graph->arena, name.length + version.length + 2, 1, m->err);
    if (!text)
        return false;
    memcpy(text, name.at, name.length);
    text[name.length] = ' ';
    memcpy(text + name.length + 1, version.at, version.length);
    *producer = text;
    return true;
}

static bool read_graph_name(struct mindir *m) {
    struct cursor c = m->graph_message;
    struct field f;
    m->graph_name = (struct text){.at = ""};
    while (cursor_next(&c, &f)) {
        if (f.number == GRAPH_MAP_PARAMETER)
            return error_set_at_byte(m->err, MSW_UNSUPPORTED, (int64_t)f.at, "map parameters are not supported");
        if (f.number == GRAPH_NAME && !field_text(&c, &f, &m->graph_name.at, &m->graph_name.length))
            return false;
    }
    return c.err->about.status == MSW_OK;
}

static bool build(const struct document *doc, struct graph *graph, const char **producer, struct error *err) {
    struct mindir m = {.doc = doc,
                       .graph = graph,
                       .err = err,
                       .primitive_names = {.arena = graph->arena},
                       .item_names = {.arena = graph->arena}};
    if (!read_model(&m, cursor_of(doc, err), producer) || !read_graph_name(&m) ||
        !each(&m, GRAPH_PARAMETER, add_parameter) || !each(&m, GRAPH_INPUT, add_input) ||
        !each(&m, GRAPH_NODE, mindir_add_node) || !each(&m, GRAPH_OUTPUT, add_outputs))
        return false;
    return graph->outputs.count > 0 || error_set(err, MSW_INVALID, "the graph returns nothing");
}

const struct reader mindir_reader = {.format = "MindIR", .outline_schema = mindir_outline, .build = build};
