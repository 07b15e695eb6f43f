/* mindir_build.h - a MindIR model while it is being built, and the parts of the work. */
#ifndef READ_MINDIR_BUILD_H
#define READ_MINDIR_BUILD_H

#include "graph/graph.h"
#include "read/mindir_proto.h"
#include "read/names.h"
#include "read/weight_files.h"

/* A model on its way from messages to graph. */
struct mindir {
    const struct document *doc;
    struct graph *graph; /* the one that is being read: graphs[current].graph */
    struct weight_files *files;
    struct error *err;
    struct mindir_graph {
        struct cursor message;
        struct text name;
        struct graph *graph;
    } *graphs; /* the main graph, then the functions */
    uint32_t graph_count, current;
    struct cursor *primitives; /* by number in primitive_names */
    uint32_t primitive_count;
    struct names primitive_names;
    struct item *items; /* what names stand for, by number in item_names */
    uint32_t item_count, item_room;
    struct names item_names;
    struct mindir_overwritten {
        const struct mindir_overwritten *next;
        const struct graph *graph;
        uint32_t value;
    } *overwritten; /* values that an operator wrote into */
};

/* A node of the file, read.
 *   spelling    its operator, without "REF::" and number
 *   title       how messages and hosts name it, NUL-terminated
 *   attributes  of its primitive
 *   declared    types of its results, as the file has them: an ITEM_TENSOR, a tuple of them, or ITEM_NONE */
struct mindir_node {
    const char *spelling, *title;
    struct item *inputs;
    uint32_t input_count;
    struct attribute *attributes;
    uint32_t attribute_count;
    struct item declared;
};

/* mindir_node.c */

/* Read a NodeProto; its output name then stands for its result. Errors name the node. Constants of all graphs come first, since any graph may
 * use them. */
bool mindir_add_constant(struct mindir *m, struct cursor message);
bool mindir_add_node(struct mindir *m, struct cursor message);

/* mindir_lower.c */

/* False with err: an operator wrote into this value, so what it was may not be read any more. */
bool mindir_readable(struct mindir *m, const struct item *item);

/* Lower a node to graph nodes; *result is what its output name then stands for. False with err, without the node's name. */
bool mindir_lower(struct mindir *m, const struct mindir_node *node, struct item *result);

/* mindir_promote.c */

/* A constant number as a scalar for use beside a tensor of the given data type: of that type, where it can be. NO_VALUE with err: no number. */
uint32_t mindir_scalar_like(struct mindir *m, const struct item *item, int32_t dtype);

/* Casts before the operands of an elementwise operator of two inputs whose data types differ. */
bool mindir_promote(struct mindir *m, const struct op *op, const struct mindir_node *source, uint32_t *values,
                    uint32_t count);

/* mindir_calls.c */

/* What a call of `name` means, a function or the result of a Partial or Switch. False: no such name. */
bool mindir_find_function(struct mindir *m, struct text name, struct item *item);

/* Lower a node that calls `callee`, an ITEM_CLOSURE or ITEM_SWITCH. */
bool mindir_lower_call(struct mindir *m, const struct mindir_node *node, const struct item *callee,
                       struct item *result);

/* Nodes of structure: Partial and Switch. */
bool mindir_make_closure(struct mindir *m, const struct mindir_node *node, struct item *result);
bool mindir_make_switch(struct mindir *m, const struct mindir_node *node, struct item *result);

/* mindir_value.c */

/* The item for a value of the graph that is being read. */
struct item mindir_item(const struct mindir *m, uint32_t value);

/* Let `name` stand for the item from now on. False with err: it stands for something already. */
bool mindir_define(struct mindir *m, struct text name, const struct item *item, uint64_t at);

/* What a name stands for. False with err: nothing yet. */
bool mindir_find(struct mindir *m, struct text name, struct item *item);

/* A value's name for people, NUL-terminated: without the "<graph>:" that MindSpore puts before it. NULL: out of memory. */
const char *mindir_short_name(struct mindir *m, struct text name);

/* The graph value of an item: a tensor, a number as a scalar (int64 or float32), or a tuple of whole numbers as an int64 vector.
 * NO_VALUE with err: it is none of these. what: the operand's name, for the message. */
uint32_t mindir_value(struct mindir *m, const struct item *item, const char *what);

/* A constant tensor of the graph whose data is `bytes` bytes at data, copied. NO_VALUE: out of memory. */
uint32_t mindir_constant(struct mindir *m, const struct msw_type *type, const void *data, size_t bytes);

/* A parameter or constant of the file as a value; its numbers are checked for size, and copied when short. NO_VALUE with err. */
uint32_t mindir_tensor(struct mindir *m, const struct tensor_proto *tensor, const char *name);

/* mindir_external.c */

/* The same for one whose `bytes` bytes of numbers are in another file; name stays. */
uint32_t mindir_external_tensor(struct mindir *m, const struct tensor_proto *tensor, const char *name, size_t bytes);

/* Whether a file of weights that begins with these MINDIR_HEAD_BYTES bytes is what the model expects there. */
bool mindir_check_head(const unsigned char *head, const struct weight_file *file, struct error *err);

#endif
