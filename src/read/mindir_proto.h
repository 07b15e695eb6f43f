/* mindir_proto.h - the messages of mind_ir.proto that carry values, read into plain structs.
 *
 * Field numbers are those of MindSpore 2.10 (mindspore/train/mind_ir_pb2.py), MindIR version 3. Files that older versions wrote have the same. */
#ifndef READ_MINDIR_PROTO_H
#define READ_MINDIR_PROTO_H

#include "read/outline.h"

enum {
    MINDIR_VERSION = 3,
    MINDIR_HEAD_BYTES = 64, /* of a file of weights: byte 0 is 1 for little endian, the others are 0 */
};

/* Kinds of messages, for outlines. */
enum mindir_message {
    MINDIR_MODEL,
    MINDIR_GRAPH,
    MINDIR_NODE,
    MINDIR_ATTRIBUTE,
    MINDIR_TENSOR,
    MINDIR_VALUE_INFO,
    MINDIR_PRIMITIVE,
    MINDIR_EXTERNAL,
};
extern const struct outline_rule mindir_outline[];

enum {
    MODEL_PRODUCER_NAME = 2,
    MODEL_MODEL_VERSION = 5,
    MODEL_GRAPH = 7,
    MODEL_FUNCTIONS = 8,
    MODEL_LITTLE_ENDIAN = 10,
    MODEL_PRIMITIVES = 12,
    MODEL_MIND_IR_VERSION = 13,
    GRAPH_NODE = 1,
    GRAPH_NAME = 2,
    GRAPH_PARAMETER = 3,
    GRAPH_INPUT = 5,
    GRAPH_OUTPUT = 6,
    GRAPH_MAP_PARAMETER = 10,
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP_TYPE = 4,
    NODE_ATTRIBUTE = 5,
    NODE_DOMAIN = 7,
    VALUE_INFO_NAME = 1,
    VALUE_INFO_TENSOR = 2,
    VALUE_INFO_ATTR_INFO = 5,
    PRIMITIVE_NAME = 1,
    PRIMITIVE_OP_TYPE = 2,
    PRIMITIVE_ATTRIBUTE = 3,
};

/* Where an ExternalDataProto says that numbers are: in a file beside the model, MindSpore's way for more than 1 GiB of parameters. */
struct external_proto {
    struct text location;
    int64_t offset, length;
};

/* A TensorProto. type.rank is -1 where the message has no dims because it is a dynamic rank; raw_length 0 where it has no data.
 *   name      its own, or a parameter's stable name (ref_key)
 *   at        offset of the message, for errors
 *   external_at  offset of the field that says where its data is, for errors; 0: there is none */
struct tensor_proto {
    struct text name, ref_key;
    struct msw_type type;
    uint64_t at, raw_offset, raw_length, external_at;
    struct external_proto external;
};

bool tensor_proto_read(struct cursor message, struct tensor_proto *tensor);

/* What an attribute holds, or, while a graph is built, what a name stands for. From INT to TUPLE: constants, as the file has them. NONE: nothing, or
 * None; OTHER: a kind that nothing here can use. The roles of the rest, which the builder alone makes, but for MONAD:
 *   VALUE    a tensor that a node of the graph computes or takes
 *   STATE    a parameter that the model writes to, by number: it stands for the tensor that it holds where it is read
 *   CLOSURE  a function with its first inputs, in items, which a call completes
 *   SWITCH   a condition and two closures, in items: a call of it goes to one of them
 *   MONAD    the order of side effects: i counts the writes of its graph that came before it, so a Load knows what a state held then */
enum item_kind {
    ITEM_NONE,
    ITEM_MONAD,
    ITEM_OTHER,
    ITEM_INT,
    ITEM_FLOAT,
    ITEM_TEXT,
    ITEM_TENSOR,
    ITEM_TUPLE,
    ITEM_VALUE,
    ITEM_CLOSURE,
    ITEM_SWITCH,
    ITEM_STATE,
};

struct item {
    enum item_kind kind;
    uint32_t count; /* of a tuple, a switch, or a closure's inputs */
    uint32_t
        function; /* of a closure; of a value: the graph it belongs to. 0 is the main graph, functions count from 1 */
    union {
        int64_t i; /* of INT; a bool is 0 or 1 */
        float f;
        struct text text;
        struct tensor_proto *tensor;
        struct item *items;
        uint32_t value;
        uint32_t state;
    };
};

/* An AttributeProto. */
struct attribute {
    struct text name;
    struct item item;
};

bool attribute_read(struct cursor message, struct arena *arena, struct attribute *attribute);

#endif
