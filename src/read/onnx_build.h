/* onnx_build.h - an ONNX model while it is being built, and what the files that lower operators build with. */
#ifndef READ_ONNX_BUILD_H
#define READ_ONNX_BUILD_H

#include "graph/graph.h"
#include "read/names.h"
#include "read/onnx_proto.h"
#include "read/weight_files.h"

/* Versions of a domain's operators that a model or function was written for. */
struct onnx_imports {
    struct onnx_import {
        struct text domain;
        int64_t version;
    } *at;
    uint32_t count, room;
};

/* What names stand for: those of a graph, of a subgraph (outer: of the graph around it), or of a function that is spelled out in its caller's graph.
 *   names     to values of `graph`
 *   captured  values of the outer graph that this one reads: further inputs of it, in this order
 *   caller    of a function: the node whose attributes its nodes may name, in scope calling */
struct onnx_scope {
    struct onnx_scope *outer, *calling;
    struct graph *graph;
    struct names names;
    struct value_list captured;
    const struct onnx_imports *imports;
    const struct onnx_node *caller;
    int depth;
};

/* A function of the model. */
struct onnx_function {
    struct text name, domain, overload;
    struct cursor message;
    struct onnx_imports imports;
};

struct onnx {
    const struct document *doc;
    struct graph *main_graph;
    struct weight_files *files;
    struct error *err;
    struct arena *arena;   /* the graph's, which stays with the model */
    struct arena *scratch; /* what only reading needs: freed when the graph is built */
    struct onnx_scope *scope;
    struct onnx_imports imports;
    struct onnx_function *functions;
    uint32_t function_count, function_room;
    struct graph **graphs; /* subgraphs: functions of the graph, which get one list in the end */
    uint32_t graph_count, graph_room;
    uint32_t node_total; /* spelled out functions included, which a small file can have many of */
};

/* A node of the file, read.
 *   title    how messages and hosts name it
 *   values   its inputs as values of the scope's graph; NO_VALUE: left out
 *   opset    version of its domain */
struct onnx_node {
    const char *title, *spelling, *domain;
    struct text *inputs, *outputs;
    uint32_t *values;
    uint32_t input_count, output_count;
    struct onnx_attribute *attributes;
    uint32_t attribute_count;
    int64_t opset;
    uint64_t at;
};

/* onnx_value.c: values, names, types */

/* What `name` stands for in a scope, captured from outer ones where it is theirs. NO_VALUE with err: nothing. */
uint32_t onnx_find(struct onnx *o, struct onnx_scope *scope, struct text name);

/* Let `name` stand for `value` in the scope that is being read. False with err: it stands for something already. */
bool onnx_define(struct onnx *o, struct text name, uint32_t value, uint64_t at);

/* A tensor of the file as a constant. NO_VALUE with err. name: for hosts, NUL-terminated */
uint32_t onnx_constant(struct onnx *o, const struct onnx_tensor *tensor, const char *name);

/* A constant whose `bytes` bytes at data are copied; of whole numbers as int64 [count]; one float32. NO_VALUE: out of memory. */
uint32_t onnx_copy(struct onnx *o, const struct msw_type *type, const void *data, size_t bytes);
uint32_t onnx_ints(struct onnx *o, const int64_t *ints, uint32_t count);
uint32_t onnx_float(struct onnx *o, float number);

/* For an input that is left out before one that is there (site_has). */
uint32_t onnx_absent(struct onnx *o);

/* Type of a value as far as known: dtype MSW_ANY, rank -1, dims -1 are unknown. */
const struct msw_type *onnx_type(const struct onnx *o, uint32_t value);

/* Its rank. -1 with err: unknown, though `what` needs it. */
int32_t onnx_rank(struct onnx *o, uint32_t value, const char *what);

const char *onnx_string(struct onnx *o, struct text text);

/* onnx_attributes.c: attributes of a node of the file. Those of a wrong kind are errors, by name. */
const struct onnx_attribute *onnx_attribute(const struct onnx_node *source, const char *name);
bool onnx_attr_int(struct onnx *o, const struct onnx_node *source, const char *name, int64_t absent, int64_t *value);
bool onnx_attr_float(struct onnx *o, const struct onnx_node *source, const char *name, float absent, float *value);
/* count 0: absent */
bool onnx_attr_ints(struct onnx *o, const struct onnx_node *source, const char *name, const int64_t **ints,
                    uint32_t *count);
bool onnx_attr_floats(struct onnx *o, const struct onnx_node *source, const char *name, const float **floats,
                      uint32_t *count);
/* "" where it is not there and no default is given; NUL-terminated */
bool onnx_attr_text(struct onnx *o, const struct onnx_node *source, const char *name, const char *absent,
                    const char **text);

/* False with err: the node has an attribute that `known`, words between spaces, lacks. */
bool onnx_attrs_only(struct onnx *o, const struct onnx_node *source, const char *known);

/* Attributes of `node` from those of `source`, as the words of a row of onnx.def say; what they do not list is an error. */
bool onnx_set_attributes(struct onnx *o, const struct onnx_node *source, struct node *node, const char *words);

/* onnx_lower.c: nodes */

/* A new node of operator `op` with these inputs; its first output. Attributes are set on onnx_last(o), after which onnx_infer lets types be known.
 * NO_VALUE with err; any input that is NO_VALUE gives NO_VALUE, so calls may be nested. */
uint32_t onnx_emit(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t count,
                   const uint32_t *inputs, uint32_t outputs);
#define ONNX_EMIT(o, source, op, ...)                                                                                  \
    onnx_emit(o, source, op, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), (const uint32_t[]){__VA_ARGS__}, 1)

/* The same with one whole-number attribute. */
uint32_t onnx_emit_int(struct onnx *o, const struct onnx_node *source, const char *op, uint32_t input, const char *attr,
                       int64_t value);

struct node *onnx_last(struct onnx *o);

/* Derive the types of the last node's outputs, where those of its inputs are known. To be called once its attributes are set, if something may ask. */
void onnx_infer(struct onnx *o);

/* Input `index` of the file's node; NO_VALUE, without an error, where it is left out. */
uint32_t onnx_input(const struct onnx_node *source, uint32_t index);

/* Let output `index` of the file's node, if it has that one, be `value`. False with err: no value, or the name is taken. */
bool onnx_output(struct onnx *o, const struct onnx_node *source, uint32_t index, uint32_t value);

/* True when the file reads output `index`. */
bool onnx_has_output(const struct onnx_node *source, uint32_t index);

/* Let attribute `name` of the last node be what `value` holds, once that is known. */
bool onnx_late(struct onnx *o, const char *name, uint32_t value);

/* Read a node of the scope. */
bool onnx_add_node(struct onnx *o, struct cursor message);
bool onnx_lower(struct onnx *o, const struct onnx_node *source);

/* onnx_graph.c: graphs and functions */

/* A subgraph as a function of the graph, in a scope of its own, which stays; *number: its place in the list. */
struct onnx_scope *onnx_subgraph(struct onnx *o, struct cursor message, uint32_t *number);

/* Spell out function `function` of the model in place of node `source`. */
bool onnx_inline(struct onnx *o, const struct onnx_function *function, const struct onnx_node *source);

bool onnx_read_imports(struct onnx *o, struct cursor message, uint32_t number, struct onnx_imports *imports);

/* Rows of onnx.def: make_NAME and read_NAME. */
#define ONNX_MAKE(name) bool make_onnx_##name(struct onnx *o, const struct onnx_node *source)
#define ONNX_READ(name) bool read_onnx_##name(struct onnx *o, const struct onnx_node *source, struct node *node)

#endif
