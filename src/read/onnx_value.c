/* onnx_value.c - names, tensors of the file as constants, and what is known of types. */
#include <string.h>

#include "read/onnx_build.h"

const char *onnx_string(struct onnx *o, struct text text) {
    return arena_string(o->arena, text.at, text.length, o->err);
}

/* Names */

static uint32_t capture(struct onnx *o, struct onnx_scope *scope, struct text name, uint32_t outside) {
    const struct value *outer = &scope->outer->graph->values[outside];
    const struct value value = {.name = outer->name, .type = outer->type, .kind = VALUE_INPUT};
    const uint32_t inside = graph_add_value(scope->graph, &value, o->err);
    bool taken;
    if (inside == NO_VALUE || !value_list_add(scope->graph, &scope->graph->inputs, inside, o->err) ||
        !value_list_add(scope->graph, &scope->captured, outside, o->err) ||
        !names_add(&scope->names, name.at, name.length, inside, &taken, o->err))
        return NO_VALUE;
    return inside;
}

/* From the scope that has the name inwards: each graph on the way captures it from the one around it. */
uint32_t onnx_find(struct onnx *o, struct onnx_scope *scope, struct text name) {
    struct onnx_scope *holder = scope;
    uint32_t value = NO_VALUE;
    while (holder && !names_find(&holder->names, name.at, name.length, &value))
        holder = holder->outer;
    if (!holder) {
        const char *copy = onnx_string(o, name);
        if (copy)
            error_set(o->err, MSW_INVALID, "input '%s' is not defined before it is used", copy);
        return NO_VALUE;
    }
    while (holder != scope && value != NO_VALUE) {
        struct onnx_scope *inner = scope;
        while (inner->outer != holder)
            inner = inner->outer;
        value = capture(o, inner, name, value);
        holder = inner;
    }
    return value;
}

bool onnx_define(struct onnx *o, struct text name, uint32_t value, uint64_t at) {
    bool taken;
    if (names_add(&o->scope->names, name.at, name.length, value, &taken, o->err))
        return true;
    const char *copy = taken ? onnx_string(o, name) : NULL;
    return copy && error_set_at_byte(o->err, MSW_INVALID, (int64_t)at, "name '%s' is used twice", copy);
}

/* Constants */

uint32_t onnx_copy(struct onnx *o, const struct msw_type *type, const void *data, size_t bytes) {
    void *copy = arena_alloc(o->main_graph->constants, 1, bytes, o->err);
    if (!copy)
        return NO_VALUE;
    if (bytes > 0)
        memcpy(copy, data, bytes);
    const struct value value = {.type = *type, .kind = VALUE_CONSTANT, .data = copy};
    return graph_add_value(o->scope->graph, &value, o->err);
}

uint32_t onnx_ints(struct onnx *o, const int64_t *ints, uint32_t count) {
    return onnx_copy(o, &(struct msw_type){.dtype = MSW_INT64, .rank = 1, .dims = {(int32_t)count}}, ints,
                     count * sizeof *ints);
}

uint32_t onnx_float(struct onnx *o, float number) {
    return onnx_copy(o, &(struct msw_type){.dtype = MSW_FLOAT32}, &number, sizeof number);
}

uint32_t onnx_absent(struct onnx *o) {
    return onnx_copy(o, &(struct msw_type){.dtype = MSW_FLOAT32, .rank = 1}, NULL, 0);
}

/* Where whole numbers of a tensor go, one after the other. */
struct numbers {
    unsigned char *data;
    size_t elements, done, bytes; /* bytes of one */
    uint64_t at;
    struct error *err;
};

static bool add_number(void *context, int64_t number) {
    struct numbers *n = context;
    if (n->done == n->elements)
        return error_set_at_byte(n->err, MSW_INVALID, (int64_t)n->at, "a tensor has more than its %z elements",
                                 n->elements);
    memcpy(n->data + n->done++ * n->bytes, &number, n->bytes); /* little endian: the low bytes come first */
    return true;
}

/* Elements written as numbers: 4- and 2-bit ones by the byte, like raw ones. */
static const unsigned char *collect_numbers(struct onnx *o, const struct onnx_tensor *t, size_t elements,
                                            size_t bytes) {
    struct numbers n = {.elements = elements, .bytes = bytes, .at = t->at, .err = o->err};
    struct cursor c = t->message;
    struct field f;
    if (elements > c.end - c.at) { /* known before so many are asked for */
        error_set_at_byte(o->err, MSW_INVALID, (int64_t)t->at, "a tensor of %l bytes cannot have %z elements",
                          (int64_t)(c.end - c.at), elements);
        return NULL;
    }
    n.data = arena_alloc(o->scratch, elements, bytes, o->err);
    while (n.data && cursor_next(&c, &f)) {
        if (f.number != t->numbers)
            continue;
        const int64_t fixed = (int64_t)f.value;
        if (f.wire == WIRE_FIXED32 || f.wire == WIRE_FIXED64 ? !add_number(&n, fixed)
                                                             : !field_ints(&c, &f, add_number, &n))
            return NULL;
    }
    if (!n.data || o->err->about.status != MSW_OK)
        return NULL;
    if (n.done != elements) {
        error_set_at_byte(o->err, MSW_INVALID, (int64_t)t->at, "a tensor has %z of its %z elements", n.done, elements);
        return NULL;
    }
    return n.data;
}

/* 4- and 2-bit elements take a byte each in memory. Signed ones are completed by their sign. */
static const unsigned char *spread_bits(struct onnx *o, const struct onnx_tensor *t, const unsigned char *packed,
                                        size_t elements) {
    enum { INT4 = 22, INT2 = 26 };
    const uint32_t bits = onnx_element_bits(t->data_type), per_byte = 8 / bits;
    const bool is_signed = t->data_type == INT4 || t->data_type == INT2;
    unsigned char *wide = arena_alloc(o->scratch, elements, 1, o->err);
    for (size_t i = 0; wide && i < elements; i++) {
        const uint32_t shift = (uint32_t)(i % per_byte) * bits, mask = (1u << bits) - 1;
        const uint32_t code = (uint32_t)packed[i / per_byte] >> shift & mask;
        const bool negative = is_signed && (code >> (bits - 1) & 1) != 0;
        wide[i] = (unsigned char)(negative ? code | ~mask : code);
    }
    return wide;
}

static uint32_t external(struct onnx *o, const struct onnx_tensor *t, const char *name, size_t bytes) {
    const char *file = onnx_string(o, t->location);
    if (!file || !weight_file_check(file, name, t->at, o->err))
        return NO_VALUE;
    if (t->length != 0 && t->length != bytes) {
        error_set_at_byte(o->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t needs %z bytes, of '%s' it has %l",
                          name, &t->type, bytes, file, (int64_t)t->length);
        return NO_VALUE;
    }
    struct value value = {.name = name, .type = t->type, .kind = VALUE_CONSTANT, .offset = t->offset};
    value.file = weight_files_add(o->files, file, t->offset + bytes, name, o->err);
    return value.file ? graph_add_value(o->scope->graph, &value, o->err) : NO_VALUE;
}

static uint32_t named(struct onnx *o, uint32_t value, const char *name) {
    if (value != NO_VALUE)
        o->scope->graph->values[value].name = name;
    return value;
}

/* As long as its elements are in the file as they will be in memory, a long tensor stays there. */
uint32_t onnx_constant(struct onnx *o, const struct onnx_tensor *t, const char *name) {
    const uint32_t bits = onnx_element_bits(t->data_type);
    size_t elements, bytes;
    if (!type_sizes(&t->type, &elements, &bytes)) {
        error_set_at_byte(o->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t is not a shape of at most %l bytes",
                          name, &t->type, (int64_t)TYPE_MAX_BYTES);
        return NO_VALUE;
    }
    const size_t stored = bits < 8 ? (elements * bits + 7) / 8 : bytes;
    if (elements == 0)
        return named(o, onnx_copy(o, &t->type, NULL, 0), name);
    if (t->storage == ONNX_EXTERNAL && bits >= 8)
        return external(o, t, name, bytes);
    if (t->storage == ONNX_EXTERNAL) {
        error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)t->at, "constant '%s': %t in a file of its own", name,
                          &t->type);
        return NO_VALUE;
    }
    if (t->storage == ONNX_NUMBERS) {
        const unsigned char *data = collect_numbers(o, t, bits < 8 ? stored : elements, bits < 8 ? 1 : bits / 8);
        if (data && bits < 8)
            data = spread_bits(o, t, data, elements);
        return data ? named(o, onnx_copy(o, &t->type, data, bytes), name) : NO_VALUE;
    }
    if (t->length != stored) {
        error_set_at_byte(o->err, MSW_INVALID, (int64_t)t->at, "constant '%s': %t needs %z bytes, the file has %l",
                          name, &t->type, stored, (int64_t)t->length);
        return NO_VALUE;
    }
    const unsigned char *data = document_bytes(o->doc, t->offset, stored);
    if (data && bits < 8)
        data = spread_bits(o, t, data, elements);
    if (data) {
        const uint32_t value = named(o, onnx_copy(o, &t->type, data, bytes), name);
        if (value != NO_VALUE)
            o->scope->graph->values[value].offset = t->offset;
        return value;
    }
    if (o->err->about.status != MSW_OK)
        return NO_VALUE;
    if (bits < 8) {
        error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)t->at, "constant '%s': %t of more than %d bytes", name,
                          &t->type, (int32_t)OUTLINE_KEEP_BYTES);
        return NO_VALUE;
    }
    const struct value value = {.name = name, .type = t->type, .kind = VALUE_CONSTANT, .offset = t->offset};
    return graph_add_value(o->scope->graph, &value, o->err);
}

/* Types */

const struct msw_type *onnx_type(const struct onnx *o, uint32_t value) {
    return &o->scope->graph->values[value].type;
}

int32_t onnx_rank(struct onnx *o, uint32_t value, const char *what) {
    const int32_t rank = onnx_type(o, value)->rank;
    if (rank < 0)
        error_set(o->err, MSW_UNSUPPORTED, "the rank of the %s is not known when the model is loaded", what);
    return rank;
}
