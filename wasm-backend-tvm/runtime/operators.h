/* operators.h - a module of operators: the table that msw_tvm/operators writes for it, and what a use of one is.
 *
 * Kernels take any sizes. What shapes a use may have, and how they become the sizes of its kernel, is its rule's: a row names one of a few. */
#ifndef OPERATORS_H
#define OPERATORS_H

#include "run.h"

/* The order is that of KINDS in msw_tvm/operators/kinds.py. */
enum operator_rule_index {
    RULE_UNARY,  /* z = f(x) for each element */
    RULE_BINARY, /* z = f(x, y) for each element of shapes broadcast as in numpy */
    RULE_REDUCE, /* any axes of x become one element */
    RULE_ALONG,  /* z has the shape of x, and each element depends on those along one axis */
    RULE_INDEX,  /* a place along one axis of x, which vanishes */
    RULE_MATMUL, /* sums of f(x, y) over an inner size, leading dims broadcast */
    RULE_CONV2D, /* sums of f(x, w) over windows of images [N,C,H,W] */
    RULE_COUNT
};

enum { OPERATOR_MAX_INPUTS = 2, OPERATOR_MAX_ATTRS = 8, OPERATOR_MAX_CALLS = 4 };

/* The kernels of a row for one data type of the inputs; which call is for what is written at the rule. */
struct operator_kernels {
    int32_t input, output; /* data types */
    tvm_function *calls[OPERATOR_MAX_CALLS];
};

/*   operations  on numbers, for each element of what the rule walks */
struct operator_row {
    struct msw_operator about;
    enum operator_rule_index rule;
    uint32_t operations;
    uint32_t kernel_count;
    const struct operator_kernels *kernels;
};

extern const struct operator_row operator_table[];
extern const uint32_t operator_count;

struct operator_attr {
    bool given;
    int32_t count;
    const int64_t *ints; /* all kinds of rows have whole numbers alone */
};

/* A use: check sets what is below the line. */
struct operator_use {
    const struct operator_row *row;
    const struct operator_attr *attrs; /* in the order of the row's */
    const struct operator_kernels *kernels;
    const struct msw_type *inputs;
    /* --- */
    struct msw_type output; /* its shape: the data type is the kernels' */
    uint64_t operations;
    size_t scratch_bytes;
};

/* Where the tensors of a use lie. */
struct operator_places {
    void *inputs[OPERATOR_MAX_INPUTS], *output, *scratch;
};

/* Does this use make sense, and what comes out? False with err. plan then adds its steps, at most OPERATOR_MAX_STEPS, or sets err: out of memory. */
enum { OPERATOR_MAX_STEPS = 2 };
struct operator_rule {
    bool (*check)(struct operator_use *use, struct error *err);
    void (*plan)(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,
                 struct error *err);
};

extern const struct operator_rule operator_rules[RULE_COUNT];

/* Attribute `name`, which must be one of the row's, and its value. */
const struct operator_attr *use_attr(const struct operator_use *use, const char *name);
int64_t use_int(const struct operator_use *use, const char *name, int64_t absent);

/* Element `index` of a list that check has seen to be long enough. */
int32_t use_int_at(const struct operator_use *use, const char *name, int32_t index, int32_t absent);

/* Whether a kernel can add up so many products: it packs 16 columns of them (products.py), whose bytes TVM counts in 32 bits. */
bool use_check_depth(const struct operator_use *use, size_t depth, struct error *err);

/* An argument: `rank` sizes over data of this type. */
struct tvm_any use_tensor(struct msw_run *run, int32_t dtype, void *data, int32_t rank, const size_t *dims,
                          struct error *err);

/* The step of the use by one of its kernels. NULL with err: out of memory. */
struct run_step *use_step(const struct operator_use *use, struct msw_run *run, uint32_t call,
                          const struct tvm_any *args, int32_t arg_count, struct error *err);

/* A copy of loops for a step. */
void step_loops(struct run_step *step, const struct run_loops *loops, struct msw_run *run, struct error *err);

/* A kernel: z = x, whose axes lie in memory as its strides say; z has the sizes of x, row-major. */
tvm_function copy_strided;

#define RULE(name)                                                                                                     \
    bool check_##name(struct operator_use *use, struct error *err);                                                    \
    void plan_##name(const struct operator_use *use, const struct operator_places *at, struct msw_run *run,            \
                     struct error *err)
RULE(unary);
RULE(binary);
RULE(reduce);
RULE(along);
RULE(index);
RULE(matmul);
RULE(conv2d);
#undef RULE

#endif
