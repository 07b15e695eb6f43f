/* mindir_proto.c - TensorProto and AttributeProto. Unknown fields are passed over, as protobuf wants it; unknown kinds of values are errors. */
#include "read/mindir_proto.h"

#include <string.h>

const struct outline_rule mindir_outline[] = {
    {MINDIR_MODEL, MODEL_GRAPH, MINDIR_GRAPH},
    {MINDIR_MODEL, MODEL_FUNCTIONS, MINDIR_GRAPH},
    {MINDIR_MODEL, MODEL_PRIMITIVES, MINDIR_PRIMITIVE},
    {MINDIR_GRAPH, GRAPH_NODE, MINDIR_NODE},
    {MINDIR_GRAPH, GRAPH_PARAMETER, MINDIR_TENSOR},
    {MINDIR_GRAPH, GRAPH_INPUT, MINDIR_VALUE_INFO},
    {MINDIR_GRAPH, GRAPH_OUTPUT, MINDIR_VALUE_INFO},
    {MINDIR_NODE, NODE_ATTRIBUTE, MINDIR_ATTRIBUTE},
    {MINDIR_VALUE_INFO, VALUE_INFO_TENSOR, MINDIR_TENSOR},
    {MINDIR_VALUE_INFO, VALUE_INFO_ATTR_INFO, MINDIR_ATTRIBUTE},
    {MINDIR_PRIMITIVE, PRIMITIVE_ATTRIBUTE, MINDIR_ATTRIBUTE},
    {MINDIR_TENSOR, 12, MINDIR_EXTERNAL},
    {MINDIR_ATTRIBUTE, 6, MINDIR_TENSOR},
    {MINDIR_ATTRIBUTE, 12, MINDIR_TENSOR},
    {MINDIR_ATTRIBUTE, 17, MINDIR_ATTRIBUTE},
    {0},
};

/* TensorProto.DataType: the ones we have. */
static int32_t dtype_of(int64_t data_type) {
    switch (data_type) {
    case 1: return MSW_FLOAT32;
    case 2: return MSW_UINT8;
    case 3: return MSW_INT8;
    case 5: return MSW_INT16;
    case 6: return MSW_INT32;
    case 7: return MSW_INT64;
    case 9: return MSW_BOOL;
    case 10: return MSW_FLOAT16;
    case 11:
    case 17: return MSW_FLOAT64;
    case 16: return MSW_BFLOAT16;
    default: return MSW_ANY;
    }
}

static const char *const data_type_names[] = {
    "undefined", "float32", "uint8",  "int8",   "uint16",    "int16",      "int32",    "int64",   "string", "bool",
    "float16",   "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16", "float64", "qint4x2"};

static bool set_dtype(struct tensor_proto *t, const struct field *f, int64_t data_type, struct error *err) {
    const int64_t known = sizeof data_type_names / sizeof data_type_names[0];
    t->type.dtype = dtype_of(data_type);
    if (t->type.dtype != MSW_ANY || data_type == 0)
        return true;
    if (data_type < 0 || data_type >= known)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)f->at, "%l is not a data type of MindIR", data_type);
    return error_set_at_byte(err, MSW_UNSUPPORTED, (int64_t)f->at, "data type %s is not supported",
                             data_type_names[data_type]);
}

struct dims_context {
    struct tensor_proto *tensor;
    struct error *err;
};

static bool add_dim(void *context, int64_t dim) {
    const struct dims_context *c = context;
    struct msw_type *type = &c->tensor->type;
    if (dim < -2 || dim > INT32_MAX)
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)c->tensor->at, "dimension %d is %l", type->rank, dim);
    if (dim == -2) { /* MindSpore's mark for a shape of unknown rank */
        type->rank = -1;
        return true;
    }
    if (type->rank < 0 || type->rank == MSW_MAX_RANK)
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)c->tensor->at, "more than %d dimensions", MSW_MAX_RANK);
    type->dims[type->rank++] = (int32_t)dim;
    return true;
}

static bool read_external(const struct cursor *c, const struct field *f, struct tensor_proto *t) {
    struct cursor message;
    struct field part;
    t->external_at = f->at;
    if (!field_message(c, f, &message))
        return false;
    while (cursor_next(&message, &part)) {
        struct external_proto *e = &t->external;
        const bool ok = part.number == 1   ? field_text(&message, &part, &e->location.at, &e->location.length)
                        : part.number == 2 ? field_int(&message, &part, &e->offset)
                        : part.number == 3 ? field_int(&message, &part, &e->length)
                                           : true;
        if (!ok)
            return false;
    }
    return c->err->about.status == MSW_OK;
}

static bool tensor_field(const struct cursor *c, const struct field *f, struct tensor_proto *t) {
    struct dims_context dims = {.tensor = t, .err = c->err};
    int64_t number = 0;
    switch (f->number) {
    case 1: return field_ints(c, f, add_dim, &dims);
    case 2: return field_int(c, f, &number) && set_dtype(t, f, number, c->err);
    case 7: return field_text(c, f, &t->name.at, &t->name.length);
    case 13: return field_text(c, f, &t->ref_key.at, &t->ref_key.length);
    case 9:
        t->raw_offset = f->offset;
        t->raw_length = f->length;
        return f->wire == WIRE_BYTES || error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at,
                                                          "raw_data has wire type %d, expected 2", (int32_t)f->wire);
    case 12: return read_external(c, f, t);
    case 16:
        if (!field_int(c, f, &number))
            return false;
        return number == 0 ||
               error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)f->at, "compressed weights are not supported");
    case 3:
    case 4:
    case 5:
    case 6:
    case 10:
    case 11:
        return error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)f->at,
                                 "field %d of a tensor is not supported: MindSpore writes numbers as raw_data",
                                 (int32_t)f->number);
    default: return true;
    }
}

bool tensor_proto_read(struct cursor message, struct tensor_proto *tensor) {
    *tensor = (struct tensor_proto){
        .name = {.at = ""}, .ref_key = {.at = ""}, .at = message.at, .external = {.location = {.at = ""}}};
    struct field f;
    while (cursor_next(&message, &f))
        if (!tensor_field(&message, &f, tensor))
            return false;
    return message.err->about.status == MSW_OK;
}

/* What an AttributeProto may hold, before its type says which of it counts. */
struct attribute_parts {
    int64_t type;
    struct item i, f, text, tensor;
    uint32_t tensors, values;
};

static bool first_int(void *context, int64_t value) {
    struct item *item = context;
    if (item->kind == ITEM_NONE)
        *item = (struct item){.kind = ITEM_INT, .i = value};
    return true;
}

/* A float, alone or the first of a packed list. */
static bool first_float(const struct cursor *c, const struct field *f, struct item *item) {
    struct field one = *f;
    if (f->wire == WIRE_BYTES) {
        const unsigned char *bytes = f->length >= 4 ? document_bytes(c->doc, f->offset, 4) : NULL;
        uint32_t bits = 0;
        if (!bytes)
            return error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at, "an empty list of numbers");
        memcpy(&bits, bytes, sizeof bits);
        one = (struct field){.number = f->number, .wire = WIRE_FIXED32, .at = f->at, .value = bits};
    }
    item->kind = ITEM_FLOAT;
    return field_float(c, &one, &item->f);
}

static bool read_tensor(const struct cursor *c, const struct field *f, struct arena *arena, struct attribute_parts *p) {
    struct cursor message;
    if (p->tensors++ > 0)
        return true;
    p->tensor.kind = ITEM_TENSOR;
    p->tensor.tensor = arena_alloc(arena, 1, sizeof *p->tensor.tensor, c->err);
    return p->tensor.tensor && field_message(c, f, &message) && tensor_proto_read(message, p->tensor.tensor);
}

static bool attribute_field(const struct cursor *c, const struct field *f, struct arena *arena, struct attribute *a,
                            struct attribute_parts *p) {
    switch (f->number) {
    case 1: return field_text(c, f, &a->name.at, &a->name.length);
    case 2:
    case 8: return p->f.kind != ITEM_NONE || first_float(c, f, &p->f);
    case 3:
    case 10: return field_ints(c, f, first_int, &p->i);
    case 5:
    case 11: p->text.kind = ITEM_TEXT; return field_text(c, f, &p->text.text.at, &p->text.text.length);
    case 6:
    case 12: return read_tensor(c, f, arena, p);
    case 16: return field_int(c, f, &p->type);
    case 17: p->values++; return true;
    default: return true;
    }
}

/* The elements of a tuple: a second walk over the message, now that their number is known. */
static bool read_values(struct cursor message, struct arena *arena, uint32_t count, struct item *tuple) {
    *tuple = (struct item){.kind = ITEM_TUPLE, .items = arena_alloc(arena, count, sizeof *tuple->items, message.err)};
    struct field f;
    while (tuple->items && cursor_next(&message, &f)) {
        struct cursor element;
        struct attribute a;
        if (f.number != 17)
            continue;
        if (!field_message(&message, &f, &element) || !attribute_read(element, arena, &a))
            return false;
        tuple->items[tuple->count++] = a.item;
    }
    return tuple->items && message.err->about.status == MSW_OK;
}

/* A scalar whose field is left out is 0 or empty: proto2 writers may leave out nothing, but hands do. */
static bool take_part(struct item *item, const struct item *part, enum item_kind kind) {
    *item = *part;
    item->kind = kind;
    return true;
}

/* AttributeProto.AttributeType. */
enum {
    TYPE_FLOAT = 1,
    TYPE_UINT8 = 2,
    TYPE_INT64 = 7,
    TYPE_STRING = 8,
    TYPE_BOOL = 9,
    TYPE_UINT32 = 12,
    TYPE_UINT64 = 13,
    TYPE_TENSOR = 17,
    TYPE_TENSORS = 19,
    TYPE_TUPLE = 20,
    TYPE_LIST = 21,
    TYPE_UMONAD = 23,
    TYPE_IOMONAD = 24,
    TYPE_NONE = 25
};

bool attribute_read(struct cursor message, struct arena *arena, struct attribute *a) {
    *a = (struct attribute){.name = {.at = ""}};
    struct attribute_parts p = {.text = {.text = {.at = ""}}};
    struct cursor c = message;
    struct field f;
    while (cursor_next(&c, &f))
        if (!attribute_field(&c, &f, arena, a, &p))
            return false;
    if (c.err->about.status != MSW_OK)
        return false;
    switch (p.type) {
    case TYPE_UMONAD:
    case TYPE_IOMONAD: a->item.kind = ITEM_MONAD; return true;
    case TYPE_NONE: return true;
    case TYPE_FLOAT: return take_part(&a->item, &p.f, ITEM_FLOAT);
    case TYPE_STRING: return take_part(&a->item, &p.text, ITEM_TEXT);
    case TYPE_TUPLE:
    case TYPE_LIST: return read_values(message, arena, p.values, &a->item);
    case TYPE_TENSOR:
    case TYPE_TENSORS:
        a->item = p.tensor;
        if (p.tensors != 1)
            a->item.kind = ITEM_OTHER;
        return true;
    default:
        if ((p.type >= TYPE_UINT8 && p.type <= TYPE_INT64) || p.type == TYPE_BOOL || p.type == TYPE_UINT32 ||
            p.type == TYPE_UINT64)
            return take_part(&a->item, &p.i, ITEM_INT);
        a->item.kind = ITEM_OTHER;
        return true;
    }
}
