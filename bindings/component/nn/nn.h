/* nn.h - what the interfaces of the wasi:nn provider share: a failure on its way to the caller, tensors, and graphs with their references. */
#ifndef NN_H
#define NN_H

#include <stdbool.h>

#include "canonical.h"
#include "msw.h"

#define NN(interface) "wasi:nn/" interface "@0.2.0-rc-2024-10-28"

/* In the order of wasi:nn's enum error-code, as far as we have a use for them. */
enum nn_code {
    NN_INVALID_ARGUMENT = 0,
    NN_INVALID_ENCODING = 1,
    NN_RUNTIME_ERROR = 3,
    NN_UNSUPPORTED_OPERATION = 4,
    NN_TOO_LARGE = 5,
    NN_NOT_FOUND = 6,
};

/* Remember what is wrong, for nn_error. Always false, so that a check is one line: return nn_fail(...). What does not fit ends in "...".
 *   %s  const char *    %l  const struct abi_list *, a string    %z  size_t    %d  const struct abi_list *, dimensions, as [2,3] */
bool nn_fail(enum nn_code code, const char *format, ...);

/* The same in the engine's words. invalid: what MSW_INVALID means here. */
bool nn_fail_as_engine(enum nn_code invalid);

bool nn_no_memory(size_t bytes);

/* A handle of a new resource `error` that says what nn_fail was told last. */
uint32_t nn_error(void);

/* result<own<T>, own<error>>, or result<_, own<error>> */
struct nn_result {
    uint8_t is_error;
    uint32_t handle;
};

/* A tensor as it was given or computed: data may be of another size than the other two say.
 *   type        index of wasi:nn's enum tensor-type
 *   dimensions  of uint32_t */
struct nn_tensor {
    uint32_t type;
    struct abi_list dimensions;
    struct abi_list data;
};

/* A copy of an engine's tensor, whose type wasi:nn must have. NULL: out of memory. */
struct nn_tensor *nn_tensor_of(const struct msw_tensor *from);

/* The handle of a tensor, which owns it from now on; and back. */
uint32_t nn_tensor_handle(struct nn_tensor *tensor);
struct nn_tensor *nn_tensor_at(uint32_t handle);
void nn_tensor_drop(uint32_t handle);

/* Data types, both ways. nn_dtype: MSW_ANY for what is no tensor-type; nn_type_of: -1 for what wasi:nn lacks. */
int32_t nn_dtype(uint32_t type);
int32_t nn_type_of(int32_t dtype);
const char *nn_type_name(uint32_t type);
const char *nn_dtype_name(int32_t dtype);

/* A model and how many resources, contexts and names hold it. */
struct nn_graph {
    uint32_t references;
    struct msw_model *model;
};

void nn_graph_hold(struct nn_graph *graph);
void nn_graph_release(struct nn_graph *graph);

/* The graph of that name, or NULL with a failure that says which names there are. */
struct nn_graph *nn_graph_named(const struct abi_list *name);

/* The handle of a new graph-execution-context. 0: out of memory. */
uint32_t nn_context_handle(struct nn_graph *graph);

/* Is a string of ours that of an application? */
bool nn_same(const char *ours, const struct abi_list *theirs);

#endif
