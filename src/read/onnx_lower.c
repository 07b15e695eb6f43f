/* onnx_lower.c - from ONNX's spellings to our operators, as the rows of onnx.def say. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/onnx_rows.h"

enum { NEWEST = INT32_MAX };

#define AI "ai.onnx"
#define MS "com.microsoft"
#define ML "ai.onnx.ml"
#define TRAINING "ai.onnx.preview.training"
#define PREVIEW "ai.onnx.preview"

static const struct onnx_spelling {
    const char *domain, *name;
    int32_t since, until;
    const char *op; /* NULL: make makes several */
    const char *operands, *attributes;
    bool (*more)(struct onnx *o, const struct onnx_node *source, struct node *node);
    bool (*make)(struct onnx *o, const struct onnx_node *source);
} spellings[] = {
#define ONNX(domain, spelling, since, until, op, operands, attributes, more)                                           \
    {domain, #spelling, since, until, #op, operands, attributes, read_onnx_##more, NULL},
#define COMPOSITE(domain, spelling, since, until, make)                                                                \
    {domain, #spelling, since, until, NULL, NULL, NULL, NULL, make_onnx_##make},
#include "read/onnx.def"
#undef ONNX
#undef COMPOSITE
};

/* Nodes */

struct node *onnx_last(struct onnx *o) {
    return &o->scope->graph->nodes[o->scope->graph->node_count - 1];
}

uint32_t onnx_emit(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t count,
                   const uint32_t *inputs, uint32_t outputs) {
    for (uint32_t i = 0; i < count; i++)
        if (inputs[i] == NO_VALUE) {
            error_set(o->err, MSW_INVALID, "input %d is missing", (int32_t)i);
            return NO_VALUE;
        }
    struct node *node = graph_add_node(o->scope->graph, op_find(op), source->title, count, outputs, o->err);
    if (!node)
        return NO_VALUE;
    if (count > 0)
        memcpy(node->inputs, inputs, count * sizeof *inputs);
    return node->outputs[0];
}

uint32_t onnx_emit_int(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t input, const char *attr,
                       int64_t value) {
    const uint32_t output = ONNX_EMIT(o, source, op, input);
    if (output == NO_VALUE || !node_set_int(o->scope->graph, onnx_last(o), attr, value, o->err))
        return NO_VALUE;
    onnx_infer(o);
    return output;
}

/* What check says now, if it can; what is wrong is said when the whole graph is checked, with all that is known then. */
static bool infer(struct onnx *o, const struct node *node, struct msw_type *outputs) {
    const struct graph *g = o->scope->graph;
    struct error ignored = {0};
    struct op_site site = {.op = node->op,
                           .attrs = node->attrs,
                           .input_count = node->input_count,
                           .output_count = node->output_count,
                           .outputs = outputs};
    struct msw_type *inputs = arena_alloc(o->scratch, node->input_count, sizeof *inputs, &ignored);
    const void **constants = arena_alloc(o->scratch, node->input_count, sizeof *constants, &ignored);
    bool *packed = arena_alloc(o->scratch, node->input_count, sizeof *packed, &ignored);
    if (!inputs || !constants || !packed)
        return false;
    for (uint32_t i = 0; i < node->input_count; i++) {
        const struct value *value = &g->values[node->inputs[i]];
        size_t elements, bytes;
        if (!type_is_static(&value->type) || !type_sizes(&value->type, &elements, &bytes))
            return false;
        inputs[i] = value->type;
        constants[i] = value->kind == VALUE_CONSTANT ? value->data : NULL;
    }
    site.inputs = inputs;
    site.constants = constants;
    site.packed = packed;
    return (node->input_count == 0 || (node->op->about.dtypes >> inputs[0].dtype & 1) != 0) &&
           node->op->check(&site, &ignored);
}

void onnx_infer(struct onnx *o) {
    struct graph *g = o->scope->graph;
    const struct node *node = onnx_last(o);
    struct error ignored = {0};
    struct msw_type *outputs = arena_alloc(o->scratch, node->output_count, sizeof *outputs, &ignored);
    if (!outputs || node->call || node->late_count > 0 || !infer(o, node, outputs))
        return;
    for (uint32_t i = 0; i < node->output_count; i++)
        g->values[node->outputs[i]].type = outputs[i];
}

uint32_t onnx_input(const struct onnx_node *source, uint32_t index) {
    return index < source->input_count ? source->values[index] : NO_VALUE;
}

bool onnx_has_output(const struct onnx_node *source, uint32_t index) {
    return index < source->output_count && source->outputs[index].length > 0;
}

/* A result gets the name that the file gives it. */
bool onnx_output(struct onnx *o, const struct onnx_node *source, uint32_t index, uint32_t value) {
    if (value == NO_VALUE)
        return error_set(o->err, MSW_INVALID, "has no output %d", (int32_t)index);
    if (!onnx_has_output(source, index))
        return true;
    struct value *result = &o->scope->graph->values[value];
    if (result->kind == VALUE_RESULT || !result->name) {
        result->name = onnx_string(o, source->outputs[index]);
        if (!result->name)
            return false;
    }
    return onnx_define(o, source->outputs[index], value, source->at);
}

/* Operands */

static bool next_operand(const char **at, char *name, size_t room, bool *optional, bool *many) {
    size_t length = 0;
    while (**at == ' ')
        ++*at;
    for (; **at && **at != ' '; ++*at)
        if (length + 1 < room)
            name[length++] = **at;
    *optional = length > 0 && name[length - 1] == '?';
    length -= *optional;
    *many = length > 0 && name[length - 1] == '*';
    length -= *many;
    name[length] = '\0';
    return length > 0;
}

/* The inputs as operands; those that set attributes are collected in late, by input. */
static bool take_operands(struct onnx *o, const struct onnx_spelling *s, const struct op *op,
                          const struct onnx_node *source, uint32_t *values, uint32_t *count, int32_t *late) {
    char word[48];
    bool optional, many;
    uint32_t input = 0, needed = 0;
    *count = 0;
    for (const char *at = s->operands; next_operand(&at, word, sizeof word, &optional, &many);) {
        const int32_t attribute = op_attr_index(op, word);
        do {
            const uint32_t value = onnx_input(source, input);
            if (value == NO_VALUE && !optional && !many)
                return error_set(o->err, MSW_INVALID, "input '%s' is missing", word);
            if (attribute >= 0) {
                if (input < source->input_count)
                    late[input] = attribute;
            } else if (input < source->input_count) {
                values[*count] = value == NO_VALUE ? onnx_absent(o) : value;
                if (values[(*count)++] == NO_VALUE)
                    return false;
                needed = value == NO_VALUE ? needed : *count;
            }
            input++;
        } while (many && input < source->input_count);
    }
    *count = needed;
    return input >= source->input_count || error_set(o->err, MSW_INVALID, "has %d inputs, more than the %d it takes",
                                                     (int32_t)source->input_count, (int32_t)input);
}

/* A constant that is in memory sets the attribute now, so that types can be inferred by it. */
bool onnx_late(struct onnx *o, const char *name, uint32_t value) {
    const struct value *v = &o->scope->graph->values[value];
    struct node *node = onnx_last(o);
    return v->kind == VALUE_CONSTANT && v->data ? node_set_known(o->scope->graph, node, name, &v->type, v->data, o->err)
                                                : node_add_late(o->scope->graph, node, name, value, o->err);
}

static bool lower_row(struct onnx *o, const struct onnx_spelling *s, const struct onnx_node *source) {
    const struct op *op = op_find(s->op);
    uint32_t *values = arena_alloc(o->scratch, source->input_count, sizeof *values, o->err);
    int32_t *late = arena_alloc(o->scratch, source->input_count, sizeof *late, o->err);
    uint32_t count;
    for (uint32_t i = 0; late && i < source->input_count; i++)
        late[i] = -1;
    if (!values || !late || !take_operands(o, s, op, source, values, &count, late))
        return false;
    const bool many = op->about.outputs == OP_MANY;
    const uint32_t outputs = many ? source->output_count : (uint32_t)op->about.outputs;
    if (source->output_count > outputs)
        return error_set(o->err, MSW_INVALID, "has %d outputs, more than the %d it gives",
                         (int32_t)source->output_count, (int32_t)outputs);
    if (onnx_emit(o, source, s->op, count, values, outputs) == NO_VALUE)
        return false;
    struct node *node = onnx_last(o);
    if (many && !node_set_int(o->scope->graph, node, "outputs", outputs, o->err))
        return false;
    if (!onnx_set_attributes(o, source, node, s->attributes))
        return false;
    for (uint32_t i = 0; i < source->input_count; i++)
        if (late[i] >= 0 && source->values[i] != NO_VALUE &&
            !onnx_late(o, op->about.attrs[late[i]].name, source->values[i]))
            return false;
    if (!s->more(o, source, node))
        return false;
    onnx_infer(o);
    node = onnx_last(o);
    for (uint32_t i = 0; i < source->output_count; i++)
        if (!onnx_output(o, source, i, node->outputs[i]))
            return false;
    return true;
}

/* The model's own functions, then the table. */

static const struct onnx_function *find_function(const struct onnx *o, const struct onnx_node *source,
                                                 struct text overload) {
    for (uint32_t i = 0; i < o->function_count; i++) {
        const struct onnx_function *f = &o->functions[i];
        const bool here = f->domain.length == 0 ? strcmp(source->domain, AI) == 0 : text_is(f->domain, source->domain);
        if (here && text_is(f->name, source->spelling) && f->overload.length == overload.length &&
            memcmp(f->overload.at, overload.at, overload.length) == 0)
            return f;
    }
    return NULL;
}

bool onnx_lower(struct onnx *o, const struct onnx_node *source) {
    const struct onnx_spelling *other = NULL;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const struct onnx_spelling *s = &spellings[i];
        if (strcmp(s->name, source->spelling) != 0 || strcmp(s->domain, source->domain) != 0)
            continue;
        if (source->opset >= s->since && source->opset <= s->until)
            return s->make ? s->make(o, source) : lower_row(o, s, source);
        other = s;
    }
    if (other)
        return error_set(o->err, MSW_UNSUPPORTED, "version %l of this operator is not supported", source->opset);
    return error_set(o->err, MSW_UNSUPPORTED, "this operator of %s is not supported", source->domain);
}

/* NodeProto */

static bool version_of(struct onnx *o, const struct onnx_node *source, int64_t *version) {
    const struct onnx_imports *imports = o->scope->imports;
    for (uint32_t i = 0; i < imports->count; i++) {
        const struct text domain = imports->at[i].domain;
        const bool own = domain.length == 0;
        if (own ? strcmp(source->domain, AI) == 0 : text_is(domain, source->domain)) {
            *version = imports->at[i].version;
            return true;
        }
    }
    return error_set(o->err, MSW_INVALID, "the model does not say which version of %s it uses", source->domain);
}

/* An attribute that stands for one of the function's call. False with err: two levels of functions, or out of memory. */
static bool resolve(struct onnx *o, struct onnx_attribute *a, bool *given) {
    const struct onnx_scope *scope = o->scope;
    *given = true;
    if (a->reference.length == 0)
        return true;
    const char *wanted = onnx_string(o, a->reference);
    if (!wanted)
        return false;
    const struct onnx_attribute *source = scope->caller ? onnx_attribute(scope->caller, wanted) : NULL;
    *given = source != NULL;
    if (!source)
        return scope->caller || error_set_at_byte(o->err, MSW_INVALID, (int64_t)a->at,
                                                  "attribute '%s' of a function is named outside of one", wanted);
    const struct text name = a->name;
    *a = *source;
    a->name = name;
    return true;
}

static bool count_parts(struct cursor message, struct onnx_node *node) {
    struct field f;
    while (cursor_next(&message, &f)) {
        node->input_count += f.number == ONNX_NODE_INPUT;
        node->output_count += f.number == ONNX_NODE_OUTPUT;
        node->attribute_count += f.number == ONNX_NODE_ATTRIBUTE;
    }
    return message.err->about.status == MSW_OK;
}

static bool read_parts(struct onnx *o, struct cursor message, struct onnx_node *node, struct text *name,
                       struct text *overload) {
    uint32_t inputs = 0, outputs = 0, attributes = 0;
    struct text spelling = {.at = ""}, domain = {.at = ""};
    struct field f;
    while (cursor_next(&message, &f)) {
        struct text *text = f.number == ONNX_NODE_INPUT      ? &node->inputs[inputs++]
                            : f.number == ONNX_NODE_OUTPUT   ? &node->outputs[outputs++]
                            : f.number == ONNX_NODE_NAME     ? name
                            : f.number == ONNX_NODE_OP_TYPE  ? &spelling
                            : f.number == ONNX_NODE_DOMAIN   ? &domain
                            : f.number == ONNX_NODE_OVERLOAD ? overload
                                                             : NULL;
        struct cursor attribute;
        bool given;
        if (text && !field_text(&message, &f, &text->at, &text->length))
            return false;
        if (f.number == ONNX_NODE_ATTRIBUTE &&
            (!field_message(&message, &f, &attribute) ||
             !onnx_attribute_read(attribute, o->scratch, &node->attributes[attributes]) ||
             !resolve(o, &node->attributes[attributes], &given)))
            return false;
        attributes += f.number == ONNX_NODE_ATTRIBUTE && given;
    }
    node->attribute_count = attributes;
    node->spelling = onnx_string(o, spelling);
    node->domain = domain.length > 0 ? onnx_string(o, domain) : AI;
    return message.err->about.status == MSW_OK && node->spelling && node->domain;
}

static bool read_node(struct onnx *o, struct cursor message, struct onnx_node *node) {
    struct text name = {.at = ""}, overload = {.at = ""};
    *node = (struct onnx_node){.title = "?", .spelling = "?", .at = message.at};
    if (!count_parts(message, node))
        return false;
    node->inputs = arena_alloc(o->scratch, node->input_count, sizeof *node->inputs, o->err);
    node->outputs = arena_alloc(o->scratch, node->output_count, sizeof *node->outputs, o->err);
    node->attributes = arena_alloc(o->scratch, node->attribute_count, sizeof *node->attributes, o->err);
    node->values = arena_alloc(o->scratch, node->input_count, sizeof *node->values, o->err);
    if (!node->inputs || !node->outputs || !node->attributes || !node->values ||
        !read_parts(o, message, node, &name, &overload))
        return false;
    if (name.length == 0 && node->output_count > 0)
        name = node->outputs[0];
    node->title = onnx_string(o, name);
    if (!node->title)
        return false;
    for (uint32_t i = 0; i < node->input_count; i++) {
        node->values[i] = NO_VALUE;
        if (node->inputs[i].length == 0)
            continue;
        node->values[i] = onnx_find(o, o->scope, node->inputs[i]);
        if (node->values[i] == NO_VALUE)
            return false;
    }
    const struct onnx_function *function = find_function(o, node, overload);
    if (function)
        return onnx_inline(o, function, node);
    return version_of(o, node, &node->opset) && onnx_lower(o, node);
}

enum { MAX_NODES = 1 << 20 };

bool onnx_add_node(struct onnx *o, struct cursor message) {
    struct onnx_node node;
    if (o->node_total++ == MAX_NODES)
        return error_set(o->err, MSW_LIMIT, "more than %d nodes, functions spelled out", (int32_t)MAX_NODES);
    if (read_node(o, message, &node))
        return true;
    error_add_node(o->err, -1, node.title, node.spelling);
    return false;
}

/* Constant */

static uint32_t constant_of(struct onnx *o, const struct onnx_node *source, const struct onnx_attribute *a) {
    struct onnx_tensor tensor;
    const struct msw_type floats = {.dtype = MSW_FLOAT32, .rank = 1, .dims = {(int32_t)a->count}};
    switch (a->kind) {
    case ONNX_TENSOR_VALUE:
        return onnx_tensor_read(a->message, &tensor) ? onnx_constant(o, &tensor, source->title) : NO_VALUE;
    case ONNX_INT: return onnx_copy(o, &(struct msw_type){.dtype = MSW_INT64}, &a->i, sizeof a->i);
    case ONNX_FLOAT: return onnx_float(o, a->f);
    case ONNX_INTS: return onnx_ints(o, a->ints, a->count);
    case ONNX_FLOATS: return onnx_copy(o, &floats, a->floats, a->count * sizeof *a->floats);
    default: error_set(o->err, MSW_UNSUPPORTED, "a constant of this kind is not supported"); return NO_VALUE;
    }
}

ONNX_MAKE(constant) {
    if (source->attribute_count != 1)
        return error_set(o->err, MSW_INVALID, "must have one attribute, has %d", (int32_t)source->attribute_count);
    const uint32_t value = constant_of(o, source, &source->attributes[0]);
    return value != NO_VALUE && onnx_output(o, source, 0, value);
}
