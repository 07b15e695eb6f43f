/* graph.h - a model as the engine knows it, whichever file it came from: values, and nodes in an order in which they can be computed. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "ops/op.h"

enum { NO_VALUE = UINT32_MAX };

enum value_kind { VALUE_INPUT, VALUE_CONSTANT, VALUE_STATE, VALUE_RESULT };

/* A tensor. A constant's elements are in memory (data), or still at `offset` (0: made here) of a file (0: the model's own). So are those that a
 * state has before the first run.
 *   name     for hosts and messages; NULL where a pass made the value
 *   type     of the model's own declaration, completed by graph_check
 *   packing  of a constant: data is, or will be, in this form; NULL: as in the file
 *   temporary  of a constant: data lies in the graph's temporary arena; or did, until it had been computed with
 *   sole     of a temporary constant, until pass_fold_constants has run: no other value has the same data
 *   scale    of a float32 constant that is still in a file: element i along axis scale_axis (the first or the last) is multiplied by
 *            scale[i] on its way into memory; NULL: not at all */
struct value {
    const char *name;
    struct msw_type type;
    enum value_kind kind;
    const void *data;
    uint64_t offset;
    uint32_t file;
    const struct packing *packing;
    bool temporary, sole;
    const float *scale;
    int32_t scale_axis;
};

/* What a node of control flow does with the functions it names.
 *   CALL_PLAIN     calls one
 *   CALL_SWITCH    calls one of two: input 0 is true or false
 *   CALL_LOOP      ONNX's Loop. Inputs: trip count, condition, either of them a constant float32[0] where the model leaves it out, then what is carried,
 *                  then what the body captures. The body's inputs: the iteration (int64 scalar), the condition (bool scalar), the rest as the node's;
 *                  its outputs: condition, carried, scanned. The node's outputs: carried, then scanned, one iteration after the other along a new axis 0
 *   CALL_SCAN      ONNX's Scan since opset 9. Inputs: states, what is scanned, what the body captures; outputs: states, then what it scans
 *   CALL_MAP       ONNX's SequenceMap: a scan without states over the elements of sequences, whose results are sequences; a tensor among what is scanned
 *                  goes to each of them as it is
 *   CALL_SEQUENCE  names none: an operator on sequences or optionals (dynamic_ops.h) */
enum call_kind { CALL_PLAIN, CALL_SWITCH, CALL_LOOP, CALL_SCAN, CALL_MAP, CALL_SEQUENCE };

/* A call of functions with inputs [first, first + count) of the node. Numbers are indices in the graph's list of functions.
 *   own      of the function's inputs the first ones, which are not what the node's input says: of a loop all before the captured, of others none
 *   carried  of a loop, how many values it carries; of a scan, how many states
 *   scanned  of a scan, how many inputs are scanned
 *   input_axes, output_axes, input_reverse, output_reverse
 *            of a scan, by scanned input or output: the axis, counted from the end where below 0, and whether the last element comes first.
 *            NULL: 0 for all */
struct call {
    enum call_kind kind;
    struct call_branch {
        uint32_t function, first, count, own;
    } branches[2];
    uint32_t carried, scanned;
    const int64_t *input_axes, *output_axes, *input_reverse, *output_reverse;
};

/* How many functions the call names. */
static inline int call_branch_count(const struct call *call) {
    return call->kind == CALL_SEQUENCE ? 0 : call->kind == CALL_SWITCH ? 2 : 1;
}

/* The operator of nodes that call; it has no rule of its own and is not in the table. */
extern const struct op op_call;

/* The operator of a node while some of its attributes are values (`late`), so that no pass takes it for what it is not yet. */
extern const struct op op_late;

/* parts: the names of the nodes whose work a pass joined into it, its own among them; NULL: of it alone. fused: NULL but for nodes that a pass gave more to do (op.h). call: NULL but for nodes of op_call and of dynamic_ops.h. attrs: one for each of the operator's. late: the last late_count inputs are no tensors of the operator: the elements of input input_count - late_count + i are the value of attribute late[i], a number or a list; until they are known before a run, op is op_late and late_op the operator. inputs, outputs: indices of values; an operator with OP_MANY outputs has its attribute "outputs" set to output_count. */
struct node {
    const struct call *call;
    const char *name;
    const struct op *op;
    struct attr *attrs;
    uint32_t input_count;
    uint32_t *inputs;
    uint32_t output_count;
    uint32_t *outputs;
    const struct fused *fused;
    const char *const *parts;
    uint32_t part_count;
    const struct op *late_op;
    const uint32_t *late;
    uint32_t late_count;
};

/* The operator, also where it waits for attributes. */
static inline const struct op *node_op(const struct node *node) {
    return node->late_op ? node->late_op : node->op;
}

/* A growing list of values' indices. */
struct value_list {
    uint32_t *at;
    uint32_t count, room;
};

/* state_count: of a main graph, the parameters that the model writes to. Its last inputs are what they hold before a run, its last outputs, in the
 * same order, what they hold after it: hosts see neither among inputs and outputs. */
struct graph {
    struct arena *arena;     /* everything hangs on it but ... */
    struct arena *constants; /* ... the elements of constants, which runs read */
    struct arena *temporary; /* for what is needed until the weights are in memory; NULL at other times */
    struct graph
        *functions; /* what nodes may call: one list for a model's main graph and all its functions; none: NULL */
    uint32_t function_count;
    struct value *values;
    uint32_t value_count, value_room;
    struct node *nodes;
    uint32_t node_count, node_room;
    struct value_list inputs, outputs;
    const char **
        output_names; /* of a main graph, all different, since one value can be answered twice; NULL: the values' own */
    uint32_t state_count;
    struct node *
        open_nodes; /* the nodes before the passes, where their shapes wait for a run: checked first, they give the user's own words */
    uint32_t open_count;
    const struct graph *model,
        *part_of; /* of a piece of a graph: the main graph, and the graph whose nodes it has, from part_first on; else NULL */
    uint32_t part_first;
};

/* A new value, by index; NO_VALUE: out of memory. */
uint32_t graph_add_value(struct graph *graph, const struct value *value, struct error *err);

/* A new last node, with room for its inputs, new results as outputs, and no attributes given. NULL: out of memory.
 * The pointer holds until the next node is added. */
struct node *graph_add_node(struct graph *graph, const struct op *op, const char *name, uint32_t input_count,
                            uint32_t output_count, struct error *err);

/* Let the elements of `value` be attribute `attr` of a node, one of its operator's, as soon as they are known: whole numbers, bools, or, for an attribute
 * of floats, floats. To be called when the node has its inputs. False with err: out of memory. */
bool node_add_late(struct graph *graph, struct node *node, const char *attr, uint32_t value, struct error *err);

/* The same now, where the elements are known. False with err: they are not what the attribute takes, or out of memory. */
bool node_set_known(struct graph *graph, struct node *node, const char *attr, const struct msw_type *type,
                    const void *data, struct error *err);

/* Leave out the nodes that `dropped` says, by index; the others keep their order. */
void graph_drop_nodes(struct graph *graph, const bool *dropped);

/* A copy of a node as the new last one, with the same inputs and outputs. */
bool graph_append_node(struct graph *graph, const struct node *node, struct error *err);

bool value_list_add(struct graph *graph, struct value_list *list, uint32_t value, struct error *err);

/* True when a node's images have their channels last: its attribute says so. Where its operator has no such attribute they have not. */
bool node_is_channels_last(const struct node *node);

/* Attribute `name`, one of the operator's; its whole number, or `absent` where it is not given. */
const struct attr *node_attr(const struct node *node, const char *name);
int64_t node_int(const struct node *node, const char *name, int64_t absent);

/* Give attribute `name`, one of the operator's, a list of whole numbers. They are copied. */
bool node_set_ints(struct graph *graph, struct node *node, const char *name, const int64_t *ints, int32_t count,
                   struct error *err);
bool node_set_float(struct graph *graph, struct node *node, const char *name, double value, struct error *err);
bool node_set_int(struct graph *graph, struct node *node, const char *name, int64_t value, struct error *err);

/* Let a node, which may be one of them, be known to do the work of `from`. */
bool node_set_parts(struct graph *graph, struct node *node, const struct node *const *from, uint32_t count,
                    struct error *err);

/* What hosts call a node. */
const char *node_name(const struct node *node);

/* True for a constant and a state: the file has its elements. */
bool value_has_data(const struct value *value);

/* Multiply rows first .. first + count (along the first axis) of a constant with a scale; rows: their elements. */
void value_scale_rows(const struct value *value, size_t first, size_t count, float *rows);

/* The graphs of a model: the main one is number 0, its functions follow. */
uint32_t graph_total(const struct graph *main_graph);
struct graph *graph_at(struct graph *main_graph, uint32_t index);

/* How many nodes come before those of `graph` when a model's are counted: the main graph's, then its functions'. */
uint32_t graph_first_node(const struct graph *main_graph, const struct graph *graph);

/* Whether two constants that are not in memory are at one place of one file. */
bool value_same_place(const struct value *x, const struct value *y);

/* Inputs and outputs that hosts see. */
uint32_t graph_visible_inputs(const struct graph *graph);
uint32_t graph_visible_outputs(const struct graph *graph);

/* What hosts call output `index`. */
const char *graph_output_name(const struct graph *graph, uint32_t index);

/* How messages name a value. */
const char *value_name(const struct graph *graph, uint32_t value);

#endif
