/* plan.h - the one model of a module as constant tables, which msw_tvm/graph/emit.py writes: what runs in which order on which memory. */
#ifndef PLAN_H
#define PLAN_H

#include "msw.h"
#include "tvm_abi.h"

enum plan_place {
    PLAN_BLOCK,     /* in the block that each run has */
    PLAN_PARAMETER, /* in the parameters, which all runs share */
};

/* A tensor, `offset` bytes into the memory that its place names. Offsets are multiples of 64; tensors that are never alive at once share bytes, and one
 * that only shows another in a new shape has its offset. */
struct plan_value {
    struct msw_type type;
    int32_t place;
    uint32_t offset;
};

/* An input or output of the model: its name and index of its value. */
struct plan_port {
    const char *name;
    uint32_t value;
};

/* kernel(args), args being indices of values. Step i is node i of the model. */
struct plan_step {
    tvm_function *kernel;
    const uint32_t *args;
    int32_t arg_count;
    uint64_t operations, bytes;
};

enum { PLAN_HASH_BYTES = 32 };

/*   hash        SHA-256 of the graph and its parameters
 *   file        name of the file of parameters, beside the module
 *   parameters  the parameters where the module holds them itself, 64-byte aligned; else NULL
 *   info        its parameter_bytes are those of the parameters with the gaps between them
 *   about       of each run */
struct model_plan {
    uint8_t hash[PLAN_HASH_BYTES];
    const char *file;
    const void *parameters;
    struct msw_model_info info;
    struct msw_plan about;
    const struct plan_value *values;
    const struct plan_port *inputs, *outputs;
    const struct plan_step *steps;
    const struct msw_node *nodes;
    uint32_t value_count, input_count, output_count;
};

extern const struct model_plan model_plan;

#endif
