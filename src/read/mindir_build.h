/* mindir_build.h - what lowering a node needs to know of the model that is being built. */
#ifndef READ_MINDIR_BUILD_H
#define READ_MINDIR_BUILD_H

#include "graph/graph.h"
#include "read/mindir_proto.h"

/* A model on its way from messages to graph. */
struct mindir {
    const struct document *doc;
    struct graph *graph;
    struct error *err;
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

/* Lower a node to graph nodes; *result is what its output name then stands for. False with err, without the node's name. */
bool mindir_lower(struct mindir *m, const struct mindir_node *node, struct item *result);

/* The graph value of an item: a tensor, a number as a scalar (int64 or float32), or a tuple of whole numbers as an int64 vector.
 * NO_VALUE with err: it is none of these. what: the operand's name, for the message. */
uint32_t mindir_value(struct mindir *m, const struct item *item, const char *what);

/* A constant tensor of the graph whose data is `bytes` bytes at data, copied. NO_VALUE: out of memory. */
uint32_t mindir_constant(struct mindir *m, const struct msw_type *type, const void *data, size_t bytes);

/* A parameter or constant of the file as a value; its numbers are checked for size, and copied when short. NO_VALUE with err. */
uint32_t mindir_tensor(struct mindir *m, const struct tensor_proto *tensor, const char *name);

#endif
