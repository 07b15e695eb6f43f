/* records.h - the types of wit/ as they lie in memory: fields in their order, an option a struct of its own, each aligned as C aligns it, which is the
 * canonical ABI's layout. */
#ifndef RECORDS_H
#define RECORDS_H

#include <stdbool.h>

#include "canonical.h"

struct option_u32 {
    bool some;
    uint32_t value;
};

struct option_u64 {
    bool some;
    uint64_t value;
};

/* Of a list or string. */
struct option_list {
    bool some;
    struct abi_list value;
};

struct tensor_record {
    uint8_t dtype; /* enum msw_dtype, less one */
    struct abi_list shape, data;
};

struct named_tensor {
    struct abi_list name;
    struct tensor_record value;
};

struct error_record {
    uint8_t code; /* enum msw_status, less MSW_USAGE */
    struct option_list node;
    struct option_u64 offset;
    struct abi_list text;
};

struct attribute_spec {
    struct abi_list name;
    uint8_t kind; /* enum msw_attr_kind, less one; in attribute too */
    bool required;
};

struct operator_record {
    struct abi_list name, dtypes;
    uint32_t inputs_min;
    struct option_u32 inputs_max, outputs;
    struct abi_list attributes;
};

struct attribute {
    struct abi_list name;
    uint8_t kind;
    union {
        int64_t integer;
        double number;
        struct abi_list list;
    } value;
};

struct file_record {
    struct abi_list name, data;
};

struct info_record {
    struct abi_list format, producer;
    uint32_t nodes;
    uint64_t parameters, parameter_bytes;
};

struct declaration {
    struct abi_list name;
    bool has_dtype;
    uint8_t dtype;
    struct option_list shape; /* of struct option_u32 */
};

struct input_type {
    struct abi_list name;
    uint8_t dtype;
    struct abi_list shape;
};

struct step_record {
    struct abi_list node, operator;
    uint8_t dtype;
    struct abi_list shape;
    uint64_t operations, bytes;
};

struct memory_record {
    uint64_t arena_bytes, weight_bytes;
};

struct profile_record {
    struct abi_list outputs, steps;
    struct memory_record memory;
};

/* Any result<..., error> of ours, since each has its value at the error's alignment. */
struct result {
    bool is_error;
    union {
        struct abi_list list;
        int32_t handle;
        struct profile_record profile;
        struct error_record error;
    } as;
};

_Static_assert(sizeof(struct tensor_record) == 20 && sizeof(struct error_record) == 40, "laid out as the ABI says");
_Static_assert(offsetof(struct result, as) == 8 && sizeof(struct attribute) == 24, "laid out as the ABI says");

#endif
