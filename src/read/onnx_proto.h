/* onnx_proto.h - the messages of onnx.proto that carry values, read into plain structs.
 *
 * Field numbers are those of onnx 1.23.2 (onnx/onnx.proto). */
#ifndef READ_ONNX_PROTO_H
#define READ_ONNX_PROTO_H

#include "read/outline.h"

enum {
    ONNX_IR_VERSION = 14, /* the newest that is read */
    ONNX_OPSET_FIRST = 7,
    ONNX_OPSET_NEWEST = 28, /* of ai.onnx */
};

/* Kinds of messages, for outlines. */
enum onnx_message {
    ONNX_MODEL,
    ONNX_GRAPH,
    ONNX_NODE,
    ONNX_ATTRIBUTE,
    ONNX_TENSOR,
    ONNX_SPARSE,
    ONNX_VALUE_INFO,
    ONNX_TYPE,
    ONNX_TENSOR_TYPE,
    ONNX_SHAPE,
    ONNX_DIM,
    ONNX_INNER_TYPE, /* of a sequence or optional: field 1 is a type */
    ONNX_FUNCTION,
    ONNX_IMPORT,
    ONNX_ENTRY,
};
extern const struct outline_rule onnx_outline[];

/* Field numbers, by message. */
enum {
    ONNX_MODEL_IR_VERSION = 1,
    ONNX_MODEL_PRODUCER_NAME = 2,
    ONNX_MODEL_PRODUCER_VERSION = 3,
    ONNX_MODEL_GRAPH = 7,
    ONNX_MODEL_IMPORT = 8,
    ONNX_MODEL_FUNCTION = 25,
    ONNX_GRAPH_NODE = 1,
    ONNX_GRAPH_INITIALIZER = 5,
    ONNX_GRAPH_INPUT = 11,
    ONNX_GRAPH_OUTPUT = 12,
    ONNX_GRAPH_VALUE_INFO = 13,
    ONNX_GRAPH_SPARSE = 15,
    ONNX_NODE_INPUT = 1,
    ONNX_NODE_OUTPUT = 2,
    ONNX_NODE_NAME = 3,
    ONNX_NODE_OP_TYPE = 4,
    ONNX_NODE_ATTRIBUTE = 5,
    ONNX_NODE_DOMAIN = 7,
    ONNX_NODE_OVERLOAD = 8,
    ONNX_FUNCTION_NAME = 1,
    ONNX_FUNCTION_INPUT = 4,
    ONNX_FUNCTION_OUTPUT = 5,
    ONNX_FUNCTION_NODE = 7,
    ONNX_FUNCTION_IMPORT = 9,
    ONNX_FUNCTION_DOMAIN = 10,
    ONNX_FUNCTION_ATTRIBUTE = 11, /* with a default */
    ONNX_FUNCTION_OVERLOAD = 13,
    ONNX_SPARSE_VALUES = 1,
    ONNX_SPARSE_INDICES = 2,
    ONNX_SPARSE_DIMS = 3,
};

/* Where the elements of a tensor are: raw_data, float_data or double_data as they will be in memory; whole numbers one by one; a file beside the
 * model. */
enum onnx_storage { ONNX_NO_DATA, ONNX_RAW, ONNX_NUMBERS, ONNX_EXTERNAL };

/* A TensorProto.
 *   data_type  the file's number; type.dtype: ours
 *   at         offset of the message, for errors
 *   offset, length  of RAW: in the file; of EXTERNAL: in the other one, length 0 where the file does not say it
 *   message    of NUMBERS: whose field `numbers` has them */
struct onnx_tensor {
    struct text name, location;
    struct msw_type type;
    int64_t data_type;
    enum onnx_storage storage;
    uint64_t at, offset, length;
    uint32_t numbers;
    struct cursor message;
};

bool onnx_tensor_read(struct cursor message, struct onnx_tensor *tensor);

/* Bits of an element of a TensorProto's data type: below 8, elements share bytes, the first in the low bits. */
uint32_t onnx_element_bits(int64_t data_type);

/* Our data type for a number of TensorProto.DataType. False with err. */
bool onnx_dtype(int64_t data_type, uint64_t at, int32_t *dtype, struct error *err);

/* A ValueInfoProto. What is not declared stays MSW_ANY and rank -1; a dim by name is -1. */
enum onnx_form { ONNX_FORM_TENSOR, ONNX_FORM_SEQUENCE, ONNX_FORM_OPTIONAL };
struct onnx_info {
    struct text name;
    struct msw_type type; /* of the tensor, or of those inside */
    enum onnx_form form;
    uint64_t at;
};

bool onnx_info_read(struct cursor message, struct onnx_info *info);

/* AttributeProto.AttributeType. */
enum onnx_attribute_kind {
    ONNX_FLOAT = 1,
    ONNX_INT = 2,
    ONNX_STRING = 3,
    ONNX_TENSOR_VALUE = 4,
    ONNX_GRAPH_VALUE = 5,
    ONNX_FLOATS = 6,
    ONNX_INTS = 7,
    ONNX_STRINGS = 8,
    ONNX_SPARSE_VALUE = 11,
};

/* An AttributeProto.
 *   reference  in a function: the attribute of the call that it stands for; length 0: none
 *   message    of a tensor, graph or sparse tensor */
struct onnx_attribute {
    struct text name, reference;
    int64_t kind;
    uint64_t at;
    int64_t i;
    float f;
    struct text s;
    uint32_t count;
    int64_t *ints;
    float *floats;
    struct text *strings;
    struct cursor message;
};

bool onnx_attribute_read(struct cursor message, struct arena *arena, struct onnx_attribute *attribute);

#endif
