/* operators.c - what the rules share: attributes of a use, arguments, steps. */
#include "operators.h"

#include <assert.h>
#include <string.h>

#include "base/type.h"

const struct operator_rule operator_rules[RULE_COUNT] = {
    [RULE_UNARY] = {check_unary, plan_unary},    [RULE_BINARY] = {check_binary, plan_binary},
    [RULE_REDUCE] = {check_reduce, plan_reduce}, [RULE_ALONG] = {check_along, plan_along},
    [RULE_INDEX] = {check_index, plan_index},    [RULE_MATMUL] = {check_matmul, plan_matmul},
    [RULE_CONV2D] = {check_conv2d, plan_conv2d},
};

const struct operator_attr *use_attr(const struct operator_use *use, const char *name) {
    int32_t i = 0;
    while (strcmp(use->row->about.attrs[i].name, name) != 0)
        i++;
    return &use->attrs[i];
}

int64_t use_int(const struct operator_use *use, const char *name, int64_t absent) {
    const struct operator_attr *attr = use_attr(use, name);
    return attr->given ? attr->ints[0] : absent;
}

int32_t use_int_at(const struct operator_use *use, const char *name, int32_t index, int32_t absent) {
    const struct operator_attr *attr = use_attr(use, name);
    assert(!attr->given || index < attr->count);
    return attr->given ? (int32_t)attr->ints[index] : absent;
}

bool use_check_depth(const struct operator_use *use, size_t depth, struct error *err) {
    enum { COLUMNS = 16 };
    const size_t most = INT32_MAX / COLUMNS / dtype_info(use->kernels->input)->bytes;
    return depth <= most || error_set(err, MSW_LIMIT, "a sum of %z products is longer than %z", depth, most);
}

struct tvm_any use_tensor(struct msw_run *run, int32_t dtype, void *data, int32_t rank, const size_t *dims,
                          struct error *err) {
    struct msw_type type = {.dtype = dtype, .rank = rank};
    for (int32_t i = 0; i < rank; i++)
        type.dims[i] = (int32_t)dims[i]; /* of a tensor, whose elements fit 31 bits */
    return run_pass_tensor(run_tensor(run, &type, data, err));
}

struct run_step *use_step(const struct operator_use *use, struct msw_run *run, uint32_t call,
                          const struct tvm_any *args, int32_t arg_count, struct error *err) {
    struct run_step *step = run_add_step(run, use->kernels->calls[call], args, arg_count, err);
    if (!step)
        return NULL;
    step->op = use->row->about.name;
    step->about = (struct msw_step){.operations = use->operations, .output = use->output};
    for (int32_t i = 0; i < use->row->about.inputs_max; i++)
        step->about.bytes += type_bytes(&use->inputs[i]);
    step->about.bytes += type_bytes(&use->output);
    return step;
}

void step_loops(struct run_step *step, const struct run_loops *loops, struct msw_run *run, struct error *err) {
    struct run_loops *copy = arena_alloc(&run->memory, 1, sizeof *copy, err);
    if (!copy || !step)
        return;
    *copy = *loops;
    step->loops = copy;
}
