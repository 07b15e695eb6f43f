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
        uint32_t parameter_count; /* its first values */
        const struct mindir_state_value {
            const struct mindir_state_value *next;
            uint32_t state, value, write;
        } *history; /* what states have held so far, the last first; write: number of the write, 0 for what was there at first */
        uint32_t writes;
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
        uint32_t graph, value;
    } *overwritten; /* values that an operator wrote into */
    uint32_t overwritten_count;
    struct mindir_view {
        const struct mindir_view *next;
        struct item of; /* a value or a state, itself no view */
        uint32_t graph, value;
    } *views;                           /* values that MindSpore keeps in the memory of another */
    bool writes_outside;                /* some of these are parameters, or inputs of functions */
    const struct mindir_states *states; /* NULL in the first round: they are found by it */
    uint32_t position;                  /* among the inputs of the graph that is being read */
};

/* Parameters that the model writes to, by number, and the functions that have to do with them: these get what the states hold as further inputs and
 * give what they hold as further outputs, in place of the inputs by which the file passes the parameters.
 *   value_of     by state: the parameter's value in the main graph
 *   shared       by state: functions have to do with it, so it is among these inputs and outputs
 *   state_of     by graph, by value: the state that a parameter or input of the first round is, or NO_STATE
 *   written      by graph, by value of the first round: it is written to, here or in a function
 *   stateful     by graph: a function that has these inputs and outputs */
struct mindir_states {
    struct arena arena;
    uint32_t count;
    uint32_t *value_of;
    bool *shared;
    uint32_t **state_of;
    bool **written;
    bool *stateful;
    struct value_list *inputs; /* by graph, as in the first round */
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

/* mindir_find_states.c */

/* After a first round that found writes outside: which parameters are states, and what functions have to do with them. False with err: more than
 * is supported. */
bool mindir_find_states(const struct mindir *m, struct mindir_states *states);

/* mindir_states.c */

enum { NO_STATE = UINT32_MAX };

/* The state that input or parameter `value` of the first round is in graph `graph`; NO_STATE: none. */
uint32_t mindir_state_of_parameter(const struct mindir *m, uint32_t value);
uint32_t mindir_state_of_input(const struct mindir *m, uint32_t graph, uint32_t position);

/* True when function `graph` writes to this input, which is no state. */
bool mindir_input_is_written(const struct mindir *m, uint32_t graph, uint32_t position);

struct msw_type mindir_state_type(const struct mindir *m, uint32_t state);

/* What the state holds at this point of the graph that is being read; what it held after its first `writes` writes. */
uint32_t mindir_state_now(const struct mindir *m, uint32_t state);
uint32_t mindir_state_at(const struct mindir *m, uint32_t state, int64_t writes);

/* Parameter or input `value` is what the state holds at first in the graph that is being read; from here on it holds `value`. False: out of memory, or
 * no value. */
bool mindir_state_begin(struct mindir *m, uint32_t state, uint32_t value);
bool mindir_state_set(struct mindir *m, uint32_t state, uint32_t value);

/* `result`, a value or a tuple of them, lies in the memory of `item`. False: out of memory. */
bool mindir_add_view(struct mindir *m, const struct item *item, const struct item *result);

/* An operator writes into a value, which therefore nothing may read any more. False with err: it may not be written. */
bool mindir_overwrite(struct mindir *m, uint32_t value);

/* False with err: an operator wrote into this value, so what it was may not be read any more. */
bool mindir_readable(struct mindir *m, const struct item *item);

/* True where the state is among the further inputs and outputs of the graph; the inputs, and in the end the outputs. */
bool mindir_has_state(const struct mindir *m, uint32_t graph, uint32_t state);
bool mindir_add_state_inputs(struct mindir *m);
bool mindir_add_state_outputs(struct mindir *m);

/* mindir_lower.c */

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
 * NO_VALUE with err: it is none of these, or was overwritten. what: the operand's name, for the message. */
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
