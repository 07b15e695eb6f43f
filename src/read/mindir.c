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
#include "read/names.h"
#include "read/reader.h"

/* Where messages of the model are, and what names stand for. */
struct build {
    struct mindir m;
    struct cursor graph;
    struct text graph_name;
    struct cursor *primitives;
    uint32_t primitive_count;
    struct names primitive_names;
    struct item *items; /* by number in item_names */
    uint32_t item_count, item_room;
    struct names item_names;
};

/* Values */

uint32_t mindir_constant(struct mindir *m, const struct msw_type *type, const void *data, size_t bytes) {
    void *copy = arena_alloc(m->graph->arena, 1, bytes, m->err);
    if (!copy)
        return NO_VALUE;
    if (bytes > 0)
        memcpy(copy, data, bytes);
    const struct value value = {.type = *type, .kind = VALUE_CONSTANT, .data = copy};
    return graph_add_value(m->graph, &value, m->err);
}

uint32_t mindir_tensor(struct mindir *m, const struct tensor_proto *t, const char *name) {
    size_t elements, bytes;
    if (t->type.dtype == MSW_ANY) {
        error_set_at_byte(m->err, MSW_INVALID, (int64_t)t->at, "constant '%s' has no data type", name);
        return NO_VALUE;
    }
    if (!type_sizes(&t->type, &elements, &bytes)) {
        error_set_at_byte(m->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t is not a shape of at most %l bytes",
                          name, &t->type, (int64_t)TYPE_MAX_BYTES);
        return NO_VALUE;
    }
    if (bytes != t->raw_length) {
        error_set_at_byte(m->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t needs %z bytes, the file has %l",
                          name, &t->type, bytes, (int64_t)t->raw_length);
        return NO_VALUE;
    }
    const unsigned char *data = bytes > 0 ? document_bytes(m->doc, t->raw_offset, bytes) : NULL;
    if (data || bytes == 0) {
        const uint32_t value = mindir_constant(m, &t->type, data, bytes);
        if (value != NO_VALUE)
            m->graph->values[value].name = name;
        return value;
    }
    const struct value value = {.name = name, .type = t->type, .kind = VALUE_CONSTANT, .offset = t->raw_offset};
    return graph_add_value(m->graph, &value, m->err);
}

static uint32_t ints_value(struct mindir *m, const struct item *tuple, const char *what) {
    const struct msw_type type = {.dtype = MSW_INT64, .rank = 1, .dims = {(int32_t)tuple->count}};
    int64_t *ints = arena_alloc(m->graph->arena, tuple->count, sizeof *ints, m->err);
    for (uint32_t i = 0; ints && i < tuple->count; i++) {
        if (tuple->items[i].kind != ITEM_INT) {
            error_set(m->err, MSW_UNSUPPORTED, "input '%s' is a tuple of other things than whole numbers", what);
            return NO_VALUE;
        }
        ints[i] = tuple->items[i].i;
    }
    return ints ? mindir_constant(m, &type, ints, tuple->count * sizeof *ints) : NO_VALUE;
}

uint32_t mindir_value(struct mindir *m, const struct item *item, const char *what) {
    switch (item->kind) {
    case ITEM_VALUE: return item->value;
    case ITEM_TENSOR: return mindir_tensor(m, item->tensor, what);
    case ITEM_INT: return mindir_constant(m, &(struct msw_type){.dtype = MSW_INT64}, &item->i, sizeof item->i);
    case ITEM_FLOAT: return mindir_constant(m, &(struct msw_type){.dtype = MSW_FLOAT32}, &item->f, sizeof item->f);
    case ITEM_TUPLE: return ints_value(m, item, what);
    default: error_set(m->err, MSW_INVALID, "input '%s' must be a tensor", what); return NO_VALUE;
    }
}

/* Names */

static bool define(struct build *b, struct text name, const struct item *item, uint64_t at) {
    bool taken;
    if (b->item_count == b->item_room) {
        const uint32_t room = b->item_room ? 2 * b->item_room : 64;
        struct item *larger = arena_alloc(b->m.graph->arena, room, sizeof *larger, b->m.err);
        if (!larger)
            return false;
        if (b->item_count > 0)
            memcpy(larger, b->items, b->item_count * sizeof *larger);
        b->items = larger;
        b->item_room = room;
    }
    b->items[b->item_count] = *item;
    if (names_add(&b->item_names, name.at, name.length, b->item_count, &taken, b->m.err)) {
        b->item_count++;
        return true;
    }
    if (!taken)
        return false;
    const char *copy = arena_string(b->m.graph->arena, name.at, name.length, b->m.err);
    return copy && error_set_at_byte(b->m.err, MSW_INVALID, (int64_t)at, "name '%s' is used twice", copy);
}

/* A value's name for people: without the "<graph>:" that MindSpore puts before it. */
static const char *short_name(struct build *b, struct text name) {
    const struct text graph = b->graph_name;
    if (name.length > graph.length + 1 && memcmp(name.at, graph.at, graph.length) == 0 &&
        name.at[graph.length] == ':') {
        name.at += graph.length + 1;
        name.length -= graph.length + 1;
    }
    return arena_string(b->m.graph->arena, name.at, name.length, b->m.err);
}

/* The graph's parameters and inputs */

static bool add_parameter(struct build *b, struct cursor message) {
    struct tensor_proto tensor;
    if (!tensor_proto_read(message, &tensor))
        return false;
    const char *name = short_name(b, tensor.ref_key.length ? tensor.ref_key : tensor.name);
    struct item item = {.kind = ITEM_VALUE};
    item.value = name ? mindir_tensor(&b->m, &tensor, name) : NO_VALUE;
    return item.value != NO_VALUE && define(b, tensor.name, &item, tensor.at);
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

static bool add_input(struct build *b, struct cursor message) {
    struct value_info info;
    if (!value_info_read(message, &info))
        return false;
    const char *name = short_name(b, info.name);
    if (!name)
        return false;
    if (!info.has_tensor || info.tensor.type.dtype == MSW_ANY)
        return error_set_at_byte(b->m.err, MSW_UNSUPPORTED, (int64_t)info.at,
                                 "input '%s' is not a tensor of known type", name);
    const struct value value = {.name = name, .type = info.tensor.type, .kind = VALUE_INPUT};
    struct item item = {.kind = ITEM_VALUE, .value = graph_add_value(b->m.graph, &value, b->m.err)};
    return item.value != NO_VALUE && value_list_add(b->m.graph, &b->m.graph->inputs, item.value, b->m.err) &&
           define(b, info.name, &item, info.at);
}

/* Nodes */

struct node_proto {
    struct text name, op_type, domain, output;
    uint32_t inputs, outputs;
    uint64_t at;
};

static bool node_proto_read(struct cursor message, struct node_proto *node) {
    *node = (struct node_proto){.name = {.at = ""}, .op_type = {.at = ""}, .domain = {.at = ""}, .at = message.at};
    struct field f;
    while (cursor_next(&message, &f)) {
        struct text *text = f.number == NODE_NAME      ? &node->name
                            : f.number == NODE_OP_TYPE ? &node->op_type
                            : f.number == NODE_DOMAIN  ? &node->domain
                            : f.number == NODE_OUTPUT  ? &node->output
                                                       : NULL;
        node->inputs += f.number == NODE_INPUT;
        node->outputs += f.number == NODE_OUTPUT;
        if (text && !field_text(&message, &f, &text->at, &text->length))
            return false;
    }
    return message.err->about.status == MSW_OK;
}

/* The attribute of the node that is called `name`; item kind NONE where there is none. */
static bool node_attribute(struct build *b, struct cursor message, const char *name, struct item *item) {
    *item = (struct item){0};
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor attribute_message;
        struct attribute attribute;
        if (f.number != NODE_ATTRIBUTE)
            continue;
        if (!field_message(&message, &f, &attribute_message) ||
            !attribute_read(attribute_message, b->m.graph->arena, &attribute))
            return false;
        if (text_is(attribute.name, name))
            *item = attribute.item;
    }
    return message.err->about.status == MSW_OK;
}

static bool find_input(struct build *b, struct text name, struct item *item) {
    uint32_t number;
    if (names_find(&b->item_names, name.at, name.length, &number)) {
        *item = b->items[number];
        return true;
    }
    const char *copy = arena_string(b->m.graph->arena, name.at, name.length, b->m.err);
    return copy && error_set(b->m.err, MSW_INVALID, "input '%s' is not defined before it is used", copy);
}

static bool read_inputs(struct build *b, struct cursor message, uint32_t count, struct mindir_node *node) {
    node->inputs = arena_alloc(b->m.graph->arena, count, sizeof *node->inputs, b->m.err);
    struct field f;
    while (node->inputs && cursor_next(&message, &f)) {
        struct text name;
        if (f.number != NODE_INPUT)
            continue;
        if (!field_text(&message, &f, &name.at, &name.length) ||
            !find_input(b, name, &node->inputs[node->input_count++]))
            return false;
    }
    return node->inputs && message.err->about.status == MSW_OK;
}

/* Operator and attributes of the primitive that op_type refers to. */
static bool read_primitive(struct build *b, struct text op_type, struct mindir_node *node) {
    static const char prefix[] = "REF::";
    const size_t skip = sizeof prefix - 1;
    uint32_t number;
    node->spelling = arena_string(b->m.graph->arena, op_type.at, op_type.length, b->m.err);
    if (!node->spelling)
        return false;
    if (op_type.length < skip || memcmp(op_type.at, prefix, skip) != 0)
        return error_set(b->m.err, MSW_INVALID, "op_type must be Constant or begin with REF::");
    if (!names_find(&b->primitive_names, op_type.at + skip, op_type.length - skip, &number))
        return error_set(b->m.err, MSW_UNSUPPORTED, "refers to '%s', which is no primitive: calls are not supported",
                         node->spelling + skip);
    struct cursor message = b->primitives[number];
    struct field f;
    uint32_t attributes = 0;
    for (struct cursor count = message; cursor_next(&count, &f);)
        attributes += f.number == PRIMITIVE_ATTRIBUTE;
    node->attributes = arena_alloc(b->m.graph->arena, attributes, sizeof *node->attributes, b->m.err);
    while (node->attributes && cursor_next(&message, &f)) {
        struct cursor attribute;
        struct text op = {.at = ""};
        if (f.number == PRIMITIVE_OP_TYPE) {
            if (!field_text(&message, &f, &op.at, &op.length))
                return false;
            node->spelling = arena_string(b->m.graph->arena, op.at, op.length, b->m.err);
        }
        if (f.number == PRIMITIVE_ATTRIBUTE &&
            (!field_message(&message, &f, &attribute) ||
             !attribute_read(attribute, b->m.graph->arena, &node->attributes[node->attribute_count++])))
            return false;
    }
    return node->attributes && node->spelling && message.err->about.status == MSW_OK;
}

static bool build_node(struct build *b, struct cursor message, const struct node_proto *proto, struct mindir_node *node,
                       struct item *result) {
    if (proto->outputs != 1)
        return error_set(b->m.err, MSW_INVALID, "must have one output name, has %d", (int32_t)proto->outputs);
    if (text_is(proto->op_type, "Constant")) {
        node->spelling = "Constant";
        return node_attribute(b, message, "value", result);
    }
    return read_primitive(b, proto->op_type, node) && node_attribute(b, message, "shape", &node->declared) &&
           read_inputs(b, message, proto->inputs, node) && mindir_lower(&b->m, node, result);
}

static bool add_node(struct build *b, struct cursor message) {
    struct node_proto proto;
    struct mindir_node node = {.spelling = "?"};
    struct item result = {0};
    if (!node_proto_read(message, &proto))
        return false;
    const struct text title = proto.domain.length ? proto.domain : proto.name;
    node.title = arena_string(b->m.graph->arena, title.at, title.length, b->m.err);
    if (!node.title)
        return false;
    if (!build_node(b, message, &proto, &node, &result)) {
        error_add_node(b->m.err, -1, node.title, node.spelling);
        return false;
    }
    return define(b, proto.output, &result, proto.at);
}

/* Outputs */

/* A tuple may name another many times over, so what a small file unfolds to has to be bounded. */
enum { MAX_OUTPUTS = 4096, MAX_TUPLE_DEPTH = 32 };

static bool add_output(struct build *b, const struct item *item, int depth, uint32_t *seen) {
    if (++*seen > MAX_OUTPUTS || depth > MAX_TUPLE_DEPTH)
        return error_set(b->m.err, MSW_LIMIT, "the result is a tuple of more than %d parts or %d levels",
                         (int32_t)MAX_OUTPUTS, (int32_t)MAX_TUPLE_DEPTH);
    if (item->kind == ITEM_TUPLE) {
        for (uint32_t i = 0; i < item->count; i++)
            if (!add_output(b, &item->items[i], depth + 1, seen))
                return false;
        return true;
    }
    const uint32_t value = mindir_value(&b->m, item, "result");
    return value != NO_VALUE && value_list_add(b->m.graph, &b->m.graph->outputs, value, b->m.err);
}

static bool add_outputs(struct build *b, struct cursor message) {
    struct value_info info;
    struct item item;
    uint32_t seen = 0;
    return value_info_read(message, &info) && find_input(b, info.name, &item) && add_output(b, &item, 0, &seen);
}

/* The model */

/* Call `add` for each message of the graph's field `number`. */
static bool each(struct build *b, uint32_t number, bool (*add)(struct build *, struct cursor)) {
    struct cursor c = b->graph;
    struct field f;
    while (cursor_next(&c, &f)) {
        struct cursor message;
        if (f.number == number && (!field_message(&c, &f, &message) || !add(b, message)))
            return false;
    }
    return c.err->about.status == MSW_OK;
}

static bool add_primitive(struct build *b, struct cursor message) {
    struct text name = {.at = ""};
    struct field f;
    bool taken;
    b->primitives[b->primitive_count] = message;
    while (cursor_next(&message, &f))
        if (f.number == PRIMITIVE_NAME && !field_text(&message, &f, &name.at, &name.length))
            return false;
    if (b->m.err->about.status != MSW_OK)
        return false;
    return names_add(&b->primitive_names, name.at, name.length, b->primitive_count++, &taken, b->m.err) ||
           (taken && error_set(b->m.err, MSW_INVALID, "two primitives have one name"));
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

static bool read_model(struct build *b, struct cursor model, const char **producer) {
    struct text name = {.at = ""}, version = {.at = ""};
    uint32_t graphs = 0, primitives = 0;
    struct field f;
    for (struct cursor count = model; cursor_next(&count, &f);)
        primitives += f.number == MODEL_PRIMITIVES;
    b->primitives = arena_alloc(b->m.graph->arena, primitives, sizeof *b->primitives, b->m.err);
    while (b->primitives && cursor_next(&model, &f)) {
        struct cursor message;
        if (!check_model_field(&model, &f) || !read_producer(&model, &f, &name, &version))
            return false;
        if (f.number != MODEL_GRAPH && f.number != MODEL_PRIMITIVES)
            continue;
        if (!field_message(&model, &f, &message))
            return false;
        if (f.number == MODEL_PRIMITIVES && !add_primitive(b, message))
            return false;
        if (f.number == MODEL_GRAPH) {
            b->graph = message;
            graphs++;
        }
    }
    if (!b->primitives || model.err->about.status != MSW_OK)
        return false;
    if (graphs != 1)
        return error_set(b->m.err, MSW_INVALID, "the file must hold one graph, it holds %d", (int32_t)graphs);
    char *text = arena_alloc(b->m.graph->arena, name.length + version.length + 2, 1, b->m.err);
    if (!text)
        return false;
    memcpy(text, name.at, name.length);
    text[name.length] = ' ';
    memcpy(text + name.length + 1, version.at, version.length);
    *producer = text;
    return true;
}

static bool read_graph_name(struct build *b) {
    struct cursor c = b->graph;
    struct field f;
    b->graph_name = (struct text){.at = ""};
    while (cursor_next(&c, &f)) {
        if (f.number == GRAPH_MAP_PARAMETER)
            return error_set_at_byte(b->m.err, MSW_UNSUPPORTED, (int64_t)f.at, "map parameters are not supported");
        if (f.number == GRAPH_NAME && !field_text(&c, &f, &b->graph_name.at, &b->graph_name.length))
            return false;
    }
    return c.err->about.status == MSW_OK;
}

static bool build(const struct document *doc, struct graph *graph, const char **producer, struct error *err) {
    struct build b = {.m = {.doc = doc, .graph = graph, .err = err},
                      .primitive_names = {.arena = graph->arena},
                      .item_names = {.arena = graph->arena}};
    if (!read_model(&b, cursor_of(doc, err), producer) || !read_graph_name(&b) ||
        !each(&b, GRAPH_PARAMETER, add_parameter) || !each(&b, GRAPH_INPUT, add_input) ||
        !each(&b, GRAPH_NODE, add_node) || !each(&b, GRAPH_OUTPUT, add_outputs))
        return false;
    return graph->outputs.count > 0 || error_set(err, MSW_INVALID, "the graph returns nothing");
}

const struct reader mindir_reader = {.format = "MindIR", .outline_schema = mindir_outline, .build = build};
