/* mindir_node.c - NodeProto, with the primitive that it refers to. */
#include <string.h>

#include "read/mindir_build.h"

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
static bool node_attribute(struct mindir *m, struct cursor message, const char *name, struct item *item) {
    *item = (struct item){0};
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor attribute_message;
        struct attribute attribute;
        if (f.number != NODE_ATTRIBUTE)
            continue;
        if (!field_message(&message, &f, &attribute_message) ||
            !attribute_read(attribute_message, m->graph->arena, &attribute))
            return false;
        if (text_is(attribute.name, name))
            *item = attribute.item;
    }
    return message.err->about.status == MSW_OK;
}

static bool read_inputs(struct mindir *m, struct cursor message, uint32_t count, struct mindir_node *node) {
    node->inputs = arena_alloc(m->graph->arena, count, sizeof *node->inputs, m->err);
    struct field f;
    while (node->inputs && cursor_next(&message, &f)) {
        struct text name;
        if (f.number != NODE_INPUT)
            continue;
        if (!field_text(&message, &f, &name.at, &name.length) ||
            !mindir_find(m, name, &node->inputs[node->input_count++]))
            return false;
    }
    return node->inputs && message.err->about.status == MSW_OK;
}

/* Operator and attributes of the primitive that op_type refers to, or what it calls. */
static bool read_primitive(struct mindir *m, struct text op_type, struct mindir_node *node, struct item *callee) {
    static const char prefix[] = "REF::";
    const size_t skip = sizeof prefix - 1;
    uint32_t number;
    node->spelling = arena_string(m->graph->arena, op_type.at, op_type.length, m->err);
    if (!node->spelling)
        return false;
    if (op_type.length < skip || memcmp(op_type.at, prefix, skip) != 0)
        return error_set(m->err, MSW_INVALID, "op_type must be Constant or begin with REF::");
    if (!names_find(&m->primitive_names, op_type.at + skip, op_type.length - skip, &number)) {
        const struct text name = {.at = op_type.at + skip, .length = op_type.length - skip};
        node->spelling += skip;
        return mindir_find_function(m, name, callee) ||
               error_set(m->err, MSW_INVALID, "calls what is neither a primitive nor a function");
    }
    struct cursor message = m->primitives[number];
    struct field f;
    uint32_t attributes = 0;
    for (struct cursor count = message; cursor_next(&count, &f);)
        attributes += f.number == PRIMITIVE_ATTRIBUTE;
    node->attributes = arena_alloc(m->graph->arena, attributes, sizeof *node->attributes, m->err);
    while (node->attributes && cursor_next(&message, &f)) {
        struct cursor attribute;
        struct text op = {.at = ""};
        if (f.number == PRIMITIVE_OP_TYPE) {
            if (!field_text(&message, &f, &op.at, &op.length))
                return false;
            node->spelling = arena_string(m->graph->arena, op.at, op.length, m->err);
        }
        if (f.number == PRIMITIVE_ATTRIBUTE &&
            (!field_message(&message, &f, &attribute) ||
             !attribute_read(attribute, m->graph->arena, &node->attributes[node->attribute_count++])))
            return false;
    }
    return node->attributes && node->spelling && message.err->about.status == MSW_OK;
}

static bool build_node(struct mindir *m, struct cursor message, const struct node_proto *proto,
                       struct mindir_node *node, struct item *result) {
    struct item callee = {0};
    if (proto->outputs != 1)
        return error_set(m->err, MSW_INVALID, "must have one output name, has %d", (int32_t)proto->outputs);
    if (text_is(proto->op_type, "Constant")) {
        node->spelling = "Constant";
        return node_attribute(m, message, "value", result);
    }
    if (!read_primitive(m, proto->op_type, node, &callee) || !node_attribute(m, message, "shape", &node->declared) ||
        !read_inputs(m, message, proto->inputs, node))
        return false;
    return callee.kind == ITEM_NONE ? mindir_lower(m, node, result) : mindir_lower_call(m, node, &callee, result);
}

static bool add(struct mindir *m, struct cursor message, bool constants) {
    struct node_proto proto;
    struct mindir_node node = {.spelling = "?"};
    struct item result = {0};
    if (!node_proto_read(message, &proto))
        return false;
    if (text_is(proto.op_type, "Constant") != constants)
        return true;
    const struct text title = proto.domain.length ? proto.domain : proto.name;
    node.title = arena_string(m->graph->arena, title.at, title.length, m->err);
    if (!node.title)
        return false;
    if (!build_node(m, message, &proto, &node, &result)) {
        error_add_node(m->err, -1, node.title, node.spelling);
        return false;
    }
    return mindir_define(m, proto.output, &result, proto.at);
}

bool mindir_add_constant(struct mindir *m, struct cursor message) {
    return add(m, message, true);
}

bool mindir_add_node(struct mindir *m, struct cursor message) {
    return add(m, message, false);
}
