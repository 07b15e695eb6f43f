/* contract.h - the structs that a module answers with (docs/ABI.md), copied out of its memory and checked. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <stdbool.h>

#include "array.h"
#include "guest.h"
#include "msw.h"

/* open: an output of a run that has not been made yet, whose shape or memory only the run tells. */
struct tensor {
    const char *name;
    const struct dtype *dtype; /* NULL: any */
    struct msw_type type;
    uint32_t data;
    size_t bytes;
    bool open;
};

struct operator_attr {
    const char *name;
    int32_t kind;
    bool required;
};

struct operator_row {
    const char *name;
    uint32_t dtypes;
    int32_t answer;
    int32_t inputs_min;
    int32_t inputs_max;
    int32_t outputs;
    size_t attr_count;
    struct operator_attr *attrs;
};

struct operator_table {
    size_t count;
    struct operator_row *rows;
    const char **names;
};

struct model_info {
    const char *format;
    const char *producer;
    uint64_t parameters;
    uint64_t parameter_bytes;
    int32_t nodes;
};

/* parts: the nodes of the file whose work it does. */
struct node {
    const char *name;
    const char *op;
    size_t part_count;
    const char **parts;
};

struct pass {
    const char *name;
    const char *about;
    int32_t changes;
    int32_t nodes_before;
    int32_t nodes_after;
};

struct pass_list {
    size_t count;
    struct pass *passes;
};

struct tensor_list {
    size_t count;
    struct tensor *tensors;
};

/* All inputs or outputs of a model or of a run, by the export that gives them. In a run types are fixed and data is checked. */
struct tensor_list contract_tensors(struct guest *guest, enum guest_export export, uint32_t owner);

struct operator_table contract_operators(struct guest *guest);
struct model_info contract_model_info(struct guest *guest, uint32_t model);

/* The name of file `file` of weights beside a model; NULL: there is none. */
const char *contract_model_file(struct guest *guest, uint32_t model, uint32_t file);
struct node contract_node(struct guest *guest, uint32_t model, uint32_t index);

/* The step that comes next, its node one of `nodes`; false: the module says there is none. */
bool contract_next_step(struct guest *guest, uint32_t run, size_t nodes, struct msw_step *step);

/* The row of a data type; NULL for MSW_ANY. */
const struct dtype *contract_dtype(const struct guest *guest, int32_t id);
struct pass_list contract_passes(struct guest *guest, uint32_t model);
struct msw_plan contract_plan(struct guest *guest, uint32_t run);

/* The tensor's elements, copied out of the module. */
struct array contract_values(struct guest *guest, const struct tensor *tensor, enum guest_export from);

#endif
