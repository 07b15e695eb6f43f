/* onnx.c - ModelProto, GraphProto and FunctionProto become one graph with functions.
 *
 * 1. A name stands for a value from the node that gives it on. A subgraph (of If, Loop, Scan) becomes a function of the graph: what it reads of the
 *    graphs around it are further inputs, which the node that has it passes.
 * 2. A function of the model is spelled out wherever it is called, in names of its own.
 * 3. An initializer is a constant, also where an input has its name, which gives it a default in old files. */
#include <string.h>

#include "read/onnx_build.h"
#include "read/reader.h"

enum { MAX_DEPTH = 40 }; /* of scopes inside each other */

/* Imports */

bool onnx_read_imports(struct onnx *o, struct cursor message, uint32_t number, struct onnx_imports *imports) {
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor import;
        struct field part;
        if (f.number != number)
            continue;
        struct onnx_import *list =
            arena_room(o->scratch, imports->at, imports->count, &imports->room, sizeof *list, o->err);
        if (!list || !field_message(&message, &f, &import))
            return false;
        imports->at = list;
        struct onnx_import *one = &list[imports->count++];
        *one = (struct onnx_import){.domain = {.at = ""}};
        while (cursor_next(&import, &part))
            if (part.number == 1   ? !field_text(&import, &part, &one->domain.at, &one->domain.length)
                : part.number == 2 ? !field_int(&import, &part, &one->version)
                                   : false)
                return false;
        const bool own = one->domain.length == 0 || text_is(one->domain, "ai.onnx");
        if (own && (one->version < ONNX_OPSET_FIRST || one->version > ONNX_OPSET_NEWEST))
            return error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)f.at,
                                     "opset %l of ai.onnx, opsets %d to %d are read", one->version,
                                     (int32_t)ONNX_OPSET_FIRST, (int32_t)ONNX_OPSET_NEWEST);
        if (own)
            one->domain.length = 0;
    }
    return message.err->about.status == MSW_OK;
}

/* Scopes */

static struct onnx_scope *new_scope(struct onnx *o, struct graph *graph) {
    const int depth = o->scope ? o->scope->depth + 1 : 0;
    if (depth > MAX_DEPTH) {
        error_set(o->err, MSW_LIMIT, "graphs and functions inside each other deeper than %d", (int32_t)MAX_DEPTH);
        return NULL;
    }
    struct onnx_scope *scope = arena_alloc(o->scratch, 1, sizeof *scope, o->err);
    if (scope)
        *scope = (struct onnx_scope){.graph = graph,
                                     .names = {.arena = o->scratch},
                                     .imports = o->scope ? o->scope->imports : &o->imports,
                                     .depth = depth};
    return scope;
}

/* Call `add` for each message of field `number`. */
static bool each(struct onnx *o, struct cursor message, uint32_t number, bool (*add)(struct onnx *, struct cursor)) {
    struct field f;
    while (cursor_next(&message, &f)) {
        struct cursor part;
        if (f.number == number && (!field_message(&message, &f, &part) || !add(o, part)))
            return false;
    }
    return message.err->about.status == MSW_OK;
}

/* GraphProto */

static bool add_initializer(struct onnx *o, struct cursor message) {
    struct onnx_tensor tensor;
    if (!onnx_tensor_read(message, &tensor))
        return false;
    const char *name = onnx_string(o, tensor.name);
    const uint32_t value = name ? onnx_constant(o, &tensor, name) : NO_VALUE;
    return value != NO_VALUE && onnx_define(o, tensor.name, value, message.at);
}

static bool refuse_sparse(struct onnx *o, struct cursor message) {
    return error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)message.at, "sparse initializers are not supported");
}

static bool add_input(struct onnx *o, struct cursor message) {
    struct onnx_info info;
    uint32_t constant;
    if (!onnx_info_read(message, &info))
        return false;
    if (names_find(&o->scope->names, info.name.at, info.name.length, &constant))
        return o->scope->graph->values[constant].kind == VALUE_CONSTANT ||
               onnx_define(o, info.name, constant, message.at); /* which says that it is there already */
    const char *name = onnx_string(o, info.name);
    if (!name)
        return false;
    if (info.form != ONNX_FORM_TENSOR)
        return error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)info.at,
                                 "input '%s' is a sequence or optional: only tensors are supported", name);
    const struct value value = {.name = name, .type = info.type, .kind = VALUE_INPUT};
    const uint32_t input = graph_add_value(o->scope->graph, &value, o->err);
    return input != NO_VALUE && value_list_add(o->scope->graph, &o->scope->graph->inputs, input, o->err) &&
           onnx_define(o, info.name, input, message.at);
}

static bool add_output(struct onnx *o, struct cursor message) {
    struct onnx_info info;
    struct graph *graph = o->scope->graph;
    if (!onnx_info_read(message, &info))
        return false;
    const uint32_t value = onnx_find(o, o->scope, info.name);
    if (value == NO_VALUE || !value_list_add(graph, &graph->outputs, value, o->err))
        return false;
    if (graph != o->main_graph)
        return true;
    const char **names = arena_alloc(o->arena, graph->outputs.count, sizeof *names, o->err);
    if (!names)
        return false;
    if (graph->outputs.count > 1)
        memcpy(names, graph->output_names, (graph->outputs.count - 1) * sizeof *names);
    names[graph->outputs.count - 1] = onnx_string(o, info.name);
    graph->output_names = names;
    return names[graph->outputs.count - 1] != NULL;
}

static bool read_graph(struct onnx *o, struct cursor message) {
    return each(o, message, ONNX_GRAPH_INITIALIZER, add_initializer) &&
           each(o, message, ONNX_GRAPH_SPARSE, refuse_sparse) && each(o, message, ONNX_GRAPH_INPUT, add_input) &&
           each(o, message, ONNX_GRAPH_NODE, onnx_add_node) && each(o, message, ONNX_GRAPH_OUTPUT, add_output);
}

struct onnx_scope *onnx_subgraph(struct onnx *o, struct cursor message, uint32_t *number) {
    struct graph **graphs = arena_room(o->scratch, o->graphs, o->graph_count, &o->graph_room, sizeof *graphs, o->err);
    struct graph *graph = graphs ? arena_alloc(o->scratch, 1, sizeof *graph, o->err) : NULL;
    struct onnx_scope *scope = graph ? new_scope(o, graph) : NULL;
    if (!scope)
        return NULL;
    o->graphs = graphs;
    *number = o->graph_count;
    graphs[o->graph_count++] = graph;
    *graph = (struct graph){.arena = o->arena, .constants = o->main_graph->constants};
    scope->outer = o->scope;
    scope->caller = o->scope->caller;
    o->scope = scope;
    const bool read = read_graph(o, message);
    o->scope = scope->outer;
    return read ? scope : NULL;
}

/* FunctionProto */

static bool add_function(struct onnx *o, struct cursor message) {
    struct onnx_function *list =
        arena_room(o->scratch, o->functions, o->function_count, &o->function_room, sizeof *list, o->err);
    if (!list)
        return false;
    o->functions = list;
    struct onnx_function *function = &list[o->function_count++];
    *function =
        (struct onnx_function){.name = {.at = ""}, .domain = {.at = ""}, .overload = {.at = ""}, .message = message};
    struct field f;
    for (struct cursor c = message; cursor_next(&c, &f);) {
        struct text *text = f.number == ONNX_FUNCTION_NAME       ? &function->name
                            : f.number == ONNX_FUNCTION_DOMAIN   ? &function->domain
                            : f.number == ONNX_FUNCTION_OVERLOAD ? &function->overload
                                                                 : NULL;
        if (text && !field_text(&c, &f, &text->at, &text->length))
            return false;
    }
    if (text_is(function->domain, "ai.onnx"))
        function->domain.length = 0;
    return onnx_read_imports(o, message, ONNX_FUNCTION_IMPORT, &function->imports);
}

/* Attributes that the function gives a default and the call lacks. */
static bool add_defaults(struct onnx *o, const struct onnx_function *function, struct onnx_node *caller) {
    struct cursor c = function->message;
    struct field f;
    uint32_t count = 0;
    for (struct cursor counting = c; cursor_next(&counting, &f);)
        count += f.number == ONNX_FUNCTION_ATTRIBUTE;
    struct onnx_attribute *all = arena_alloc(o->scratch, (size_t)caller->attribute_count + count, sizeof *all, o->err);
    if (!all)
        return false;
    if (caller->attribute_count > 0)
        memcpy(all, caller->attributes, caller->attribute_count * sizeof *all);
    caller->attributes = all;
    while (cursor_next(&c, &f)) {
        struct cursor message;
        struct onnx_attribute *one = &all[caller->attribute_count];
        if (f.number != ONNX_FUNCTION_ATTRIBUTE)
            continue;
        if (!field_message(&c, &f, &message) || !onnx_attribute_read(message, o->scratch, one))
            return false;
        const char *name = onnx_string(o, one->name);
        if (!name)
            return false;
        caller->attribute_count += onnx_attribute(caller, name) == NULL;
    }
    return o->err->about.status == MSW_OK;
}

/* Inputs get the call's values; outputs are found once the nodes are read. */
static bool bind_inputs(struct onnx *o, const struct onnx_function *function, const struct onnx_node *source) {
    struct cursor c = function->message;
    struct field f;
    uint32_t index = 0;
    while (cursor_next(&c, &f)) {
        struct text name;
        if (f.number != ONNX_FUNCTION_INPUT)
            continue;
        if (!field_text(&c, &f, &name.at, &name.length))
            return false;
        const uint32_t given = onnx_input(source, index++);
        if (given != NO_VALUE && !onnx_define(o, name, given, f.at))
            return false;
    }
    return o->err->about.status == MSW_OK &&
           (index >= source->input_count || error_set(o->err, MSW_INVALID, "has %d inputs, the function takes %d",
                                                      (int32_t)source->input_count, (int32_t)index));
}

static bool bind_outputs(struct onnx *o, const struct onnx_function *function, const struct onnx_node *source,
                         struct onnx_scope *inside) {
    struct cursor c = function->message;
    struct field f;
    uint32_t index = 0;
    while (cursor_next(&c, &f)) {
        struct text name;
        if (f.number != ONNX_FUNCTION_OUTPUT)
            continue;
        if (!field_text(&c, &f, &name.at, &name.length))
            return false;
        if (onnx_has_output(source, index) && !onnx_output(o, source, index, onnx_find(o, inside, name)))
            return false;
        index++;
    }
    return o->err->about.status == MSW_OK;
}

/* An input of a function that the call leaves out has no name in it: a node that reads it has it left out too. */
bool onnx_inline(struct onnx *o, const struct onnx_function *function, const struct onnx_node *source) {
    struct onnx_scope *scope = new_scope(o, o->scope->graph), *calling = o->scope;
    struct onnx_node caller = *source;
    if (!scope || !add_defaults(o, function, &caller))
        return false;
    for (const struct onnx_scope *s = calling; s; s = s->outer ? s->outer : s->calling)
        if (s->imports == &function->imports)
            return error_set(o->err, MSW_INVALID, "a function of the model calls itself");
    scope->calling = calling;
    scope->imports = &function->imports;
    scope->caller = &caller;
    o->scope = scope;
    const bool read = bind_inputs(o, function, source) && each(o, function->message, ONNX_FUNCTION_NODE, onnx_add_node);
    o->scope = calling;
    return read && bind_outputs(o, function, source, scope);
}

/* ModelProto */

static bool read_producer(struct onnx *o, struct cursor model, const char **producer) {
    struct text name = {.at = ""}, version = {.at = ""};
    struct field f;
    while (cursor_next(&model, &f)) {
        struct text *text = f.number == ONNX_MODEL_PRODUCER_NAME      ? &name
                            : f.number == ONNX_MODEL_PRODUCER_VERSION ? &version
                                                                      : NULL;
        int64_t number;
        if (text && !field_text(&model, &f, &text->at, &text->length))
            return false;
        if (f.number != ONNX_MODEL_IR_VERSION)
            continue;
        if (!field_int(&model, &f, &number))
            return false;
        if (number < 1 || number > ONNX_IR_VERSION)
            return error_set_at_byte(o->err, MSW_UNSUPPORTED, (int64_t)f.at,
                                     "IR version %l of ONNX, versions up to %d are read", number,
                                     (int32_t)ONNX_IR_VERSION);
    }
    char *text = arena_alloc(o->arena, name.length + version.length + 2, 1, o->err);
    if (!text)
        return false;
    memcpy(text, name.at, name.length);
    if (version.length > 0) {
        text[name.length] = ' ';
        memcpy(text + name.length + 1, version.at, version.length);
    }
    *producer = text;
    return model.err->about.status == MSW_OK;
}

/* The one graph of the model. */
static bool find_graph(struct onnx *o, struct cursor model, struct cursor *graph) {
    struct field f;
    uint32_t count = 0;
    while (cursor_next(&model, &f))
        if (f.number == ONNX_MODEL_GRAPH) {
            if (!field_message(&model, &f, graph))
                return false;
            count++;
        }
    return model.err->about.status == MSW_OK &&
           (count == 1 || error_set(o->err, MSW_INVALID, "the file must hold one graph, it holds %d", (int32_t)count));
}

/* Subgraphs as one list, which every graph knows. */
static bool list_functions(struct onnx *o) {
    struct graph *list = arena_alloc(o->arena, o->graph_count, sizeof *list, o->err);
    if (!list)
        return false;
    for (uint32_t i = 0; i < o->graph_count; i++) {
        list[i] = *o->graphs[i];
        list[i].functions = list;
        list[i].function_count = o->graph_count;
    }
    o->main_graph->functions = o->graph_count > 0 ? list : NULL;
    o->main_graph->function_count = o->graph_count;
    return true;
}

static bool read_model(struct onnx *o, const char **producer) {
    const struct cursor model = cursor_of(o->doc, o->err);
    struct cursor message;
    if (!read_producer(o, model, producer) || !onnx_read_imports(o, model, ONNX_MODEL_IMPORT, &o->imports) ||
        !each(o, model, ONNX_MODEL_FUNCTION, add_function) || !find_graph(o, model, &message))
        return false;
    o->scope = new_scope(o, o->main_graph);
    return o->scope && read_graph(o, message) &&
           (o->main_graph->outputs.count > 0 || error_set(o->err, MSW_INVALID, "the graph returns nothing")) &&
           list_functions(o);
}

static bool build(const struct document *doc, struct graph *graph, struct weight_files *files, const char **producer,
                  struct error *err) {
    struct arena scratch = {0};
    struct onnx o = {
        .doc = doc, .main_graph = graph, .files = files, .err = err, .arena = graph->arena, .scratch = &scratch};
    const bool read = read_model(&o, producer);
    arena_free(&scratch);
    return read;
}

/* Any file may hold the elements of a tensor. */
static bool check_head(const unsigned char *head, const struct weight_file *file, struct error *err) {
    (void)head;
    (void)file;
    (void)err;
    return true;
}

const struct reader onnx_reader = {
    .format = "ONNX", .outline_schema = onnx_outline, .build = build, .head_bytes = 1, .check_head = check_head};
