/* mindir_writer.h - for tests: protobuf written field by field, and small MindIR models made of it. */
#ifndef READ_MINDIR_WRITER_H
#define READ_MINDIR_WRITER_H

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "read/mindir_proto.h"

struct bytes {
    unsigned char data[32768];
    size_t used;
};

static inline void put_byte(struct bytes *b, unsigned value) {
    assert(b->used < sizeof b->data);
    b->data[b->used++] = (unsigned char)value;
}

static inline void put_varint(struct bytes *b, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        put_byte(b, (unsigned)(value & 0x7f) | 0x80);
    put_byte(b, (unsigned)value);
}

static inline void put_key(struct bytes *b, uint32_t number, enum wire_type wire) {
    put_varint(b, number << 3 | (uint32_t)wire);
}

static inline void put_int(struct bytes *b, uint32_t number, int64_t value) {
    put_key(b, number, WIRE_VARINT);
    put_varint(b, (uint64_t)value);
}

static inline void put_bytes(struct bytes *b, uint32_t number, const void *data, size_t length) {
    put_key(b, number, WIRE_BYTES);
    put_varint(b, length);
    for (size_t i = 0; i < length; i++)
        put_byte(b, ((const unsigned char *)data)[i]);
}

static inline void put_text(struct bytes *b, uint32_t number, const char *text) {
    put_bytes(b, number, text, strlen(text));
}

static inline void put_message(struct bytes *b, uint32_t number, const struct bytes *message) {
    put_bytes(b, number, message->data, message->used);
}

static inline void put_float(struct bytes *b, uint32_t number, float value) {
    put_key(b, number, WIRE_FIXED32);
    for (size_t i = 0; i < sizeof value; i++)
        put_byte(b, ((const unsigned char *)&value)[i]);
}

enum { PROTO_FLOAT = 1, PROTO_INT32 = 6, PROTO_INT64 = 7 };

/* A TensorProto; data may be NULL. */
static inline struct bytes tensor_message(const char *name, int64_t data_type, const int64_t *dims, size_t rank,
                                          const void *data, size_t length) {
    struct bytes t = {.used = 0};
    for (size_t i = 0; i < rank; i++)
        put_int(&t, 1, dims[i]);
    put_int(&t, 2, data_type);
    if (name)
        put_text(&t, 7, name);
    if (data)
        put_bytes(&t, 9, data, length);
    return t;
}

/* The model under construction: its graph, and its primitives as fields of the model. */
struct model_writer {
    struct bytes graph, primitives;
};

static inline void add_input(struct model_writer *w, const char *name, const int64_t *dims, size_t rank) {
    struct bytes info = {.used = 0};
    const struct bytes tensor = tensor_message(NULL, PROTO_FLOAT, dims, rank, NULL, 0);
    put_text(&info, VALUE_INFO_NAME, name);
    put_message(&info, VALUE_INFO_TENSOR, &tensor);
    put_message(&w->graph, GRAPH_INPUT, &info);
}

static inline void add_parameter(struct model_writer *w, const char *name, const int64_t *dims, size_t rank,
                                 const void *data, size_t length) {
    const struct bytes tensor = tensor_message(name, PROTO_FLOAT, dims, rank, data, length);
    put_message(&w->graph, GRAPH_PARAMETER, &tensor);
}

static inline void add_output(struct model_writer *w, const char *name) {
    struct bytes info = {.used = 0};
    put_text(&info, VALUE_INFO_NAME, name);
    put_message(&w->graph, GRAPH_OUTPUT, &info);
}

/* Attributes, as MindSpore writes them: a scalar in i, the elements of a tuple each in ints. */
static inline struct bytes int_attribute(const char *name, int64_t value) {
    struct bytes a = {.used = 0};
    put_text(&a, 1, name);
    put_int(&a, 3, value);
    put_int(&a, 16, 7);
    return a;
}

static inline struct bytes float_attribute(const char *name, float value) {
    struct bytes a = {.used = 0};
    put_text(&a, 1, name);
    put_float(&a, 2, value);
    put_int(&a, 16, 1);
    return a;
}

static inline struct bytes text_attribute(const char *name, const char *value) {
    struct bytes a = {.used = 0};
    put_text(&a, 1, name);
    put_text(&a, 5, value);
    put_int(&a, 16, 8);
    return a;
}

static inline struct bytes ints_attribute(const char *name, const int64_t *values, size_t count) {
    struct bytes a = {.used = 0};
    put_text(&a, 1, name);
    put_int(&a, 16, 20);
    for (size_t i = 0; i < count; i++) {
        struct bytes element = {.used = 0};
        put_int(&element, 10, values[i]);
        put_int(&element, 16, 7);
        put_message(&a, 17, &element);
    }
    return a;
}

static inline struct bytes kind_attribute(const char *name, int64_t type) {
    struct bytes a = {.used = 0};
    put_text(&a, 1, name);
    put_int(&a, 16, type);
    return a;
}

static inline struct bytes tensor_attribute(const char *name, const struct bytes *tensor) {
    struct bytes a = {.used = 0};
    put_text(&a, 1, name);
    put_message(&a, 12, tensor);
    put_int(&a, 16, 19);
    return a;
}

/* A node of type Constant. */
static inline void add_constant(struct model_writer *w, const char *name, struct bytes attribute) {
    struct bytes node = {.used = 0};
    put_text(&node, NODE_OUTPUT, name);
    put_text(&node, NODE_OP_TYPE, "Constant");
    put_message(&node, NODE_ATTRIBUTE, &attribute);
    put_message(&w->graph, GRAPH_NODE, &node);
}

/* A primitive with up to a few attributes: pass count, then that many struct bytes *. */
static inline void add_primitive(struct model_writer *w, const char *name, const char *op_type, int count, ...) {
    struct bytes p = {.used = 0};
    put_text(&p, PRIMITIVE_NAME, name);
    put_text(&p, PRIMITIVE_OP_TYPE, op_type);
    va_list args;
    va_start(args, count);
    for (int i = 0; i < count; i++)
        put_message(&p, PRIMITIVE_ATTRIBUTE, va_arg(args, const struct bytes *));
    va_end(args);
    put_message(&w->primitives, MODEL_PRIMITIVES, &p);
}

/* A node that refers to `primitive`, or calls a function; inputs are separated by spaces. shape: attribute "shape", or NULL. */
static inline void add_shaped_node(struct model_writer *w, const char *name, const char *primitive, const char *inputs,
                                   const struct bytes *shape) {
    struct bytes node = {.used = 0};
    char op_type[64] = "REF::";
    strncat(op_type, primitive, sizeof op_type - 6);
    for (const char *at = inputs; *at; at += strspn(at, " ")) {
        const size_t length = strcspn(at, " ");
        put_bytes(&node, NODE_INPUT, at, length);
        at += length;
    }
    put_text(&node, NODE_OUTPUT, name);
    put_text(&node, NODE_NAME, name);
    put_text(&node, NODE_OP_TYPE, op_type);
    if (shape)
        put_message(&node, NODE_ATTRIBUTE, shape);
    put_message(&w->graph, GRAPH_NODE, &node);
}

static inline void add_node(struct model_writer *w, const char *name, const char *primitive, const char *inputs) {
    add_shaped_node(w, name, primitive, inputs, NULL);
}

/* A primitive and a node of the same name. */
static inline void add_op(struct model_writer *w, const char *name, const char *op_type, const char *inputs) {
    add_primitive(w, name, op_type, 0);
    add_node(w, name, name, inputs);
}

/* The file. */
static inline struct bytes finish_model(const struct model_writer *w) {
    struct bytes model = {.used = 0};
    put_text(&model, 1, "1.1");
    put_text(&model, MODEL_PRODUCER_NAME, "MindSpore");
    put_text(&model, MODEL_MODEL_VERSION, "2.10.0");
    put_message(&model, MODEL_GRAPH, &w->graph);
    put_int(&model, MODEL_LITTLE_ENDIAN, 1);
    for (size_t i = 0; i < w->primitives.used; i++)
        put_byte(&model, w->primitives.data[i]);
    put_int(&model, MODEL_MIND_IR_VERSION, MINDIR_VERSION);
    return model;
}

#endif
