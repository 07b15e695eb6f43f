/* onnx_proto.c - TensorProto, ValueInfoProto and AttributeProto. Unknown fields are passed over, as protobuf wants it; unknown kinds of values are errors. */
#include "read/onnx_proto.h"

#include <string.h>

const struct outline_rule onnx_outline[] = {
    {ONNX_MODEL, ONNX_MODEL_GRAPH, ONNX_GRAPH},
    {ONNX_MODEL, ONNX_MODEL_IMPORT, ONNX_IMPORT},
    {ONNX_MODEL, ONNX_MODEL_FUNCTION, ONNX_FUNCTION},
    {ONNX_GRAPH, ONNX_GRAPH_NODE, ONNX_NODE},
    {ONNX_GRAPH, ONNX_GRAPH_INITIALIZER, ONNX_TENSOR},
    {ONNX_GRAPH, ONNX_GRAPH_INPUT, ONNX_VALUE_INFO},
    {ONNX_GRAPH, ONNX_GRAPH_OUTPUT, ONNX_VALUE_INFO},
    {ONNX_GRAPH, ONNX_GRAPH_VALUE_INFO, ONNX_VALUE_INFO},
    {ONNX_GRAPH, ONNX_GRAPH_SPARSE, ONNX_SPARSE},
    {ONNX_FUNCTION, ONNX_FUNCTION_NODE, ONNX_NODE},
    {ONNX_FUNCTION, ONNX_FUNCTION_IMPORT, ONNX_IMPORT},
    {ONNX_FUNCTION, ONNX_FUNCTION_ATTRIBUTE, ONNX_ATTRIBUTE},
    {ONNX_NODE, ONNX_NODE_ATTRIBUTE, ONNX_ATTRIBUTE},
    {ONNX_ATTRIBUTE, 4, OUTLINE_LIST},
    {ONNX_ATTRIBUTE, 5, ONNX_TENSOR},
    {ONNX_ATTRIBUTE, 6, ONNX_GRAPH},
    {ONNX_ATTRIBUTE, 7, OUTLINE_LIST},
    {ONNX_ATTRIBUTE, 8, OUTLINE_LIST},
    {ONNX_ATTRIBUTE, 9, OUTLINE_LIST},
    {ONNX_ATTRIBUTE, 10, ONNX_TENSOR},
    {ONNX_ATTRIBUTE, 11, ONNX_GRAPH},
    {ONNX_ATTRIBUTE, 22, ONNX_SPARSE},
    {ONNX_SPARSE, ONNX_SPARSE_VALUES, ONNX_TENSOR},
    {ONNX_SPARSE, ONNX_SPARSE_INDICES, ONNX_TENSOR},
    {ONNX_TENSOR, 5, OUTLINE_LIST},
    {ONNX_TENSOR, 7, OUTLINE_LIST},
    {ONNX_TENSOR, 11, OUTLINE_LIST},
    {ONNX_TENSOR, 13, ONNX_ENTRY},
    {ONNX_VALUE_INFO, 2, ONNX_TYPE},
    {ONNX_TYPE, 1, ONNX_TENSOR_TYPE},
    {ONNX_TYPE, 4, ONNX_INNER_TYPE},
    {ONNX_TYPE, 9, ONNX_INNER_TYPE},
    {ONNX_INNER_TYPE, 1, ONNX_TYPE},
    {ONNX_TENSOR_TYPE, 2, ONNX_SHAPE},
    {ONNX_SHAPE, 1, ONNX_DIM},
    {0},
};

/* TensorProto.DataType */

static const struct {
    const char *name;
    int32_t dtype;
    uint32_t bits;
} data_types[] = {
    {"undefined", MSW_ANY, 0},
    {"float32", MSW_FLOAT32, 32},
    {"uint8", MSW_UINT8, 8},
    {"int8", MSW_INT8, 8},
    {"uint16", MSW_UINT16, 16},
    {"int16", MSW_INT16, 16},
    {"int32", MSW_INT32, 32},
    {"int64", MSW_INT64, 64},
    {"string", MSW_ANY, 0},
    {"bool", MSW_BOOL, 8},
    {"float16", MSW_FLOAT16, 16},
    {"float64", MSW_FLOAT64, 64},
    {"uint32", MSW_UINT32, 32},
    {"uint64", MSW_UINT64, 64},
    {"complex64", MSW_ANY, 64},
    {"complex128", MSW_ANY, 128},
    {"bfloat16", MSW_BFLOAT16, 16},
    {"float8e4m3fn", MSW_FLOAT8E4M3FN, 8},
    {"float8e4m3fnuz", MSW_FLOAT8E4M3FNUZ, 8},
    {"float8e5m2", MSW_FLOAT8E5M2, 8},
    {"float8e5m2fnuz", MSW_FLOAT8E5M2FNUZ, 8},
    {"uint4", MSW_UINT4, 4},
    {"int4", MSW_INT4, 4},
    {"float4e2m1", MSW_FLOAT4E2M1, 4},
    {"float8e8m0", MSW_FLOAT8E8M0, 8},
    {"uint2", MSW_UINT2, 2},
    {"int2", MSW_INT2, 2},
    {"float6e2m3", MSW_ANY, 6},
    {"float6e3m2", MSW_ANY, 6},
};

enum { DATA_TYPES = sizeof data_types / sizeof data_types[0] };

uint32_t onnx_element_bits(int64_t data_type) {
    return data_types[data_type].bits;
}

bool onnx_dtype(int64_t data_type, uint64_t at, int32_t *dtype, struct error *err) {
    if (data_type <= 0 || data_type >= DATA_TYPES)
        return error_set_at_byte(err, MSW_INVALID, (int64_t)at, "%l is not a data type of ONNX", data_type);
    *dtype = data_types[data_type].dtype;
    return *dtype != MSW_ANY || error_set_at_byte(err, MSW_UNSUPPORTED, (int64_t)at, "data type %s is not supported",
                                                  data_types[data_type].name);
}

/* TensorProto */

struct dims_context {
    struct msw_type *type;
    uint64_t at;
    struct error *err;
};

static bool add_dim(void *context, int64_t dim) {
    const struct dims_context *c = context;
    if (dim < 0 || dim > INT32_MAX)
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)c->at, "dimension %d is %l", c->type->rank, dim);
    if (c->type->rank == MSW_MAX_RANK)
        return error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)c->at, "more than %d dimensions", MSW_MAX_RANK);
    c->type->dims[c->type->rank++] = (int32_t)dim;
    return true;
}

/* A decimal number, as external_data spells offset and length. */
static bool read_decimal(struct text text, const char *key, uint64_t at, uint64_t *number, struct error *err) {
    uint64_t n = 0;
    bool ok = text.length > 0 && text.length <= 18; /* fits 63 bits */
    for (size_t i = 0; ok && i < text.length; i++) {
        ok = text.at[i] >= '0' && text.at[i] <= '9';
        n = n * 10 + (uint64_t)(text.at[i] - '0');
    }
    *number = n;
    return ok || error_set_at_byte(err, MSW_INVALID, (int64_t)at,
                                   "%s of external data must be a whole number of at most 18 digits", key);
}

static bool read_entry(const struct cursor *c, const struct field *f, struct onnx_tensor *t) {
    struct cursor message;
    struct field part;
    struct text key = {.at = ""}, value = {.at = ""};
    if (!field_message(c, f, &message))
        return false;
    while (cursor_next(&message, &part)) {
        struct text *text = part.number == 1 ? &key : part.number == 2 ? &value : NULL;
        if (text && !field_text(&message, &part, &text->at, &text->length))
            return false;
    }
    if (c->err->about.status != MSW_OK)
        return false;
    if (text_is(key, "location"))
        t->location = value;
    else if (text_is(key, "offset"))
        return read_decimal(value, "offset", f->at, &t->offset, c->err);
    else if (text_is(key, "length"))
        return read_decimal(value, "length", f->at, &t->length, c->err);
    else if (!text_is(key, "checksum"))
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at,
                                 "external data has an unknown key, expected location, offset, length or checksum");
    return true;
}

static bool set_storage(const struct cursor *c, const struct field *f, struct onnx_tensor *t,
                        enum onnx_storage storage) {
    if (t->storage != ONNX_NO_DATA && (t->storage != ONNX_NUMBERS || t->numbers != f->number) &&
        t->storage != ONNX_EXTERNAL)
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at, "a tensor has its elements twice");
    if (t->storage == ONNX_EXTERNAL)
        return true;
    t->storage = storage;
    t->numbers = f->number;
    if (storage == ONNX_RAW) {
        t->offset = f->offset;
        t->length = f->length;
    }
    return true;
}

static bool tensor_field(const struct cursor *c, const struct field *f, struct onnx_tensor *t) {
    struct dims_context dims = {.type = &t->type, .at = f->at, .err = c->err};
    int64_t number = 0;
    switch (f->number) {
    case 1: return field_ints(c, f, add_dim, &dims);
    case 2: return field_int(c, f, &t->data_type) && onnx_dtype(t->data_type, f->at, &t->type.dtype, c->err);
    case 3: return error_set_at_byte(c->err, MSW_UNSUPPORTED, (int64_t)f->at, "segments of tensors are not supported");
    case 4:
    case 10: return set_storage(c, f, t, f->wire == WIRE_BYTES ? ONNX_RAW : ONNX_NUMBERS);
    case 5:
    case 7:
    case 11: return set_storage(c, f, t, ONNX_NUMBERS);
    case 8: return field_text(c, f, &t->name.at, &t->name.length);
    case 9:
        return f->wire == WIRE_BYTES ? set_storage(c, f, t, ONNX_RAW)
                                     : error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at,
                                                         "raw_data has wire type %d, expected 2", (int32_t)f->wire);
    case 13:
        if (t->storage != ONNX_EXTERNAL)
            t->offset = t->length = 0;
        t->storage = ONNX_EXTERNAL;
        return read_entry(c, f, t);
    case 14:
        if (!field_int(c, f, &number))
            return false;
        if (number == 1 && t->storage != ONNX_EXTERNAL) {
            t->storage = ONNX_EXTERNAL;
            t->offset = t->length = 0;
        }
        return number == 0 || number == 1 ||
               error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at, "data_location is %l, expected 0 or 1", number);
    default: return true;
    }
}

bool onnx_tensor_read(struct cursor message, struct onnx_tensor *tensor) {
    *tensor = (struct onnx_tensor){.name = {.at = ""}, .location = {.at = ""}, .at = message.at, .message = message};
    struct field f;
    while (cursor_next(&message, &f))
        if (!tensor_field(&message, &f, tensor))
            return false;
    if (message.err->about.status != MSW_OK)
        return false;
    return tensor->data_type != 0 ||
           error_set_at_byte(message.err, MSW_INVALID, (int64_t)tensor->at, "a tensor has no data type");
}

/* ValueInfoProto */

static bool read_dim(struct cursor message, struct msw_type *type) {
    struct field f;
    int64_t value = -1;
    const uint64_t at = message.at;
    while (cursor_next(&message, &f))
        if (f.number == 1 && !field_int(&message, &f, &value))
            return false;
    if (message.err->about.status != MSW_OK)
        return false;
    if (type->rank == MSW_MAX_RANK)
        return error_set_at_byte(message.err, MSW_UNSUPPORTED, (int64_t)at, "more than %d dimensions", MSW_MAX_RANK);
    if (value > INT32_MAX)
        return error_set_at_byte(message.err, MSW_INVALID, (int64_t)at, "dimension %d is %l", type->rank, value);
    type->dims[type->rank++] = value < 0 ? -1 : (int32_t)value; /* exporters write -1 for a size that is open */
    return true;
}

static bool read_tensor_type(struct cursor message, struct msw_type *type) {
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor shape, dim;
        struct field part;
        int64_t number = 0;
        if (f.number == 1 && (!field_int(&message, &f, &number) ||
                              (number != 0 && !onnx_dtype(number, f.at, &type->dtype, message.err))))
            return false;
        if (f.number != 2)
            continue;
        if (!field_message(&message, &f, &shape))
            return false;
        type->rank = 0;
        while (cursor_next(&shape, &part))
            if (part.number == 1 && (!field_message(&shape, &part, &dim) || !read_dim(dim, type)))
                return false;
    }
    return message.err->about.status == MSW_OK;
}

/* A TypeProto; what is inside a sequence or optional counts. */
static bool read_type(struct cursor message, struct onnx_info *info) {
    for (;;) {
        struct cursor inner = {0};
        struct field f;
        bool tensor = false, nested = false;
        while (cursor_next(&message, &f)) {
            if (f.number != 1 && f.number != 4 && f.number != 9) {
                if (f.number == 5 || f.number == 7 || f.number == 8)
                    return error_set_at_byte(message.err, MSW_UNSUPPORTED, (int64_t)f.at,
                                             "maps, opaque types and sparse tensors are not supported");
                continue;
            }
            if (!field_message(&message, &f, &inner))
                return false;
            tensor = f.number == 1;
            nested = !tensor;
            if (f.number == 9)
                info->form = ONNX_FORM_OPTIONAL;
            else if (f.number == 4 && info->form != ONNX_FORM_OPTIONAL)
                info->form = ONNX_FORM_SEQUENCE;
        }
        if (message.err->about.status != MSW_OK)
            return false;
        if (tensor)
            return read_tensor_type(inner, &info->type);
        if (!nested)
            return true;
        struct field type;
        bool found = false;
        while (cursor_next(&inner, &type))
            if (type.number == 1) {
                if (!field_message(&inner, &type, &message))
                    return false;
                found = true;
            }
        if (inner.err->about.status != MSW_OK || !found)
            return inner.err->about.status == MSW_OK;
    }
}

bool onnx_info_read(struct cursor message, struct onnx_info *info) {
    *info = (struct onnx_info){.name = {.at = ""}, .type = {.rank = -1}, .at = message.at};
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor type;
        if (f.number == 1 && !field_text(&message, &f, &info->name.at, &info->name.length))
            return false;
        if (f.number == 2 && (!field_message(&message, &f, &type) || !read_type(type, info)))
            return false;
    }
    return message.err->about.status == MSW_OK;
}

/* AttributeProto */

struct list_context {
    struct onnx_attribute *attribute;
    struct arena *arena;
    uint32_t room;
    struct error *err;
};

/* An attribute has one list. */
static bool is_the_list(const struct list_context *c, const void *list) {
    const struct onnx_attribute *a = c->attribute;
    return a->count == 0 || list ||
           error_set_at_byte(c->err, MSW_INVALID, (int64_t)a->at, "an attribute has lists of two kinds");
}

static bool add_int(void *context, int64_t value) {
    struct list_context *c = context;
    struct onnx_attribute *a = c->attribute;
    int64_t *ints =
        is_the_list(c, a->ints) ? arena_room(c->arena, a->ints, a->count, &c->room, sizeof *ints, c->err) : NULL;
    if (!ints)
        return false;
    a->ints = ints;
    ints[a->count++] = value;
    return true;
}

static bool add_float(struct list_context *c, float value) {
    struct onnx_attribute *a = c->attribute;
    float *floats =
        is_the_list(c, a->floats) ? arena_room(c->arena, a->floats, a->count, &c->room, sizeof *floats, c->err) : NULL;
    if (!floats)
        return false;
    a->floats = floats;
    floats[a->count++] = value;
    return true;
}

static bool add_floats(const struct cursor *c, const struct field *f, struct list_context *list) {
    float one;
    if (f->wire != WIRE_BYTES)
        return field_float(c, f, &one) && add_float(list, one);
    const unsigned char *data = f->length > 0 ? document_bytes(c->doc, f->offset, f->length) : NULL;
    if (f->length % sizeof one != 0 || (f->length > 0 && !data))
        return error_set_at_byte(c->err, MSW_INVALID, (int64_t)f->at, "a list of floats has %l bytes",
                                 (int64_t)f->length);
    for (uint64_t i = 0; i < f->length; i += sizeof one) {
        memcpy(&one, data + i, sizeof one);
        if (!add_float(list, one))
            return false;
    }
    return true;
}

static bool add_string(const struct cursor *c, const struct field *f, struct list_context *list) {
    struct onnx_attribute *a = list->attribute;
    struct text *strings = is_the_list(list, a->strings)
                               ? arena_room(list->arena, a->strings, a->count, &list->room, sizeof *strings, c->err)
                               : NULL;
    if (!strings)
        return false;
    a->strings = strings;
    struct text *string = &strings[a->count++];
    return field_text(c, f, &string->at, &string->length);
}

static bool attribute_field(const struct cursor *c, const struct field *f, struct list_context *list) {
    struct onnx_attribute *a = list->attribute;
    switch (f->number) {
    case 1: return field_text(c, f, &a->name.at, &a->name.length);
    case 2: return field_float(c, f, &a->f);
    case 3: return field_int(c, f, &a->i);
    case 4: return field_text(c, f, &a->s.at, &a->s.length);
    case 5:
    case 6:
    case 22: return field_message(c, f, &a->message);
    case 7: return add_floats(c, f, list);
    case 8: return field_ints(c, f, add_int, list);
    case 9: return add_string(c, f, list);
    case 20: return field_int(c, f, &a->kind);
    case 21: return field_text(c, f, &a->reference.at, &a->reference.length);
    default: return true;
    }
}

/* Files before IR version 2 do not say the kind: it is that of the field which is there. */
static int64_t kind_of_field(uint32_t number) {
    switch (number) {
    case 2: return ONNX_FLOAT;
    case 3: return ONNX_INT;
    case 4: return ONNX_STRING;
    case 5: return ONNX_TENSOR_VALUE;
    case 6: return ONNX_GRAPH_VALUE;
    case 7: return ONNX_FLOATS;
    case 8: return ONNX_INTS;
    case 9: return ONNX_STRINGS;
    case 22: return ONNX_SPARSE_VALUE;
    default: return 0;
    }
}

bool onnx_attribute_read(struct cursor message, struct arena *arena, struct onnx_attribute *attribute) {
    *attribute =
        (struct onnx_attribute){.name = {.at = ""}, .reference = {.at = ""}, .s = {.at = ""}, .at = message.at};
    struct list_context list = {.attribute = attribute, .arena = arena, .err = message.err};
    struct field f;
    int64_t kind = 0;
    while (cursor_next(&message, &f)) {
        if (!attribute_field(&message, &f, &list))
            return false;
        kind = kind_of_field(f.number) ? kind_of_field(f.number) : kind;
    }
    if (message.err->about.status != MSW_OK)
        return false;
    if (attribute->kind == 0)
        attribute->kind = kind;
    const void *list_of_kind = attribute->kind == ONNX_INTS      ? (const void *)attribute->ints
                               : attribute->kind == ONNX_FLOATS  ? (const void *)attribute->floats
                               : attribute->kind == ONNX_STRINGS ? (const void *)attribute->strings
                                                                 : NULL;
    if (attribute->count > 0 && !list_of_kind)
        return error_set_at_byte(message.err, MSW_INVALID, (int64_t)attribute->at,
                                 "an attribute has a list of another kind than it says");
    const bool whole = attribute->kind == ONNX_TENSOR_VALUE || attribute->kind == ONNX_GRAPH_VALUE ||
                       attribute->kind == ONNX_SPARSE_VALUE;
    return !whole || attribute->message.doc || attribute->reference.length > 0 ||
           error_set_at_byte(message.err, MSW_INVALID, (int64_t)attribute->at, "an attribute has no value");
}
